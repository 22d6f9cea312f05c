"""Kubernetes: batch/v1 Jobs of one namespace in one context."""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from harness import private
from harness.backends.base import CHANGED_SHOWN, RECORD_BYTES_MAX, Batch, Fetched, FetchedOutput, Handle, check_alive
from harness.backends.kubernetes import lookup
from harness.backends.kubernetes.client import TIMEOUT, ApiException, Cluster, Object, mapped, read_json
from harness.backends.kubernetes.sorting import Sorting
from harness.backends.kubernetes.watch import EVENTS, Call, Sighting, Stream
from harness.backends.log_capture import READ_BYTES_MAX, CapturedLog, LogCapture
from harness.backends.log_marks import has_end
from harness.backends.outside import look_after, look_before
from harness.backends.staging import Staging, outside_log, sha256
from harness.errors import LATER, BackendError, Conflict, SubmitRefused
from harness.model import strict_json
from harness.model.clock import Clock, ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.gap import Gap
from harness.model.job import Job, Json, Side
from harness.model.observation import CHANGED
from harness.model.order import Order
from harness.model.plan import Run
from harness.platforms.json_parts import part
from harness.platforms.kubernetes import labels, manifest
from harness.platforms.kubernetes.created import differences
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.shim_spec import spec_of

LOG_PIECE_BYTES = 256 * 1024
SYNTHETIC_MARK = "sandbox"
"""In the version that the sandbox's API server reports."""
_TIME_SCALE = re.compile(rf"\+{SYNTHETIC_MARK}\.x([0-9]+(?:\.[0-9]+)?(?:e-[0-9]+)?)")
_BATCH_MAX = 256
NOT_BLOCKED = (
    "effects: block: nothing on this cluster keeps a pod from the network; run the job in the sandbox, or send its"
    " effects elsewhere with policy: redirect"
)
NO_POD = "log: no pod is left"
_WAITING_TO_START = "is waiting to start"
"""In what the kubelet answers, with HTTP 400, where a container has not begun and so has no log."""


def _time_scale(version: str) -> Mapping[str, str]:
    """Read the time scale that a sandbox reports in its version; a cluster has none."""
    found = _TIME_SCALE.search(version)
    return {"time_scale": found[1]} if found and float(found[1]) > 0 else {}


class KubernetesBackend:
    """Jobs in one namespace. One list-then-watch a resource kind, however many jobs there are."""

    platform = "kubernetes"

    def __init__(
        self, context: str | None, namespace: str, campaign: str, shim: str, *, clock: Clock, ca: str | None = None
    ) -> None:
        """Open the context; `shim` is the shim's source text, `ca` what the policy trusts in a proof of who answers."""
        self._ca = ca
        self._namespace = namespace
        self._campaign = campaign
        self._shim = shim
        self._clock = clock
        self._cluster = Cluster(context)
        self._homes: dict[tuple[str, Side], KubernetesHome] = {}
        self._staging: dict[tuple[str, Side], Staging] = {}
        self._sorting = Sorting(clock)

    def add_repository(self, name: str, home: KubernetesHome, staging: Staging, side: Side = Side.LEGACY) -> None:
        """Let one side of a repository use the namespace, with its own service account and staging prefix."""
        self._homes[name, side], self._staging[name, side] = home, staging

    def describe(self) -> Mapping[str, str]:
        """Say which cluster answers."""
        version = self._cluster.version()
        facts = {"endpoint": self._cluster.host, "version": version, "cluster": self._cluster.cluster_id()}
        synthetic = "yes" if SYNTHETIC_MARK in version else "no"
        own = {"namespace": self._namespace, "synthetic": synthetic, **_time_scale(version)}
        return {**facts, **own, **self._cluster.proof(self._ca)}

    def prepare(self) -> None:
        """Check that the namespace is there; a sandbox's is made."""
        with mapped(f"namespace {self._namespace}"):
            try:
                self._cluster.core.read_namespace(self._namespace, _request_timeout=TIMEOUT)
            except ApiException as error:
                if error.status != 404 or SYNTHETIC_MARK not in self._cluster.version():  # noqa: PLR2004 - HTTP
                    raise
                self._make_namespace()

    def _make_namespace(self) -> None:
        try:
            body = {"metadata": {"name": self._namespace}}
            self._cluster.core.create_namespace(body, _request_timeout=TIMEOUT)
        except ApiException as error:
            if error.status != 409:  # noqa: PLR2004 - HTTP: it is there, by an earlier try whose reply was lost
                raise

    # -- submit -------------------------------------------------------------------------------------------------------

    def submit(self, order: Order) -> Handle:
        """Create ConfigMap, Secret and Job; what is there already is read, compared and adopted, or refused."""
        look_before(self._staging[order.run.repository, order.run.side], order.run.id, order.job)
        self._sorting.expect(order.run.id, order.run.name)  # before the call: the watch may be faster than the reply
        grants, message = f"{manifest.GRANTS_FOLDER}/grants.json", manifest.message_path(order)
        spec = strict_json.write(spec_of(order, grants_path=grants, carry=True, message_path=message))
        if order.run.shim:
            self._ensure_config_map(manifest.config_map(order, self._namespace, self._shim, spec))
            self._ensure_secret(order)
        planned = self._planned(order, sha256(spec))
        found, adopted = self._create_job(planned)
        uid = str(part(found, "metadata")["uid"])
        native = {"uid": uid, "name": order.run.name, "namespace": self._namespace}
        if changed := differences(found, planned):
            native[CHANGED] = "; ".join(changed[:CHANGED_SHOWN])
        handle = Handle(order.run, native, adopted)
        self.expect(handle)
        return handle

    def _planned(self, order: Order, spec_digest: str) -> dict[str, Json]:
        """Give the Job of a run: the document with its mutations, or one that is built of the entry."""
        home, document = self._homes[order.run.repository, order.run.side], order.job.sides[order.run.side].document
        folder = self._staging[order.run.repository, order.run.side].place.uri(order.run.id, "")
        if document is not None:
            return manifest.of_document(order, document, spec_digest, folder)
        account, restricted = home.service_account, home.restricted
        return manifest.job(order, self._namespace, account, spec_digest, folder=folder, restricted=restricted)

    def missing(self, order: Order) -> tuple[str, ...]:
        """Say what a run needs and the namespace lacks, and what the API server would refuse; nothing is made."""
        planned, document = self._planned(order, "0" * 64), order.job.sides[order.run.side].document
        source = str(part(document.content, "metadata").get("namespace") or "") if document else ""
        lacking = list(lookup.missing(self._cluster, self._namespace, planned, source, own=order.run.name))
        if order.job.is_blocked and SYNTHETIC_MARK not in self._cluster.version():
            lacking.append(NOT_BLOCKED)
        try:
            with mapped(f"create job {order.run.name}, tried without keeping it"):
                self._cluster.create_job(self._namespace, planned, dryRun="All", fieldValidation="Strict")
        except (SubmitRefused, Conflict) as error:
            lacking.append(str(error))
        return tuple(lacking)

    def expect(self, handle: Handle) -> None:
        """Know the run by its object's name and uid."""
        self._sorting.expect(handle.run.id, handle.run.name, job=handle.native["uid"])

    def _create_job(self, planned: dict[str, Json]) -> tuple[dict[str, Json], bool]:
        name, namespace = _name(planned), self._namespace
        try:
            with mapped(f"create job {name}"):
                return self._cluster.create_job(namespace, planned), False
        except Conflict:
            pass  # it exists: read and compare
        with mapped(f"read job {name}"):
            found = read_json(
                self._cluster.batch.read_namespaced_job(
                    name, namespace, _preload_content=False, _request_timeout=TIMEOUT
                )
            )
        differing = differences(found, planned)
        if differing:
            message = f"job {name} exists and is another one: {'; '.join(differing[:5])}"
            raise Conflict(message)
        return found, True

    def _ensure_config_map(self, body: dict[str, Json]) -> None:
        name, core = _name(body), self._cluster.core
        try:
            with mapped(f"create configmap {name}"):
                core.create_namespaced_config_map(self._namespace, body, _request_timeout=TIMEOUT)
                return
        except Conflict:
            pass
        with mapped(f"read configmap {name}"):
            found = core.read_namespaced_config_map(name, self._namespace, _request_timeout=TIMEOUT)
        if found.data != body["data"]:
            message = f"configmap {name} exists with other content"
            raise Conflict(message)

    def _ensure_secret(self, order: Order) -> None:
        """Make the grants once: those of an earlier try stay valid and are kept. We have no right to read Secrets.

        What a document's own means bring is not held against what lies at an input's place: it may be a part of it.
        """
        by_document = order.job.sides[order.run.side].document is not None
        inputs = [source for source in order.job.inputs if order.run.side in source.path and not by_document]
        staging = self._staging[order.run.repository, order.run.side]
        listed = [(given, order.listings[given.name], True) for given in inputs if given.name in order.listings]
        grants = staging.grants(order.run.id, order.job, inputs, outputs=True, listed=listed)
        body = manifest.secret(order, self._namespace, strict_json.write(grants))
        with suppress(Conflict), mapped(f"create secret {order.run.name}"):
            self._cluster.core.create_namespaced_secret(self._namespace, body, _request_timeout=TIMEOUT)

    # -- watch --------------------------------------------------------------------------------------------------------

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Merge the three streams (Jobs, Pods, Events) into one."""
        arrived: queue.SimpleQueue[tuple[str, Sighting]] = queue.SimpleQueue()
        streams = self._streams(lambda kind, sighting: arrived.put((kind, sighting)))
        threads = [
            threading.Thread(target=stream.run, args=(stop,), name=f"watch-{stream.kind}", daemon=True)
            for stream in streams
        ]
        for thread in threads:
            thread.start()
        try:
            while not stop.is_set():
                check_alive(threads, stop)
                yield from self._drain(arrived)
        finally:
            for stream in streams:
                stream.interrupt()
            for thread in threads:
                thread.join(timeout=2.0)

    def _streams(self, emit: Callable[[str, Sighting], None]) -> list[Stream]:
        namespace = self._namespace
        mine: dict[str, object] = {"label_selector": f"{labels.CAMPAIGN_LABEL}={labels.campaign_label(self._campaign)}"}
        core, batch = self._cluster.watch_core, self._cluster.watch_batch
        calls: tuple[tuple[str, Call, dict[str, object]], ...] = (
            ("Job", batch.list_namespaced_job, mine),
            ("Pod", core.list_namespaced_pod, mine),
            # Core Events carry no labels of their object; one stream for the namespace, sorted out by name and uid.
            (EVENTS, core.list_namespaced_event, {}),
        )
        return [Stream(kind, call, {"namespace": namespace, **extra}, self._clock, emit) for kind, call, extra in calls]

    def _drain(self, arrived: queue.SimpleQueue[tuple[str, Sighting]]) -> list[Batch]:
        """Take what has come, in its order; a gap that ends is told before the list that ended it."""
        taken: list[tuple[str, Sighting]] = []
        with suppress(queue.Empty):
            taken.append(arrived.get(timeout=0.2))
            for _ in range(_BATCH_MAX):
                taken.append(arrived.get_nowait())  # noqa: PERF401 - what came before the end stays
        batches: list[Batch] = []
        events: list[tuple[str, Event]] = []
        for kind, sighting in taken:
            if isinstance(sighting, Gap):
                batches += [Batch(tuple(events)), Batch((), gaps=(sighting,))]
                events = []
            else:
                events += self._sorting.events(kind, sighting)
        batches.append(Batch(tuple(events)))
        return [batch for batch in batches if batch.events or batch.gaps]

    # -- fetch, stop, remove ------------------------------------------------------------------------------------------

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Bring home the main container's log, the shim's record and what the shim uploaded.

        Without the shim nobody carries outputs out of a pod: they were not looked for, which is not absent.
        """
        private.make_folder(into)
        notes: list[str] = []
        log, cut = self._fetch_log(handle, notes, manifest.main_container(job, handle.run.side))
        staging, run = self._staging[handle.run.repository, handle.run.side], handle.run.id
        record = staging.read(f"{run}/record.json", RECORD_BYTES_MAX) if handle.run.shim else None
        if record is not None and log and not has_end(log.data):
            cut = True
        carried = [output.name for output in job.outputs if handle.run.side in output.path and handle.run.shim]
        outputs = tuple(self._fetch_output(staging, run, name, into) for name in carried)
        seen = _fetched(log, record, outputs, notes, cut=cut)
        return replace(seen, outside=outside_log(staging, run, job), places=look_after(staging, run, job))

    def peek(self, handle: Handle, job: Job) -> Fetched:
        """Read the main container's log so far."""
        notes: list[str] = []
        log, cut = self._fetch_log(handle, notes, manifest.main_container(job, handle.run.side))
        waiting = any(_WAITING_TO_START in note for note in notes)
        if log is None and notes != [NO_POD] and not waiting:
            raise BackendError("; ".join(notes))
        return _fetched(log, None, (), notes, cut=cut or (log is None and not waiting))

    def _fetch_output(self, staging: Staging, run: str, name: str, into: Path) -> FetchedOutput:
        path = into / f"{hashlib.sha256(name.encode()).hexdigest()[:12]}.tar.gz"
        source = staging.place.uri(run, f"{name}.tar.gz")
        found = staging.get(f"{run}/{name}.tar.gz", path)
        return FetchedOutput(name, declared=True, path=path if found else None, source=source)

    def _fetch_log(
        self, handle: Handle, notes: list[str], container: str = manifest.MAIN
    ) -> tuple[CapturedLog | None, bool]:
        """Read the log of the last attempt's main container; a pod that is gone leaves a note."""
        capture = LogCapture()
        try:
            with mapped(f"log of {handle.run.name}"):
                pod = self._sorting.newest_pod(handle.run.id) or self._listed_pod(handle.run.id)
                if not pod:
                    notes.append(NO_POD)
                    return None, False
                reply = self._cluster.core.read_namespaced_pod_log(
                    pod,
                    self._namespace,
                    container=container,
                    limit_bytes=READ_BYTES_MAX,
                    _preload_content=False,
                    _request_timeout=TIMEOUT,
                )
                with reply:
                    for piece in reply.stream(LOG_PIECE_BYTES):
                        capture.add(piece)
        except LATER:
            raise  # whoever asks again may read it
        except BackendError as error:
            notes.append(f"log: {error}")
            return None, False
        return capture.captured(), capture.total >= READ_BYTES_MAX

    def _listed_pod(self, run: str) -> str:
        """Ask which pod of a run is the newest, where the watch did not say: an earlier process watched the run."""
        selector = f"{labels.RUN_LABEL}={run}"
        pods = self._cluster.core.list_namespaced_pod(
            self._namespace, label_selector=selector, _request_timeout=TIMEOUT
        ).items
        last = max(pods, key=lambda pod: pod.metadata.creation_timestamp, default=None)
        return str(last.metadata.name) if last else ""

    def stop(self, handle: Handle) -> None:
        """Delete the Job with its pods, keeping their grace period."""
        self._delete_job(handle.run)

    def remove(self, handle: Handle) -> tuple[Event, ...]:
        """Delete Job, ConfigMap and Secret of the run; what is gone already is fine."""
        self._delete_job(handle.run)
        self._delete("configmap", handle.run, self._cluster.core.delete_namespaced_config_map)
        self._delete("secret", handle.run, self._cluster.core.delete_namespaced_secret)
        now = self._clock.now()
        at = Time(now, ClockName.HARNESS)
        return (
            Event(
                f"{handle.native['uid']}:removed",
                Kind.REMOVED_BY_US,
                Witness.HARNESS,
                at,
                now,
                label="removed after fetch",
            ),
        )

    def _delete_job(self, run: Run) -> None:
        self._delete("job", run, self._cluster.batch.delete_namespaced_job, propagation_policy="Background")

    def _delete(self, kind: str, run: Run, call: Call, **options: str) -> None:
        """Delete what a run left; what is gone already is fine, what we may not delete is not."""
        try:
            with mapped(f"delete {kind} {run.name}"):
                call(run.name, self._namespace, _request_timeout=TIMEOUT, **options)
        except SubmitRefused as error:
            if not isinstance(error.__cause__, ApiException) or error.__cause__.status != 404:  # noqa: PLR2004 - HTTP
                raise

    def close(self) -> None:
        """Close the connection pool."""
        self._cluster.api.close()


def _fetched(
    log: CapturedLog | None, record: bytes | None, outputs: tuple[FetchedOutput, ...], notes: list[str], *, cut: bool
) -> Fetched:
    if log is None:
        return Fetched(None, cut, record, outputs, tuple(notes))
    return Fetched(log.data, cut, record, outputs, tuple(notes), log.left_out, log.gap_at)


def _name(item: Object) -> str:
    return str(part(item, "metadata").get("name"))
