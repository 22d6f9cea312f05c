"""All objects with one resourceVersion, their recent history and waiting watchers: what etcd is to an API server."""

from __future__ import annotations

import copy
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]
Key = tuple[str, str, str]
"""(plural, namespace, name)."""

HISTORY_MAX = 5_000
"""Changes that a watch can still catch up with; older resourceVersions answer 410 Expired."""


class ApiError(Exception):
    """An HTTP answer that is no success, as a Kubernetes Status."""

    def __init__(self, code: int, reason: str, message: str, details: Object | None = None) -> None:
        """Keep what the Status says."""
        super().__init__(message)
        self.code, self.reason, self.message, self.details = code, reason, message, details or {}

    def status(self) -> Object:
        """Give the Status object."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the history."""

    version: int
    type: str
    plural: str
    object: Object
    before: Object | None


def now() -> str:
    """Give the time as the API server stamps it: whole seconds, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now_precise() -> str:
    """Give the time with microseconds, as Events carry it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Objects:
    """The store. Every method takes the one lock; values that leave it are copies."""

    def __init__(self) -> None:
        """Start empty, at version 1 like a young cluster."""
        self.changed = threading.Condition(threading.RLock())
        self.version = 1
        self.compacted = 0
        self._objects: dict[Key, Object] = {}
        self._history: deque[Change] = deque(maxlen=HISTORY_MAX)

    def create(self, plural: str, item: Object, uid: str = "") -> Object:
        """Add an object; the server's own metadata is filled in, with a new uid unless one was drawn before."""
        with self.changed:
            metadata = item["metadata"]
            key = (plural, metadata.get("namespace", ""), metadata["name"])
            if key in self._objects:
                raise exists(plural, metadata["name"])
            metadata |= {"uid": uid or str(uuid.uuid4()), "creationTimestamp": now()}
            metadata.setdefault("generation", 1)
            return self._record("ADDED", plural, key, copy.deepcopy(item), before=None)

    def get(self, plural: str, namespace: str, name: str) -> Object:
        """Read one object."""
        with self.changed:
            found = self._objects.get((plural, namespace, name))
            if found is None:
                raise missing(plural, name)
            return copy.deepcopy(found)

    def find(self, plural: str, namespace: str, name: str) -> Object | None:
        """Read one object that may be gone."""
        with self.changed:
            return copy.deepcopy(self._objects.get((plural, namespace, name)))

    def list(self, plural: str, namespace: str = "") -> tuple[list[Object], int]:
        """Read all of a kind, in name order, with the version they are of."""
        with self.changed:
            chosen = sorted(key for key in self._objects if key[0] == plural and namespace in ("", key[1]))
            return [copy.deepcopy(self._objects[key]) for key in chosen], self.version

    def change(self, plural: str, namespace: str, name: str, edit: Callable[[Object], None]) -> Object:
        """Edit one object atomically; an edit that changes nothing makes no version. A freed object is removed."""
        with self.changed:
            key = (plural, namespace, name)
            if key not in self._objects:
                raise missing(plural, name)
            before = self._objects[key]
            after = copy.deepcopy(before)
            edit(after)
            if after == before:
                return copy.deepcopy(before)
            metadata = after["metadata"]
            if after.get("spec") != before.get("spec"):
                metadata["generation"] = metadata.get("generation", 1) + 1
            if (
                "deletionTimestamp" in metadata
                and not metadata.get("finalizers")
                and not metadata.get("deletionGracePeriodSeconds")
            ):
                return self._record("DELETED", plural, key, after, before=before)
            return self._record("MODIFIED", plural, key, after, before=before)

    def remove(self, plural: str, namespace: str, name: str) -> Object:
        """Delete now, unless finalizers hold it."""
        with self.changed:
            key = (plural, namespace, name)
            if key not in self._objects:
                raise missing(plural, name)
            before = self._objects[key]
            after = copy.deepcopy(before)
            if after["metadata"].get("finalizers"):
                after["metadata"].setdefault("deletionTimestamp", now())
                after["metadata"]["deletionGracePeriodSeconds"] = 0
                return self._record("MODIFIED", plural, key, after, before=before)
            return self._record("DELETED", plural, key, after, before=before)

    def _record(self, kind: str, plural: str, key: Key, item: Object, *, before: Object | None) -> Object:
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        if kind == "DELETED":
            self._objects.pop(key, None)
        else:
            self._objects[key] = item
        if len(self._history) == HISTORY_MAX:
            self.compacted = self._history[0].version
        self._history.append(Change(self.version, kind, plural, copy.deepcopy(item), copy.deepcopy(before)))
        self.changed.notify_all()
        return copy.deepcopy(item)

    def compact(self) -> None:
        """Forget the history, as etcd does now and then."""
        with self.changed:
            self.compacted = self.version
            self._history.clear()
            self.changed.notify_all()

    def since(self, plural: str, version: int) -> tuple[tuple[Change, ...], int]:
        """Give the changes of a kind after a version, and the version that they lead to.

        Raises:
            ApiError: 410 Expired, the version is no longer kept.
        """
        with self.changed:
            if version < self.compacted:
                raise ApiError(410, "Expired", f"too old resource version: {version} ({self.compacted})")
            found = tuple(change for change in self._since(version) if change.plural == plural)[::-1]
            return found, max(version, self.version)

    def _since(self, version: int) -> Iterator[Change]:
        """Walk back from the newest change."""
        for change in reversed(self._history):
            if change.version <= version:
                return
            yield change

    def wait(self, version: int, seconds: float) -> None:
        """Wait until something newer than a version is there, at most so long."""
        with self.changed:
            if self.version <= version:
                self.changed.wait(seconds)


def missing(plural: str, name: str) -> ApiError:
    """Say that an object is not there."""
    group = "batch" if plural == "jobs" else ""
    shown = f"{plural}.{group}" if group else plural
    return ApiError(404, "NotFound", f'{shown} "{name}" not found', {"name": name, "group": group, "kind": plural})


def exists(plural: str, name: str) -> ApiError:
    """Say that a name is taken."""
    group = "batch" if plural == "jobs" else ""
    shown = f"{plural}.{group}" if group else plural
    return ApiError(
        409, "AlreadyExists", f'{shown} "{name}" already exists', {"name": name, "group": group, "kind": plural}
    )
