"""What exit codes say on both platforms, and the plain sentence about them. Pure."""

from __future__ import annotations

from harness.model.observation import Record
from harness.model.truth import Platform, Work

SHIM_CREDENTIALS = 96
"""A declared secret was not to be had: the shim ended the run before the job's own command."""
SHIM_REFUSED = 97
START_CODES = frozenset({126, 127})
"""Not executable and not found, by the convention of POSIX shells."""
SIGNALLED = frozenset({137, 143})
"""What a shell reports for SIGKILL and SIGTERM: they say that somebody ended it, and not who."""


def lacked_credentials(code: int | None, record: Record | None) -> bool:
    """Tell whether the shim ended a run for want of a secret; a job that ends with its code has a record."""
    return code == SHIM_CREDENTIALS and (record is None or bool(record.refused))


def joined(process: str, work: Work, platform: Platform) -> str:
    """Set what is known of the process beside the platform's word."""
    marked = {Platform.OK: "succeeded", Platform.FAILED: "failed", Platform.NONE: ""}[platform]
    how = "but" if {work, platform} in ({Work.OK, Platform.FAILED}, {Work.FAILED, Platform.OK}) else "and"
    return f"{process}, {how} the job is marked {marked}" if marked else f"{process}, and the job has no verdict"
