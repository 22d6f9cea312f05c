"""SageMaker: training and processing jobs of one account and region."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from harness import private
from harness.backends import proof
from harness.backends.aws import ClientError, Clients, failed_with, is_unavailable, mapped
from harness.backends.base import RECORD_BYTES_MAX, Batch, Fetched, Handle, check_alive
from harness.backends.hearing import StreamListener
from harness.backends.log_capture import CapturedLog
from harness.backends.outside import look_after, look_before
from harness.backends.sagemaker import removal, survey
from harness.backends.sagemaker.bus import Bus, Message
from harness.backends.sagemaker.bus_places import EVENT_SOURCE
from harness.backends.sagemaker.hints import take
from harness.backends.sagemaker.limiter import Limiter, lists
from harness.backends.sagemaker.logs import NO_STREAM, fetch_log, fetch_settled_log, fetch_whole_log
from harness.backends.sagemaker.metrics import fetch_metrics
from harness.backends.sagemaker.reach import Uploaded, call, describe, outputs_of
from harness.backends.sagemaker.reducer import Counts
from harness.backends.sagemaker.shared_state import OpenJob, SharedState
from harness.backends.sagemaker.warm_pools import ASK_SECONDS
from harness.backends.same import differences
from harness.backends.staging import Staging, outside_log, sha256
from harness.errors import BackendError, Conflict, HarnessError, Unavailable, Unreachable
from harness.model import strict_json
from harness.model.clock import Clock, ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.gap import Gap
from harness.model.job import Job, Side
from harness.model.order import Order, S3Place
from harness.platforms.sagemaker import request, translate
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.planned import planned_request
from harness.platforms.shim_spec import spec_of

RECONCILE_SECONDS = 30.0
"""A run unheard of for so long is asked about; events are delivered on a best effort basis (EventBridge user guide)."""
TRIES_BEFORE_GAP = 2
"""One call that fails is made again at once and has missed nothing: queue and records keep."""
BUS_PAUSE_SECONDS = 1.0
LIST_RESOLUTION_SECONDS = 1.0
"""Times of a List may be cut to the second."""


class SageMakerBackend:
    """Jobs of one account. State comes by EventBridge and SQS; Describe is the witness that is believed."""

    platform = "sagemaker"

    def __init__(
        self, campaign: str, job_prefix: str, clients: Clients, shim: str, *, clock: Clock, source: str = EVENT_SOURCE
    ) -> None:
        """Remember where; nothing is called yet."""
        self._campaign = campaign
        self._clients = clients
        self._shim = shim
        self._clock = clock
        self._bus = Bus(clients, job_prefix.rstrip("-"), job_prefix, source)
        self._prefix = job_prefix
        self._limiter, self._lists = Limiter(clock), lists(clock)
        self._shared = SharedState()
        self._describing = StreamListener("describe", clock, TRIES_BEFORE_GAP)
        self._counted = clock.now()
        """When the dead letters were counted last."""
        self._homes: dict[tuple[str, Side], SageMakerHome] = {}
        self._staging: dict[tuple[str, Side], Staging] = {}

    def add_repository(self, name: str, home: SageMakerHome, staging: Staging, side: Side = Side.CANDIDATE) -> None:
        """Let one side of a repository use this account, with its own role, network and staging prefix."""
        self._homes[name, side], self._staging[name, side] = home, staging
        self._shared.pools.prices_per_hour.update(home.prices_per_hour)

    def describe(self) -> Mapping[str, str]:
        """Say which account answers, and where."""
        return {
            "account": self._clients.identity(),
            "endpoint": self._clients.endpoint,
            "region": self._clients.account.region,
            "synthetic": "yes" if self._clients.synthetic else "no",
            **proof.of_account(self._clients),
        }

    def prepare(self) -> None:
        """Make the campaign's queue and rule."""
        self._bus.prepare()

    # -- submit -------------------------------------------------------------------------------------------------------

    def submit(self, order: Order) -> Handle:
        """Stage shim and spec, create the job; what is there already is described, compared and adopted, or refused."""
        staging = self._staging[order.run.repository, order.run.side]
        look_before(staging, order.run.id, order.job)
        at = request.locations(staging.place, order.run.id)
        folder = request.shim_folder(order.job)
        spec = strict_json.write(
            spec_of(
                order,
                grants_path=f"{folder}/grants.json",
                carry=False,
                region=self._homes[order.run.repository, order.run.side].region,
            )
        )
        home = self._homes[order.run.repository, order.run.side]
        planned = planned_request(order, home, at, sha256(spec))
        handle = Handle(order.run, {"name": order.run.name, "kind": order.job.kind, "output": at.output})
        if order.run.shim:
            self._stage(staging, order, spec)
        self.expect(handle)  # before the call: the bus may be faster than the reply
        try:
            found = self._create(order, planned)
        except BackendError:
            with self._shared.lock:
                self._shared.open.pop(order.run.name, None)
            raise
        if found is None:
            return handle
        differing = differences(found, request.comparable(planned))
        if differing:
            message = f"job {order.run.name} exists and is another one: {'; '.join(differing[:5])}"
            raise Conflict(message)
        self.expect(replace(handle, adopted=True))
        return replace(handle, adopted=True)

    def _stage(self, staging: Staging, order: Order, spec: bytes) -> None:
        run = order.run.id
        by_entry = order.job.sides[order.run.side].document is None  # a document's channel may unpack or stream
        inputs = [given for given in order.job.inputs if order.run.side in given.path and given.name in order.listings]
        listed = [(given, order.listings[given.name], by_entry) for given in inputs]
        grants = staging.grants(run, order.job, (), outputs=False, listed=listed)
        staging.put(f"{run}/channel/shim.py", self._shim.encode())
        staging.put(f"{run}/channel/spec.json", spec)
        staging.put(f"{run}/channel/grants.json", strict_json.write(grants))

    def _create(self, order: Order, planned: Mapping[str, object]) -> dict[str, object] | None:
        """Create; a name taken meanwhile (a lost reply that was retried) is described. None: created just now."""
        sagemaker = self._clients("sagemaker")
        try:
            with mapped(f"create {order.run.name}"):
                call(sagemaker, "create", order.job.kind, **planned)
        except BackendError as error:
            if failed_with(error) == "ResourceInUse":
                self._limiter.wait(threading.Event())
                with mapped(f"describe {order.run.name}"):
                    return describe(sagemaker, order.job.kind, order.run.name)
            raise
        return None

    def expect(self, handle: Handle) -> None:
        """Ask about the run when the bus stays silent."""
        name, kind = handle.native["name"], handle.native["kind"]
        with self._shared.lock:
            self._shared.names[name], self._shared.kinds[name] = handle.run.id, kind
            now = self._clock.monotonic()
            self._shared.open[name] = OpenJob(handle.run.id, kind, name, now, handle.adopted, since_monotonic=now)

    # -- watch --------------------------------------------------------------------------------------------------------

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Merge the queue and the reconciler into one stream."""
        arrived: queue.SimpleQueue[Batch] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=loop, args=(arrived, stop), name=name, daemon=True)
            for name, loop in (("bus", self._listen), ("reconcile", self._reconcile))
        ]
        for thread in threads:
            thread.start()
        while not stop.is_set():
            check_alive(threads, stop)
            with suppress(queue.Empty):
                yield arrived.get(timeout=0.2)
        for thread in threads:
            thread.join(timeout=3.0)

    def _listen(self, arrived: queue.SimpleQueue[Batch], stop: threading.Event) -> None:
        hearing = StreamListener("event bus", self._clock, TRIES_BEFORE_GAP)
        while not stop.is_set():
            try:
                messages = self._bus.receive()
            except Exception as error:  # noqa: BLE001 - whatever it is, a gap is told and the queue asked again
                _tell(arrived, hearing.failed(str(error), vital=_silent(error)))
                self._clock.wait(stop, BUS_PAUSE_SECONDS)
                continue
            _tell(arrived, hearing.heard())
            if messages:
                events = tuple(row for message in messages for row in self._read(message))
                arrived.put(Batch(events, self._bus.acknowledger(messages)))

    def _read(self, message: Message) -> list[tuple[str, Event]]:
        """Translate a message about a run of ours; what cannot be read is counted and left to become a dead letter."""
        detail, now = message.detail, self._clock.now()
        if detail is None:
            with self._shared.lock:
                self._shared.poison |= {message.id} if message.poison else set()
            return []
        name, home = translate.name_of(detail), self._clients.account
        with self._shared.lock:
            run, opened = self._shared.names.get(name), self._shared.open.get(name)
            if run is not None and translate.home_of(detail) not in {None, (home.account, home.region)}:
                self._shared.reducer.foreign(name)
                return []
            if run is not None:
                take(self._shared.reducer, message.body, now)
            if opened:
                opened.heard_monotonic = self._clock.monotonic()
                opened.urgent = opened.urgent or translate.terminal(detail)
        if run is None:
            return []
        return [(run, event) for event in translate.events_from_bus(detail, now)]

    def _reconcile(self, arrived: queue.SimpleQueue[Batch], stop: threading.Event) -> None:
        counted = self._clock.monotonic()
        while not stop.is_set():
            if self._clock.monotonic() - counted > RECONCILE_SECONDS:
                counted = self._clock.monotonic()
                self._count_dead(arrived)
            kept = self._kept(self._clock.monotonic() - ASK_SECONDS)
            due = [*self._survey(self._due(), stop), *kept]
            for opened in due:
                self._bring(opened, arrived, stop)
            if self._describing.deaf:
                self._clock.wait(stop, BUS_PAUSE_SECONDS)
            if not due:
                self._clock.wait(stop, 0.1)

    def _bring(self, opened: OpenJob, arrived: queue.SimpleQueue[Batch], stop: threading.Event) -> None:
        """Ask about one job; an ending is told after the pools that the run may have started on have said so."""
        if not self._limiter.wait(stop):
            return
        events = self._ask(opened, arrived)
        for pool in self._kept(opened.since_monotonic) if opened.ended else ():
            self._bring(pool, arrived, stop)
        if events:
            arrived.put(Batch(events))

    def _count_dead(self, arrived: queue.SimpleQueue[Batch]) -> None:
        """Look into the dead-letter queue; a new letter there may have been any run's, so all are asked about."""
        with suppress(BackendError):  # counted again after the next silence
            dead = self._bus.dead_letters()
            with self._shared.lock:
                more, self._shared.dead = dead - self._shared.dead, dead
                for opened in self._shared.open.values() if more > 0 else ():
                    opened.urgent = True
            if more > 0:
                now, reason = self._clock.now(), f"{more} more messages in the dead-letter queue"
                arrived.put(Batch((), gaps=(Gap("dead letters", self._counted, reason, now),)))
            self._counted = self._clock.now()

    def _survey(self, due: list[OpenJob], stop: threading.Event) -> list[OpenJob]:
        """Leave out silent jobs that one List shows unchanged; the others are described one by one."""
        left = due
        for kind in sorted({opened.kind for opened in due}):
            silent = {opened.name: opened for opened in due if opened.kind == kind and not opened.urgent}
            if len(silent) < survey.LIST_FROM:
                continue
            with suppress(BackendError):  # then each is described
                seen = dict(survey.running(self._clients, self._lists, kind, self._prefix, stop=stop))
                same = {name for name in silent if name in seen and not self._changed(name, seen[name])}
                with self._shared.lock:
                    for name in same:
                        silent[name].heard_monotonic = self._clock.monotonic()
                left = [opened for opened in left if opened.name not in same]
        return left

    def _changed(self, name: str, modified: float) -> bool:
        with self._shared.lock:
            job = self._shared.reducer.open.get(name)
        return job is None or modified - job.modified_ms / 1000 > LIST_RESOLUTION_SECONDS

    def _due(self) -> list[OpenJob]:
        now = self._clock.monotonic()
        with self._shared.lock:
            return [
                each
                for each in self._shared.open.values()
                if each.urgent or now - each.heard_monotonic > RECONCILE_SECONDS
            ]

    def _kept(self, before: float) -> list[OpenJob]:
        """Name the ended jobs whose pools were last asked about before that moment."""
        pools, kinds = self._shared.pools, self._shared.kinds
        return [OpenJob(pools.held[name][0], kinds[name], name, before) for name in pools.due(before)]

    def _ask(self, opened: OpenJob, arrived: queue.SimpleQueue[Batch]) -> tuple[tuple[str, Event], ...]:
        try:
            facts = describe(self._clients.prompt("sagemaker"), opened.kind, opened.name)
        except Exception as error:  # noqa: BLE001 - as stale credentials: asked again after the usual silence
            opened.heard_monotonic = self._clock.monotonic()
            _tell(arrived, self._describing.failed(f"describe: {error}", vital=_silent(error)))
            return ()
        _tell(arrived, self._describing.heard())
        now = self._clock.now()
        events = translate.events_from_describe(facts, now)
        with self._shared.lock:
            opened.heard_monotonic, opened.urgent = self._clock.monotonic(), False
            if translate.terminal(facts):
                opened.ended = self._shared.open.pop(opened.name, None) is not None
            name, status, word, modified_ms, changes = translate.state_of(facts)
            counts = self._shared.reducer.describe(name, status, word, modified_ms, changes=changes, now=now)
            pools, names = self._shared.pools, dict(self._shared.names)
        told = [*events, self._told(opened.run, counts, now)] if counts else events
        kept = (
            pools.told(opened.run, facts, self._clock.monotonic(), now, runs=names) if translate.terminal(facts) else ()
        )
        return (*((opened.run, event) for event in told), *kept)

    def _told(self, run: str, counts: Counts, now: float) -> Event:
        """Put into the history what the bus did for a run, and what calls this account has cost so far."""
        books, at = self._shared, Time(now, ClockName.HARNESS)
        calls = f"{self._limiter.calls} describes and {self._lists.calls} lists so far"
        letters = f"{len(books.poison)} unreadable messages and {books.dead} dead letters in the campaign"
        label = f"bus: {counts.text()}; {letters}; {calls}"
        native = {name: f"{value:g}" for name, value in counts.figures().items()}
        return Event(f"{run}:bus", Kind.NOTICED, Witness.HARNESS, at, now, label=label, native=native)

    # -- fetch, stop, remove ------------------------------------------------------------------------------------------

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Bring home the log, the shim's record and what the service uploaded."""
        private.make_folder(into)
        notes: list[str] = []
        staging = self._staging[handle.run.repository, handle.run.side]
        record = staging.read(f"{handle.run.id}/record.json", RECORD_BYTES_MAX) if handle.run.shim else None
        asked = self._clients, job.kind, handle.native["name"], notes
        if record is not None:
            log, cut = fetch_whole_log(*asked, clock=self._clock)
        elif handle.run.shim:  # it was killed: nothing more is to come that anybody judges
            log, cut = fetch_log(*asked)
        else:
            log, cut = fetch_settled_log(*asked, clock=self._clock)
        base, name = S3Place.of(handle.native["output"]), handle.native["name"]
        outputs = outputs_of(job.kind)(Uploaded(self._clients, base, name, handle.run.side, staging.owned), job, into)
        kept = log or CapturedLog(b"")
        answers = fetch_metrics(self._clients, self._limiter, handle, job, clock=self._clock)
        data, run = log.data if log else None, handle.run.id
        seen = Fetched(data, cut, record, outputs, tuple(notes), kept.left_out, kept.gap_at, answers)
        return replace(seen, outside=outside_log(staging, run, job), places=look_after(staging, run, job))

    def peek(self, handle: Handle, job: Job) -> Fetched:
        """Read what CloudWatch has by now; a stream begins with its first line."""
        notes: list[str] = []
        log, cut = fetch_log(self._clients, job.kind, handle.native["name"], notes)
        if log is None and notes != [NO_STREAM]:
            raise BackendError("; ".join(notes))
        kept = log or CapturedLog(b"")
        return Fetched(log.data if log else None, cut, None, (), tuple(notes), kept.left_out, kept.gap_at)

    def stop(self, handle: Handle) -> None:
        """Ask for a stop; a job that has ended already refuses it, which is fine, and so is one that is not there."""
        removal.stop(self._clients, self._limiter, handle)

    def remove(self, handle: Handle) -> tuple[Event, ...]:
        """Remove the staged shim channel with its grants; the service's record of the job is never deleted."""
        removal.remove_channel(self._clients, self._staging[handle.run.repository, handle.run.side], handle.run.id)
        now = self._clock.now()
        at = Time(now, ClockName.HARNESS)
        label = "shim channel removed after fetch"
        return (Event(f"{handle.native['name']}:removed", Kind.REMOVED_BY_US, Witness.HARNESS, at, now, label=label),)

    def close(self) -> None:
        """Remove the campaign's rule and queue.

        Raises:
            BackendError: names what is still there.
        """
        self._bus.remove()


def _tell(arrived: queue.SimpleQueue[Batch], gap: Gap | None) -> None:
    if gap:
        arrived.put(Batch((), gaps=(gap,)))


def _silent(error: Exception) -> bool:
    """Tell a platform that does not answer, or not us, from one that refused a call; unforeseen faults are ours."""
    if isinstance(error, ClientError):
        return is_unavailable(error)
    return isinstance(error, Unreachable | Unavailable) or not isinstance(error, HarnessError)
