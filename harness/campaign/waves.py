"""When further pairs run: each wave is a pure function from the schedule and what was seen to amendments.

The campaign, `parity plan` and the selfcheck walk the same list. A wave may be asked again after a crash: it looks only
at runs of earlier waves, so it gives what it gave before, and the schedule takes that once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.campaign.couples import Observations, couples_of, seen_of, void_reason
from harness.model.job import Job, Side
from harness.model.observation import Observation
from harness.model.plan import Pair
from harness.model.repository import Repository
from harness.model.schedule import Amendment, Cause, Replacement, Schedule, Wave
from harness.runner.plan import replacement

PAIRED, COUNTED = 2, 3
"""Waves that follow the first: more pairs where runs differ, more candidate runs where they do not."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One wave: what `parity plan` says of it, and which amendments it makes."""

    title: str
    amendments: Callable[[Schedule, Observations], tuple[Amendment, ...]]


def first_wave(schedule: Schedule, seen: Observations) -> tuple[Amendment, ...]:
    """Begin with the pairs that always run."""
    del seen
    pairs = tuple(pair.id for pair in schedule.plan.pairs if pair.wave == 1)
    return (Wave(1, pairs, "always runs"),)


def noise_wave(schedule: Schedule, seen: Observations) -> tuple[Amendment, ...]:
    """Add what else was planned for each job: pairs where its runs of one side differ, else runs that only count.

    Replacements of void pairs and later waves are not looked at: asked again, the answer must be the same.
    """
    earlier = tuple(added for added in schedule.amendments if not (_replaces_void(added) or _is_later(added)))
    schedule, found = Schedule(schedule.plan, earlier), []
    for repository, job in _jobs(schedule):
        later = _later(schedule, repository, job)
        same = bool(later) and identical_repeats(schedule, repository.name, job.name, seen)
        number, how = (COUNTED, "are all the same") if same else (PAIRED, "differ from each other")
        chosen = tuple(pair.id for pair in later if (pair.counted_only if same else pair.wave == PAIRED))
        if chosen:
            found.append(Wave(number, chosen, f"runs of one side of {repository.name}/{job.name} {how}"))
    return tuple(found)


def stopped_again(schedule: Schedule, seen: Observations) -> tuple[Amendment, ...]:
    """Replace each pair, repeat or run without the shim that we stopped before it could tell anything."""
    del seen
    return tuple(
        _replace(schedule, pair, Cause.STOPPED, f"stopped by {schedule.stops[pair.id].who}")
        for pair in schedule.pairs
        if pair.id in schedule.set_aside
    )


def void_replacements(schedule: Schedule, seen: Observations) -> tuple[Amendment, ...]:
    """Replace each pair that is void; one that already stands for a void pair is not replaced again."""
    return tuple(
        _replace(schedule, couple.pair, Cause.VOID, f"{reason[0].value}: {reason[1]}")
        for repository, job in _jobs(schedule)
        for couple in couples_of(schedule, repository.name, job.name, seen)
        if not schedule.stands_for_void(couple.pair) and (reason := void_reason(schedule, job, couple)) is not None
    )


WAVES = (
    Stage("pairs that always run", first_wave),
    Stage("again what was stopped before it reported anything", stopped_again),
    Stage("further pairs where runs of one side differ from each other, else candidate runs that count", noise_wave),
    Stage("one replacement for each void pair", void_replacements),
)
"""In the order in which they run."""


def identical_repeats(schedule: Schedule, repository: str, job: str, seen: Observations) -> bool:
    """Tell whether all runs of each side gave the same bits: metrics, curves and output files (A/A)."""
    for side in Side:
        alike = seen_of(schedule.alike(repository, job, side), seen)
        facts = {_bits(observation) for observation in alike}
        if len(alike) < 2 or len(facts) != 1:  # noqa: PLR2004 - one run differs from nothing
            return False
    return True


def _bits(observation: Observation) -> tuple[object, ...]:
    curves = tuple((name, tuple(point.value for point in curve)) for name, curve in sorted(observation.metrics.items()))
    files = tuple((output.name, file.name, file.sha256) for output in observation.outputs for file in output.files)
    return (observation.not_submitted == "", curves, files)


def _replace(schedule: Schedule, pair: Pair, cause: Cause, reason: str) -> Replacement:
    known = {run.id: run for run in schedule.runs_of(pair)}
    added, runs = replacement(schedule.plan.campaign, pair, known)
    return Replacement(added, runs, cause, reason)


def _replaces_void(amendment: Amendment) -> bool:
    return isinstance(amendment, Replacement) and amendment.cause is Cause.VOID


def _jobs(schedule: Schedule) -> Iterator[tuple[Repository, Job]]:
    return ((repository, job) for repository in schedule.plan.repositories for job in repository.jobs)


def _is_later(amendment: Amendment) -> bool:
    return isinstance(amendment, Wave) and amendment.number > 1


def _later(schedule: Schedule, repository: Repository, job: Job) -> tuple[Pair, ...]:
    mine = (repository.name, job.name)
    return tuple(pair for pair in schedule.plan.pairs if (pair.repository, pair.job) == mine and pair.wave > 1)
