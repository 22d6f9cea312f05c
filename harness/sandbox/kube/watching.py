"""One watch: changes since a version as one client sees them, with bookmarks, until its time is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from harness.sandbox.kube import discovery
from harness.sandbox.kube.faults import Disorder, KubeFaults
from harness.sandbox.kube.objects import ApiError, Change, Object, Objects
from harness.sandbox.kube.reads import chosen, matches
from harness.sandbox.kube.requests import Request
from harness.sandbox.kube.table import table

SECONDS_MAX = 1800.0
BOOKMARK_SECONDS = 5.0
LAST_BOOKMARK_SECONDS = 2.0
"""A real server sends one so long before the end, also on a watch that is shorter than the interval."""
LOOK_SECONDS = 0.5
"""How often a silent watch looks whether its client is still there."""


class Watch:
    """What one client has been shown so far."""

    def __init__(self, objects: Objects, faults: KubeFaults, request: Request) -> None:
        """Begin at the version that the client names; without one, at everything there is.

        Raises:
            ApiError: a selector or version that can't be read, or a list in a watch, which needs a newer client.
        """
        if request.asks("sendInitialEvents"):
            text = "sendInitialEvents: Forbidden: the sandbox does not list in a watch; list first, then watch"
            raise ApiError(422, "Invalid", text)
        matches(request.query, {"metadata": {}})  # refuses a selector that can't be read, before the stream begins
        self._objects = objects
        self._faults = faults
        self._request = request
        self._seconds = min(float(request.number("timeoutSeconds", 0)) or SECONDS_MAX, SECONDS_MAX)
        self._version = request.number("resourceVersion", 0)
        self._disorder = Disorder(faults)
        self._first = True

    def messages(self, stop: threading.Event) -> Iterator[Object | None]:
        """Stream messages; None asks whether the client is still there."""
        generation = self._faults.watch_generation
        ends = time.monotonic() + self._seconds
        due = _next_bookmark(ends)
        if not self._version:
            items, self._version = chosen(self._objects, self._request)
            yield from (self._message("ADDED", entry) for entry in items)
        while time.monotonic() < ends and not stop.is_set():
            try:
                news = self._news()
            except ApiError as error:
                yield {"type": "ERROR", "object": error.status()}
                return
            if self._faults.watch_generation != generation:
                return
            yield from news
            if self._request.asks("allowWatchBookmarks") and time.monotonic() > due:
                due = _next_bookmark(ends)
                yield self._bookmark()
            yield None
            self._objects.wait(self._version, min(LOOK_SECONDS, max(0.0, ends - time.monotonic())))

    def _news(self) -> list[Object]:
        changes, self._version = self._objects.since(self._request.target.plural, self._version)
        shown = [(kind, change) for change in changes if (kind := self._seen(change))]
        self._faults.watch_lost(each for _, each in shown)
        self._faults.freeze(each for _, each in shown)
        return [self._message(kind, each.object) for kind, each in self._disorder.of(shown)]

    def _seen(self, change: Change) -> str:
        """Say what a watcher with a selector sees of a change: what falls out of the selection is DELETED to it."""
        query, namespace = self._request.query, self._request.target.namespace
        if namespace not in ("", change.object["metadata"].get("namespace", "")):
            return ""
        here = matches(query, change.object)
        before = change.before is not None and matches(query, change.before)
        if change.type == "DELETED":
            return "DELETED" if here or before else ""
        if here:
            return "MODIFIED" if before else "ADDED"
        return "DELETED" if before else ""

    def _message(self, kind: str, item: Object) -> Object:
        if self._request.as_table:
            version = item["metadata"]["resourceVersion"]
            item = table(self._request.target.plural, [item], version, columns=self._first)
            self._first = False
        return {"type": kind, "object": item}

    def _bookmark(self) -> Object:
        kind, group, _, _ = discovery.KINDS[self._request.target.plural]
        metadata = {"resourceVersion": str(self._version)}
        return {"type": "BOOKMARK", "object": {"kind": kind, "apiVersion": group, "metadata": metadata}}


def _next_bookmark(ends: float) -> float:
    """Give when the next bookmark is due: after the interval, or before the end; never twice before the end."""
    usual, last = time.monotonic() + BOOKMARK_SECONDS, ends - LAST_BOOKMARK_SECONDS
    return min(usual, last) if last > time.monotonic() else ends
