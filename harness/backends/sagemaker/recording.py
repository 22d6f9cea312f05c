"""`parity doctor --record`: two tiny jobs in a real account answer what the documentation leaves open.

Costs a few minutes of two of the smallest instances. Account ids are replaced, so that the files can be committed.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from harness import private
from harness.backends.aws import Clients, mapped
from harness.backends.sagemaker.bus import Bus
from harness.backends.sagemaker.logs import fetch_log
from harness.backends.sagemaker.recorded_answers import answers
from harness.errors import BackendError, Refused
from harness.model.clock import Clock
from harness.model.order import S3Place
from harness.platforms.sagemaker import translate
from harness.platforms.sagemaker.home import SageMakerHome
from harness.scrub.scrubber import Scrubber

INSTANCE = "ml.m5.large"
LIMIT_SECONDS = 1800.0
POLL_SECONDS = 5.0
STOP_AFTER_SECONDS = 30.0
"""After the start of the processing job, so that its program has set its traps."""
DRAIN_SECONDS = 60.0
"""After the last job ended; later events are counted as not come."""
OVER_KEEP_ALIVE = 3601
ACCOUNT = "123456789012"
WORK_SECONDS = 20.0
"""Of the training job, so that its phases lie apart."""
_TRAPS = "trap 'echo signal TERM; exit 0' TERM; trap 'echo signal INT; exit 0' INT"
_PROCESSING = ("sh", "-c", f"{_TRAPS}; echo first $(date +%s.%N); while :; do sleep 1; done")

Facts = dict[str, object]


@dataclass
class RecordedJobs:
    """All that was seen of the two jobs."""

    training: Facts = field(default_factory=dict)
    processing: Facts = field(default_factory=dict)
    messages: list[tuple[float, str]] = field(default_factory=list)
    """(received, body), as they came."""
    logs: dict[str, str] = field(default_factory=dict)
    keep_alive: str = ""


class Recorder:
    """One recording in one account."""

    def __init__(self, clients: Clients, home: SageMakerHome, image: str, clock: Clock) -> None:
        """Name what will be made; nothing is called yet."""
        self._clients, self._home, self._image, self._clock = clients, home, image, clock
        self._name = f"p{secrets.token_hex(4)}"
        self._bus = Bus(clients, self._name, f"{self._name}-")
        self._never = threading.Event()

    def record(self, folder: Path, *, allow_synthetic: bool, pace: float = 1.0) -> tuple[Path, ...]:
        """Run the jobs, listen, write the fixtures; `pace` shortens every wait on a sandbox.

        Raises:
            Refused: a sandbox answers, and nobody asked for its answers.
            BackendError: the account refused a call.
        """
        if self._clients.synthetic and not allow_synthetic:
            message = f"{self._clients.endpoint} is a sandbox: its answers are made up; --allow-synthetic records them"
            raise Refused(message)
        seen = RecordedJobs()
        self._bus.prepare()
        try:
            self._create(WORK_SECONDS * pace)
            self._follow(seen, pace)
            seen.keep_alive = self._try_keep_alive()
            self._read_logs(seen, folder)
            return self._write(seen, folder)
        finally:
            self._bus.remove()

    def _create(self, work_seconds: float) -> None:
        sagemaker, place = self._clients("sagemaker"), S3Place.of(self._home.staging_uri)
        output = place.uri("recording") + "/"
        with mapped("create training job"):
            sagemaker.create_training_job(**self._training(output, "training", work_seconds))
        with mapped("create processing job"):
            sagemaker.create_processing_job(
                ProcessingJobName=f"{self._name}-processing",
                RoleArn=self._home.role,
                AppSpecification={"ImageUri": self._image, "ContainerEntrypoint": list(_PROCESSING)},
                ProcessingResources={
                    "ClusterConfig": {"InstanceType": INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": 1}
                },
                StoppingCondition={"MaxRuntimeInSeconds": int(LIMIT_SECONDS)},
            )

    def _training(self, output: str, tail: str, work_seconds: float) -> Facts:
        program = f"echo first $(date +%s.%N); sleep {work_seconds:g}"
        return {
            "TrainingJobName": f"{self._name}-{tail}",
            "RoleArn": self._home.role,
            "AlgorithmSpecification": {
                "TrainingImage": self._image,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["sh", "-c", program],
            },
            "OutputDataConfig": {"S3OutputPath": output},
            "ResourceConfig": {"InstanceType": INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": int(LIMIT_SECONDS)},
        }

    def _follow(self, seen: RecordedJobs, pace: float) -> None:
        """Poll and listen until both have ended and the bus had time to say so."""
        begin = self._clock.monotonic()
        ended = stopped = 0.0
        while self._clock.monotonic() - begin < LIMIT_SECONDS:
            now = self._clock.monotonic()
            self._listen(seen)
            self._describe(seen)
            if ended and now - ended > DRAIN_SECONDS * pace:
                return
            started = translate.read_time(seen.processing.get("ProcessingStartTime"))
            if started and not stopped and self._clock.now() - started.seconds > STOP_AFTER_SECONDS * pace:
                stopped = now
                self._stop()
            if not ended and translate.terminal(seen.training) and translate.terminal(seen.processing):
                ended = now
            self._clock.wait(self._never, POLL_SECONDS * pace)

    def _listen(self, seen: RecordedJobs) -> None:
        messages = self._bus.receive()
        now = self._clock.now()
        seen.messages += [(now, message.body.decode("utf-8", "replace")) for message in messages]
        self._bus.acknowledger(messages)()

    def _describe(self, seen: RecordedJobs) -> None:
        sagemaker = self._clients("sagemaker")
        with mapped("describe"):
            seen.training = _facts(sagemaker.describe_training_job(TrainingJobName=f"{self._name}-training"))
            name = f"{self._name}-processing"
            seen.processing = _facts(sagemaker.describe_processing_job(ProcessingJobName=name))

    def _stop(self) -> None:
        with mapped("stop processing job"):
            self._clients("sagemaker").stop_processing_job(ProcessingJobName=f"{self._name}-processing")

    def _try_keep_alive(self) -> str:
        """Ask for one second more than the guide allows; an accepted job is stopped at once."""
        sagemaker, place = self._clients("sagemaker"), S3Place.of(self._home.staging_uri)
        planned = self._training(place.uri("recording") + "/", "pool", WORK_SECONDS)
        resources = planned["ResourceConfig"]
        assert isinstance(resources, dict)  # noqa: S101 # nosec B101 # written above
        planned["ResourceConfig"] = {**resources, "KeepAlivePeriodInSeconds": OVER_KEEP_ALIVE}
        try:
            with mapped("create training job"):
                sagemaker.create_training_job(**planned)
        except BackendError as error:
            return str(error)
        with mapped("stop training job"):
            sagemaker.stop_training_job(TrainingJobName=f"{self._name}-pool")
        return "accepted"

    def _read_logs(self, seen: RecordedJobs, folder: Path) -> None:
        private.make_folder(folder)
        for kind in ("training", "processing"):
            path = folder / f"{kind}.log.txt"
            log, _ = fetch_log(self._clients, kind, f"{self._name}-{kind}", [])
            seen.logs[kind] = Scrubber().text((log.data if log else b"").decode("utf-8", "replace"))
            private.write_file(path, seen.logs[kind].encode())

    def _write(self, seen: RecordedJobs, folder: Path) -> tuple[Path, ...]:
        synthetic = self._clients.synthetic
        events = [{"received": at, "body": json.loads(body)} for at, body in seen.messages if _readable(body)]
        files = {
            "training.describe.json": seen.training,
            "processing.describe.json": seen.processing,
            "events.json": events,
            "answers.json": answers(seen.training, seen.processing, events, seen.logs, keep_alive=seen.keep_alive)
            | {"synthetic": synthetic, "recorded_at": self._clock.now()},
        }
        for name, value in files.items():
            shown = Scrubber().value(json.loads(json.dumps(value)))
            text = json.dumps(shown, indent=1, sort_keys=True).replace(self._home.account, ACCOUNT)
            private.write_file(folder / name, f"{text}\n".encode())
        return tuple(sorted(folder / name for name in files))


def _facts(reply: Mapping[str, object]) -> Facts:
    """Give a reply as JSON holds it: times as ISO text, without the transport's own part."""
    found: Facts = json.loads(
        json.dumps({name: value for name, value in reply.items() if name != "ResponseMetadata"}, default=_iso)
    )
    return found


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _readable(body: str) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
