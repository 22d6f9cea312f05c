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
from harness.model.plan import Grade, Pair
from harness.model.repository import Repository
from harness.model.schedule import Amendment, Cause, Replacement, Schedule, Wave
from harness.runner.plan import replacement


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
    """Add the other planned pairs of each job whose runs of one side differ from each other.

    Replacements of void pairs come later and are not looked at: asked again, the answer must be the same.
    """
    earlier = tuple(added for added in schedule.amendments if not _replaces_void(added))
    schedule, found = Schedule(schedule.plan, earlier), []
    for repository, job in _jobs(schedule):
        later = tuple(pair for pair in _planned(schedule, repository, job) if pair.wave > 1)
        if later and not identical_repeats(schedule, repository.name, job.name, seen):
            reason = f"runs of one side of {repository.name}/{job.name} differ from each other"
            found.append(Wave(2, tuple(pair.id for pair in later), reason))
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
    Stage("again what was stopped before it told anything", stopped_again),
    Stage("further pairs, where runs of one side differ from each other", noise_wave),
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


def _planned(schedule: Schedule, repository: Repository, job: Job) -> Iterator[Pair]:
    mine = (repository.name, job.name, Grade.LAUNCHED)
    return (pair for pair in schedule.plan.pairs if (pair.repository, pair.job, pair.grade) == mine)
