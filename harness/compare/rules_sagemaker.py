"""Classes of disagreement between process and job status on SageMaker; sources in docs/truth.md. Pure.

The control plane shows no exit code of a job that completed, so what the process did is testified by the shim, by the
phases the job went through and by its artifacts.

Grammar of FailureReason: a class before the first colon, then text, and a
trailing `exit code: N`; any part may be absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.compare.rules import Rule
from harness.model.event import Event, Kind, Witness
from harness.model.lifecycle import ordered
from harness.model.observation import OutputSeen, Record
from harness.model.truth import Blame

_CLASS = re.compile(r"^(AlgorithmError|ClientError|InternalServerError|CapacityError)\b")
_EXIT = re.compile(r"exit code: (\d+)\s*\.?$")
ENDINGS = frozenset({Kind.SUCCEEDED, Kind.FAILED, Kind.STOPPED})


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything known of one SageMaker job."""

    ending: Event | None
    """From Describe only."""
    status: str
    secondary: str
    reason: str
    """FailureReason, or a processing job's ExitMessage."""
    phases: frozenset[str]
    record: Record | None
    lost: tuple[str, ...]
    """Declared outputs of which nothing is there."""
    unknown_word: str
    stopped_by_us: bool

    @property
    def fault(self) -> str:
        """Class of the FailureReason."""
        found = _CLASS.match(self.reason)
        return found[1] if found else ""

    @property
    def exit_code(self) -> int | None:
        """Exit code as FailureReason says it."""
        found = _EXIT.search(self.reason)
        return int(found[1]) if found else None

    @property
    def shim_code(self) -> int | None:
        """Exit code as the shim saw it."""
        return self.record.exit_code if self.record else None


def seen_of(events: Iterable[Event], record: Record | None, outputs: tuple[OutputSeen, ...]) -> Seen:
    """Sort what is known of one job."""
    mine = ordered(events)
    endings = [each for each in mine if each.kind in ENDINGS and each.witness is Witness.CONTROL_PLANE]
    ending = endings[-1] if endings else None
    native = ending.native if ending else {}
    return Seen(
        ending=ending,
        status=native.get("TrainingJobStatus") or native.get("ProcessingJobStatus", ""),
        secondary=ending.label if ending else "",
        reason=native.get("FailureReason") or native.get("ExitMessage", ""),
        phases=frozenset(each.label for each in mine if each.witness in {Witness.CONTROL_PLANE, Witness.EVENT_BUS}),
        record=record,
        lost=tuple(each.name for each in outputs if each.declared and each.absent),
        unknown_word=next((each.label for each in mine if each.kind is Kind.UNKNOWN_WORD), ""),
        stopped_by_us=any(each.kind is Kind.STOP_ASKED for each in mine),
    )


def _swallowed(seen: Seen) -> str:
    if seen.ending is None or seen.ending.kind is not Kind.SUCCEEDED:
        return ""
    if seen.shim_code:
        return f"the status is Completed, and the process ended with {seen.shim_code}"
    return f"the status is Completed, and nothing is there of {', '.join(seen.lost)}" if seen.lost else ""


def _upload(seen: Seen) -> str:
    failed = seen.ending is not None and seen.ending.kind is Kind.FAILED
    if failed and seen.shim_code == 0 and (seen.fault == "ClientError" or "pload" in seen.reason):
        return f"the process ended with 0, and the service failed the job: {seen.reason[:160]}"
    return ""


def _service(seen: Seen) -> str:
    failed = seen.ending is not None and seen.ending.kind is Kind.FAILED
    if failed and seen.shim_code == 0 and seen.fault == "InternalServerError":
        return "the process ended with 0, and the service failed the job by an error of its own"
    return ""


def _stopped(seen: Seen) -> str:
    stopped = seen.ending is not None and seen.ending.kind is Kind.STOPPED
    if stopped and seen.shim_code == 0:
        return f"the process ended with 0, and the status is {seen.secondary}"
    return ""


def _restarted(seen: Seen) -> str:
    word = sorted(seen.phases & {"Interrupted", "Restarting"})
    return f"the job was {word[0].lower()} on the way" if word else ""


ALL: tuple[Rule[Seen], ...] = (
    Rule(
        "S01",
        "failure swallowed",
        "the process failed or left nothing, and the job is Completed: an entry point that hides the exit code",
        Blame.JOB,
        "end with the exit code of the work, and fail when an output cannot be written",
        _swallowed,
    ),
    Rule(
        "S02",
        "upload failed after the work",
        "artifacts are uploaded after the process ended; when that fails, so does the job",
        Blame.PLATFORM,
        "check the role's rights on the output bucket, and the artifact's size",
        _upload,
    ),
    Rule(
        "S03",
        "stopped after the work",
        "a stop or a time limit arrived while the process was ending; Stopped is never success",
        Blame.PLATFORM,
        "raise MaxRuntimeInSeconds; never let a waiter take Stopped for success",
        _stopped,
    ),
    Rule(
        "S04",
        "service fault after the work",
        "InternalServerError on a job whose process had ended with 0",
        Blame.PLATFORM,
        "run it again, or set a retry strategy",
        _service,
    ),
)
NOTES: tuple[Rule[Seen], ...] = (
    Rule(
        "S05",
        "restarted on the way",
        "a spot interruption or a retry strategy started the job again",
        Blame.NOBODY,
        "check repeated side effects",
        _restarted,
    ),
)
