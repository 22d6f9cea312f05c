"""Durable files: write temp, fsync, rename, fsync the directory (reference: reliability, section 0.7)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import private
from harness.errors import StoreError


def write_durably(path: Path, data: bytes) -> None:
    """Put bytes under a name so that after a crash the old or the new content is there, never half.

    Raises:
        StoreError: the file system refused; names the path.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        private.make_folder(path.parent)
        with private.open_file(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"{path}: can't be written: {error.strerror or error}"
        raise StoreError(message) from error


def sync_directory(path: Path) -> None:
    """Make names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def set_tail_aside(path: Path, offset: int) -> None:
    """Move what follows a file's last good byte into a file of its own, named by the place."""
    private.write_file(path.with_name(f"{path.name}.torn-{offset}"), path.read_bytes()[offset:])
    os.truncate(path, offset)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file or folder that is there for this process alone; the kernel lets go of it with the process."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
