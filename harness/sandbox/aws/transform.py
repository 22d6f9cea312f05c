"""Batch transform: a container serves, and this sends it the objects of a prefix, one payload after another."""

from __future__ import annotations

import concurrent.futures
import io
import itertools
import shutil
import tarfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from harness.sandbox.aws import layout
from harness.sandbox.aws.batches import PayloadError, Terms, assembled, payloads, terms
from harness.sandbox.aws.cluster import POLL_SECONDS, Cluster, Program
from harness.sandbox.aws.emulator import open_stream, put_lines
from harness.sandbox.aws.inputs import HostIndex, Picked, pick
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.outcome import Ending, failed
from harness.sandbox.aws.rules import part
from harness.sandbox.aws.serving import InvocationError, Server, free_port
from harness.sandbox.aws.site import Site
from harness.sandbox.aws.storage import TransferError, place, read, split
from harness.sandbox.aws.upload import TRANSFORMED

READY_SECONDS = 1800.0
"""A container that does not answer its ping is asked for about half an hour (amazon-sagemaker-examples 815)."""
READY_SECONDS_MIN = 5.0
FAILED = "AlgorithmError: See job logs for more information"
"""As captured."""


class _StopError(Exception):
    """A caller stopped the job."""


class _GoneError(Exception):
    """The container ended by itself."""


def unpack_model(job: Job, model: Path) -> None:
    """Lay out a model's data.

    Raises:
        TransferError: it is not there, or no tar.gz.
    """
    uri = part(job.model, "PrimaryContainer").get("ModelDataUrl")
    if not uri:
        return
    try:
        with tarfile.open(fileobj=io.BytesIO(read(job.home, *split(str(uri)))), mode="r:gz") as tar:
            tar.extractall(model, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        message = f"Failed to extract model data archive from {uri}: {error}"
        raise TransferError(message) from error


class Transform:
    """Drives one transform job's container."""

    def __init__(self, job: Job, site: Site, cluster: Cluster, base: Path) -> None:
        """Find the objects; finished ones are collected beside the job and uploaded afterwards.

        Raises:
            TransferError: there are none.
        """
        self._job, self._site, self._cluster = job, site, cluster
        self._objects = pick(job.home, layout.transformed(job), HostIndex())
        self._done = base / TRANSFORMED
        self._server = Server(free_port())

    def run(self, program: Program) -> Ending:
        """Serve, send, collect, end the container. What a stopped job has done is not stored (developer guide)."""
        own = {"SAGEMAKER_BIND_TO_PORT": str(self._server.port), **terms(self._job, {}).environment}
        self._done.mkdir()
        self._cluster.start(replace(program, environment={**program.environment, **own}))
        stream = self._cluster.hosts[0].stream
        self._log = _DataLog(self._job, self._site, stream.name if stream else "")
        try:
            good = self._drive()
        except _StopError:
            self._cluster.terminate(_unseen)
            shutil.rmtree(self._done)
            return Ending("Stopped", "Stopped")
        except _GoneError:
            self._cluster.ended(program)  # tells a program that is not there
            return failed(FAILED)
        self._cluster.terminate(_unseen)
        return Ending("Completed", "Completed") if good else failed(FAILED)

    def _drive(self) -> bool:
        """Send every object; False: one of them failed, the others are usable."""
        if not self._ready():
            return False
        how = terms(self._job, self._server.parameters())
        self._log.say(_spelt(how))
        pool = concurrent.futures.ThreadPoolExecutor(how.concurrent)
        try:
            lost = [picked for picked in self._objects if not self._send(picked, how, pool)]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # what is under way ends with the container
        return not lost

    def _ready(self) -> bool:
        """Wait until the container answers its ping."""
        until = time.monotonic() + self._site.model.scaled_seconds(READY_SECONDS, READY_SECONDS_MIN)
        while time.monotonic() < until:
            self._look(POLL_SECONDS / 5)
            if self._server.ping():
                return True
        self._log.say("Model server did not respond to /ping in time")
        return False

    def _send(self, picked: Picked, how: Terms, pool: concurrent.futures.Executor) -> bool:
        """Transform one object; one that fails leaves nothing."""
        data = read(self._job.home, picked.bucket, picked.key)
        try:
            answers = list(self._answers(payloads(data, how), how, pool))
        except (InvocationError, PayloadError) as error:
            self._log.say(f"{picked.bucket}/{picked.key}: {error}")
            return False
        path = place(self._done, f"{picked.name}.out", picked.uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(assembled(answers, how))
        return True

    def _answers(self, sent: Iterable[bytes], how: Terms, pool: concurrent.futures.Executor) -> Iterator[bytes]:
        """Have so many payloads under way at once; give the answers in order."""
        left = iter(sent)
        while window := list(itertools.islice(left, how.concurrent)):
            asked = [
                pool.submit(self._server.invoke, each, how.headers, how.timeout_seconds, how.retries) for each in window
            ]
            while concurrent.futures.wait(asked, timeout=POLL_SECONDS / 5).not_done:
                self._look(0.0)
            yield from (future.result() for future in asked)

    def _look(self, seconds: float) -> None:
        """Carry the log, and see whether there is any use in going on."""
        ended = self._cluster.wait(seconds, _unseen)
        if self._job.stop.is_set():
            raise _StopError
        if ended:
            self._log.say("Model server exited")
            raise _GoneError


class _DataLog:
    """What the service says about records, in a stream of its own beside the container's."""

    def __init__(self, job: Job, site: Site, container: str) -> None:
        self._job, self._clock = job, site.clock
        self._group = f"/aws/sagemaker/{job.kind.word}Jobs"
        self._stream = f"{container}/data-log"
        open_stream(job.home, self._group, self._stream)

    def say(self, text: str) -> None:
        now = self._clock()
        put_lines(self._job.home, self._group, self._stream, [(int(now * 1000), f"[sagemaker logs]: {text}")])


def _spelt(how: Terms) -> str:
    facts = how.environment
    return (
        f"MaxConcurrentTransforms={how.concurrent}, MaxPayloadInMB={how.payload_mb}, "
        f"BatchStrategy={facts['SAGEMAKER_BATCH_STRATEGY']}"
    )


def _unseen(_: object) -> None:
    """Transform jobs have no metrics: nobody looks at their lines."""
