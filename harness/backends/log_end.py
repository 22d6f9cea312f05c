"""The shim's own lines in a log; by its last one a log is known to be whole (docs/adr/0054)."""

from __future__ import annotations

from harness.shim.shim import LOG_END, SPEAKER

END = f"{SPEAKER}{LOG_END}"
WITHIN_BYTES = 64 * 1024
"""What the job left running may write on after it."""


def has_end(log: bytes) -> bool:
    """Tell whether the shim's last line is in a log."""
    return f"{END}\n".encode() in log[-WITHIN_BYTES:]


def is_of_shim(line: str) -> bool:
    """Tell whether the shim wrote a line: it speaks of the harness's own deliveries, not of the work."""
    return line.lstrip().startswith(SPEAKER)
