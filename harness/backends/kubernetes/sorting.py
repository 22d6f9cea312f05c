"""What the streams saw → whose it is and what it says: (run, event), for one campaign."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from harness.backends.kubernetes.watch import InvalidMessage, Sighting, VanishedObject, WatchedObject
from harness.model.anomaly import Anomaly, AnomalyKind, Stream
from harness.model.clock import Clock
from harness.model.event import OTHER_RUN, Event
from harness.model.gap import Gap
from harness.model.job import Json
from harness.platforms.json_parts import part
from harness.platforms.kubernetes import labels, translate

KeyedEvents = list[tuple[str, Event]]


class Sorting:
    """Sorts by run. Objects of ours carry their run as a label; core Events are known by the uid or name they name."""

    def __init__(self, clock: Clock) -> None:
        """Know nothing yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._runs: dict[str, str] = {}
        """Object name or uid → run id."""
        self._jobs: dict[str, str] = {}
        """Run id → uid of its Job."""
        self._attempts: dict[str, dict[str, int]] = {}
        """Run id → pod uid → attempt, in order of creation."""
        self._pods: dict[str, dict[str, tuple[str, str]]] = {}
        """Run id → uid of a pod that is there → when it was created, and its name."""

    def expect(self, run: str, *names: str, job: str = "") -> None:
        """Know objects of a run by their names and uids; `job` is the uid of its Job, once that is known."""
        with self._lock:
            self._runs |= dict.fromkeys(names, run)
            if job:
                self._runs[job] = run
                self._jobs[run] = job

    def newest_pod(self, run: str) -> str:
        """Name the youngest pod of a run that is still there; empty: none was seen."""
        with self._lock:
            return max(self._pods.get(run, {}).values(), default=("", ""))[1]

    def events(self, kind: str, sighting: Sighting) -> KeyedEvents:
        """Say what one sighting of a stream says, and of which runs."""
        now = self._clock.now()
        match sighting:
            case Gap():
                return []  # of the stream as a whole: kept once, and told to the runs in it when they are brought home
            case VanishedObject():
                run = sighting.labels.get(labels.RUN_LABEL, "")
                self._forget_pod(run, sighting.uid)
                return [(run, translate.vanished(sighting.uid, kind, sighting.last_seen_seconds, now))] if run else []
            case InvalidMessage():
                return self._misheard(kind, sighting, now)
            case WatchedObject():
                return self._cluster_event(sighting.object, now) if kind == "Event" else self._own(kind, sighting, now)

    def _misheard(self, kind: str, sighting: InvalidMessage, now: float) -> KeyedEvents:
        """Put what a watch did wrong into the history of the run whose object it was."""
        metadata, about = part(sighting.object, "metadata"), part(sighting.object, "involvedObject")
        labelled = str(part(metadata, "labels").get(labels.RUN_LABEL) or "")
        run = self._run_of(about) if kind == "Event" else labelled
        fault, uid = sighting.fault, str(metadata.get("uid"))
        whose = str(about.get("uid")) if kind == "Event" else uid
        return (
            [(run, translate.anomaly(whose, fault.anomaly, fault.label, now, fact=f"{uid}:{fault.fact}"))]
            if run
            else []
        )

    def _run_of(self, about: Mapping[str, Json]) -> str:
        """Find the run that a core Event is about, by uid, name, or the name that a pod's is made from."""
        uid, name = str(about.get("uid")), str(about.get("name"))
        with self._lock:
            return self._runs.get(uid) or self._runs.get(name) or self._runs.get(name.rpartition("-")[0]) or ""

    def _own(self, kind: str, seen: WatchedObject, now: float) -> KeyedEvents:
        metadata = part(seen.object, "metadata")
        run, uid = str(part(metadata, "labels").get(labels.RUN_LABEL) or ""), str(metadata.get("uid"))
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

    def _cluster_event(self, item: Mapping[str, Json], now: float) -> KeyedEvents:
        facts = part(item, "involvedObject")
        run, uid = self._run_of(facts), str(facts.get("uid"))
        if not run:
            return []
        if facts.get("kind") == "Job" and self._jobs.get(run, uid) != uid:
            text = f"about a Job of uid {uid}, which has this run's name"
            found = Anomaly(AnomalyKind.FOREIGN, Stream.EVENTS, 1, "message", text)
            fact = str(part(item, "metadata").get("uid"))
            return [(run, translate.anomaly(self._jobs[run], found, OTHER_RUN, now, fact=fact))]
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
