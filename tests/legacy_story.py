"""All that a campaign asks of the legacy side, once, in one namespace; what did not work is told, not raised."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from observed import IDENTITY, declared

from harness.backends.aws import Account, Clients
from harness.backends.base import Handle
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.staging import Staging
from harness.compare import truth
from harness.errors import BackendError
from harness.model.clock import SystemClock
from harness.model.event import Event
from harness.model.gap import Gap
from harness.model.job import Delivery, Job, ParameterReading, Resources, Side, SideJob
from harness.model.order import Order
from harness.model.plan import ImageIdentity, Run
from harness.platforms.kubernetes.home import KubernetesHome

STAGING = "s3://staging/legacy/"
NOWHERE = Account("123456789012", "eu-west-1", None, "http://127.0.0.1:9")
"""Grants are signed without a call, and a run without shim stages nothing."""
WAIT_SECONDS = 60.0


@dataclass
class Story:
    """One namespace's story."""

    context: str | None
    namespace: str
    image: str
    folder: Path
    complaints: list[str] = field(default_factory=list)
    seen: list[tuple[str, Event]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    logs_cut: list[bool] = field(default_factory=list)

    def tell(self) -> tuple[str, ...]:
        """Go through it; give what did not work."""
        backend = KubernetesBackend(self.context, self.namespace, "campaign-story", "", clock=SystemClock())
        home = KubernetesHome(self.context, self.namespace, None, STAGING, None, None)
        backend.add_repository("repo", home, Staging(Clients(NOWHERE), STAGING, "00"))
        with self._step("prepare"):
            backend.prepare()
        if not backend.describe()["cluster"]:
            self.complaints.append("describe: no cluster id")
        with self._watched(backend):
            self._run(backend, "plain", shim=False)
            self._run(backend, "shimmed", shim=True)
        self.complaints += sorted({f"watch: {gap.reason}" for gap in self.gaps})
        backend.close()
        return tuple(self.complaints)

    def _run(self, backend: KubernetesBackend, name: str, *, shim: bool) -> None:
        wanted = _order(name, self.image, shim=shim)
        with self._step("submit"):
            handle = backend.submit(wanted)
            with self._step("adopt"):
                backend.submit(wanted)
            if not shim:
                self._end(backend, handle, wanted.job)
            with self._step("remove"):
                backend.remove(handle)

    def _end(self, backend: KubernetesBackend, handle: Handle, job: Job) -> None:
        ends = time.monotonic() + WAIT_SECONDS
        while not self._judged(handle.run.id) and time.monotonic() < ends:
            time.sleep(0.2)
        fetched = backend.fetch(handle, job, self.folder)
        self.complaints += [f"fetch: {note}" for note in fetched.notes]
        self.logs_cut.append(fetched.log_cut)

    def _judged(self, run: str) -> bool:
        mine = tuple(event for name, event in self.seen if name == run)
        found = truth.decide(mine, None, (), None, job=None, platform="kubernetes")
        return (found.work, found.platform) == ("ok", "ok")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        try:
            yield
        except BackendError as error:
            self.complaints.append(f"{name}: {error}")

    @contextmanager
    def _watched(self, backend: KubernetesBackend) -> Iterator[None]:
        stopped = threading.Event()
        thread = threading.Thread(target=self._read, args=(backend, stopped))
        thread.start()
        try:
            with suppress(BackendError):
                yield
        finally:
            stopped.set()
            thread.join(10)

    def _read(self, backend: KubernetesBackend, stopped: threading.Event) -> None:
        for batch in backend.watch(stopped):
            self.seen += batch.events
            self.gaps += batch.gaps


def _order(name: str, image: str, *, shim: bool) -> Order:
    side = SideJob(("sh", "-c", "sleep 1; echo seen"), {}, {}, ParameterReading(Delivery.ENV))
    planned = declared(outputs=(), resources=Resources(cpu=0.01, memory_bytes=16 * 1024**2), time_limit_seconds=90)
    job = replace(planned, sides=dict.fromkeys(Side, side))
    run = Run(name, f"story-{name}", "repo", job.name, Side.LEGACY, 1, shim=shim)
    return Order("campaign-story", run, job, replace(IDENTITY, image=ImageIdentity(image, "")))
