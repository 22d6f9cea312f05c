"""How a job's end is worded: exit and files → status and FailureReason. Pure but for the files it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.layout import TEXT_MAX, Layout
from harness.sandbox.aws.states import Kind
from harness.sandbox.aws.storage import TransferError
from harness.sandbox.engine import NEVER_RAN
from harness.sandbox.process import Exit

NO_PROGRAM, NO_CONTAINER = 127, 128
"""What the launcher of namespaces exits with when it can't start a program; an engine's are engine.NEVER_RAN."""
_LAUNCHERS = (b" stderr F sandbox: ", b" stderr F Error: ", b" stderr F docker: ")
_LOG_BYTES = 4096


class Stopped(Exception):  # noqa: N818 - a way out, not an error
    """The job was stopped before its program ran; `secondary` is what it ends as."""

    def __init__(self, secondary: str = "Stopped") -> None:
        """Hold the last secondary status."""
        super().__init__(secondary)
        self.secondary = secondary


class Interrupted(Exception):  # noqa: N818 - the same
    """Its spot instances were taken away; the job starts again when there are others."""

    def __init__(self, wait_seconds: float) -> None:
        """Hold how long there are none."""
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds


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


def ending_of(exit_: Exit, place: Layout, cut: str, host: str = "") -> Ending:
    """Word the end of a container that ran; `cut` is what the service ended it for.

    Grammar: `AlgorithmError: <failure file>, exit code: N`. The file is ignored after exit 0. A processing job cut by
    its time limit is Stopped like a training job (assumed: no public capture). `host` names the one of several that
    failed, before the text (assumed: the grammar of the ends stays).
    """
    if cut:
        return Ending("Stopped", cut)
    if exit_.code == 0:
        return Ending("Completed", "Completed")
    tail = f", exit code: {exit_.code}"
    head = "AlgorithmError: "
    text = f"{host}: {place.failure()}" if host else place.failure()
    return failed(head + text[: TEXT_MAX - len(head) - len(tail)] + tail)


def out_of_memory(job: Job) -> Ending:
    """Word the end of a job whose instance had too little memory (reported)."""
    size = f"reduce the size of {job.kind.word.lower()} data processed on an instance"
    return failed(f"ClientError: Please use an instance type with more memory, or {size}.")


def no_program(name: str) -> str:
    """Word the FailureReason of a job whose image lacks the program."""
    return f'ClientError: exec: "{name}": executable file not found in $PATH, exit code: {NO_PROGRAM}'


def refuse_if_never_ran(exit_: Exit, log: Path, program: str) -> None:
    """Tell a launcher that couldn't start the program from a program that ended with the launcher's code.

    Raises:
        Refusal: there is no such program.
        InternalError: the container could not be built.
    """
    if exit_.code not in {*NEVER_RAN, NO_CONTAINER} or not _launcher_spoke(log):
        return
    if exit_.code == NO_PROGRAM:
        raise Refusal(no_program(program))
    raise InternalError


def _launcher_spoke(log: Path) -> bool:
    """Find the launcher's word in a log of one line: only a program that ran writes more."""
    with log.open("rb") as file:
        lines = file.readlines(_LOG_BYTES)
    return len(lines) == 1 and any(launcher in lines[0] for launcher in _LAUNCHERS)


def exit_message(job: Job, places: Sequence[Layout]) -> str:
    """Read a processing job's message: of several hosts, the first that left one (assumed).

    Raises:
        TransferError: it is not UTF-8, which fails the job.
    """
    if job.kind is not Kind.PROCESSING:
        return ""
    try:
        return next(filter(None, [place.message() for place in places]), "")
    except UnicodeDecodeError as error:
        message = "The exit message is not valid UTF-8"
        raise TransferError(message) from error
