"""What the streams saw → whose it is and what it says: (run, event), for one campaign."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from harness.backends.kubernetes.client import part
from harness.backends.kubernetes.watch import Missed, Seen, Sighting, Stale
from harness.model.clock import Clock
from harness.model.event import TIME_TRAVEL, Event
from harness.model.gap import Gap
from harness.model.job import Json
from harness.platforms.kubernetes import manifest, translate

Told = list[tuple[str, Event]]


class Sorting:
    """Sorts by run. Objects of ours carry their run as a label; core Events are known by the uid or name they name."""

    def __init__(self, clock: Clock) -> None:
        """Know nothing yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._runs: dict[str, str] = {}
        """Object name or uid → run id."""
        self._attempts: dict[str, dict[str, int]] = {}
        """Run id → pod uid → attempt, in order of creation."""
        self._pods: dict[str, dict[str, tuple[str, str]]] = {}
        """Run id → uid of a pod that is there → when it was created, and its name."""

    def expect(self, run: str, *names: str) -> None:
        """Know objects of a run by their names and uids."""
        with self._lock:
            self._runs |= dict.fromkeys(names, run)

    def newest_pod(self, run: str) -> str:
        """Name the youngest pod of a run that is still there; empty: none was seen."""
        with self._lock:
            return max(self._pods.get(run, {}).values(), default=("", ""))[1]

    def events(self, kind: str, sighting: Sighting) -> Told:
        """Say what one sighting of a stream says, and of which runs."""
        now = self._clock.now()
        match sighting:
            case Gap():
                return []  # of the stream as a whole: kept once, and told to the runs in it when they are brought home
            case Missed():
                run = sighting.labels.get(manifest.RUN_LABEL, "")
                self._forget_pod(run, sighting.uid)
                return [(run, translate.vanished(sighting.uid, kind, sighting.last_seen_seconds, now))] if run else []
            case Stale():
                run = sighting.labels.get(manifest.RUN_LABEL, "")
                return [(run, translate.remark(sighting.uid, TIME_TRAVEL, now))] if run else []
            case Seen():
                return self._cluster_event(sighting.object, now) if kind == "Event" else self._own(kind, sighting, now)

    def _own(self, kind: str, seen: Seen, now: float) -> Told:
        metadata = part(seen.object, "metadata")
        run, uid = str(part(metadata, "labels").get(manifest.RUN_LABEL) or ""), str(metadata.get("uid"))
        if not run:
            return []
        self.expect(run, uid)
        attempt = self._attempt(run, uid) if kind == "Pod" else 0
        events = (
            translate.events_from_pod(seen.object, now, attempt)
            if kind == "Pod"
            else translate.events_from_job(seen.object, now)
        )
        if kind == "Pod":
            self._remember_pod(run, uid, metadata)
        if seen.type == "DELETED":
            events = (*events, translate.deleted(uid, kind, now, attempt))
            self._forget_pod(run, uid)
        return [(run, event) for event in events]

    def _cluster_event(self, item: Mapping[str, Json], now: float) -> Told:
        facts = part(item, "involvedObject")
        uid, name = str(facts.get("uid")), str(facts.get("name"))
        with self._lock:
            run = self._runs.get(uid) or self._runs.get(name) or self._runs.get(name.rpartition("-")[0])
        if not run:
            return []
        attempt = self._attempt(run, uid) if facts.get("kind") == "Pod" else 0
        return [(run, event) for event in translate.events_from_event(item, now, attempt)]

    def _attempt(self, run: str, uid: str) -> int:
        with self._lock:
            known = self._attempts.setdefault(run, {})
            return known.setdefault(uid, len(known))

    def _remember_pod(self, run: str, uid: str, metadata: Mapping[str, Json]) -> None:
        with self._lock:
            self._pods.setdefault(run, {})[uid] = (str(metadata.get("creationTimestamp")), str(metadata.get("name")))

    def _forget_pod(self, run: str, uid: str) -> None:
        with self._lock:
            self._pods.get(run, {}).pop(uid, None)
