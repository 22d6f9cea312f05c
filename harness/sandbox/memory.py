"""A container's memory limit where no control group keeps it: as the kernel does, one process is killed, not all.

Anonymous and shared memory of all its processes is counted, which is what fills a control group; pages of files, which
the kernel would only drop, are not. The count lags by one look, so a process that grows fast gets past the limit first.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_COUNTED = ("RssAnon:", "RssShmem:")
_KIB = 1024


def keep(first: int, limit_bytes: int) -> bool:
    """Kill the largest process below `first`, itself included, where all together are above the limit; say whether."""
    sizes = {pid: resident_bytes(pid) for pid in processes(first)}
    if sum(sizes.values()) <= limit_bytes:
        return False
    with suppress(ProcessLookupError):
        os.kill(max(sizes, key=lambda pid: sizes[pid]), signal.SIGKILL)
    return True


def processes(first: int) -> Iterator[int]:
    """Name a process and all that descend from it, as far as they are there."""
    yield first
    for child in _children(first):
        yield from processes(child)


def _children(pid: int) -> list[int]:
    """Name what a process started; it may end at any step of this, its folder with it."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def resident_bytes(pid: int) -> int:
    """Count what a process keeps in memory besides pages of files; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * _KIB for line in lines if line.startswith(_COUNTED))
