"""One constructor for all findings of the dimension `configuration`. Pure."""

from __future__ import annotations

from harness.compare.difference import difference_of
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job

SAMPLES_MAX = 20


def finding(  # noqa: PLR0913 - one constructor for all configuration findings
    job: Job,
    pair: str,
    what: str,
    outcome: Outcome,
    *,
    summary: str,
    samples: tuple[Sample, ...] = (),
    remedy: str = "",
    required: bool = True,
) -> Finding:
    """Make a finding of one part of what both processes saw."""
    whole = [[sample.where, sample.legacy, sample.candidate, sample.note] for sample in samples]
    return Finding(
        check=f"configuration.{what}",
        dimension=Dimension.CONFIGURATION,
        subject=f"{job.name}/{what}",
        pair=pair,
        outcome=outcome,
        summary=summary,
        required=required,
        samples=samples[:SAMPLES_MAX],
        samples_left_out=max(0, len(samples) - SAMPLES_MAX),
        remedy=remedy,
        difference=difference_of(whole) if outcome is Outcome.MISMATCH else "",
    )
