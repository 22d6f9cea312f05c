"""A file of ours run as a process of its own, with limits on CPU time and memory → its answer, or why there is none."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.bounded.process_limits import OPEN_FILES, effective

POLL_SECONDS = 0.5
STALLED_SECONDS = 300.0
"""Wall time without a tick of CPU time (10 ms): a guard against a process that hangs, and no limit on work."""
UNMEASURED_SECONDS = 3600.0
"""The same guard where the system does not tell a process's CPU time."""
COMPLAINT_BYTES_MAX = 2000
AGAIN = "run the command again"


class NoAnswer(Exception):  # noqa: N818 - what was read may be at fault, or the machine; the harness is not
    """Why a child gave no answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use up."""

    cpu_seconds: int
    memory_bytes: int
    answer_bytes: int
    open_files: int = OPEN_FILES


def ask(program: Path, folder: Path, request: bytes, limits: Limits) -> bytes:
    """Run one of our own files in a folder, with its request on standard input, and give its answer.

    The program gets CPU seconds and bytes of memory as arguments and sets its limits itself, before it reads.

    Raises:
        NoAnswer: it used up a limit, was stopped by the machine, made no progress, failed, or answered too much.
    """
    (folder / "request").write_bytes(request)
    with (
        (folder / "request").open("rb") as given,
        (folder / "answer").open("w+b") as answer,
        (folder / "complaint").open("w+b") as complaint,
    ):
        command = [sys.executable, "-I", str(program), str(limits.cpu_seconds), str(limits.memory_bytes)]
        command.append(str(limits.open_files))
        environment = {"HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        started = subprocess.Popen(  # noqa: S603 # nosec B603 # our own file, no shell
            command, stdin=given, stdout=answer, stderr=complaint, cwd=folder, env=environment
        )
        with _ended(started):
            code = _wait(started)
        if code:
            complaint.seek(0)
            raise NoAnswer(_ending(code, complaint.read(COMPLAINT_BYTES_MAX), limits))
        answer.seek(0)
        data = answer.read(limits.answer_bytes + 1)
    if len(data) > limits.answer_bytes:
        message = f"the reader's answer has more than {limits.answer_bytes} bytes"
        raise NoAnswer(message)
    return data


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave no process behind, whatever ends the wait."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end; a process that makes no progress is given up, and that says nothing of what it read."""
    seen, still = -1, 0.0
    while True:
        try:
            return process.wait(timeout=POLL_SECONDS)
        except subprocess.TimeoutExpired:
            ticks = _cpu_ticks(process.pid)
            still = still + POLL_SECONDS if ticks is None or ticks == seen else 0.0
            seen = -1 if ticks is None else ticks
            most = UNMEASURED_SECONDS if ticks is None else STALLED_SECONDS
            if still >= most:
                message = f"the reader made no progress for {most:.0f} s on this machine: {AGAIN}"
                raise NoAnswer(message) from None


def _cpu_ticks(pid: int) -> int | None:
    """Give a process's CPU time in clock ticks (proc(5), stat fields 14 and 15)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        fields = stat.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    except (OSError, ValueError, IndexError):
        return None


def _ending(code: int, complaint: bytes, limits: Limits) -> str:
    lines = complaint.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    said = f": {last[:300]}" if last else ""
    if code == -signal.SIGXCPU:
        return f"the reader used up its {effective(resource.RLIMIT_CPU, limits.cpu_seconds)} s of CPU time"
    if code == -signal.SIGKILL:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024**2
        return f"the reader was killed on this machine, perhaps for want of memory ({memory} MiB): {AGAIN}"
    how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
    return f"the reader {how}{said}"
