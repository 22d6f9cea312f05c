"""One job's life: provisioned, downloaded, run as real processes, uploaded, ended. One thread a job."""

from __future__ import annotations

import itertools
import math
import time
import traceback
from dataclasses import replace
from pathlib import Path

from harness.sandbox import crash, startup
from harness.sandbox.aws import layout, nemesis, states
from harness.sandbox.aws.cluster import POLL_SECONDS, Cluster, Program
from harness.sandbox.aws.course import Course
from harness.sandbox.aws.instances import memory_bytes_of
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.logs import Metrics
from harness.sandbox.aws.outcome import (
    Ending,
    InternalError,
    Interrupted,
    Refusal,
    Stopped,
    ending_of,
    exit_message,
    failed,
    out_of_memory,
)
from harness.sandbox.aws.rules import integer, part
from harness.sandbox.aws.site import Site
from harness.sandbox.aws.states import MESSAGES, Kind, State
from harness.sandbox.aws.storage import TransferError
from harness.sandbox.aws.transform import Transform, unpack_model
from harness.sandbox.aws.upload import upload

CHECKPOINT_SECONDS = 2.0
# As seen in public threads (aws/sagemaker-python-sdk 57 and 1968).
NO_IMAGE = (
    "ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect."
)
NO_ENTRYPOINT = "ClientError: the sandbox's engine runs jobs with a ContainerEntrypoint only, not the image's own"


class Execution:
    """Drives one job to its end."""

    def __init__(self, job: Job, site: Site, base: Path) -> None:
        """Remember the job; `base` is its private folder, not there yet."""
        self._job, self._site, self._base = job, site, base
        self._course = Course(job, site.clock)
        self._metrics = Metrics(job)
        self._warm = False
        self._wait_seconds = 0.0
        """How long there are no instances when it starts again."""

    def run(self) -> None:
        """Run to the end; what goes wrong in here is the service's internal error, with its story beside the job."""
        try:
            ending = self._attempts()
        except Exception:  # noqa: BLE001 - a thread's last frame: the job has to end
            crash.keep(self._base, traceback.format_exc())
            ending = failed(InternalError.TEXT)
        if not self._site.closing.is_set():
            self._finish(ending)

    def _finish(self, ending: Ending) -> None:
        def step(state: State) -> State:
            stopped = state.status == "Stopping" and ending.status == "Completed"  # a stop that came while uploading
            final = Ending("Stopped", "Stopped") if stopped else ending
            return states.finished(state, final.status, final.secondary, self._site.clock(), failure=final.failure)

        self._site.pools.offer(self._job, ending.failure)  # before the end is seen, so that the next job finds it
        self._job.move(step)

    def _attempts(self) -> Ending:
        """Try again after an internal error as often as asked, and after every interruption; else never."""
        retries = integer(part(self._job.request, "RetryStrategy").get("MaximumRetryAttempts"), 0)
        try:
            for attempt in itertools.count():
                if attempt:
                    self._course.enter("Starting")
                try:
                    return self._attempt(attempt)
                except Interrupted as interruption:
                    self._wait_seconds = interruption.wait_seconds
                except InternalError:
                    if not retries:
                        break
                    retries -= 1
        except Stopped as stopped:
            return Ending("Stopped", stopped.secondary)
        except Refusal as refusal:
            return failed(str(refusal))
        except TransferError as error:
            return failed(f"ClientError: {error}")
        return failed(InternalError.TEXT)

    def _attempt(self, attempt: int) -> Ending:
        where = self._base / f"attempt-{attempt}" if attempt else self._base
        cluster = Cluster(self._job, self._site, where)
        try:
            self._provision(attempt)
            program = self._download(cluster, attempt)
            return self._upload(cluster, self._run_program(cluster, program))
        finally:  # the instances are gone
            cluster.close()

    # -- before the start ---------------------------------------------------------------------------------------------

    def _provision(self, attempt: int) -> None:
        subject = f"{self._job.name}#{attempt}"
        if nemesis.capacity(self._site.faults, self._job):
            self._course.tell(MESSAGES["NoCapacity"])
            retry = self._site.model.delay_seconds(startup.CAPACITY_RETRY, subject)
            self._course.pause(math.inf if self._job.spot else retry)  # a spot job waits as long as it may
            raise Refusal("CapacityError: Unable to provision requested ML compute capacity. Please retry later.")
        if self._wait_seconds:
            self._course.tell(MESSAGES["NoCapacity"])
            self._course.pause(self._wait_seconds)
        self._course.tell(MESSAGES["Launching"])
        self._warm = self._site.pools.take(self._job)
        phase = startup.WARM_PROVISION if self._warm else startup.PROVISION
        self._course.pause(self._site.model.delay_seconds(phase, subject))

    def _download(self, cluster: Cluster, attempt: int) -> Program:
        """Fetch image and inputs; the delay of the model is what is left after the real work."""
        begun = time.monotonic()
        self._course.enter("Downloading", states.launched)
        phase = startup.WARM_DOWNLOAD if self._warm else startup.DOWNLOAD
        delay = self._site.model.delay_seconds(phase, f"{self._job.name}#{attempt}")
        image = self._site.images.find(layout.image_of(self._job))
        if image is None:
            self._course.pause(delay)
            raise Refusal(NO_IMAGE)
        cluster.fetch()
        if self._job.kind is Kind.TRANSFORM:
            unpack_model(self._job, cluster.hosts[0].place.model)
        self._course.pause(delay - (time.monotonic() - begun))
        environment = {**self._site.role_environment(self._job), **layout.environment_of(self._job)}
        return Program(image, layout.command_of(self._job, image.code), environment, self._memory_bytes())

    def _memory_bytes(self) -> int | None:
        """Give the limit that an engine keeps; the other ways of running have none.

        Raises:
            Refusal: an engine runs what it can't limit, or what only the image knows how to start.
        """
        if not self._site.isolation.is_engine:
            return None
        if not layout.has_entrypoint(self._job):
            raise Refusal(NO_ENTRYPOINT)
        name = layout.instance_type_of(self._job)
        memory = memory_bytes_of(name)
        if memory is None:
            message = f"ClientError: the sandbox does not know the memory of {name}, which its engine has to limit"
            raise Refusal(message)
        return memory

    # -- the run ------------------------------------------------------------------------------------------------------

    def _run_program(self, cluster: Cluster, program: Program) -> Ending:
        self._course.enter("Training")
        if self._job.kind is Kind.TRANSFORM:
            return Transform(self._job, self._site, cluster, self._base).run(program)
        loss = nemesis.loss(self._site.faults, self._job)
        with self._course.spending():
            cluster.start(program)
            cut = self._follow(cluster, loss)
        if loss and loss.out_of_memory and not cut:
            return out_of_memory(self._job)
        host, exit_ = cluster.ended(program)
        self._job.move(lambda state: replace(state, metrics=self._metrics.final()))
        return ending_of(exit_, host.place, cut, host.name if len(cluster.hosts) > 1 else "")

    def _follow(self, cluster: Cluster, loss: nemesis.Loss | None) -> str:
        """Follow all hosts to their ends; say what cut them short, if anything did.

        Raises:
            InternalError: the service loses the job.
            Interrupted: its spot instances are taken away.
        """
        begun = synced = time.monotonic()
        while not cluster.wait(POLL_SECONDS, self._metrics.look):
            now = time.monotonic()
            if self._site.closing.is_set():
                raise InternalError
            cut = self._course.cut()
            if cut:
                cluster.terminate(self._metrics.look)
                if loss and loss.internal:
                    raise InternalError  # what was to be lost is lost while it ends
                return cut
            if loss and now - begun >= loss.after_seconds:
                break
            if now - synced >= CHECKPOINT_SECONDS:
                cluster.sync()
                synced = now
        if loss:
            self._lose(cluster, loss)
        cluster.terminate(self._metrics.look)  # a host that failed takes the others with it
        return ""

    def _lose(self, cluster: Cluster, loss: nemesis.Loss) -> None:
        """Commit the fault; what ended before it is lost all the same. Spot instances give notice (assumed: SIGTERM).

        Raises:
            InternalError: the service loses the job.
            Interrupted: its spot instances are taken away.
        """
        if loss.internal:
            raise InternalError
        if loss.out_of_memory:
            cluster.kill()
            return
        self._course.enter("Interrupted")
        cluster.terminate(self._metrics.look)
        cluster.sync()
        raise Interrupted(loss.wait_seconds or 0.0)

    # -- after the end ------------------------------------------------------------------------------------------------

    def _upload(self, cluster: Cluster, ending: Ending) -> Ending:
        """Upload after success, failure and stop alike; an upload that fails turns a success into a failure."""
        if self._job.kind is Kind.TRAINING:
            self._job.move(lambda state: states.entered(state, "Uploading", self._site.clock()))
        delay = self._site.model.delay_seconds(startup.UPLOAD, self._job.name)
        begun = time.monotonic()
        places = [host.place for host in cluster.hosts]
        try:
            nemesis.upload_failure(self._site.faults, self._job)
            cluster.sync()
            artifacts = upload(self._job, places, self._base)
            message = exit_message(self._job, places)
        except TransferError as error:
            ending = failed(f"ClientError: {error}") if ending.status == "Completed" else ending
        else:
            self._job.move(lambda state: replace(state, artifacts=artifacts, exit_message=message))
        self._site.closing.wait(max(0.0, delay - (time.monotonic() - begun)))
        if nemesis.internal_error(self._site.faults, self._job, "Uploading") is not None:
            raise InternalError
        return ending
