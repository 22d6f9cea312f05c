"""Makes a child process end when its parent does, however the parent ends."""

from __future__ import annotations

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""
_LIBC = ctypes.CDLL(None, use_errno=True)


def killed_with_parent() -> None:
    """Ask the kernel for SIGKILL at the parent's death; to be run in the child before its program (preexec_fn)."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
