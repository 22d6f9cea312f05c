"""The SageMaker classes as descriptions of jobs: for each where it must be named, and where it must not be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.model.event import Event
from harness.model.observation import OutputFile, OutputSeen, Record
from harness.platforms.sagemaker import translate

T0 = 1_780_300_000
NORMAL = ("Starting", "Downloading", "Training", "Uploading", "Completed")
FAILED = ("Starting", "Downloading", "Training", "Uploading", "Failed")
STOPPED = ("Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped")


def training(status: str, *steps: str, secondary: str = "", reason: str = "") -> dict[str, Any]:
    """Make a DescribeTrainingJob reply with one transition every ten seconds."""
    entries = [{"Status": step, "StartTime": _iso(10 * n), "StatusMessage": f"{step}."} for n, step in enumerate(steps)]
    more = {"FailureReason": reason} if reason else {}
    return {
        "TrainingJobName": "train", "TrainingJobStatus": status, "SecondaryStatus": secondary or status,
        "CreationTime": _iso(0), "LastModifiedTime": _iso(10 * len(steps)), "SecondaryStatusTransitions": entries,
        **more,
    }  # fmt: skip


def failed(reason: str, *steps: str) -> dict[str, Any]:
    """Make a DescribeTrainingJob reply of a job that failed after these steps, or after its upload."""
    return training("Failed", *((*steps, "Failed") if steps else FAILED), reason=reason)


def processing(status: str, *, reason: str = "") -> dict[str, Any]:
    """Make a DescribeProcessingJob reply; it shows no inner phases."""
    return {
        "ProcessingJobName": "score", "ProcessingJobStatus": status, "CreationTime": _iso(0),
        "ProcessingStartTime": _iso(10), "ProcessingEndTime": _iso(60), "LastModifiedTime": _iso(60),
        **({"FailureReason": reason} if reason else {}),
    }  # fmt: skip


def _iso(at: float) -> str:
    return datetime.fromtimestamp(T0 + at, UTC).isoformat(timespec="milliseconds")


def shim(exit_code: int, signal: int | None = None) -> Record:
    """Make the shim's word about the process."""
    return Record(
        run="r", exit_code=exit_code, signal=signal, first_instruction_seconds=1, started_seconds=1,
        finished_seconds=2, parameters={}, environment={}, libraries={}, inputs={}, outputs={},
        image_config_digest=None, process={},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One description with what else is known, and the truth it must give, written `work platform class`."""

    title: str
    truth: str
    reply: dict[str, Any]
    record: Record | None = None
    also: str = ""
    model: str = "there"
    """there or absent."""
    bus: bool = False
    """The reply came as the detail of an event."""

    @property
    def events(self) -> tuple[Event, ...]:
        """Translate the reply."""
        read = translate.events_from_bus if self.bus else translate.events_from_describe
        return read(self.reply, T0 + 1000.0)

    @property
    def outputs(self) -> tuple[OutputSeen, ...]:
        """Give what was found of the declared output."""
        files = (OutputFile("model.bin", 9, "0" * 64),) if self.model == "there" else ()
        return (OutputSeen("model", declared=True, files=files, absent=not files),)


DENIED = "ClientError: Artifact upload failed:Error 7: AccessDenied"
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."

NAMED: dict[str, tuple[Case, ...]] = {
    "S01": (
        Case("the toolkit hid exit code 1", "failed ok S01", training("Completed", *NORMAL), shim(1)),
        Case("nothing is there of the model", "failed ok S01", training("Completed", *NORMAL), model="absent"),
        Case("a processing job hid exit code 2", "failed ok S01", processing("Completed"), shim(2)),
    ),
    "S02": (
        Case("no right to upload", "ok failed S02", failed(DENIED), shim(0), model="absent"),
        Case("an upload failed, told without a class", "ok failed S02", failed("Upload of artifacts failed"), shim(0)),
    ),
    "S03": (
        Case(
            "the time limit came when it was done", "ok failed S03",
            training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded"), shim(0),
        ),
        Case("a stop came when it was done", "ok failed S03", training("Stopped", *STOPPED), shim(0)),
    ),
    "S04": (
        Case("the service failed after exit code 0", "ok failed S04", failed(INTERNAL), shim(0)),
    ),
    "S05": (
        Case(
            "a spot interruption on the way", "ok ok -",
            training("Completed", "Starting", "Training", "Interrupted", *NORMAL), also="S05",
        ),
    ),
    "S06": (
        Case("only an event told the end", "unknown none -", training("Completed", *NORMAL), bus=True, also="S06"),
    ),
}  # fmt: skip

CONTROLS: dict[str, tuple[Case, ...]] = {
    "S01": (
        Case("exit code 0 and a model", "ok ok -", training("Completed", *NORMAL), shim(0)),
        Case(
            "exit code 1, and the job is Failed", "failed failed -",
            failed("AlgorithmError: , exit code: 1"), shim(1), model="absent",
        ),
    ),
    "S02": (
        Case(
            "no right to upload, and nobody saw how the process ended", "unknown failed -",
            failed(DENIED), model="absent",
        ),
        Case("no right to upload after exit code 3", "failed failed -", failed(DENIED), shim(3)),
    ),
    "S03": (
        Case(
            "the time limit cut it", "failed failed -",
            training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded"), shim(137, 9),
        ),
        Case("stopped, and the shim's word never came", "failed failed -", training("Stopped", *STOPPED)),
        Case(
            "stopped while it uploaded: how the process ended is not known", "unknown failed -",
            training("Stopped", "Starting", "Training", "Uploading", "Stopping", "Stopped"),
        ),
    ),
    "S04": (
        Case("the service failed, and nobody saw how the process ended", "unknown failed -",
             training("Failed", "Starting", "Training", "Failed", reason=INTERNAL)),
        Case("the service failed after exit code 1", "failed failed -", failed(INTERNAL), shim(1)),
    ),
    "S05": (Case("straight on", "ok ok -", training("Completed", *NORMAL)),),
    "S06": (Case("a description told the end", "ok ok -", training("Completed", *NORMAL)),),
}  # fmt: skip
