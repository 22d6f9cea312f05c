"""What exit codes say on both platforms, and the plain sentence about them. Pure."""

from __future__ import annotations

from harness.model.observation import Record
from harness.model.truth import Cause, Platform, Work

SHIM_INPUTS = 95
"""An input was not what lay at its place when the pair was staged: the shim ended the run before the job's command."""
SHIM_CREDENTIALS = 96
"""A declared secret was not to be had: the shim ended the run before the job's own command."""
SHIM_REFUSED = 97
START_CODES = frozenset({126, 127})
"""Not executable and not found, by the convention of POSIX shells."""
SIGNALLED = frozenset({137, 143})
"""What a shell reports for SIGKILL and SIGTERM: they say that somebody ended it, and not who."""


def lacked(code: int | None, record: Record | None) -> Cause | None:
    """Say what the shim ended the run for want of; a job that ends with such a code by itself has a record."""
    if code == SHIM_INPUTS and record is not None and record.refused:
        return Cause.INPUT_UNAVAILABLE
    without = code == SHIM_CREDENTIALS and (record is None or bool(record.refused))
    return Cause.CREDENTIALS_UNAVAILABLE if without else None


def joined(process: str, work: Work, platform: Platform) -> str:
    """Set what is known of the process beside the platform's word."""
    marked = {Platform.OK: "succeeded", Platform.FAILED: "failed", Platform.NONE: ""}[platform]
    how = "but" if {work, platform} in ({Work.OK, Platform.FAILED}, {Work.FAILED, Platform.OK}) else "and"
    return f"{process}, {how} the job is marked {marked}" if marked else f"{process}, and the job has no verdict"
