"""Opening what lies in an evidence folder: plain files below it, and nothing else.

A file name in stored evidence may have become anything: a pipe or a device that never ends, a link that leads out. Each
folder on the way is opened without following links, and the file without waiting; what is no plain file is damage.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from harness.errors import EvidenceDamaged

BYTES_MAX = 256 << 30
"""Of a payload: a sparse file of a terabyte costs its writer nothing, and hours of whoever hashes it."""
WHOLE_BYTES_MAX = 1 << 30
"""Of what is read whole: plan, facts, judgement, journal, ledger."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_ODD = {
    errno.ELOOP: "a link, not a plain file",
    errno.ENXIO: "a socket, not a plain file",
    errno.ENOTDIR: "a link or a file stands where a folder was",
}


def open_plain(root: Path, name: str, bytes_max: int = BYTES_MAX) -> BinaryIO:
    """Open a plain file by its name below `root`; no link is followed and nothing is waited for.

    Raises:
        EvidenceDamaged: it lies outside, is no plain file, or is longer than any that the harness writes; names it.
        OSError: it is not there, or may not be read.
    """
    try:
        handle = _open(root, name)
    except OSError as error:
        if error.errno not in _ODD:
            raise
        message = f"{name}: {_ODD[error.errno]}"
        raise EvidenceDamaged(message) from error
    found = os.fstat(handle)
    mode = found.st_mode
    if stat.S_ISREG(mode) and found.st_size > bytes_max:
        os.close(handle)
        raise EvidenceDamaged(too_long(name, found.st_size, bytes_max))
    if not stat.S_ISREG(mode):
        os.close(handle)
        kind = next((kind for is_kind, kind in _KINDS if is_kind(mode)), "something else")
        message = f"{name}: {kind}, not a plain file"
        raise EvidenceDamaged(message)
    return os.fdopen(handle, "rb")


def too_long(name: str, found: int, bytes_max: int) -> str:
    """Say that a file is longer than any that the harness writes in its place."""
    return f"{name}: {found} bytes long, and the harness writes at most {bytes_max >> 30} GiB there"


def is_plain(root: Path, name: str) -> bool:
    """Tell whether a name is that of a plain file below `root`, reached without a link."""
    try:
        open_plain(root, name).close()
    except (OSError, EvidenceDamaged):
        return False
    return True


def _open(root: Path, name: str) -> int:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        message = f"{name}: lies outside the evidence"
        raise EvidenceDamaged(message)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(path.name, _FILE, dir_fd=folder)
    finally:
        os.close(folder)
