"""What each stream of one run did to what it carried, counted: from its history alone. Pure.

Folding is made so that none of this changes a truth (`lifecycle.ordered`, the reducer of bus events). It is told all
the same: whoever reads a verdict has to know how well it was witnessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from harness.model.anomaly import ANOMALY, SLOW_SECONDS, STREAM_OF, Anomaly, AnomalyKind, Stream
from harness.model.clock import ClockName
from harness.model.event import Event, Kind, Witness
from harness.model.lifecycle import Step
from harness.model.skew import ALIKE_SECONDS, Offset, corrected, offsets_of
from harness.platforms import platform_of

WATCHER_ERROR_SECONDS = 5.0
"""Well beyond two synchronised hosts (a second each) and stamps that are cut to the second."""
CONSTANT_FROM = 3
"""So many arrivals that are late by the same time show a clock that is ahead, and no delay."""
_LIVE = frozenset({Witness.JOB, Witness.POD, Witness.CONTAINER, Witness.EVENT_BUS})
"""What is pushed; a description is asked for, and core Events are held back by their senders."""


def anomalies_of(
    events: Sequence[Event],
    steps: Sequence[Step],
    platform: str,
    *,
    live: bool = True,
    watched: bool = True,
) -> tuple[Anomaly, ...]:
    """Count what was wrong with each stream, one entry a kind and stream.

    `live`: times of arrival are a clock's; those of a file of records are not.
    `watched`: they came one after the other; a list shows the newest version of everything, and has no order.
    """
    offsets = offsets_of(events)
    watcher = _watcher(events) if live else None
    found = [
        *_reported(events),
        *platform_of(platform).anomalies(events, watched),
        *_illegal(steps),
        *_skewed((*offsets, *([watcher] if watcher else []))),
        *(_slow(events, watcher) if live else ()),
    ]
    return added_up(found)


def added_up(found: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    """Add up what is of one kind, stream and unit; the first detail stands for all."""
    sums: dict[tuple[AnomalyKind, Stream, str, str], Anomaly] = {}
    for one in found:
        place = one.kind, one.stream, one.unit, one.detail if one.kind is AnomalyKind.SKEW else ""
        known_one = sums.get(place)
        count = one.count + (known_one.count if known_one else 0)
        first = known_one or one
        sums[place] = Anomaly(one.kind, one.stream, count, one.unit, first.detail, first.seconds)
    order = list(AnomalyKind)
    return tuple(sorted(sums.values(), key=lambda one: (one.stream.value, order.index(one.kind), one.unit)))


# -- what readers remarked --------------------------------------------------------------------------------------------


def _reported(events: Iterable[Event]) -> Iterator[Anomaly]:
    for event in events:
        if event.kind is Kind.NOTICED and ANOMALY in event.native:
            facts = event.native
            kind, stream = AnomalyKind(facts[ANOMALY]), Stream(facts["stream"])
            yield Anomaly(kind, stream, int(facts.get("count", "1")), facts["unit"], facts.get("detail", ""))
        elif event.kind is Kind.VANISHED:
            kind_of_object = event.native.get("kind", "object")
            stream = Stream.JOBS if kind_of_object == "Job" else Stream.PODS
            text = f"a {kind_of_object} that was known is absent from a later list"
            yield Anomaly(AnomalyKind.LOST, stream, 1, f"deletion of a {kind_of_object}", text)


def _illegal(steps: Iterable[Step]) -> Iterator[Anomaly]:
    for step in steps:
        if step.after is None:
            text = f"{step.event.label} after {step.before.value}"
            yield Anomaly(AnomalyKind.ILLEGAL, STREAM_OF[step.event.witness], 1, "change of state", text)


# -- clocks -----------------------------------------------------------------------------------------------------------


def _skewed(offsets: Iterable[Offset]) -> Iterator[Anomaly]:
    for offset in offsets:
        yield Anomaly(AnomalyKind.SKEW, offset.stream, 1, "clock", offset.text, offset.seconds)


def _lags(events: Sequence[Event]) -> list[tuple[Event, float]]:
    """Give how long after its time each fact was heard, for what a platform's own clock tells."""
    clocks = {ClockName.API_SERVER, ClockName.CONTROLLER, ClockName.NODE, ClockName.SERVICE}
    pairs = zip(events, corrected(events), strict=True)
    return [
        (event, event.received_seconds - fixed.at.seconds)
        for event, fixed in pairs
        if event.witness in _LIVE and event.at.clock in clocks and event.received_seconds > 0
    ]


def _watcher(events: Sequence[Event]) -> Offset | None:
    """Measure our own clock: nothing can be heard before it happened, and something is heard at once."""
    lags = [lag for _, lag in _lags(events)]
    if not lags:
        return None
    least = min(lags)
    if least < -WATCHER_ERROR_SECONDS:
        return Offset(Stream.WATCHER, "the watcher", least, bound=False)
    firsts = _first_lags(events)
    constant = len(firsts) >= CONSTANT_FROM and max(firsts) - min(firsts) <= ALIKE_SECONDS
    return Offset(Stream.WATCHER, "the watcher", least, bound=False) if constant and least > SLOW_SECONDS else None


def _first_lags(events: Sequence[Event]) -> list[float]:
    """Give the shortest lag of each arrival: one object tells old facts again with every version."""
    by_arrival: defaultdict[float, list[float]] = defaultdict(list)
    for event, lag in _lags(events):
        by_arrival[event.received_seconds].append(lag)
    return [min(lags) for lags in by_arrival.values()]


def _slow(events: Sequence[Event], watcher: Offset | None) -> Iterator[Anomaly]:
    """Tell what was heard late, our own clock put right: not what happened before we listened, or in a gap."""
    ours = watcher.seconds if watcher else 0.0
    lags = _lags(events)
    begun = min((event.received_seconds for event, _ in lags), default=0.0) - ours
    gaps = [event.native for event in events if event.kind is Kind.GAP]
    deaf = [(float(gap.get("from", "inf")) - ours, float(gap.get("to", "-inf")) - ours) for gap in gaps]
    late = [
        (event, lag - ours)
        for event, lag in lags
        if lag - ours > SLOW_SECONDS
        and event.at.seconds >= begun
        and not any(since <= event.at.seconds <= to for since, to in deaf)
    ]
    for event, lag in late:
        text = f"heard up to {max(seconds for _, seconds in late):.0f} s after it happened"
        yield Anomaly(AnomalyKind.LATE, STREAM_OF[event.witness], 1, "fact", text, lag)
