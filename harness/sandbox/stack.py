"""Start, find and stop a sandbox daemon. It survives its starter, so that a killed campaign can be resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 180.0
"""It takes about two, and images of an engine are loaded first: this much on a machine that is busy."""
STOP_SECONDS = 10.0


class SandboxError(Exception):
    """The daemon did not start; carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a running sandbox is."""

    pid: int
    kubeconfig: Path
    aws: Mapping[str, str]
    isolation: str
    time_scale: float


def up(
    folder: Path, *, images: tuple[str, ...], nemesis: Path | None = None, options: tuple[str, ...] = ()
) -> Endpoints:
    """Start a daemon, or find the one that runs already.

    Raises:
        SandboxError: it ended, or did not come up within 180 s.
    """
    running = status(folder)
    if running is not None:
        return running
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "sandbox.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "harness.sandbox", "--dir", str(folder), *options]
    for image in images:
        command += ["--image", image]
    if nemesis is not None:
        command += ["--nemesis", str(nemesis)]
    with (folder / "sandbox.log").open("ab") as log:
        daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # nosec B603 # a list of arguments, no shell
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and daemon.poll() is None:
        running = status(folder)
        if running is not None:
            daemon.returncode = 0  # it is to outlive us: nobody waits for it, and nobody should warn of that
            return running
        time.sleep(0.05)
    why = f"not up within {START_SECONDS:.0f} s" if daemon.poll() is None else f"it ended with {daemon.returncode}"
    daemon.kill()
    daemon.wait()
    tail = (folder / "sandbox.log").read_text(encoding="utf-8", errors="replace")[-2000:]
    message = f"the sandbox did not start: {why}; its log, {folder / 'sandbox.log'}, ends with: {tail or 'nothing'}"
    raise SandboxError(message)


def status(folder: Path) -> Endpoints | None:
    """Find the daemon of a folder; None when there is none alive."""
    try:
        said = json.loads((folder / "sandbox.json").read_bytes())
    except (OSError, ValueError):
        return None
    pid = int(said["pid"])
    if not _is_ours(pid):
        return None
    return Endpoints(pid, Path(said["kubeconfig"]), said["aws"], said["isolation"], said["time_scale"])


def down(folder: Path) -> None:
    """Stop the daemon and everything it runs; safe to call twice."""
    running = status(folder)
    if running is None:
        return
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    ends = time.monotonic() + STOP_SECONDS
    while time.monotonic() < ends and _is_ours(running.pid):
        with suppress(ChildProcessError):
            os.waitpid(running.pid, os.WNOHANG)
        time.sleep(0.05)
    if _is_ours(running.pid):
        os.kill(running.pid, signal.SIGKILL)
    (folder / "sandbox.json").unlink(missing_ok=True)


def _is_ours(pid: int) -> bool:
    """Tell whether a pid is a living sandbox daemon, and not some process that got its number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return b"harness.sandbox" in command and state not in {"Z", "X"}
