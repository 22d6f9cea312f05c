"""One job's life: provisioned, downloaded, run as real processes, uploaded, ended. One thread a job."""

from __future__ import annotations

import time
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from harness.sandbox import process, startup
from harness.sandbox.aws import layout, nemesis, states
from harness.sandbox.aws.cluster import POLL_SECONDS, Cluster, Program
from harness.sandbox.aws.course import Course
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.logs import Metrics
from harness.sandbox.aws.outcome import (
    Ending,
    InternalError,
    Refusal,
    Stopped,
    ending_of,
    exit_message,
    failed,
    refuse_if_never_ran,
)
from harness.sandbox.aws.rules import integer, part
from harness.sandbox.aws.site import Site
from harness.sandbox.aws.states import MESSAGES, Kind, State
from harness.sandbox.aws.storage import TransferError
from harness.sandbox.aws.upload import upload

CHECKPOINT_SECONDS = 2.0
# As seen in public threads (aws/sagemaker-python-sdk 57 and 1968).
NO_IMAGE = (
    "ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect."
)


class Execution:
    """Drives one job to its end."""

    def __init__(self, job: Job, site: Site, base: Path) -> None:
        """Remember the job; `base` is its private folder, not there yet."""
        self._job, self._site, self._base = job, site, base
        self._course = Course(job, site.clock)
        self._metrics = Metrics(job)
        self._warm = False

    def run(self) -> None:
        """Run to the end; what goes wrong in here is the service's internal error, with its story beside the job."""
        try:
            ending = self._attempts()
        except Exception:  # noqa: BLE001 - a thread's last frame: the job has to end
            self._base.mkdir(parents=True, exist_ok=True)
            (self._base / "crash.txt").write_text(traceback.format_exc(), encoding="utf-8")
            ending = failed(InternalError.TEXT)
        if not self._site.closing.is_set():
            self._finish(ending)

    def _finish(self, ending: Ending) -> None:
        def step(state: State) -> State:
            stopped = state.status == "Stopping" and ending.status == "Completed"  # a stop that came while uploading
            final = Ending("Stopped", "Stopped") if stopped else ending
            return states.finished(state, final.status, final.secondary, self._site.clock(), final.failure)

        self._site.pools.offer(self._job, ending.failure)  # before the end is seen, so that the next job finds it
        self._job.move(step)

    def _attempts(self) -> Ending:
        """Try again after an internal error as often as asked; nothing else is retried."""
        attempts = 1 + integer(part(self._job.request, "RetryStrategy").get("MaximumRetryAttempts"), 0)
        try:
            for attempt in range(attempts):
                if attempt:
                    self._course.enter("Starting")
                with suppress(InternalError):
                    return self._attempt(attempt)
        except Stopped:
            return Ending("Stopped", "Stopped")
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
            self._course.pause(self._site.model.delay_seconds(startup.CAPACITY_RETRY, subject))
            raise Refusal("CapacityError: Unable to provision requested ML compute capacity. Please retry later.")
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
        self._course.pause(delay - (time.monotonic() - begun))
        environment = {**self._site.role_environment(self._job), **layout.environment_of(self._job)}
        return Program(image, layout.command_of(self._job, image.code), environment)

    # -- the run ------------------------------------------------------------------------------------------------------

    def _run_program(self, cluster: Cluster, program: Program) -> Ending:
        self._course.enter("Training")
        lost_after = nemesis.internal_error(self._site.faults, self._job, "Training")
        with self._course.spending():
            cluster.start(program)
            cut = self._follow(cluster, lost_after)
        if lost_after is not None:
            raise InternalError
        host, exit_ = cluster.ended()
        if self._site.isolation is process.Isolation.NAMESPACES:
            refuse_if_never_ran(exit_, host.log, program.command[0])
        self._job.move(lambda state: replace(state, metrics=self._metrics.final()))
        return ending_of(exit_, host.place, cut, host.name if len(cluster.hosts) > 1 else "")

    def _follow(self, cluster: Cluster, lost_after: float | None) -> str:
        """Follow all hosts to their ends; say what cut them short, if anything did."""
        begun = synced = time.monotonic()
        while not cluster.wait(POLL_SECONDS, self._metrics.look):
            now = time.monotonic()
            if self._site.closing.is_set() or (lost_after is not None and now - begun >= lost_after):
                raise InternalError
            cut = self._course.cut()
            if cut:
                cluster.terminate(self._metrics.look)
                return cut
            if now - synced >= CHECKPOINT_SECONDS:
                cluster.sync()
                synced = now
        cluster.terminate(self._metrics.look)  # a host that failed takes the others with it
        return ""

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
