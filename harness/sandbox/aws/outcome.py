"""How a job's end is worded: exit and files → status and FailureReason. Pure but for the files it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.layout import TEXT_MAX, Layout
from harness.sandbox.aws.states import Kind
from harness.sandbox.aws.storage import TransferError
from harness.sandbox.process import Exit


class Stopped(Exception):  # noqa: N818 - a way out, not an error
    """The job was stopped before its program ran."""


class Refusal(Exception):  # noqa: N818 - its text is a FailureReason
    """The job can't start; the text is its FailureReason."""


class InternalError(Exception):
    """The service lost the job."""

    TEXT: ClassVar[str] = "InternalServerError: We encountered an internal error. Please try again."


@dataclass(frozen=True, slots=True)
class Ending:
    """The last status, the last secondary status, and why."""

    status: str
    secondary: str
    failure: str = ""


def failed(reason: str) -> Ending:
    """End as failed, the reason cut to what the field holds."""
    return Ending("Failed", "Failed", reason[:TEXT_MAX])


def ending_of(exit_: Exit, place: Layout, cut: str) -> Ending:
    """Word the end of a container that ran; `cut` is what the service ended it for.

    Grammar: `AlgorithmError: <failure file>, exit code: N`. The file is ignored after exit 0. A processing job cut by
    its time limit is Stopped like a training job (assumed: no public capture).
    """
    if cut:
        return Ending("Stopped", cut)
    if exit_.code == 0:
        return Ending("Completed", "Completed")
    tail = f", exit code: {exit_.code}"
    head = "AlgorithmError: "
    text = place.failure()
    return failed(head + text[: TEXT_MAX - len(head) - len(tail)] + tail)


def exit_message(job: Job, place: Layout) -> str:
    """Read a processing job's message.

    Raises:
        TransferError: it is not UTF-8, which fails the job.
    """
    if job.kind is Kind.TRAINING:
        return ""
    try:
        return place.message()
    except UnicodeDecodeError as error:
        message = "The exit message is not valid UTF-8"
        raise TransferError(message) from error
