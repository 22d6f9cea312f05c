"""Bounds of a reading process, set by the process itself. Standard library only: children load it by file path."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

FILE_BYTES = 8 * 1024**3
OPEN_FILES = 64
CPU_GRACE_SECONDS = 5
"""Between SIGXCPU, which tells the parent why, and SIGKILL, which nothing outlives."""


def effective(what: int, wanted: int) -> int:
    """Give the bound that can be set: the wanted one, or the host's hard limit where that is lower."""
    hard = resource.getrlimit(what)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def set_limits(cpu_seconds: int, memory_bytes: int, open_files: int = OPEN_FILES) -> None:
    """Bound this process for good: CPU time, never wall time, so that a busy machine changes no verdict."""
    for what, wanted in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        most = effective(what, wanted)
        resource.setrlimit(what, (most, most))
    soft = effective(resource.RLIMIT_CPU, cpu_seconds)
    hard = effective(resource.RLIMIT_CPU, cpu_seconds + CPU_GRACE_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def serve(answer: Callable[[Any], object]) -> None:
    """Bound this process for good, then answer the JSON request on standard input on standard output.

    Arguments of the process: CPU seconds, memory bytes, open files.
    """
    set_limits(*(int(given) for given in sys.argv[1:4]))
    json.dump(answer(json.load(sys.stdin)), sys.stdout, allow_nan=False)
