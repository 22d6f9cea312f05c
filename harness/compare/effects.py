"""What both runs of a pair tried to do outside, and were kept from → one finding that names it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.compare.difference import difference_of
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import EffectPolicy, Job, Side
from harness.model.observation import Observation, OutsideLog, PlaceSeen

CHECK = "effects"
SAMPLES_MAX = 50
NAMED_MAX = 8
_Attempted = Mapping[tuple[str, str], int]
"""Verb and place → how often."""


def required(job: Job) -> tuple[str, ...]:
    """Name what every pair must have been checked for: what a blocked job tried."""
    return (f"{job.name}/effects",) if job.is_blocked else ()


def check_effects(job: Job, pair: str, legacy: Observation, candidate: Observation) -> tuple[Finding, ...]:
    """Compare what both runs of a blocked job tried to do outside.

    How often is shown and not compared: a client that is refused tries again as it likes.
    """
    if not job.is_blocked:
        return ()
    seen = {Side.LEGACY: legacy.outside, Side.CANDIDATE: candidate.outside}
    blind = [side.value for side, log in seen.items() if log is None]
    if blind:
        text = f"nobody watched what {' and '.join(blind)} did outside"
        remedy = "run the job in the sandbox, or send its effects elsewhere with policy: redirect"
        return (_finding(job, pair, Outcome.INCONCLUSIVE, text, remedy=remedy),)
    tried = {side: _tried(log) for side, log in seen.items()}
    samples = _samples(tried[Side.LEGACY], tried[Side.CANDIDATE])
    cut = [side.value for side, log in seen.items() if log and log.left_out]
    if any(sample.legacy != sample.candidate and "" in {sample.legacy, sample.candidate} for sample in samples):
        text, remedy = _apart(tried), "make both sides do the same, or declare what differs"
        return (_finding(job, pair, Outcome.MISMATCH, text, samples=samples, remedy=remedy),)
    if cut:
        text = f"more was tried than the log of {' and '.join(cut)} holds"
        return (_finding(job, pair, Outcome.INCONCLUSIVE, text, samples=samples),)
    return (_finding(job, pair, Outcome.MATCH, _alike(tried[Side.LEGACY]), samples=samples),)


def check_places(job: Job, pair: str, legacy: Observation, candidate: Observation) -> tuple[Finding, ...]:
    """Name what changed, while the runs of a pair were under way, where their effects must not be done.

    It only informs: a place of production changes by others as well.
    """
    kept = {effect.target for effect in job.effects if effect.policy in {EffectPolicy.BLOCK, EffectPolicy.REDIRECT}}
    runs = (legacy, candidate)
    seen = [(run.run.side.value, place) for run in runs for place in run.places if place.place in kept]
    if not seen:
        return ()
    troubles = [f"{place.place}: {place.trouble}" for _, place in seen if place.trouble]
    changed = [(side, place) for side, place in seen if place.written or place.removed]
    names = ", ".join(dict.fromkeys(place.place for _, place in seen))
    text = f"nothing at {names} changed while the pair's runs were under way"
    if changed:
        text = "; ".join(f"while {side} ran, at {place.place} {_changed(place)}" for side, place in changed)
    elif troubles:
        text = f"not looked at: {'; '.join(dict.fromkeys(troubles))}"
    outcome = Outcome.INCONCLUSIVE if changed or troubles else Outcome.MATCH
    remedy = "see whether the job or somebody else did it" if changed else ""
    found = _finding(job, pair, outcome, text, remedy=remedy)
    return (replace(found, check=f"{CHECK}.places", required=False),)


def _changed(place: PlaceSeen) -> str:
    told = [
        f"{', '.join(keys[:NAMED_MAX])}{' and others' if len(keys) > NAMED_MAX else ''} {what}"
        for keys, what in ((place.written, "was written"), (place.removed, "was removed"))
        if keys
    ]
    return " and ".join(told)


def _tried(log: OutsideLog | None) -> _Attempted:
    return {(attempt.verb, attempt.place): attempt.times for attempt in (log.stopped if log else ())}


def _samples(legacy: _Attempted, candidate: _Attempted) -> tuple[Sample, ...]:
    """Give each thing that was tried, with how often on each side; empty: never."""
    every = dict.fromkeys((*legacy, *candidate))
    return tuple(Sample(" ".join(what), _times(legacy.get(what)), _times(candidate.get(what))) for what in every)


def _times(count: int | None) -> str:
    return "" if count is None else "stopped once" if count == 1 else f"stopped {count} times"


def _alike(tried: _Attempted) -> str:
    if not tried:
        return "neither side tried to do anything outside"
    what = "1 thing" if len(tried) == 1 else f"{len(tried)} things"
    return f"both sides tried the same {what} outside, and were stopped: {_named(tried)}"


def _apart(tried: Mapping[Side, _Attempted]) -> str:
    told = []
    for side in Side:
        own = {what: times for what, times in tried[side].items() if what not in tried[side.other]}
        if own:
            told.append(f"only {side.value} tried {_named(own)}")
    return f"{'; '.join(told)}; it was stopped"


def _named(tried: _Attempted) -> str:
    names = [" ".join(what) for what in tried]
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _finding(
    job: Job,
    pair: str,
    outcome: Outcome,
    summary: str,
    *,
    samples: tuple[Sample, ...] = (),
    remedy: str = "",
) -> Finding:
    whole = [[sample.where, sample.legacy, sample.candidate] for sample in samples]
    return Finding(
        check=CHECK,
        dimension=Dimension.OUTPUTS,
        subject=f"{job.name}/effects",
        pair=pair,
        outcome=outcome,
        summary=summary,
        samples=samples[:SAMPLES_MAX],
        samples_left_out=max(0, len(samples) - SAMPLES_MAX),
        remedy=remedy,
        difference=difference_of(whole) if outcome is Outcome.MISMATCH else "",
    )
