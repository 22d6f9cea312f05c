"""What a blocked process may do outside: read at the sandbox's own endpoint, and write below its run's folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

SCHEMA = "parity.effects/1"
LOG_NAME = "effects.json"
"""Below the run's folder; the one key there that the run itself may not write."""
ONLY_BELOW = "parity-harness/writes-only-below"
"""Annotation of a pod and tag of a job: it may do nothing outside but write below this s3:// place, and read."""
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that a process tried to do outside, and could not."""

    verb: str
    place: str


@dataclass(frozen=True, slots=True)
class Log:
    """What was tried in one network, in its order and with how often."""

    stopped: Mapping[Tried, int]
    left_out: int = 0
    """How often something was tried beyond what a log holds."""


@dataclass
class Outlet:
    """The one place outside that a blocked process reaches, and where the log of what a run tried is kept."""

    port: int
    """On loopback, of the AWS half."""
    put: Callable[[str, bytes], None]
    """Write an object, by its URI."""
    _known: dict[str, Log] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, folder: str, log: Log) -> None:
        """Write the log of a run whose place this is; a run that is tried again adds to what is there."""
        with self._lock:
            before = self._known.get(folder, Log({}))
            stopped = dict(before.stopped)
            for tried, times in log.stopped.items():
                stopped[tried] = stopped.get(tried, 0) + times
            known = self._known[folder] = Log(stopped, before.left_out + log.left_out)
            entries = [{**asdict(tried), "times": times} for tried, times in known.stopped.items()]
            said = {"schema": SCHEMA, "stopped": entries, "left_out": known.left_out}
            self.put(f"{folder}{LOG_NAME}", json.dumps(said, indent=1).encode())


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The head of a request."""

    method: str
    target: str
    headers: Mapping[str, str]
    """By name in lower case."""

    @property
    def path(self) -> str:
        """Give the path as it was sent."""
        return urlsplit(self.target).path or "/"

    @property
    def length(self) -> int:
        """Give the announced length of its body, in bytes; 0: none is."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() else 0


def is_allowed(request: HttpRequest, folder: str) -> bool:
    """Tell whether a request to the sandbox's endpoint may pass: it reads, or writes an object below the folder.

    Args:
        request: its `Host` is the endpoint's own, so that the path begins with the bucket.
        folder: s3:// URI that ends with a slash; empty: the process may write nowhere.
    """
    query = parse_qs(urlsplit(request.target).query, keep_blank_values=True)
    parts = unquote(request.path).split("/")
    if ".." in parts or "." in parts or "Action" in query or not _by_path(request):
        return False  # a GET with an action is a call of an older service, and may change something
    if request.method in _READS:
        return True
    place = folder.removeprefix("s3://")
    wanted = unquote(request.path).lstrip("/")
    return bool(place) and wanted.startswith(place) and wanted not in {place, f"{place}{LOG_NAME}"}


def _by_path(request: HttpRequest) -> bool:
    """Tell whether the bucket stands in the path, and not in the name of the host."""
    host = request.headers.get("host", "").rpartition(":")[0]
    return host in {"127.0.0.1", "localhost"}


def place_of(request: HttpRequest, host: str, port: int, *, own: bool) -> str:
    """Say what a request is about: an object where it is sent to the sandbox's endpoint, else host and path.

    Queries are left out: they hold signatures and keys.
    """
    if urlsplit(request.target).scheme in {"http", "https"}:  # to a proxy
        parts = urlsplit(request.target)
        return f"{parts.scheme}://{parts.hostname or host}{f':{parts.port}' if parts.port else ''}{parts.path}"
    named = host_of(request.headers.get("host", "")) or host
    if not own:
        return f"http://{named}{'' if port == 80 else f':{port}'}{request.path}"
    call = request.headers.get("x-amz-target", "")
    if call:
        return call
    bucket = request.path.lstrip("/") if _by_path(request) else f"{named.partition('.')[0]}{request.path}"
    return f"s3://{unquote(bucket)}" if bucket else f"http://{host}{request.path}"


def host_of(text: str) -> str:
    """Take the port off a `Host` header."""
    host, colon, port = text.rpartition(":")
    return host if colon and port.isdigit() else text
