"""One output of one pair: what the checks of outputs share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.compare.field_noise import FieldNoise
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job, Output, Side
from harness.model.observation import Observation, OutputFile

SAMPLES_MAX = 20

Both = Mapping[Side, Observation]
Files = Mapping[str, OutputFile]


@dataclass(frozen=True, slots=True)
class Case:
    """One output of one pair: makes its findings."""

    job: Job
    output: Output
    pair: str
    unexplained: frozenset[Side]
    """Sides whose run failed for a cause that nobody knows: what they did not leave says nothing."""
    noise: FieldNoise

    def finding(
        self,
        check: str,
        outcome: Outcome,
        summary: str,
        samples: list[Sample] | None = None,
        *,
        remedy: str = "",
        difference: str = "",
    ) -> Finding:
        """Say something of this output in this pair."""
        samples = samples or []
        return Finding(
            check=check,
            dimension=Dimension.OUTPUTS,
            subject=f"{self.job.name}/{self.output.name}",
            pair=self.pair,
            outcome=outcome,
            summary=summary,
            samples=tuple(samples[:SAMPLES_MAX]),
            samples_left_out=max(0, len(samples) - SAMPLES_MAX),
            remedy=remedy,
            difference=difference,
        )
