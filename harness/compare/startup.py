"""Startup of a run by phase, each with its clocks' error bar and its source. Pure.

Phases in the lifecycle's words: queued, provisioning, pulling, starting, and from there to the first instruction, which
only the shim sees. Which witness stands behind each end: docs/method.md, "Startup".
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from harness.model.clock import Time, between, surely_before
from harness.model.event import WARM_START, Event, Kind
from harness.model.finding import Dimension, Finding, Measure, Outcome
from harness.model.job import Job, Side
from harness.model.lifecycle import State, replay
from harness.model.observation import Observation, ObservedPair, Record
from harness.model.sample import PairedSample
from harness.model.skew import offsets_of
from harness.platforms import platform_of

_PHASES = (
    ("queued", State.SUBMITTED),
    ("provisioning", State.PROVISIONING),
    ("pulling", State.PULLING),
    ("starting", State.STARTING),
    ("running", State.RUNNING),
)
FIRST = "first instruction"
WARM_SUBJECTS = {Side.CANDIDATE: "warm start", Side.LEGACY: "warm start on legacy"}


class Start(StrEnum):
    """On what a run began: decided by the proof in its history, never by speed."""

    COLD = "cold"
    WARM = "warm"
    MIXED = "mixed"
    """Began on kept instances, then was started again, on nobody knows which."""


def start_of(events: Iterable[Event]) -> Start:
    """Tell how a run began; without a proof it began cold."""
    kept = list(events)
    if not any(event.label == WARM_START for event in kept):
        return Start.COLD
    return Start.MIXED if any(event.kind is Kind.RESTARTED for event in kept) else Start.WARM


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of a run's startup."""

    name: str
    start: Time | None
    end: Time | None
    error_seconds: float | None
    source: str


def phases(events: Sequence[Event], record: Record | None, platform: str) -> tuple[Phase, ...]:
    """Cut a run's startup at the entries of its states; a state that was never seen has no phase."""
    entered = replay(events).entered
    marks = [(name, entered[state]) for name, state in _PHASES if state in entered]
    first = first_instruction(events)
    if first is not None:
        # Training says Training when image and data are there: what follows, up to the first instruction, is starting.
        begun = "starting" if State.STARTING not in entered else ""
        marks = [(begun if name == "running" else name, at) for name, at in marks if begun or name != "running"]
        marks.append((FIRST, first))
    source = platform_of(platform).phase_source
    found = []
    for (name, start), (following, end) in pairwise(marks):
        by = f"{source}, shim" if following == FIRST and record else source
        found.append(Phase(name, start, end, between(start, end).error_seconds, by))
    return tuple(found)


def first_instruction(events: Iterable[Event]) -> Time | None:
    """Give the time of the job's first instruction in its last attempt."""
    found = [event.at for event in events if event.kind is Kind.FIRST_INSTRUCTION]
    return max(found, key=lambda moment: moment.seconds) if found else None


def required(job: Job) -> tuple[str, ...]:
    """Name what must have been judged over all pairs: the time to the first instruction."""
    return (f"{job.name}/first-instruction",)


def first_instruction_sample(
    couples: Sequence[ObservedPair], legacy_repeats: Iterable[Observation], candidate_repeats: Iterable[Observation]
) -> PairedSample:
    """Take the time from submit to first instruction of every pair of which both runs began cold, in seconds."""
    legacy, candidate, pairs, errors = [], [], [], [0.0]
    problems = list(_mixing(couples))
    for couple in _cold(couples):
        waits = _wait(couple.legacy), _wait(couple.candidate)
        if waits[0] and waits[1]:
            legacy.append(waits[0][0])
            candidate.append(waits[1][0])
            errors += [waits[0][1], waits[1][1]]
            pairs.append(couple.pair)
        else:
            side = Side.LEGACY if waits[0] is None else Side.CANDIDATE
            problems.append(f"pair {couple.pair}: {_no_wait(couple.of(side))} on {side.value}")
    return PairedSample(
        name=FIRST,
        unit="s",
        legacy=tuple(legacy),
        candidate=tuple(candidate),
        pairs=tuple(pairs),
        legacy_repeats=_waits(_cold_runs(legacy_repeats)),
        candidate_repeats=_waits(_cold_runs(candidate_repeats)),
        error_seconds=max(errors),
        problems=tuple(problems),
        source="platform's submit time, shim's first instruction",
        evidence=tuple(file for couple in couples for file in couple.files),
    )


def _cold(couples: Iterable[ObservedPair]) -> Iterator[ObservedPair]:
    return (couple for couple in couples if all(start_of(couple.of(side).events) is Start.COLD for side in Side))


def _cold_runs(runs: Iterable[Observation]) -> Iterator[Observation]:
    return (run for run in runs if start_of(run.events) is Start.COLD)


def _mixing(couples: Sequence[ObservedPair]) -> Iterator[str]:
    """Say why no cold statistic can be taken of these pairs."""
    for side in Side:
        starts = {couple.pair: start_of(couple.of(side).events) for couple in couples}
        for pair, start in starts.items():
            if start is Start.MIXED:
                wait = "so its wait is neither cold nor warm"
                yield f"pair {pair}: the {side.value} began warm and was started again, {wait}"
        if starts and set(starts.values()) == {Start.WARM}:
            yield f"the {side.value} began warm in every pair, and cold is judged with cold"


_SHORTEST_SECONDS = 1e-3
"""Within the clocks' error bar a short wait may come out negative; a duration is positive."""


def _wait(observation: Observation) -> tuple[float, float] | None:
    submitted = replay(observation.events).entered.get(State.SUBMITTED)
    first = first_instruction(observation.events)
    if submitted is None or first is None or surely_before(first, submitted) or offsets_of(observation.events):
        return None
    span = between(submitted, first)
    return max(span.seconds, _SHORTEST_SECONDS), span.error_seconds


def _no_wait(observation: Observation) -> str:
    if first_instruction(observation.events) is None:
        return "nobody saw the first instruction"
    if State.SUBMITTED not in replay(observation.events).entered:
        return "nobody saw the submit before the start"
    offsets = offsets_of(observation.events)
    if offsets:
        return f"no wait can be measured ({offsets[0].text})"
    return "the clocks disagree: beyond their error bar, the first instruction lies before the submit"


def _waits(observations: Iterable[Observation]) -> tuple[float, ...]:
    return tuple(found[0] for observation in observations if (found := _wait(observation)))


def phase_findings(job: Job, couples: Sequence[ObservedPair]) -> tuple[Finding, ...]:
    """Say for each phase of a cold start how long it took on both sides, and where nobody could see it."""
    return tuple(_phase_findings(job, list(_cold(couples))))


def warm_findings(job: Job, side: Side, runs: Iterable[Observation]) -> tuple[Finding, ...]:
    """Say how long the runs of one side waited that began on kept instances; no such run, no finding."""
    warm = [run for run in runs if start_of(run.events) is Start.WARM]
    if not warm:
        return ()
    waits = [found for observation in warm if (found := _wait(observation))]
    lengths = [seconds for seconds, _ in waits]
    return (
        Finding(
            check="startup.warm",
            dimension=Dimension.STARTUP,
            subject=f"{job.name}/{WARM_SUBJECTS[side]}",
            pair=None,
            outcome=Outcome.MATCH if waits else Outcome.INCONCLUSIVE,
            summary=_warm_words(side, len(warm), lengths),
            required=False,
            measure=_warm_measure(side, lengths, [error for _, error in waits]) if waits else None,
            remedy="" if waits else "run with the shim so that the first instruction is seen",
            evidence=tuple(f"runs/{observation.run.id}/observation.json" for observation in warm),
        ),
    )


def _warm_words(side: Side, runs: int, waits: Sequence[float]) -> str:
    seen = (
        f"first instruction after {statistics.median(waits):.1f} s (median of {len(waits)})"
        if waits
        else "nobody saw their first instruction"
    )
    return f"warm start: {runs} {side.value} run(s) began on kept instances, {seen}; no cold statistic holds them"


def _warm_measure(side: Side, waits: list[float], errors: list[float]) -> Measure:
    median, series = statistics.median(waits), tuple(waits)
    if side is Side.LEGACY:
        return Measure(unit="s", legacy=median, error=max(errors), series_legacy=series)
    return Measure(unit="s", candidate=median, error=max(errors), series_candidate=series)


def _phase_findings(job: Job, couples: Sequence[ObservedPair]) -> Iterator[Finding]:
    names = [name for name, _ in _PHASES if name != "running"]
    for name in names:
        one, errors = _lengths(name, [couple.legacy for couple in couples])
        other, more = _lengths(name, [couple.candidate for couple in couples])
        if not one and not other:
            continue
        seen = bool(one) and bool(other)
        text = (
            f"{name}: {statistics.median(one):.1f} s on legacy, {statistics.median(other):.1f} s on candidate (medians)"
            if seen
            else f"{name}: seen on {'legacy' if one else 'candidate'} only"
        )
        yield Finding(
            check="startup.phase",
            dimension=Dimension.STARTUP,
            subject=f"{job.name}/{name}",
            pair=None,
            outcome=Outcome.MATCH if seen else Outcome.INCONCLUSIVE,
            summary=text,
            required=False,
            measure=_measure(one, other, [*errors, *more]) if seen else None,
            remedy="" if seen else "nothing: this platform does not show the phase",
        )


def _lengths(name: str, observations: Iterable[Observation]) -> tuple[list[float], list[float]]:
    lengths, errors = [], []
    for observation in observations:
        if offsets_of(observation.events):
            continue  # a phase lies between two clocks, and one of these is off
        for phase in phases(observation.events, observation.record, observation.run.platform):
            if phase.name == name and phase.start and phase.end:
                span = between(phase.start, phase.end)
                lengths.append(span.seconds)
                errors.append(span.error_seconds)
    return lengths, errors


def _measure(one: list[float], other: list[float], errors: list[float]) -> Measure:
    legacy, candidate = statistics.median(one), statistics.median(other)
    return Measure(
        unit="s",
        legacy=legacy,
        candidate=candidate,
        difference=candidate - legacy,
        pairs=min(len(one), len(other)),
        error=max(errors),
        series_legacy=tuple(one),
        series_candidate=tuple(other),
    )
