"""Start and stop the AWS half of the sandbox on a free port of the loopback interface, or of another one by name."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from harness.sandbox import process, startup
from harness.sandbox.aws import emulator, nemesis, storage
from harness.sandbox.aws.api import SageMaker
from harness.sandbox.aws.describe import response_shape
from harness.sandbox.aws.events import EventBus
from harness.sandbox.aws.execute import Execution
from harness.sandbox.aws.front import Front, Guard
from harness.sandbox.aws.jobs import Job, JobStore
from harness.sandbox.aws.limits import Limits
from harness.sandbox.aws.pools import WarmPools
from harness.sandbox.aws.role import RolePath
from harness.sandbox.aws.site import Site
from harness.sandbox.aws.states import Kind
from harness.sandbox.aws.wire import Home
from harness.sandbox.block.network import refusal
from harness.sandbox.block.outlet import Outlet
from harness.sandbox.door import LOOPBACK
from harness.sandbox.faults import Faults, check
from harness.sandbox.images import ImageStore

STOP_SECONDS = 3.0
ROLE = "parity-demo"
"""The one role that an account of the sandbox begins with; others are made with `aws iam create-role`."""
STARTUP_FILE = "startup.json"


class DriftError(RuntimeError):
    """The installed emulator lacks what this layer uses."""


class AwsServer:
    """A running AWS half."""

    def __init__(
        self, url: str, servers: list[Any], jobs: JobStore, bus: EventBus, *, runs: _Runs, outlet: Outlet
    ) -> None:
        """Hold what has to be stopped; `outlet` is what blocked jobs of both halves still reach."""
        self.url, self.outlet = url, outlet
        self._servers, self._jobs, self._bus, self._runs = servers, jobs, bus, runs
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.1,), name="aws-server", daemon=True)
            for server in servers
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Kill every job's process and stop answering, within a few seconds; safe to call twice."""
        self._runs.close(self._jobs)
        self._bus.close()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(STOP_SECONDS)


class _Runs:
    """The threads that jobs run in."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def launch(self, job: Job, site: Site) -> None:
        with self._lock:
            base = site.directory / job.kind.value / f"{next(self._numbers):05d}-{job.name}"
            run = Execution(job, site, base).run
            thread = threading.Thread(target=run, name=f"job-{job.name}", daemon=True)
            self._threads = [thread for thread in self._threads if thread.is_alive()] + [thread]
        thread.start()

    def close(self, jobs: JobStore) -> None:
        self.closing.set()
        for job in jobs.every():
            job.stop.set()
        with self._lock:
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(STOP_SECONDS)


def start(
    images: ImageStore,
    directory: Path,
    model: startup.StartupModel,
    audit: Callable[[Mapping[str, object]], None],
    *,
    faults: Faults,
    guard: Guard,
    isolation: process.Isolation | None = None,
) -> AwsServer:
    """Start answering whom the guard lets in; `directory` is private to this half, delays are the model's.

    On another address than loopback it answers on both: there to clients and foreign containers, on loopback to its own
    jobs, which may ask for a role's credentials nowhere else.

    Raises:
        DriftError: the emulator changed under us.
        FaultFileError: a planned fault of this side can't be committed.
    """
    gone = emulator.drift()
    if gone:
        message = f"the installed moto lacks: {', '.join(gone)}; this layer is written for moto 5.2"
        raise DriftError(message)
    check(faults, nemesis.SIDE, nemesis.KNOWN)
    emulator.reset()
    directory.mkdir(parents=True, exist_ok=True)
    _write_startup(directory, model)
    _push_all(images)
    emulator.make_role(Home(), ROLE)
    limits = Limits()
    bus = EventBus({kind: limits.members(response_shape(kind)) for kind in Kind}, nemesis.spoiler(faults), model.seed)
    jobs, runs, front = JobStore(bus.announce), _Runs(), _Later()
    handler = _quiet(emulator.handler_class())
    hosts = [LOOPBACK] if guard.bound == LOOPBACK else [LOOPBACK, guard.bound]
    servers = [make_server(host, 0, front, threaded=True, request_handler=handler) for host in hosts]
    role = RolePath(_url(LOOPBACK, servers[0]))
    outlet = Outlet(servers[0].server_port, storage.keep)
    where = isolation or process.detect()
    pools = WarmPools(model, nemesis.warm_pool_quota(faults))
    site = Site(images, directory / "jobs", model, faults, pools, where, role.environment, runs.closing, outlet)
    sagemaker = SageMaker(jobs, limits, pools, lambda job: runs.launch(job, site), cannot_block=refusal(where))
    front.application = Front(emulator.application(), sagemaker, faults, audit, role=role, guard=guard)
    return AwsServer(_url(guard.bound, servers[-1]), servers, jobs, bus, runs=runs, outlet=outlet)


def _url(host: str, server: Any) -> str:  # noqa: ANN401 - the server's type is private to werkzeug
    return f"http://{host}:{server.server_port}"


class _Later:
    """Stands for the application until the port, which it needs to know, is taken."""

    application: Callable[..., Any]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:  # noqa: ANN401 - WSGI
        return self.application(environ, start_response)


def _quiet(base: Any) -> Any:  # noqa: ANN401 - a class of an untyped library
    """Make the request handler: no log lines and no waiting for acknowledgements."""

    class Handler(base):  # type: ignore[misc]
        disable_nagle_algorithm = True

        def log(self, *_: object) -> None:
            """Say nothing: the audit says it."""

    return Handler


def _write_startup(directory: Path, model: startup.StartupModel) -> None:
    """Leave word that delays are made up, and from what."""
    phases = [asdict(phase) for phase in startup.PHASES]
    said = {"schema": "parity.sandbox.startup/1", "synthetic": True, **asdict(model), "phases": phases}
    (directory / STARTUP_FILE).write_text(json.dumps(said, indent=1), encoding="utf-8")


def _push_all(images: ImageStore) -> None:
    for image in images.all():
        emulator.push(Home(), image.repository, image.tag, image.manifest, digest=image.manifest_digest)
