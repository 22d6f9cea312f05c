"""Outputs that were seen and never declared: what isn't compared can't be vouched for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Job, Side
from harness.model.observation import Observation, OutputSeen
from harness.model.wording import counted


def undeclared(job: Job, pair: str, both: Mapping[Side, Observation]) -> Iterator[Finding]:
    """Name outputs that a pair left and nobody declared, with how many files each side has of them."""
    declared = {output.name for output in job.outputs}
    seen: dict[str, dict[Side, OutputSeen]] = {}
    for side, observation in both.items():
        for output in observation.outputs:
            if (output.files or output.damage) and not (output.declared and output.name in declared):
                seen.setdefault(output.name, {})[side] = output
    for name, sides in sorted(seen.items()):
        counts = " and ".join(
            f"{counted(len(each.files), 'file')} on the {side.value} side" for side, each in sides.items()
        )
        yield Finding(
            check="outputs.undeclared",
            dimension=Dimension.COVERAGE,
            subject=f"{job.name}/{name}",
            pair=pair,
            outcome=Outcome.INCONCLUSIVE,
            summary=f"The job left {name} ({counts}), which is not declared and was not compared.",
            remedy="declare it",
        )
