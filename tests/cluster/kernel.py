"""What this machine's kernel refuses that a cluster needs, and that no package can bring; run as a script, it says so.

Standard library only: `.ci/run` asks before anything is installed.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

_ADD_BRIDGE, _REMOVE_BRIDGE = 0x89A0, 0x89A1
_CGROUPS = (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup"))
"""Version 1 has one tree a controller, version 2 one for all."""


def lacks() -> str:
    """Try what a cluster does; name what failed, empty: nothing did."""
    if os.geteuid() != 0:
        return "we are not root"
    tries: dict[str, Callable[[], None]] = {
        "mount": _mount,
        "a control group": _control_group,
        "a network namespace": _network_namespace,
        "a bridge": _bridge,
    }
    return "; ".join(f"the kernel refuses {what}: {why}" for what, try_ in tries.items() if (why := _fault(try_)))


def _fault(try_: Callable[[], None]) -> str:
    try:
        try_()
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return ""


def _mount() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with TemporaryDirectory() as folder:
        if libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, None):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        libc.umount2(folder.encode(), 0)


def _control_group() -> None:
    mine = (
        next(cgroup for cgroup in _CGROUPS if cgroup.is_dir() or cgroup == _CGROUPS[-1])
        / f"parity-{secrets.token_hex(3)}"
    )
    mine.mkdir()
    mine.rmdir()


def _network_namespace() -> None:
    subprocess.run(["unshare", "--net", "true"], check=True, capture_output=True, timeout=10)


def _bridge() -> None:
    name = f"parity-{secrets.token_hex(3)}".encode()
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _ADD_BRIDGE, name)
        with suppress(OSError):
            fcntl.ioctl(any_socket, _REMOVE_BRIDGE, name)


if __name__ == "__main__":
    sys.stdout.write(lacks())
