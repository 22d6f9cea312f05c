"""Documents of a file → what was seen of Kubernetes objects, in order, and what a recorded watch says of itself. Pure.

A recorded watch has no times of arrival. A line came no earlier than the newest time that it speaks of, and no earlier
than the line before it; that bound stands for its arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harness.backends.kubernetes.quality import LISTED, Versions, WatchMessage, over_of
from harness.campaign.objects import Object, is_watch_line
from harness.model.clock import ClockName, iso
from harness.model.event import LEFT_ITS_END, TIME_TRAVEL, Event
from harness.platforms.json_parts import part
from harness.platforms.kubernetes import translate
from harness.platforms.kubernetes.work import NO_HINT, WorkHint
from harness.store import codec

RECORDS_END = "the records end"
_LOOK = "look"
"""An object alone: one of several looks at it, and no message of a watch."""
_TICK_SECONDS = 1e-6
"""Between two lines that speak of the same second; keeps their order."""
_GROUPS = {"Job": "batch/v1", "Pod": "v1", "Event": "v1"}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One object as one line showed it."""

    item: Object
    received_seconds: float
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Records:
    """All sightings of a file."""

    sightings: tuple[Sighting, ...]
    noticed: tuple[Event, ...]
    """Gaps, vanished objects and remarks of the reader."""
    until: float = 0.0
    """When the records end, in epoch seconds."""
    watched: bool = False

    def listed_pods(self) -> Iterator[Sighting]:
        """Give the pods of a list, of which none was left out; a watch tells of each when it comes."""
        yield from () if self.watched else (seen for seen in self.sightings if kind_of(seen.item) == "Pod")


def kind_of(item: Object) -> str:
    """Give the kind of an object that rules of truth read; empty for any other."""
    kind = item.get("kind")
    wanted = _GROUPS.get(kind) if isinstance(kind, str) else None
    return str(kind) if wanted and item.get("apiVersion", wanted) == wanted else ""


def uid_of(item: Object) -> str:
    """Give an object's uid; a hand-made one without is known by its kind and name."""
    facts = part(item, "metadata")
    return str(facts.get("uid") or f"{item.get('kind')}/{facts.get('name')}")


def listed(items: Iterable[Object], taken_seconds: float) -> Records:
    """Take objects that were all read at one time."""
    every = tuple(items)
    after = [mapping for mapping in every if _speaks_after(mapping, iso(taken_seconds))]
    at = max([taken_seconds, *(_newest(mapping) for mapping in after)])  # a file's own time may have been set back
    return Records(tuple(Sighting(mapping, at) for mapping in every), (_end(at),), at)


def _end(at: float) -> Event:
    return translate.remark("", RECORDS_END, at)


def watched(lines: Iterable[Object], taken_seconds: float) -> Records:
    """Take the lines of a recorded watch, each {"type", "object"}, or bare objects in the order they were seen."""
    reading = _Reading()
    for line in lines:
        if is_watch_line(line):
            reading.take(str(line["type"]), part(line, "object"))
        else:
            reading.take(_LOOK, line)
    reading.close_gap()
    end = max(taken_seconds, reading.now)
    return Records(tuple(reading.sightings), (*reading.noticed, _end(end)), end, watched=True)


@dataclass
class _Reading:
    """What is known while the lines of a watch go by."""

    now: float = 0.0
    sightings: list[Sighting] = field(default_factory=list)
    noticed: list[Event] = field(default_factory=list)
    live: dict[str, tuple[str, float]] = field(default_factory=dict)
    """uid → kind and when it was last seen."""
    versions: dict[str, Versions] = field(default_factory=dict)
    """By kind: each has a watch of its own."""
    gap: tuple[str, float] | None = None
    """Why the watch ended, and when the last line before that came."""
    unheard: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Objects that were live before the gap and were not seen since."""
    again: bool = False
    """An object that was known was listed again after the gap."""

    def take(self, what: str, item: Object) -> None:
        """Take one line."""
        if what == "ERROR":
            self.close_gap()
            self.gap = (f"{item.get('code')} {item.get('reason')}: {item.get('message')}", self.now)
            self.unheard, self.again = dict(self.live), False
        elif what != "BOOKMARK" and kind_of(item):
            self._see(what, item)

    def _see(self, what: str, item: Object) -> None:
        uid = uid_of(item)
        self.now = max(self.now, _newest(item)) + _TICK_SECONDS
        if self.gap is not None and self.gap[1] >= 0:
            self.noticed.append(translate.gap("watch", "", self.gap[0], self.gap[1], now=self.now))
            self.gap = (self.gap[0], -1.0)
        self._take_version(what, item, uid)
        if uid in self.unheard:
            self.again = self.again or what in {"ADDED", LISTED}
            del self.unheard[uid]
        self.live.pop(uid, None)
        if what != "DELETED":
            self.live[uid] = (kind_of(item), self.now)
        self.sightings.append(Sighting(item, self.now, what == "DELETED"))

    def _take_version(self, what: str, item: Object, uid: str) -> None:
        """Remark what a sound watch would not have sent; after a gap the first word of an object repeats it."""
        kind, version = kind_of(item), str(part(item, "metadata").get("resourceVersion") or "")
        fault = self.versions.setdefault(kind, Versions()).take(
            WatchMessage(what, kind, uid, version, over_of(kind, item), _content(item)),
            relisted=what == LISTED or uid in self.unheard,
        )
        if fault is not None and (what != _LOOK or fault.label in {TIME_TRAVEL, LEFT_ITS_END}):
            about = part(item, "involvedObject").get("uid")
            whose = about if kind_of(item) == "Event" and isinstance(about, str) else uid
            self.noticed.append(
                translate.anomaly(whose, fault.anomaly, fault.label, self.now, fact=f"{uid}:{fault.fact}")
            )

    def close_gap(self) -> None:
        """Say what a gap cost: objects that no later list has are gone (K45), and a gap nothing followed stays open."""
        if self.gap is None:
            return
        reason, since = self.gap
        if since >= 0:
            self.noticed.append(translate.gap("watch", "", reason, since, now=self.now))
        if self.again:
            self.noticed += [
                translate.vanished(uid, kind, seen, self.now)
                for uid, (kind, seen) in self.unheard.items()
                if kind != "Event"
            ]
        self.gap = None


def _content(item: Object) -> str:
    return codec.digest(codec.line(item))


def _speaks_after(value: object, when: str) -> bool:
    """Tell whether any text in an object may be a time after this one; in most it is not, and that is soon seen."""
    if isinstance(value, str):
        return _may_be_after(value, when)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(_speaks_after(inside, when) for inside in inner)


def _may_be_after(text: str, when: str) -> bool:
    """Compare two times as texts; where that can't be done, it may be."""
    if text[4:5] != "-":
        return text[8:9] == "T"  # 20261130T120000Z is a time as well
    return text[10:11] != "T" or text[-1] != "Z" or text[:_TO_THE_MINUTE] >= when[:_TO_THE_MINUTE]


_TO_THE_MINUTE = 16
"""Letters of 2026-11-30T23:59; whether there are seconds, and how they end, says nothing of the order before them."""


def _newest(item: Object) -> float:
    """Find the newest time an object speaks of; 0 where it speaks of none."""
    told = translated(Sighting(item, 0.0), 0)
    return max((event.at.seconds for event in told if event.at.clock is not ClockName.HARNESS), default=0.0)


def translated(sighting: Sighting, attempt: int, hint: WorkHint = NO_HINT) -> Iterator[Event]:
    """Say what one sighting says; `hint` helps to tell which container is the work."""
    item, received = _with_uid(sighting.item), sighting.received_seconds
    kind = kind_of(item)
    if kind == "Job":
        yield from translate.events_from_job(item, received)
    elif kind == "Pod":
        yield from translate.events_from_pod(item, received, attempt, hint)
    else:
        yield from translate.events_from_event(item, received, attempt)
    if sighting.deleted and kind != "Event":
        yield translate.deleted(uid_of(item), kind, received, attempt)


def _with_uid(item: Object) -> Object:
    return {**item, "metadata": {**part(item, "metadata"), "uid": uid_of(item)}}
