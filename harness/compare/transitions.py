"""Histories of a pair → findings: illegal moves, ends that were never seen, endings that differ. Pure."""

from __future__ import annotations

from harness.compare.endings import NOT_SUBMITTED, check_ending
from harness.model.event import Kind
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job, Side
from harness.model.lifecycle import TERMINAL, Replay, State, replay
from harness.model.observation import Observation

SAMPLES_MAX = 10


def required(job: Job) -> tuple[str, ...]:
    """Name what every pair must have been checked for: the history of both sides, and how the pair ended."""
    return (*(f"{job.name}/{side.value}" for side in Side), job.name)


def check_transitions(job: Job, pair: str, legacy: Observation, candidate: Observation) -> tuple[Finding, ...]:
    """Check each side's history by itself, then both endings against each other."""
    return (
        _history(job, pair, legacy),
        _history(job, pair, candidate),
        check_ending(job, pair, legacy, candidate),
    )


def _history(job: Job, pair: str, observation: Observation) -> Finding:
    side = observation.run.side.value
    told = replay(observation.events)
    words = sorted({event.label for event in observation.events if event.kind is Kind.UNKNOWN_WORD})
    gaps = _gaps(observation)
    troubles = _troubles(observation, told, words)
    path = " → ".join(each.value for each in told.entered)
    seen = f"{side}: {path or 'nothing was seen'}"
    return Finding(
        check="transitions.history",
        dimension=Dimension.TRANSITIONS,
        subject=f"{job.name}/{side}",
        pair=pair,
        outcome=Outcome.INCONCLUSIVE if troubles else Outcome.MATCH,
        summary=(f"{side}: {'; '.join(troubles)}" if troubles else seen) + gaps,
        samples=tuple(
            Sample(step.event.at.iso(), step.before.value, step.event.label, f"seen by {step.event.witness.value}")
            for step in told.illegal[:SAMPLES_MAX]
        ),
        samples_left_out=max(0, len(told.illegal) - SAMPLES_MAX),
        remedy="look at the timeline; a history that breaks the lifecycle proves nothing" if troubles else "",
    )


def _gaps(observation: Observation) -> str:
    """Say how often nothing was heard, and for how long; evidence of before told a gap at every try that failed."""
    longest: dict[tuple[str, str], float] = {}
    told = [event for event in observation.events if event.kind is Kind.GAP]
    for event in told:
        stream, since = event.native.get("kind", ""), event.native.get("from", event.key)
        length = float(event.native.get("to", 0)) - float(event.native.get("from", 0))
        longest[stream, since] = max(longest.get((stream, since), 0.0), length)
    if not longest:
        return ""
    count = "1 gap" if len(longest) == 1 else f"{len(longest)} gaps"
    end = "still open when the run was given up" if any("open" in event.native for event in told) else "closed since"
    return f" ({count} in the watch, {max(longest.values()):.0f} s at the longest, {end})"


def _troubles(observation: Observation, told: Replay, words: list[str]) -> list[str]:
    if observation.not_submitted:
        return [f"{NOT_SUBMITTED}: {observation.not_submitted}"]
    found = []
    if told.illegal:
        first = told.illegal[0]
        found.append(f"{len(told.illegal)} illegal moves, first {first.event.label} after {first.before.value}")
    if told.end not in TERMINAL:
        found.append(f"its end was never seen, the last state is {told.end.value}")
    if State.SUBMITTED not in told.entered:
        found.append("its beginning was never seen")
    if words:
        found.append(f"words nobody knows: {', '.join(words)}")
    return found
