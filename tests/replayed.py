"""A recorded watch as an API server that shows it again, with troubles, to the harness's own streams.

Messages may be lost, doubled or swapped on the way; a connection may end in any way. What a list says is the truth of
that moment. Nothing waits.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import urllib3

from harness.backends.kubernetes.sorting import Sorting
from harness.backends.kubernetes.watch import Sighting, Stream
from harness.campaign import sightings
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.gap import Gap
from harness.platforms.kubernetes.labels import RUN_LABEL
from harness.platforms.kubernetes.work import DEFAULT_CONTAINER

RUN = "run"
KINDS = ("Job", "Pod", "Event")
EXPIRED = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version: 1 (2)"}
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a watch, and when it came."""

    type: str
    object: Object
    at: float

    @property
    def uid(self) -> str:
        """Give the object's uid."""
        return str(self.object["metadata"]["uid"])


@dataclass(frozen=True, slots=True)
class Connection:
    """One watch: what arrives of the messages up to a moment, and how it ends."""

    arriving: tuple[Message, ...]
    until: int
    """The server has come so far in its messages when the connection ends."""
    end: str = "close"
    """close, reset, silence or expired."""


def recorded(lines: bytes, taken_seconds: float) -> dict[str, tuple[Message, ...]]:
    """Read a recorded watch, by kind; every object is labelled as one run's."""
    values = [json.loads(line) for line in lines.splitlines()]
    seen = sightings.watched(values, taken_seconds).sightings
    told = [
        Message(value["type"], labelled(value["object"]), each.received_seconds)
        for value, each in zip(values, seen, strict=True)
    ]
    return {kind: tuple(message for message in told if message.object["kind"] == kind) for kind in KINDS}


def labelled(item: Object) -> Object:
    """Put the run's label on an object, and name the work's container on a pod, as the manifest does."""
    metadata = item["metadata"]
    notes = {**metadata.get("annotations", {}), **({DEFAULT_CONTAINER: "main"} if item["kind"] == "Pod" else {})}
    marked = {**metadata, "labels": {**metadata.get("labels", {}), RUN_LABEL: RUN}, "annotations": notes}
    return {**item, "metadata": marked}


def left(messages: Iterable[Message]) -> list[Object]:
    """List what is there after some messages, by name, as the API server does."""
    last = {message.uid: message for message in messages}
    found = [message.object for message in last.values() if message.type != "DELETED"]
    return sorted(found, key=lambda each: str(each["metadata"]["name"]))


@dataclass
class Now:
    """A clock that stands where the last message put it."""

    seconds: float = 0.0

    def now(self) -> float:
        """Give the time of the last message."""
        return self.seconds

    def monotonic(self) -> float:
        """Give the same."""
        return self.seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for nothing."""
        del seconds
        return event.is_set()


@dataclass
class Server:
    """Answers the lists and watches of one kind."""

    messages: Sequence[Message]
    connections: Sequence[Connection]
    clock: Now
    stop: threading.Event
    opened: int = 0
    lists: int = 0

    def answer(self, *, watch: bool = False, **_: object) -> Reply:
        """Answer as the client's raw call does."""
        if not watch:
            self.lists += 1
            return Reply(self, self._list())
        self.opened += 1
        return Reply(self)

    def _list(self) -> bytes:
        come = self.connections[self.opened - 1].until if self.opened else 0
        if self.messages:
            self.clock.seconds = self.messages[max(0, come - 1)].at
        return json.dumps({"metadata": {"resourceVersion": "1"}, "items": left(self.messages[:come])}).encode()

    def lines(self) -> Iterator[bytes]:
        """Send what arrives on the newest connection, then end it."""
        if self.opened > len(self.connections):
            self.stop.set()
            return
        mine = self.connections[self.opened - 1]
        for each in mine.arriving:
            self.clock.seconds = each.at
            yield line(each.type, each.object)
        if mine.end == "expired":
            yield line("ERROR", EXPIRED)
        elif mine.end == "silence":
            raise urllib3.exceptions.ReadTimeoutError(None, "/watch", "silence")  # type: ignore[arg-type]
        elif mine.end == "reset":
            message = "reset"
            raise urllib3.exceptions.ProtocolError(message)


@dataclass
class Reply:
    """A raw reply: a list's body, or a stream."""

    server: Server
    data: bytes = b""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Give the stream."""
        return self.server.lines()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give nothing back."""


def line(what: str, item: Object) -> bytes:
    """Write one line of a watch."""
    return json.dumps({"type": what, "object": item}).encode() + b"\n"


Followed = Callable[[Stream, threading.Event], None]


def follow(
    record: Mapping[str, Sequence[Message]],
    ways: Mapping[str, Sequence[Connection]],
    end_seconds: float,
    stream: type[Stream] = Stream,
) -> tuple[Event, ...]:
    """Let the harness's streams follow a record over given connections; give the run's history."""
    clock = Now()
    sorting = Sorting(clock)
    sorting.expect(RUN, RUN)
    told: list[Event] = []
    gaps: dict[str, Event] = {}

    def emit(kind: str, sighting: Sighting) -> None:
        if isinstance(sighting, Gap):
            event = sighting.event(RUN, clock.now())
            gaps[event.key] = event  # what ends stands where it began
        told.extend(event for _, event in sorting.events(kind, sighting))

    for kind in KINDS:
        stop = threading.Event()
        server = Server(record[kind], ways[kind], clock, stop)
        stream(kind, server.answer, {}, clock, emit).run(stop)
    return (*told, *gaps.values(), records_end(end_seconds))


def records_end(seconds: float) -> Event:
    """Say when nobody looked any longer."""
    at = Time(seconds, ClockName.HARNESS)
    return Event("end", Kind.NOTICED, Witness.HARNESS, at, seconds, label=sightings.RECORDS_END)
