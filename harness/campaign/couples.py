"""Which runs stand beside each other: the two of a pair, and those of one side with one identity (A/A). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.compare import pairs
from harness.model.job import Job, Side
from harness.model.observation import Observation
from harness.model.plan import Pair, Run
from harness.model.schedule import Schedule

Observations = Mapping[str, Observation]


@dataclass(frozen=True, slots=True)
class Couple:
    """A pair with both observations."""

    pair: Pair
    legacy: Observation
    candidate: Observation


def couples_of(schedule: Schedule, repository: str, job: str, seen: Observations) -> Iterator[Couple]:
    """Give the pairs of a job of which both runs were seen."""
    for pair in schedule.pairs_of(repository, job):
        members = {seen[run].run.side: seen[run] for run in pair.runs if run in seen}
        if len(members) == len(Side):
            yield Couple(pair, members[Side.LEGACY], members[Side.CANDIDATE])


def void_reason(schedule: Schedule, job: Job, couple: Couple) -> tuple[Side, str] | None:
    """Say which side voids a pair and why; None: it is sound."""
    identity = schedule.plan.identities[f"{couple.pair.repository}/{job.name}"]
    return pairs.void_reason(job, identity, couple.legacy, couple.candidate)


def seen_of(runs: tuple[Run, ...], seen: Observations) -> tuple[Observation, ...]:
    """Give what was seen of runs, in their order."""
    return tuple(seen[run.id] for run in runs if run.id in seen)
