"""List, then watch: one stream per resource kind and namespace, whatever the number of jobs.

Our own on the client's raw reply, because the official informer has none of these: request timeouts on both ends,
retries off, bookmarks, paging, back-off, 410 Expired, half-open streams, and objects that vanished between two lists
(reference K42 to K46; kubernetes-client/python#2462, #1896).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import urllib3

from harness.backends.hearing import StreamListener
from harness.backends.kubernetes.client import CONNECT_SECONDS, TIMEOUT, ApiException, read_json, reason_of
from harness.backends.kubernetes.quality import DELETED, LISTED, Fault, Versions, WatchMessage, over_of
from harness.model import strict_json
from harness.model.clock import Clock
from harness.model.gap import Gap
from harness.model.job import Json
from harness.platforms.json_parts import part

PAGE = 500
WATCH_SECONDS = 15
"""The server closes a quiet watch after it: an outage is to be told within 30 s, a frozen server's too."""
HALF_OPEN_SLACK_SECONDS = 5.0
"""Reading waits this much longer before it calls the stream half-open."""
BACKOFF_SECONDS = (0.2, 15.0)
EVENTS = "Event"
"""The kind whose stream nothing depends on: what it misses is unknown, never an end."""

Call = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class WatchedObject:
    """One object as the stream showed it."""

    type: str
    """ADDED, MODIFIED or DELETED; LISTED for a relist's answer."""
    object: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class VanishedObject:
    """An object known before that a relist no longer has."""

    uid: str
    name: str
    labels: Mapping[str, str]
    last_seen_seconds: float


@dataclass(frozen=True, slots=True)
class InvalidMessage:
    """A message that a sound watch would not have sent: a version again, an older one (K46), one after the deletion."""

    object: Mapping[str, Json]
    fault: Fault


Sighting = WatchedObject | VanishedObject | Gap | InvalidMessage


@dataclass
class Stream:
    """One list-then-watch. `run` ends when `stop` is set; everything it sees goes to `emit`."""

    kind: str
    call: Call
    arguments: Mapping[str, object]
    clock: Clock
    emit: Callable[[str, Sighting], None]
    watch_seconds: int = WATCH_SECONDS
    _known: dict[str, tuple[str, Mapping[str, str], float]] = field(default_factory=dict)
    _versions: Versions = field(default_factory=Versions)
    _version: str = ""
    _open: Any = None
    _hearing: StreamListener = field(init=False)

    def __post_init__(self) -> None:
        """Begin to listen."""
        self._hearing = StreamListener(self.kind, self.clock)

    def run(self, stop: threading.Event) -> None:
        """Follow until stopped; every trouble is waited out with growing pauses, and all in a row are one gap."""
        pause = BACKOFF_SECONDS[0]
        self._hearing.last_heard = self.clock.now()
        while not stop.is_set():
            trouble, vital = self._once(stop)
            if not trouble:
                self._heard()
                pause = BACKOFF_SECONDS[0]
                continue
            if stop.is_set():
                return
            self._tell(self._hearing.failed(trouble, vital=vital))
            self.clock.wait(stop, pause * random.uniform(0.5, 1.0))  # noqa: S311 # nosec B311 # jitter, not secrecy
            pause = min(pause * 2, BACKOFF_SECONDS[1])

    def interrupt(self) -> None:
        """Wake a blocked read, so that a stop doesn't wait for the server."""
        reply = self._open
        if reply is not None:
            with suppress(OSError, ValueError, RuntimeError):  # its own thread may be closing it at this moment
                reply.shutdown()

    def _heard(self) -> None:
        self._tell(self._hearing.heard())

    def _tell(self, gap: Gap | None) -> None:
        if gap:
            self.emit(self.kind, gap)

    def _once(self, stop: threading.Event) -> tuple[str, bool]:
        """List if needed and watch until the stream ends; say what went wrong, empty for a normal end.

        The second says whether nothing of the platform can be seen meanwhile: Events may be missed, and what a server
        refuses by name (403, 404, 410) it refuses of this stream only.
        """
        matters = self.kind != EVENTS
        try:
            if not self._version:
                self._list()
            return self._watch(stop), False
        except ApiException as error:
            if error.status in {410, 504}:
                self._version = ""
            return f"HTTP {error.status} {reason_of(error)}", matters and error.status not in {403, 404, 410}
        except urllib3.exceptions.ReadTimeoutError:
            self._version = ""  # a half-open stream may have lost anything: list again and compare
            return "half-open", matters
        except Exception as error:  # noqa: BLE001 - whatever it is, a stream that dies would look like silence
            self._version = ""
            return f"{type(error).__name__}: {error}", matters

    def _list(self) -> None:
        items: list[Mapping[str, Json]] = []
        token: str | None = None
        version = ""
        for _ in range(10_000):  # 5 million objects: more than etcd holds
            reply = read_json(
                self.call(
                    **self.arguments, limit=PAGE, _continue=token, _preload_content=False, _request_timeout=TIMEOUT
                )
            )
            found = reply.get("items")
            items += [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
            facts = part(reply, "metadata")
            version, token = str(facts.get("resourceVersion") or ""), str(facts.get("continue") or "") or None
            if not token:
                break
        self._heard()  # the gap ends here, not with the last try that failed
        self._compare(items)
        self._version = version

    def _compare(self, items: list[Mapping[str, Json]]) -> None:
        """Report what is there, and what was known and is gone without a DELETED (K45)."""
        present = set()
        for mapping in sorted(items, key=_created):  # a list comes by name; attempts are told by age
            present.add(_uid(mapping))
            self._note(LISTED, mapping)
            self.emit(self.kind, WatchedObject(LISTED, mapping))
        for uid in set(self._known) - present:
            name, labels, seen = self._known.pop(uid)
            self._versions.forget(uid)
            self.emit(self.kind, VanishedObject(uid, name, labels, seen))

    def _note(self, what: str, item: Mapping[str, Json]) -> None:
        facts, uid = part(item, "metadata"), _uid(item)
        labels = {name: str(value) for name, value in part(facts, "labels").items()}
        if what == DELETED:
            self._known.pop(uid, None)
        else:
            self._known[uid] = (str(facts.get("name") or ""), labels, self.clock.now())
        told = WatchMessage(what, self.kind, uid, str(facts.get("resourceVersion") or ""), over_of(self.kind, item), "")
        fault = self._versions.take(told, relisted=what == LISTED) if told.number else None
        if fault is not None:
            self.emit(self.kind, InvalidMessage(item, fault))

    def _watch(self, stop: threading.Event) -> str:
        reply = self.call(
            **self.arguments,
            watch=True,
            resource_version=self._version,
            timeout_seconds=self.watch_seconds,
            allow_watch_bookmarks=True,
            _preload_content=False,
            _request_timeout=(CONNECT_SECONDS, self.watch_seconds + HALF_OPEN_SLACK_SECONDS),
        )
        self._open = reply
        try:
            for line in _lines(reply):
                if stop.is_set():
                    return ""
                trouble = self._take(line)
                if trouble:
                    return trouble
        finally:
            self._open = None
            reply.close()
        return ""

    def _take(self, line: bytes) -> str:
        message = strict_json.read(line)
        item = message.get("object") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(item, dict):
            return "a watch line that is no event"
        what = str(message.get("type"))
        if what == "ERROR":
            self._version = ""
            return f"{item.get('code')} {item.get('reason')}: {item.get('message')}"
        self._heard()
        version = part(item, "metadata").get("resourceVersion")
        if what != "BOOKMARK":
            self._note(what, item)
            self.emit(self.kind, WatchedObject(what, item))
        if isinstance(version, str):
            self._version = version
        return ""


def _created(item: Mapping[str, Json]) -> str:
    return str(part(item, "metadata").get("creationTimestamp") or "")


def _uid(item: Mapping[str, Json]) -> str:
    return str(part(item, "metadata").get("uid") or "")


LINE_BYTES_MAX = 8 * 1024 * 1024
"""etcd keeps objects of at most 1.5 MiB; a longer line is no API server's."""


def _lines(reply: Any) -> Iterator[bytes]:  # noqa: ANN401 - urllib3's response type differs by version
    rest = b""
    for chunk in reply.stream(amt=None, decode_content=True):
        rest += chunk
        *whole, rest = rest.split(b"\n")
        yield from (line for line in whole if line)
        if len(rest) > LINE_BYTES_MAX:
            message = f"a watch line over {LINE_BYTES_MAX} bytes"
            raise ValueError(message)
