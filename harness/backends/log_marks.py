"""The shim's own lines in a log: by the first and the last one it is known to be whole (docs/adr/0054, 0280)."""

from __future__ import annotations

from harness.shim.shim import LOG_END, LOG_START, SPEAKER

START = f"{SPEAKER}{LOG_START}"
END = f"{SPEAKER}{LOG_END}"
WITHIN_BYTES = 64 * 1024
"""What the job left running may write after the last line, and what the node may put before the first one: stdout and
stderr of a container are gathered apart."""


def has_start(log: bytes) -> bool:
    """Tell whether the shim's first line is in a log."""
    return f"{START}\n".encode() in log[:WITHIN_BYTES]


def has_end(log: bytes) -> bool:
    """Tell whether the shim's last line is in a log."""
    return f"{END}\n".encode() in log[-WITHIN_BYTES:]


def is_of_shim(line: str) -> bool:
    """Tell whether the shim wrote a line: it speaks of the harness's own deliveries, not of the work."""
    return line.lstrip().startswith(SPEAKER)
