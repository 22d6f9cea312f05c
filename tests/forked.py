"""A function in a process of its own: bounded in CPU, memory and time, and with everything told that it came to.

The child is forked, so it has all modules loaded already; it is a real process that real signals end.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CRASHED = 70
"""Code of a child whose function raised (EX_SOFTWARE): none of `parity`'s own."""
_POLL_SECONDS = 0.005
PAGE_BYTES = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a child may use. Beyond CPU it gets SIGXCPU, beyond memory MemoryError, beyond the wall SIGKILL."""

    cpu_seconds: int = 20
    memory_bytes: int = 2 << 30
    """Address space on top of what it is forked with."""
    wall_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended, and what that cost; the children that it waited for are counted in."""

    code: int
    """Exit code; 128 + n after signal n, as a shell says it."""
    out: str
    err: str
    cpu_seconds: float
    memory_bytes: int
    """Most resident memory that it, or a child that it waited for, held at once, less what it began with."""
    stopped: bool = False
    """It was killed because its time was up."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child that runs."""

    pid: int
    folder: Path

    def wait(self, seconds: float) -> Ended:
        """Wait for its end; kill it, and all of its session, when its time is up."""
        ends, stopped = time.monotonic() + seconds, False
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        while not pid:
            if not stopped and time.monotonic() > ends:
                stopped = True
                os.killpg(self.pid, signal.SIGKILL)
            time.sleep(_POLL_SECONDS)
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        code = os.waitstatus_to_exitcode(status)
        return Ended(
            128 - code if code < 0 else code,
            (self.folder / "out").read_text(encoding="utf-8", errors="replace"),
            (self.folder / "err").read_text(encoding="utf-8", errors="replace"),
            usage.ru_utime + usage.ru_stime,
            max(0, usage.ru_maxrss * 1024 - self._base_bytes()),
            stopped,
        )

    def _base_bytes(self) -> int:
        """Give what it held when it had entered; 0 where it died before, so that all of it counts."""
        base = self.folder / "base"
        return int(base.read_text(encoding="ascii")) if base.exists() else 0


def start(act: Callable[[], object], folder: Path, bounds: Bounds = Bounds(), cwd: Path | None = None) -> Child:
    """Fork a child that does it in a session of its own; `out` and `err` are kept in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "base").unlink(missing_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Child(pid, folder)
    try:
        _enter(folder, bounds, cwd or folder)
        code = _code_of(act)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as its parent
        traceback.print_exc()
        sys.stderr.flush()
        code = CRASHED
    os._exit(code)


def run(act: Callable[[], object], folder: Path, bounds: Bounds = Bounds(), cwd: Path | None = None) -> Ended:
    """Do it in a child and wait for its end."""
    return start(act, folder, bounds, cwd).wait(bounds.wall_seconds)


def _enter(folder: Path, bounds: Bounds, cwd: Path) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    for name, stream in (("out", 1), ("err", 2)):
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, stream)
        os.close(handle)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # A test runner has put its own streams there; the child's are the files.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for the child's life
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the same
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the same
    # The parent's own size would be too much: a fork does not take over the pages of files that the parent has mapped.
    (folder / "base").write_text(str(_statm_bytes(1)), encoding="ascii")
    os.chdir(cwd)
    used = os.times()
    cpu_seconds = bounds.cpu_seconds + int(used.user + used.system) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    space = _statm_bytes(0) + bounds.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


def _code_of(act: Callable[[], object]) -> int:
    try:
        code = act()
    except SystemExit as error:
        code = error.code
    return code if isinstance(code, int) else int(code is not None)


def _statm_bytes(column: int) -> int:
    """Read a size of this process: column 0 is its address space, 1 what is resident (proc(5))."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[column]) * PAGE_BYTES
