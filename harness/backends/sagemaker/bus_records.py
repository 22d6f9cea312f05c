"""EventBridge events of one job in the order in which they were delivered → what the bus did to them. Pure.

The same counting as while a campaign runs (`reducer`), on events that somebody kept.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.backends.sagemaker.reducer import ENDED, Reducer
from harness.model.anomaly import Anomaly, AnomalyKind, Stream
from harness.model.skew import ALIKE_SECONDS, Offset
from harness.platforms.sagemaker import translate
from harness.platforms.sagemaker.records import JobRecord

SLOW_SECONDS = 60.0
CONSTANT_FROM = 3
"""So many events that were sent late by the same time show a clock that is ahead, and no delay."""
STREAM_FROM = 2
"""One event that somebody kept is no stream, and nothing of it was lost."""


@dataclass
class _Read:
    """What is known while the events go by."""

    reducer: Reducer = field(default_factory=Reducer)
    illegal: list[str] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    """Seconds from each change to when its event was sent; negative: sent before it happened."""
    ended_ms: int = -1
    ended: str = ""


def anomalies(records: Sequence[JobRecord]) -> Iterator[Anomaly]:
    """Count what the bus did to the events of one job; descriptions say what it should have told."""
    hints = [record for record in records if record.hint]
    described = [record for record in records if not record.hint]
    read = _Read()
    for record in hints:
        _take(read, record)
    if hints:
        yield from _figures(read, described or hints, len(hints))
    yield from _taken_back(described)
    yield from _sent(read.lags)


def _take(read: _Read, record: JobRecord) -> None:
    name, status, word, modified_ms, _ = translate.state_of(record.facts)
    before = read.reducer.total
    received = record.sent.seconds * 1000 if record.sent else modified_ms
    read.reducer.event(name, status, word, modified_ms, received_ms=min(round(received), modified_ms))
    if read.reducer.total.duplicates > before.duplicates:
        return
    if record.sent is not None and modified_ms > 0:
        read.lags.append(record.sent.seconds - modified_ms / 1000)
    if read.ended and modified_ms > read.ended_ms and status not in ENDED:
        read.illegal.append(f"{word} after {read.ended}")
    if status in ENDED and modified_ms >= read.ended_ms:
        read.ended, read.ended_ms = word, modified_ms


def _figures(read: _Read, words: Sequence[JobRecord], count: int) -> Iterator[Anomaly]:
    last = max(words, key=lambda record: translate.state_of(record.facts)[3])
    name, status, word, modified_ms, changes = translate.state_of(last.facts)
    read.reducer.describe(name, status, word, modified_ms, changes=changes, now=0.0)
    total = read.reducer.total
    lost = total.lost if status in ENDED else max(0, changes - (total.events - total.duplicates))
    figures = (
        (AnomalyKind.DUPLICATE, total.duplicates, "message", f"of {count} messages"),
        (AnomalyKind.OUT_OF_ORDER, total.out_of_order, "message", f"of {count} messages"),
        (AnomalyKind.LATE, total.late - total.out_of_order - len(read.illegal), "message", "after the end of the job"),
        (
            AnomalyKind.LOST,
            lost if count >= STREAM_FROM else 0,
            "change of state",
            f"of {changes}, no event named them",
        ),
    )
    yield from (Anomaly(kind, Stream.BUS, found, unit, text) for kind, found, unit, text in figures if found > 0)
    for text in read.illegal:
        yield Anomaly(AnomalyKind.ILLEGAL, Stream.BUS, 1, "change of state", text)


def _taken_back(described: Sequence[JobRecord]) -> Iterator[Anomaly]:
    """Tell a description that shows a job going on after another one had shown its end."""
    states = sorted((translate.state_of(record.facts) for record in described), key=lambda state: state[3])
    over = ""
    for _, status, word, _, _ in states:
        if over and status not in ENDED:
            text = f"{word} after {over}"
            yield Anomaly(AnomalyKind.ILLEGAL, Stream.DESCRIPTIONS, 1, "change of state", text)
        over = word if status in ENDED else over


def _sent(lags: Sequence[float]) -> Iterator[Anomaly]:
    """Tell a bus whose clock is off from one that was slow: a clock is off by the same time in every event."""
    if not lags:
        return
    middle = statistics.median(lags)
    constant = max(lags) - min(lags) <= ALIKE_SECONDS
    if min(lags) < -ALIKE_SECONDS or (constant and len(lags) >= CONSTANT_FROM and middle > SLOW_SECONDS):
        offset = Offset(Stream.BUS, "the event bus", middle if constant else min(lags), bound=not constant)
        yield Anomaly(AnomalyKind.SKEW, Stream.BUS, 1, "clock", offset.text, offset.seconds)
        return
    slow = [lag for lag in lags if lag > SLOW_SECONDS]
    if slow:
        text = f"sent up to {max(slow):.0f} s after the change"
        yield Anomaly(AnomalyKind.LATE, Stream.BUS, len(slow), "message", text, max(slow))
