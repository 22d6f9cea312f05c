"""Durable files: write temp, fsync, rename, fsync the directory (reference: reliability, section 0.7)."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
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


def copy_durably(source: Path, path: Path) -> None:
    """Copy a file of any size so that it is whole under its new name, or not there.

    Raises:
        StoreError: the file system refused; names the path.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        private.make_folder(path.parent)
        with source.open("rb") as original, private.open_file(temporary, "xb") as file:
            shutil.copyfileobj(original, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        message = f"{path}: can't be written: {error.strerror or error}"
        raise StoreError(message) from error
    finally:
        temporary.unlink(missing_ok=True)


def link_durably(path: Path, data: bytes) -> bool:
    """Put bytes under a name that nothing has; False when it is taken. Of two writers the kernel lets one win.

    Raises:
        StoreError: the file system refused; names the path.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        private.make_folder(path.parent)
        with private.open_file(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
        sync_directory(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        message = f"{path}: can't be written: {error.strerror or error}"
        raise StoreError(message) from error
    finally:
        temporary.unlink(missing_ok=True)
    return True


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
