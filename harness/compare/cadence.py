"""Whether every cycle of a job that runs at a cadence ends inside its slot, on both sides. Pure.

A cycle lies between submit and end, by the platform's clocks. One that is longer than its slot overlaps the next one,
or the next one is skipped. Where the campaign starts one cycle a slot, a rhythm is three cycles in slots that follow
each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.compare.startup import Start, start_of
from harness.model.cadence import is_paced
from harness.model.clock import Span, between
from harness.model.event import OUTLASTED, SLOT
from harness.model.finding import Dimension, Finding, Measure, Outcome
from harness.model.job import Job, Side
from harness.model.lifecycle import TERMINAL, State, replay
from harness.model.observation import Observation, ObservedPair

CYCLES_MIN = 3
"""Fewer cycles prove no rhythm; the first of them may be cold."""

_FASTER = "a warm pool, a smaller image or a larger instance, or a longer cadence"
_ACCEPT = "legacy overlaps or skips where the candidate would not: have the owner accept the new rhythm"


@dataclass(frozen=True, slots=True)
class _Cycles:
    """What the cycles of one side say of their slot, one sentence for each that does not fit."""

    lengths: tuple[Span, ...]
    over: tuple[str, ...]
    open: tuple[str, ...]
    """Not seen whole, or too near the slot for the clocks."""

    @property
    def fit(self) -> bool:
        return bool(self.lengths) and not self.over and not self.open


@dataclass(frozen=True, slots=True)
class _Slot:
    """The time that a cycle has here."""

    seconds: float
    text: str


def required(job: Job) -> tuple[str, ...]:
    """Name what must have been judged over all pairs: the cadence, of a job that has one."""
    return () if job.cadence_seconds is None else (f"{job.name}/cadence",)


def slot_findings(
    job: Job, couples: Sequence[ObservedPair], *, synthetic: bool, scale: float = 1.0
) -> tuple[Finding, ...]:
    """Judge a job's cycles against the slot that its cadence gives; a job without a cadence has no finding.

    `scale`: seconds of these platforms per second of real ones; the slot is scaled as they are.
    """
    if job.cadence_seconds is None:
        return ()
    slot = _slot(job.cadence_seconds, scale)
    sides = {
        side: _cycles(
            side, _after_a_cold_first(job, side, [(couple.pair, couple.of(side)) for couple in couples]), slot
        )
        for side in Side
    }
    outcome, text, remedy = _judged(sides, len(couples), slot, _rhythm(job, couples))
    return (
        Finding(
            check="cadence.slot",
            dimension=Dimension.STARTUP,
            subject=f"{job.name}/cadence",
            pair=None,
            outcome=outcome,
            summary=text + _starts(job, couples),
            required=not synthetic,
            measure=_measure(sides, slot, len(couples)),
            remedy=remedy,
            evidence=tuple(file for couple in couples for file in couple.files),
        ),
    )


def _slot(seconds: int, scale: float) -> _Slot:
    if scale == 1.0:
        return _Slot(seconds, f"{seconds} s")
    return _Slot(seconds * scale, f"{seconds * scale:g} s ({seconds} s at a time scale of {scale:g})")


def _after_a_cold_first(job: Job, side: Side, runs: list[tuple[str, Observation]]) -> list[tuple[str, Observation]]:
    """Leave out the first run of a side that keeps its instances, where it began cold: none were kept yet."""
    if not _keeps(job, side) or not runs:
        return runs
    first = min(runs, key=lambda each: _submitted_seconds(each[1]))
    return [run for run in runs if run is not first or start_of(run[1].events) is not Start.COLD]


def _keeps(job: Job, side: Side) -> bool:
    return bool(job.sides[side].keep_alive_seconds)


def _submitted_seconds(observation: Observation) -> float:
    submitted = replay(observation.events).entered.get(State.SUBMITTED)
    return submitted.seconds if submitted else float("inf")


def _cycles(side: Side, runs: Iterable[tuple[str, Observation]], slot: _Slot) -> _Cycles:
    lengths, over, unclear = [], [], []
    for pair, each in runs:
        span = _length(each)
        if span is None:
            unclear.append(f"pair {pair}: nobody saw the whole cycle on {side.value}")
            continue
        lengths.append(span)
        took = f"pair {pair}: {span.seconds:.1f} s on {side.value}{_left_out(each)}"
        if span.seconds - span.error_seconds > slot.seconds:
            over.append(took)
        elif span.seconds + span.error_seconds > slot.seconds:
            unclear.append(f"{took}, within {span.error_seconds:.1f} s of clock error of the slot")
    return _Cycles(tuple(lengths), tuple(over), tuple(unclear))


def _length(observation: Observation) -> Span | None:
    entered = replay(observation.events).entered
    start = entered.get(State.SUBMITTED)
    end = next((at for state, at in entered.items() if state in TERMINAL), None)
    return between(start, end) if start and end else None


def _left_out(observation: Observation) -> str:
    slots = _slots(observation, OUTLASTED)
    return f", and nothing was started in slot {', '.join(map(str, slots))}" if slots else ""


def _slots(observation: Observation, label: str) -> tuple[int, ...]:
    return tuple(sorted(int(event.native["slot"]) for event in observation.events if event.label == label))


def _rhythm(job: Job, couples: Sequence[ObservedPair]) -> str:
    """Say what the slots lack that the cycles were started in; empty where they lack nothing."""
    if not is_paced(job):
        return ""
    known = {couple.pair: {slot for side in Side for slot in _slots(couple.of(side), SLOT)} for couple in couples}
    unknown = [pair for pair, slots in known.items() if len(slots) != 1]
    if unknown:
        return f"pair {unknown[0]}: no one slot is known that it was started in"
    slots = sorted(slot for each in known.values() for slot in each)
    longest = row = min(1, len(slots))
    for before, after in pairwise(slots):
        row = row + 1 if after == before + 1 else 1
        longest = max(longest, row)
    if longest >= CYCLES_MIN:
        return ""
    return f"only {longest} cycles were started in slots that follow each other (slots {', '.join(map(str, slots))})"


def _judged(sides: Mapping[Side, _Cycles], count: int, slot: _Slot, lacks: str) -> tuple[Outcome, str, str]:
    """Give outcome, summary and remedy."""
    legacy, candidate = sides[Side.LEGACY], sides[Side.CANDIDATE]
    over = (*candidate.over, *legacy.over)
    unclear = (*candidate.open, *legacy.open)
    if legacy.over and candidate.over:
        text = f"neither side keeps its slot of {slot.text}: {'; '.join(over[:3])}"
        return Outcome.INCONCLUSIVE, text, "declare the cadence that the job really has"
    if over and (legacy.fit or candidate.fit):
        text = f"the cycle does not fit its slot of {slot.text}: {'; '.join(over[:3])}; the other side fits"
        return Outcome.MISMATCH, text, _FASTER if candidate.over else _ACCEPT
    if over or unclear:
        text = f"whether the cycle fits its slot of {slot.text} is open: {'; '.join((*over, *unclear)[:3])}"
        return Outcome.INCONCLUSIVE, text, "run again, so that every cycle is seen from submit to end"
    if count < CYCLES_MIN:
        text = f"only {count} cycles were seen, and {CYCLES_MIN} are needed to say that they fit their slot"
        return Outcome.INCONCLUSIVE, text, f"run at least {CYCLES_MIN} pairs"
    if lacks:
        text = f"{lacks}, and {CYCLES_MIN} are needed to say that they keep their rhythm"
        return Outcome.INCONCLUSIVE, text, "run again without an interruption"
    return Outcome.MATCH, f"every cycle fits its slot of {slot.text} on both sides ({count} pairs)", ""


def _starts(job: Job, couples: Sequence[ObservedPair]) -> str:
    """Say of each side that keeps its instances how its runs began: by proof, not by speed."""
    text = ""
    for side in Side:
        if not _keeps(job, side) or not couples:
            continue
        runs = sorted((couple.of(side) for couple in couples), key=_submitted_seconds)
        first, *later = [start_of(run.events) for run in runs]
        begun = f"; the {side.value}'s first began cold and is not counted" if first is Start.COLD else ""
        text += f"{begun}; {later.count(Start.WARM)} of {len(later)} later ones began warm"
    return text


def _measure(sides: Mapping[Side, _Cycles], slot: _Slot, count: int) -> Measure | None:
    """Show the longest cycles: they decide."""
    one, other = ([length.seconds for length in sides[side].lengths] for side in (Side.LEGACY, Side.CANDIDATE))
    if not one or not other:
        return None
    return Measure(
        unit="s",
        legacy=max(one),
        candidate=max(other),
        difference=max(other) - max(one),
        margin_text=f"slot of {slot.text}",
        pairs=count,
        error=max(span.error_seconds for side in sides.values() for span in side.lengths),
        series_legacy=tuple(one),
        series_candidate=tuple(other),
    )
