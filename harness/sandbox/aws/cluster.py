"""The hosts of one job: each a folder of its own under /opt/ml, a real process tree and a log stream."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox import process
from harness.sandbox.aws import layout
from harness.sandbox.aws.inputs import HostIndex, deliver
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.logs import Line, LogStream
from harness.sandbox.aws.outcome import InternalError, Refusal, no_program, refuse_if_never_ran
from harness.sandbox.aws.pipes import Pipe
from harness.sandbox.aws.rules import part
from harness.sandbox.aws.site import Site
from harness.sandbox.aws.storage import Checkpoints, TransferError
from harness.sandbox.block.network import BlockedNetwork
from harness.sandbox.images import Image

POLL_SECONDS = 0.25
KILL_SECONDS = 10.0
GRACE_SECONDS = 120.0
"""Between SIGTERM and SIGKILL (StopTrainingJob, API reference)."""
GRACE_SECONDS_MIN = 1.0

Look = Callable[[Sequence[Line]], None]


@dataclass(frozen=True, slots=True)
class Program:
    """What every host starts."""

    image: Image
    command: tuple[str, ...]
    environment: Mapping[str, str]
    memory_bytes: int | None = None
    """Kept by engines only."""


class Host:
    """One instance."""

    def __init__(self, job: Job, site: Site, base: Path, share: HostIndex) -> None:
        """Make its folders; nothing runs yet."""
        self.name = layout.host_name(share.index)
        self.log = base / self.name / "container.log"
        self.place = layout.prepare(job, base / self.name, share)
        self.exit: process.Exit | None = None
        self.container: process.Container | None = None
        self._job, self._site, self._share, self._base = job, site, share, base / self.name
        self._inputs = layout.inputs_of(job, self.place)
        self._pipes: list[Pipe] = []
        self._checkpoints: Checkpoints | None = None
        self.stream: LogStream | None = None

    def fetch(self) -> None:
        """Bring the inputs, and what an earlier run left as checkpoints.

        Raises:
            TransferError: something is not there.
        """
        for channel in self._inputs:
            pipe = deliver(self._job.home, channel, self._share)
            self._pipes += [pipe] if pipe else []
        config = part(self._job.request, "CheckpointConfig")
        if config:
            folder = self.place.at(str(config.get("LocalPath", layout.CHECKPOINTS)))
            self._checkpoints = Checkpoints(self._job.home, str(config["S3Uri"]), folder)

    def start(self, program: Program, network: BlockedNetwork | None) -> None:
        """Start the container, in a network without a way out where one is given.

        Raises:
            Refusal: the image lacks the program.
        """
        streamed = [channel.into for channel in self._inputs if channel.mode == "FastFile"]
        spec = process.ContainerSpec(
            name=f"{self._job.name}-{self.name}",
            image=program.image,
            command=program.command,
            environment=program.environment,
            mounts=(
                process.Mount(self.place.ml, layout.ML_ROOT),
                *(process.Mount(path, self.place.seen(path), read_only=True) for path in streamed),
                *self._names(),
            ),
            log=self.log,
            isolation=self._site.isolation,
            scratch=self._base / "scratch",
            memory_bytes=program.memory_bytes,
            entering=network.entering if network else (),
        )
        try:
            self.container = process.start(spec)
        except OSError as error:
            raise Refusal(no_program(program.command[0])) from error
        self.stream = LogStream(self._job, self.log, self.container.started_at, self.name)

    def _names(self) -> tuple[process.Mount, ...]:
        """Make the hosts known by name, each at a loopback address of its own; a relocated job keeps the machine's."""
        if self._share.of == 1 or self._site.isolation is process.Isolation.RELOCATED:
            return ()
        path = self._base / "hosts"
        path.write_text(layout.hosts_file(self._share.of), encoding="utf-8")
        return (process.Mount(path, "/etc/hosts", read_only=True),)

    def wait(self, seconds: float, look: Look) -> None:
        """Let at most so much time pass until the end, and carry the log.

        Raises:
            TransferError: an input that is streamed broke off.
        """
        if self.exit is None and self.container:
            self.exit = self.container.wait(seconds)
        if self.stream:
            self.stream.carry(look)
        broken = next((pipe.failure for pipe in self._pipes if pipe.failure), "")
        if broken:
            raise TransferError(broken)

    def sync(self) -> None:
        """Carry checkpoints to the bucket."""
        if self._checkpoints:
            self._checkpoints.sync()

    def close(self) -> None:
        """End everything and give the instance back; its log stays."""
        if self.container:
            self.container.kill()
        for pipe in self._pipes:
            pipe.close()
        shutil.rmtree(self.place.ml, ignore_errors=True)
        shutil.rmtree(self._base / "scratch", ignore_errors=True)


class Cluster:
    """All hosts of one attempt."""

    def __init__(self, job: Job, site: Site, base: Path) -> None:
        """Make the hosts' folders."""
        count = layout.instances(job)
        self.hosts = tuple(Host(job, site, base, HostIndex(index, count)) for index in range(count))
        self._site, self._job = site, job
        self._network: BlockedNetwork | None = None

    def fetch(self) -> None:
        """Bring every host's inputs."""
        for host in self.hosts:
            host.fetch()

    def start(self, program: Program) -> None:
        """Start every host; those of a blocked job share one network."""
        folder = self._job.only_below
        if folder is not None:
            self._network = BlockedNetwork.open(self._site.outlet, folder)
        for host in self.hosts:
            host.start(program, self._network)

    def wait(self, seconds: float, look: Look) -> bool:
        """Let at most so much time pass; tell whether all have ended well or one has failed."""
        first = next((host for host in self.hosts if host.exit is None), None)
        for host in self.hosts:
            host.wait(seconds if host is first else 0.0, look)
        exits = [host.exit for host in self.hosts if host.exit is not None]
        return len(exits) == len(self.hosts) or any(ended.code for ended in exits)

    def terminate(self, look: Look) -> None:
        """SIGTERM, the grace, SIGKILL, for every host that still runs.

        Raises:
            InternalError: a process would not die.
        """
        for container in self._running():
            container.signal(signal.SIGTERM)
        until = time.monotonic() + self._site.model.scaled_seconds(GRACE_SECONDS, GRACE_SECONDS_MIN)
        while self._running() and (left := until - time.monotonic()) > 0 and not self._site.closing.is_set():
            self.wait(min(left, POLL_SECONDS), look)
        self.kill()
        until = time.monotonic() + KILL_SECONDS
        while self._running():
            if time.monotonic() > until:
                raise InternalError
            self.wait(POLL_SECONDS, look)

    def kill(self) -> None:
        """SIGKILL at once, for every host that still runs."""
        for container in self._running():
            container.kill()

    def _running(self) -> tuple[process.Container, ...]:
        return tuple(host.container for host in self.hosts if host.container and host.exit is None)

    def ended(self, program: Program) -> tuple[Host, process.Exit]:
        """Give the host that decides, with its exit: the first that failed, else the first of all.

        Raises:
            Refusal: the image lacks the program.
            InternalError: the container could not be built.
        """
        ends = [(host, host.exit) for host in self.hosts if host.exit is not None]
        failed = [end for end in ends if end[1].code]
        host, exit_ = min(failed, key=lambda end: end[1].finished_at) if failed else ends[0]
        if self._site.isolation is not process.Isolation.RELOCATED:
            refuse_if_never_ran(exit_, host.log, program.command[0])
        return host, exit_

    def sync(self) -> None:
        """Carry all checkpoints to the bucket."""
        for host in self.hosts:
            host.sync()

    def close(self) -> None:
        """End everything; safe to call twice."""
        for host in self.hosts:
            host.close()
        network, self._network = self._network, None
        if network:
            network.close()
