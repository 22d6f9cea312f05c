"""The steps of a campaign at which a fault may strike: every effect on the store and every call of a platform.

The harness itself has no seam for this: the steps are the system's own calls (fsync, rename, link, unlink, truncate)
and the calls of the scripted endpoints, taken over in the process that is to be struck.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

STEPS = "steps.log"


class What(StrEnum):
    """What strikes."""

    KILL = "kill -9"
    TERM = "SIGTERM"
    INT = "SIGINT"
    FULL = "disk full"
    READ_ONLY = "read-only"
    BROKEN_ONCE = "I/O error, once"
    CLOCK_BACK = "clock 1 h back"
    CLOCK_FAR = "clock 400 d ahead"


SIGNALS = {What.KILL: signal.SIGKILL, What.TERM: signal.SIGTERM, What.INT: signal.SIGINT}
ERRORS = {What.FULL: errno.ENOSPC, What.READ_ONLY: errno.EROFS, What.BROKEN_ONCE: errno.EIO}
JUMPS = {What.CLOCK_BACK: -3600.0, What.CLOCK_FAR: 400 * 86400.0}
CALLS = ("fsync", "replace", "link", "unlink", "truncate")


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault at one step, counted from 0."""

    what: What
    step: int
    kind: str = ""
    """Count only steps of this kind."""


class Steps:
    """Counts the steps of one process and strikes at one of them."""

    def __init__(self, strike: Strike | None, record: Path) -> None:
        """Begin at step 0; what each step was is appended to the record."""
        self._strike = strike
        self._record = record
        self._count = 0
        self._lock = threading.Lock()
        self._error: int | None = None
        self._jump_seconds = 0.0
        self._time = time.time

    def now(self) -> float:
        """Give the time of the clock, which a strike may have moved."""
        return self._time() + self._jump_seconds

    def take(self, name: str) -> None:
        """Count a step of a platform; strike where it is the one."""
        if (what := self._struck(name)) is not None:
            self._fall(what)

    def effect(self, name: str) -> None:
        """Count a step of the store, which fails where its file system does.

        Raises:
            OSError: the strike is that of a file system.
        """
        failed = self._failed(self._struck(name), fails=name.endswith("before"))
        if failed is not None:
            raise OSError(failed, os.strerror(failed))

    def _struck(self, name: str) -> What | None:
        """Count a step and keep its name; give what strikes at it."""
        strike = self._strike
        with self._lock:
            with self._record.open("a", encoding="utf-8") as record:
                record.write(name + "\n")
            if strike is None or strike.kind not in {"", name}:
                return None
            self._count += 1
            return strike.what if self._count == strike.step + 1 else None

    def _failed(self, what: What | None, *, fails: bool) -> int | None:
        """Give the error of an effect: its own where it is struck before it was done, else one that is due."""
        if what is What.BROKEN_ONCE and fails:
            return errno.EIO
        if what is not None:
            self._fall(what)
        with self._lock:
            failed = self._error if fails else None
            if failed == errno.EIO:
                self._error = None
        return failed

    def _fall(self, what: What) -> None:
        if what in SIGNALS:
            os.kill(os.getpid(), SIGNALS[what])
            time.sleep(0.02)  # a signal that Python handles is heard by the main thread
        elif what in JUMPS:
            self._jump_seconds = JUMPS[what]
        else:
            self._error = ERRORS[what]


def install(strike: Strike | None, folder: Path) -> Steps:
    """Take over the system's calls in this process."""
    steps = Steps(strike, folder / STEPS)
    for name in CALLS:
        setattr(os, name, _taken(name, getattr(os, name), steps))
    time.time = steps.now  # type: ignore[assignment]
    return steps


def _taken(name: str, real: Callable[..., Any], steps: Steps) -> Callable[..., Any]:
    def call(target: Any, *more: Any, **options: Any) -> Any:
        label = f"{name} {kind_of(more[0] if name in {'replace', 'link'} else target)}"
        steps.effect(f"{label}, before")
        result = real(target, *more, **options)
        steps.effect(f"{label}, after")
        return result

    return call


def kind_of(target: Any) -> str:
    """Name the class of a file: the same step of another run or repository is of the same kind."""
    path = Path(f"/proc/self/fd/{target}").readlink() if isinstance(target, int) else Path(os.fspath(target))
    if path.is_dir():
        return f"folder of {'a run' if path.parent.name == 'runs' else path.name}"
    name = re.sub(r"(^\.|\.[0-9a-f]+\.tmp$|\.\d+$)", "", path.name)
    return f"{path.parent.name}/{name}" if path.parent.name in {"judgement", "verdict", "report"} else name
