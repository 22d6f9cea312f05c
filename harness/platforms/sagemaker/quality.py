"""What the event bus did to what it carried, as its watcher counted it by the time the run had ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.model.anomaly import SLOW_SECONDS, Anomaly, AnomalyKind, Stream
from harness.model.event import Event, Kind

_BUS_FIGURES = (
    ("duplicates", AnomalyKind.DUPLICATE, "message"),
    ("out_of_order", AnomalyKind.OUT_OF_ORDER, "message"),
    ("lost", AnomalyKind.LOST, "change of state"),
    ("foreign", AnomalyKind.FOREIGN, "message"),
)


def anomalies(events: Sequence[Event], watched: bool) -> Iterator[Anomaly]:  # noqa: FBT001 - a fact of the history
    """Read the figures of the event bus, which its watcher left when the run had ended."""
    del watched
    for figures in (event.native for event in events if event.kind is Kind.NOTICED and "duplicates" in event.native):
        for name, kind, unit in _BUS_FIGURES:
            if count := int(figures.get(name, "0")):
                yield Anomaly(kind, Stream.BUS, count, unit, f"of {figures.get('events', '?')} messages")
        after = int(figures.get("late", "0")) - int(figures.get("out_of_order", "0"))
        if "out_of_order" in figures and after > 0:
            yield Anomaly(AnomalyKind.LATE, Stream.BUS, after, "message", "after the end of the job")
        if slow := int(figures.get("slow", "0")):
            longest = int(figures.get("lag_ms_max", "0")) / 1000
            text = f"more than {SLOW_SECONDS:.0f} s after the change, at most {longest:.0f} s"
            yield Anomaly(AnomalyKind.LATE, Stream.BUS, slow, "message", text, longest)
