"""Which platform does not answer, since when, and what is said of it. No effects: the fold keeps and tells it.

A gap of a stream is kept with one record when it begins and one when it ends, whatever the number of runs; the history
of a run is given the gaps that it lived through when it is brought home.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.model.clock import iso
from harness.model.event import Event
from harness.model.gap import Gap

TOLD_AFTER_SECONDS = 10.0
"""A shorter silence is a restart of a server or a connection that was cut: a gap, and no news."""
AGAIN_SECONDS = 60.0
BEGAN, ENDED = "gap", "gap-over"
"""Kinds of journal records."""
_MINUTE = 60


@dataclass
class Outages:
    """The gaps of every platform of a campaign. A place names one platform as the plan does."""

    _open: dict[tuple[str, str], Gap] = field(default_factory=dict)
    """By place and stream."""
    _past: dict[str, list[Gap]] = field(default_factory=dict)
    _told: dict[str, float] = field(default_factory=dict)
    """Place → when its outage was told last."""
    _began: dict[str, float] = field(default_factory=dict)
    """Place → when its outage began, as it was told."""

    def recall(self, records: Iterable[Mapping[str, object]], now: float) -> list[Mapping[str, object]]:
        """Take up what an earlier writer kept; give the records that end what it left open."""
        for record in records:
            if record.get("record") in {BEGAN, ENDED}:
                self._take(str(record["place"]), _gap_of(record))
        left = [(place, _ended(gap, now)) for (place, _), gap in self._open.items()]
        return [self.take(place, gap) for place, gap in left]

    def take(self, place: str, gap: Gap) -> Mapping[str, object]:
        """Take a gap that began or ended; give its record."""
        self._take(place, gap)
        times = {"since": gap.since_seconds, "until": gap.until_seconds}
        kind = BEGAN if gap.until_seconds is None else ENDED
        return {"record": kind, "place": place, "stream": gap.stream, **times, "reason": gap.reason, "vital": gap.vital}

    def _take(self, place: str, gap: Gap) -> None:
        if gap.until_seconds is None:
            self._open[place, gap.stream] = gap
        else:
            self._open.pop((place, gap.stream), None)
            self._past.setdefault(place, []).append(gap)

    def events(self, place: str, run: str, begin_seconds: float, now: float) -> list[Event]:
        """Give the gaps that a run lived through, for its history."""
        known = [*self._past.get(place, ()), *(gap for (where, _), gap in self._open.items() if where == place)]
        return [gap.event(run, now) for gap in known if gap.touches(begin_seconds, now)]

    def out(self, place: str, now: float) -> Gap | None:
        """Give the oldest silence that stands for a whole platform, once it has lasted."""
        silent = [gap for (where, _), gap in self._open.items() if where == place and gap.vital]
        first = min(silent, key=lambda gap: gap.since_seconds, default=None)
        return first if first and now - first.since_seconds >= TOLD_AFTER_SECONDS else None

    def news(self, places: Iterable[str], now: float) -> list[str]:
        """Say what is new: an outage, that it goes on, that it is over."""
        lines = []
        for place in places:
            gap = self.out(place, now)
            if gap is None:
                if place in self._told:
                    del self._told[place]
                    length = spoken(now - self._began.pop(place))
                    lines.append(f"{place} answers again after {length}; the campaign goes on")
            elif place not in self._told or now - self._told[place] >= AGAIN_SECONDS:
                self._told[place] = now
                self._began.setdefault(place, gap.since_seconds)
                lines.append(_outage(place, gap, now))
        return lines


def spoken(seconds: float) -> str:
    """Write a duration as people say it."""
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _outage(place: str, gap: Gap, now: float) -> str:
    since = f"{place} has not answered since {iso(gap.since_seconds)[11:19]} UTC ({spoken(now - gap.since_seconds)})"
    return (
        f"{since}: {gap.reason}. It is asked again every few seconds; until it answers no run is started, "
        "for as long as limits.campaign_time_max allows"
    )


def _ended(gap: Gap, now: float) -> Gap:
    reason = f"{gap.reason}; the harness was not running"
    return Gap(gap.stream, gap.since_seconds, reason, max(now, gap.since_seconds), gap.vital)


def _gap_of(record: Mapping[str, object]) -> Gap:
    until = record["until"]
    return Gap(
        str(record["stream"]),
        float(str(record["since"])),
        str(record["reason"]),
        None if until is None else float(str(until)),
        bool(record["vital"]),
    )
