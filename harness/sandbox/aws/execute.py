"""One job's life: provisioned, downloaded, run as a real process, uploaded, ended. One thread a job."""

from __future__ import annotations

import shutil
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.sandbox import process, startup
from harness.sandbox.aws import layout, nemesis, states
from harness.sandbox.aws.describe import DEFAULT_RUNTIME_SECONDS
from harness.sandbox.aws.instances import memory_bytes_of
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.logs import LogStream, Metrics
from harness.sandbox.aws.outcome import (
    Ending,
    InternalError,
    Refusal,
    Stopped,
    ending_of,
    exit_message,
    failed,
    no_program,
    refuse_if_never_ran,
)
from harness.sandbox.aws.pools import WarmPools
from harness.sandbox.aws.rules import integer, part
from harness.sandbox.aws.states import MESSAGES, Kind, State
from harness.sandbox.aws.storage import Checkpoints, TransferError, download
from harness.sandbox.aws.upload import upload
from harness.sandbox.faults import Faults
from harness.sandbox.images import Image, ImageStore

POLL_SECONDS = 0.25
CHECKPOINT_SECONDS = 2.0
GRACE_SECONDS = 120.0
"""Between SIGTERM and SIGKILL (StopTrainingJob, API reference)."""
GRACE_SECONDS_MIN = 1.0
KILL_SECONDS = 10.0
# As seen in public threads (aws/sagemaker-python-sdk 57 and 1968).
NO_IMAGE = (
    "ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect."
)
NO_ENTRYPOINT = "ClientError: the sandbox's engine runs jobs with a ContainerEntrypoint only, not the image's own"


@dataclass(frozen=True, slots=True)
class Site:
    """What all jobs of one sandbox share."""

    images: ImageStore
    directory: Path
    model: startup.StartupModel
    faults: Faults
    pools: WarmPools
    isolation: process.Isolation
    role_environment: Callable[[Job], Mapping[str, str]]
    closing: threading.Event
    clock: Callable[[], float] = time.time


class Execution:
    """Drives one job to its end."""

    def __init__(self, job: Job, site: Site, base: Path) -> None:
        """Remember the job; `base` is its private folder, not there yet."""
        self._job, self._site, self._base = job, site, base
        self._metrics = Metrics(job)
        self._checkpoints: Checkpoints | None = None
        self._used_seconds = 0.0
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
                    self._enter("Starting")
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
        try:
            place = layout.prepare(self._job, where)
            self._provision(attempt)
            image = self._download(place, attempt)
            exit_, cut = self._run_container(place, image, where)
            return self._upload(place, ending_of(exit_, place, cut))
        finally:  # the instance is gone
            shutil.rmtree(where / "ml", ignore_errors=True)
            shutil.rmtree(where / "scratch", ignore_errors=True)

    # -- before the start ---------------------------------------------------------------------------------------------

    def _provision(self, attempt: int) -> None:
        subject = f"{self._job.name}#{attempt}"
        if nemesis.capacity(self._site.faults, self._job):
            self._tell(MESSAGES["NoCapacity"])
            self._pause(self._site.model.delay_seconds(startup.CAPACITY_RETRY, subject))
            raise Refusal("CapacityError: Unable to provision requested ML compute capacity. Please retry later.")
        self._tell(MESSAGES["Launching"])
        self._warm = self._site.pools.take(self._job)
        self._pause(
            self._site.model.delay_seconds(startup.WARM_PROVISION if self._warm else startup.PROVISION, subject)
        )

    def _download(self, place: layout.Layout, attempt: int) -> Image:
        """Fetch image and inputs; the delay of the model is what is left after the real work."""
        begun = time.monotonic()
        self._launch()
        phase = startup.WARM_DOWNLOAD if self._warm else startup.DOWNLOAD
        delay = self._site.model.delay_seconds(phase, f"{self._job.name}#{attempt}")
        image = self._site.images.find(layout.image_of(self._job))
        if image is None:
            self._pause(delay)
            raise Refusal(NO_IMAGE)
        for fetch in layout.fetches(self._job, place):
            download(self._job.home, fetch.uri, fetch.into)
        self._restore(place)
        self._pause(delay - (time.monotonic() - begun))
        return image

    def _launch(self) -> None:
        now = self._site.clock()
        self._enter("Downloading", lambda state: states.launched(state, now), now)

    def _restore(self, place: layout.Layout) -> None:
        config = part(self._job.request, "CheckpointConfig")
        if config:
            folder = place.at(str(config.get("LocalPath", layout.CHECKPOINTS)))
            self._checkpoints = Checkpoints(self._job.home, str(config["S3Uri"]), folder)

    # -- the run ------------------------------------------------------------------------------------------------------

    def _run_container(self, place: layout.Layout, image: Image, where: Path) -> tuple[process.Exit, str]:
        """Run to its exit; also tell what cut it: nothing, Stopped or MaxRuntimeExceeded."""
        self._enter("Training")
        lost_after = nemesis.internal_error(self._site.faults, self._job, "Training")
        container = self._start(place, image, where)
        stream = LogStream(self._job, where / "container.log", container.started_at)
        try:
            exit_, cut = self._follow(container, stream, lost_after)
        except BaseException:
            container.kill()
            raise
        finally:
            self._used_seconds += self._site.clock() - container.started_at
        stream.carry(self._metrics.look)
        if lost_after is not None:
            raise InternalError
        if self._site.isolation is not process.Isolation.RELOCATED:
            refuse_if_never_ran(exit_, where / "container.log", layout.command_of(self._job, image.code)[0])
        self._job.move(lambda state: replace(state, metrics=self._metrics.final()))
        return exit_, cut

    def _start(self, place: layout.Layout, image: Image, where: Path) -> process.Container:
        memory = self._memory_bytes()
        command = layout.command_of(self._job, image.code)
        spec = process.ContainerSpec(
            name=self._job.name,
            image=image,
            command=command,
            environment={**self._site.role_environment(self._job), **layout.environment_of(self._job)},
            mounts=(process.Mount(place.ml, layout.ML_ROOT),),
            log=where / "container.log",
            isolation=self._site.isolation,
            scratch=where / "scratch",
            memory_bytes=memory,
        )
        try:
            return process.start(spec)
        except OSError as error:
            raise Refusal(no_program(command[0])) from error

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

    def _follow(
        self, container: process.Container, stream: LogStream, lost_after: float | None
    ) -> tuple[process.Exit, str]:
        limit = self._limit_seconds() - self._used_seconds
        begun = synced = time.monotonic()
        while True:
            exit_ = container.wait(POLL_SECONDS)
            stream.carry(self._metrics.look)
            now = time.monotonic()
            if exit_ is not None:
                return exit_, ""
            if self._site.closing.is_set() or (lost_after is not None and now - begun >= lost_after):
                raise InternalError
            if self._job.stop.is_set():
                return self._terminate(container, stream), "Stopped"
            if now - begun >= limit:
                self._job.move(
                    lambda state: states.stopping(state, self._site.clock()) if state.status == "InProgress" else state
                )
                return self._terminate(container, stream), "MaxRuntimeExceeded"
            if self._checkpoints and now - synced >= CHECKPOINT_SECONDS:
                self._checkpoints.sync()
                synced = now

    def _limit_seconds(self) -> float:
        asked = part(self._job.request, "StoppingCondition").get("MaxRuntimeInSeconds")
        return float(integer(asked, DEFAULT_RUNTIME_SECONDS))

    def _terminate(self, container: process.Container, stream: LogStream) -> process.Exit:
        """SIGTERM, the grace, SIGKILL."""
        container.signal(signal.SIGTERM)
        grace = self._site.model.scaled_seconds(GRACE_SECONDS, GRACE_SECONDS_MIN)
        until = time.monotonic() + grace
        while (left := until - time.monotonic()) > 0 and not self._site.closing.is_set():
            exit_ = container.wait(min(left, POLL_SECONDS))
            stream.carry(self._metrics.look)
            if exit_ is not None:
                return exit_
        container.kill()
        exit_ = container.wait(KILL_SECONDS)
        if exit_ is None:
            raise InternalError
        return exit_

    # -- after the end ------------------------------------------------------------------------------------------------

    def _upload(self, place: layout.Layout, ending: Ending) -> Ending:
        """Upload after success, failure and stop alike; an upload that fails turns a success into a failure."""
        if self._job.kind is Kind.TRAINING:
            self._job.move(lambda state: states.entered(state, "Uploading", self._site.clock()))
        delay = self._site.model.delay_seconds(startup.UPLOAD, self._job.name)
        begun = time.monotonic()
        try:
            nemesis.upload_failure(self._site.faults, self._job)
            if self._checkpoints:
                self._checkpoints.sync()
            artifacts = upload(self._job, place, self._base)
            message = exit_message(self._job, place)
        except TransferError as error:
            ending = failed(f"ClientError: {error}") if ending.status == "Completed" else ending
        else:
            self._job.move(lambda state: replace(state, artifacts=artifacts, exit_message=message))
        self._site.closing.wait(max(0.0, delay - (time.monotonic() - begun)))
        if nemesis.internal_error(self._site.faults, self._job, "Uploading") is not None:
            raise InternalError
        return ending

    # -- moves --------------------------------------------------------------------------------------------------------

    def _enter(
        self, secondary: str, also: Callable[[State], State] = lambda state: state, now: float | None = None
    ) -> None:
        """Go on to the next status.

        Raises:
            Stopped: the job is being stopped and goes on no more.
        """
        at = self._site.clock() if now is None else now

        def step(state: State) -> State:
            return state if state.status == "Stopping" else also(states.entered(state, secondary, at))

        if self._job.move(step).status == "Stopping":
            raise Stopped

    def _tell(self, message: str) -> None:
        def step(state: State) -> State:
            return state if state.status == "Stopping" else states.told(state, message, self._site.clock())

        self._job.move(step)

    def _pause(self, seconds: float) -> None:
        """Let a synthetic delay pass.

        Raises:
            Stopped: somebody stopped the job meanwhile.
        """
        if self._job.stop.wait(max(0.0, seconds)):
            raise Stopped
