"""The last line of a log whose run has a shim: by it a log is known to be whole (docs/adr/0054)."""

from __future__ import annotations

import os
from pathlib import Path

from harness.shim.shim import LOG_END, SPEAKER

WITHIN_BYTES = 64 * 1024
"""What the job left running may write on after it."""


def has_end(log: Path) -> bool:
    """Tell whether the shim's last line is in a log."""
    with log.open("rb") as file:
        file.seek(-min(log.stat().st_size, WITHIN_BYTES), os.SEEK_END)
        return f"{SPEAKER}{LOG_END}\n".encode() in file.read()
