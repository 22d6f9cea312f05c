"""Outputs that were seen and never declared: what isn't compared can't be vouched for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Job, Side
from harness.model.observation import Observation, OutputSeen


def undeclared(job: Job, pair: str, both: Mapping[Side, Observation]) -> Iterator[Finding]:
    """Name outputs that a pair left and nobody declared, with how many files each side has of them."""
    declared = {each.name for each in job.outputs}
    seen: dict[str, dict[Side, OutputSeen]] = {}
    for side, observation in both.items():
        for each in observation.outputs:
            if (each.files or each.damage) and not (each.declared and each.name in declared):
                seen.setdefault(each.name, {})[side] = each
    for name, sides in sorted(seen.items()):
        counts = " and ".join(f"{_files(len(each.files))} on the {side.value} side" for side, each in sides.items())
        yield Finding(
            check="outputs.undeclared",
            dimension=Dimension.COVERAGE,
            subject=f"{job.name}/{name}",
            pair=pair,
            outcome=Outcome.INCONCLUSIVE,
            summary=f"The job left {name} ({counts}), which is not declared and was not compared.",
            remedy="declare it",
        )


def _files(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"
