"""Classes of disagreement between process and job status on SageMaker; sources in docs/truth.md. Pure.

The control plane shows no exit code of a job that completed, so what the process did is testified by the shim, by the
phases the job went through and by its artifacts.

What FailureReason says (its class, the exit code, the canonical cause) was read when the ending was observed, and
stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.model.event import Event, Kind, Witness
from harness.model.lifecycle import MOVING, ordered
from harness.model.observation import OutputSeen, Record
from harness.model.truth import Blame, Cause
from harness.platforms.rule import Rule

ENDINGS = frozenset({Kind.SUCCEEDED, Kind.FAILED, Kind.STOPPED})


@dataclass(frozen=True, slots=True)
class JobFacts:
    """Everything known of one SageMaker job."""

    ending: Event | None
    """From Describe only."""
    secondary: str
    reason: str
    """FailureReason, or a processing job's ExitMessage."""
    phases: frozenset[str]
    ended_in_time: bool
    """The upload, which follows the process's end, began before anybody stopped the job."""
    hint: str
    """An ending that only the event bus told."""
    record: Record | None
    lost: tuple[str, ...]
    """Declared outputs of which nothing is there."""
    unknown_word: str
    last: Event | None = None
    """Newest change of state that the control plane, or else the bus, told."""
    children: str = ""
    """Counters of a tuning job's training jobs, as `9 NonRetryableError, 1 Completed`."""
    objectives: str = ""
    """Counters of what they reported of the tuning job's objective, as `1 Failed, 9 Succeeded`."""
    outputs_known: bool = False
    """Somebody said what the job should leave behind, and it was looked for."""

    @property
    def children_by_status(self) -> dict[str, int]:
        """Give a tuning job's training jobs by how they ended; empty for any other kind of job."""
        return _counts(self.children)

    @property
    def objectives_by_status(self) -> dict[str, int]:
        """Give a tuning job's training jobs by whether they reported its objective."""
        return _counts(self.objectives)

    @property
    def exit_message(self) -> str:
        """Give what a processing container wrote as its last word."""
        return self.ending.native.get("ExitMessage", "") if self.ending else ""

    @property
    def script_code(self) -> int | None:
        """Exit code of the user's script, where the toolkit ends with 1 for any."""
        said = self.ending.native.get("ScriptExitCode") if self.ending else None
        return int(said) if said else None

    @property
    def fault(self) -> str:
        """Class of the FailureReason."""
        return self.ending.native.get("FailureClass", "") if self.ending else ""

    @property
    def cause(self) -> Cause:
        """Canonical cause as the service's own words give it."""
        return Cause(self.ending.native.get("Cause", Cause.UNKNOWN)) if self.ending else Cause.UNKNOWN

    @property
    def exit_code(self) -> int | None:
        """Exit code as FailureReason says it."""
        said = self.ending.native.get("ExitCode") if self.ending else None
        return int(said) if said else None

    @property
    def code(self) -> int | None:
        """Exit code by whoever saw the process: the shim, else the service, else the training toolkit."""
        codes = (self.shim_code, self.exit_code, self.script_code)
        return next((code for code in codes if code is not None), None)

    @property
    def shim_code(self) -> int | None:
        """Exit code as the shim saw it."""
        return self.record.exit_code if self.record else None


def seen_of(events: Iterable[Event], record: Record | None, outputs: tuple[OutputSeen, ...]) -> JobFacts:
    """Sort what is known of one job."""
    mine = ordered(events)
    endings = [event for event in mine if event.kind in ENDINGS and event.witness is Witness.CONTROL_PLANE]
    ending = endings[-1] if endings else None
    native = ending.native if ending else {}
    hints = [event.label for event in mine if event.witness is Witness.EVENT_BUS and event.kind is Kind.NOTICED]
    return JobFacts(
        ending=ending,
        secondary=ending.label if ending else "",
        reason=native.get("FailureReason") or native.get("ExitMessage", ""),
        phases=frozenset(event.label for event in mine if event.witness in {Witness.CONTROL_PLANE, Witness.EVENT_BUS}),
        ended_in_time=_ended_in_time(mine),
        hint=hints[-1] if hints and ending is None else "",
        record=record,
        lost=tuple(output.name for output in outputs if output.declared and output.absent),
        unknown_word=next((event.label for event in mine if event.kind is Kind.UNKNOWN_WORD), ""),
        last=_newest(mine),
        children=_counters(mine, "Children"),
        objectives=_counters(mine, "Objectives"),
        outputs_known=any(output.declared for output in outputs),
    )


def _counters(events: Sequence[Event], name: str) -> str:
    return next((event.native[name] for event in reversed(events) if name in event.native), "")


def _counts(text: str) -> dict[str, int]:
    pairs = (part.partition(" ") for part in text.split(", "))
    return {status: int(count) for count, _, status in pairs if count.isdecimal()}


def _newest(events: Iterable[Event]) -> Event | None:
    """Give the newest change of state: what stands in a description goes before what an event says."""
    moves = [event for event in events if event.kind in MOVING and event.kind is not Kind.SUBMITTED]
    told = [event for event in moves if event.witness is Witness.CONTROL_PLANE] or moves
    return told[-1] if told else None


def _ended_in_time(events: Iterable[Event]) -> bool:
    """Tell whether the upload began, and no stop before it."""
    words = [event.label for event in events if event.label in {"Uploading", "Stopping"}]
    return words[:1] == ["Uploading"]


def _swallowed(seen: JobFacts) -> str:
    if seen.ending is None or seen.ending.kind is not Kind.SUCCEEDED:
        return ""
    if seen.shim_code:
        return f"the status is Completed, and the process ended with {seen.shim_code}"
    return f"the status is Completed, and nothing is there of {', '.join(seen.lost)}" if seen.lost else ""


def _upload(seen: JobFacts) -> str:
    failed = seen.ending is not None and seen.ending.kind is Kind.FAILED
    if failed and seen.shim_code == 0 and (seen.fault == "ClientError" or "pload" in seen.reason):
        return f"the process ended with 0, and the service failed the job: {seen.reason[:160]}"
    return ""


def _service(seen: JobFacts) -> str:
    failed = seen.ending is not None and seen.ending.kind is Kind.FAILED
    if failed and seen.shim_code == 0 and seen.fault == "InternalServerError":
        return "the process ended with 0, and the service failed the job by an error of its own"
    return ""


def _stopped(seen: JobFacts) -> str:
    stopped = seen.ending is not None and seen.ending.kind is Kind.STOPPED
    if stopped and seen.shim_code == 0:
        return f"the process ended with 0, and the status is {seen.secondary}"
    return ""


def _restarted(seen: JobFacts) -> str:
    word = sorted(seen.phases & {"Interrupted", "Restarting"})
    return f"the job was {word[0].lower()} on the way" if word else ""


def _hinted(seen: JobFacts) -> str:
    return f"an event named the ending {seen.hint}, and no description of the job was seen" if seen.hint else ""


_P = Blame.PLATFORM

NAMING: tuple[Rule[JobFacts], ...] = (
    Rule(
        "S01",
        "failure swallowed",
        "the process failed or left nothing, and the job is Completed: an entry point that hides the exit code",
        "the status is Completed, and the shim saw a code that is not 0 or nothing is there of a declared output",
        Blame.JOB,
        "end with the exit code of the work, and fail when an output cannot be written",
        "aws/sagemaker-training-toolkit#204",
        _swallowed,
    ),
    Rule(
        "S02",
        "upload failed after the work",
        "artifacts are uploaded after the process ended; when that fails, so does the job",
        "the status is Failed with ClientError or a reason that speaks of an upload, and the shim saw 0",
        _P,
        "check the role's rights on the output bucket, and the artifact's size",
        "aws/amazon-sagemaker-examples#3650, huggingface/notebooks#138",
        _upload,
    ),
    Rule(
        "S03",
        "stopped after the work",
        "a stop or a time limit arrived while the process was ending; Stopped is never success",
        "the status is Stopped, and the shim saw 0",
        _P,
        "raise MaxRuntimeInSeconds; never let a waiter take Stopped for success",
        "aws/sagemaker-python-sdk#1937, apache/airflow#42423",
        _stopped,
    ),
    Rule(
        "S04",
        "service fault after the work",
        "InternalServerError on a job whose process had ended with 0",
        "the status is Failed with InternalServerError, and the shim saw 0",
        _P,
        "run it again, or set a retry strategy",
        "aws/sagemaker-python-sdk#70, #2496",
        _service,
    ),
)
"""They name the class where work and status disagree."""
NOTES: tuple[Rule[JobFacts], ...] = (
    Rule(
        "S05",
        "restarted on the way",
        "a spot interruption or a retry strategy started the job again",
        "the job went through Interrupted or Restarting",
        Blame.NOBODY,
        "check repeated side effects",
        "SageMaker documentation, managed spot training and RetryStrategy",
        _restarted,
    ),
    Rule(
        "S06",
        "ending only hinted",
        "events are delivered best effort and in no order: an ending is believed from a description only",
        "an event named an ending, and no description of the job with an ending was seen",
        Blame.NOBODY,
        "describe the job",
        "SageMaker documentation, events; EventBridge documentation, delivery",
        _hinted,
    ),
)
"""They never name the class, and stand beside it."""
RULES: tuple[Rule[JobFacts], ...] = (*NAMING, *NOTES)
