"""A network for the containers of one run, without a way out but the gate; and whether this machine can make one."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox import process
from harness.sandbox.block.gate import Gate, Opened
from harness.sandbox.block.outlet import Log, Outlet

START_SECONDS = 60.0
_INSIDE = Path(__file__).with_name("inside.py")
_ANSWER_BYTES = 400
_FDS_MAX = 4
WHAT_TO_DO = "run it where user and network namespaces and /dev/net/tun are allowed"


class BlockError(OSError):
    """The kernel gives no network of its own."""


@dataclass
class BlockedNetwork:
    """One network and its gate."""

    entering: tuple[str, ...]
    """Begins the command of a process that is to be in it."""
    _holder: subprocess.Popen[bytes]
    _line: socket.socket
    _gate: Gate
    _way: Outlet | None
    _folder: str

    @classmethod
    def open(cls, way: Outlet | None, folder: str) -> BlockedNetwork:
        """Make one; `way` is what may be reached, `folder` the s3:// place below which may be written.

        Raises:
            BlockError: the kernel lacks or forbids what is needed.
        """
        line, other = socket.socketpair()
        words = ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-I", "-S", str(_INSIDE)]
        command = [*words, str(other.fileno()), str(way.port if way else 0)]
        with other:
            try:
                holder = subprocess.Popen(  # nosec B603 # a list of arguments, no shell
                    command,
                    pass_fds=(other.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                line.close()
                raise BlockError(str(error)) from error
        try:
            gate = _gate(line, way, folder)
        except OSError as error:
            line.close()
            said = holder.communicate()[1].decode(errors="replace").strip()
            raise BlockError(said or str(error)) from error
        assert holder.stderr is not None  # nosec B101 # opened above
        holder.stderr.close()
        spaces = f"/proc/{holder.pid}/ns"
        entering = ("nsenter", "--preserve-credentials", f"--user={spaces}/user", f"--net={spaces}/net")
        return cls(entering, holder, line, gate, way, folder)

    def close(self) -> Log:
        """End it, and keep the log of what was tried; every process in it has to be over."""
        log = self._gate.close()
        self._line.close()
        try:
            self._holder.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._holder.kill()
            self._holder.wait()
        if self._way and self._folder:
            self._way.keep(self._folder, log)
        return log


def _gate(line: socket.socket, way: Outlet | None, folder: str) -> Gate:
    """Take over what the process inside hands out.

    Raises:
        OSError: it could not make it, or did not answer.
    """
    line.settimeout(START_SECONDS)
    said, given, _, _ = socket.recv_fds(line, _ANSWER_BYTES, _FDS_MAX)
    if not given:
        raise OSError(said.decode(errors="replace") or "no answer from the new namespaces")
    device, *sockets = given
    os.set_blocking(device, False)
    near, *listeners = (socket.socket(fileno=number) for number in sockets)
    return Gate(Opened(device, near, tuple(listeners)), way, folder)


def refusal(isolation: process.Isolation) -> str:
    """Say why a sandbox whose containers are kept apart like this can't block; empty: it can."""
    if isolation is not process.Isolation.NAMESPACES:
        return f"its containers run with isolation {isolation.value}, and only namespaces can be closed"
    return trouble()


@functools.cache
def trouble() -> str:
    """Say why this machine can't make such a network, after really trying once; empty: it can."""
    gone = [name for name in ("unshare", "nsenter") if not shutil.which(name)]
    if gone:
        return f"{' and '.join(gone)} is not installed (util-linux)"
    if process.detect() is not process.Isolation.NAMESPACES:
        return "the kernel allows no user, mount and PID namespaces"
    try:
        made = BlockedNetwork.open(None, "")
    except BlockError as error:
        return f"no network of its own is to be had: {error}"
    entered = subprocess.run([*made.entering, "true"], check=False, capture_output=True)  # nosec B603 # a list of arguments, no shell
    made.close()
    return "" if entered.returncode == 0 else f"nobody can enter it: {entered.stderr.decode(errors='replace').strip()}"
