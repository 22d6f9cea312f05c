"""One run's history as the report tells it: truth, phases and transitions, in seconds since its submit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from harness.compare import endings, startup
from harness.model.clock import Time, between
from harness.model.finding import Finding
from harness.model.lifecycle import MOVING, TERMINAL, Replay, State, replay
from harness.model.observation import Observation
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.report.values import Phase, RunStory


def stories_of(
    schedule: Schedule, repository: Repository, seen: Mapping[str, Observation], findings: Iterable[Finding]
) -> Mapping[str, RunStory]:
    """Tell every run, by its id; a false success that only the partner shows is told as one."""
    told = {name: story_of(repository, each) for name, each in seen.items()}
    pairs = {pair.id: pair.runs for pair in schedule.pairs}
    for finding in findings:
        if finding.false_success and finding.pair is not None:
            for run in pairs.get(finding.pair, ()):
                if run in told and finding.subject == f"{seen[run].run.job}/{told[run].side}":
                    told[run] = replace(told[run], work="failed", klass=finding.rule, because=finding.summary)
    return told


def story_of(repository: Repository, observation: Observation) -> RunStory:
    """Tell one run."""
    job = next(job for job in repository.jobs if job.name == observation.run.job)
    told = endings.truth_of(job, observation)
    replayed = replay(observation.events)
    zero = replayed.entered.get(State.SUBMITTED)
    origin = zero.seconds if zero else min((event.at.seconds for event in observation.events), default=0.0)
    return RunStory(
        run=observation.run.id,
        side=observation.run.side.value,
        work=told.work.value,
        platform=told.platform.value,
        klass=told.klass or "",
        because=told.because,
        cause=told.cause.value,
        exit_code="" if told.exit_code is None else str(told.exit_code),
        phases=(*_startup(observation, origin), *_work(observation, replayed, origin)),
        transitions=_transitions(replayed, origin),
        ended_at_seconds=_end(replayed, origin),
        start=startup.start_of(observation.events).value,
    )


def _startup(observation: Observation, origin: float) -> Iterator[Phase]:
    for phase in startup.phases(observation.events, observation.record, observation.run.platform):
        if phase.start is not None:
            end = phase.end.seconds - origin if phase.end else None
            yield phase.name, phase.start.seconds - origin, end, phase.error_seconds or 0.0, phase.source


def _work(observation: Observation, replayed: Replay, origin: float) -> Iterator[Phase]:
    """Tell what comes after startup: the work from its first instruction on, and what the platform does after it."""
    first = startup.first_instruction(observation.events) or replayed.entered.get(State.RUNNING)
    finishing = replayed.entered.get(State.FINISHING)
    end = max((at for state, at in replayed.entered.items() if state in TERMINAL), key=_seconds, default=None)
    if first:
        yield _phase("running", first, finishing or end, origin)
    if finishing:
        yield _phase("finishing", finishing, end, origin)


def _seconds(at: Time) -> float:
    return at.seconds


def _phase(name: str, start: Time, end: Time | None, origin: float) -> Phase:
    error = between(start, end).error_seconds if end else 0.0
    return name, start.seconds - origin, end.seconds - origin if end else None, error, "status, shim"


def _transitions(replayed: Replay, origin: float) -> tuple[tuple[float, str, str, bool], ...]:
    return tuple(
        (
            round(step.event.at.seconds - origin, 3),
            step.event.witness.value,
            step.event.label or step.event.kind.value,
            step.after is not None,
        )
        for step in replayed.steps
        if step.event.kind in MOVING
    )


def _end(replayed: Replay, origin: float) -> float | None:
    ends = [at.seconds - origin for state, at in replayed.entered.items() if state in TERMINAL]
    return max(ends) if ends else None
