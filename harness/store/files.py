"""Durable files: write temp, fsync, rename, fsync the directory (reference: reliability, section 0.7)."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness import private
from harness.errors import StoreError

SYNC_ALL_FROM = 200
"""Of so many files each fsync costs more than one sync of the whole machine, which Linux waits for."""
_OF_THE_DISK = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ESTALE})


def is_of_the_disk(error: OSError) -> bool:
    """Tell whether an error is the disk's own (full, read-only, broken), whatever was to be written."""
    return error.errno in _OF_THE_DISK


def write_durably(path: Path, data: bytes) -> None:
    """Put bytes under a name so that after a crash the old or the new content is there, never half.

    Raises:
        StoreError: the file system refused; names the path.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        make_folder_durably(path.parent)
        with private.open_file(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        _forget(temporary)
        message = f"{path}: can't be written: {error.strerror or error}"
        raise StoreError(message) from error


def copy_durably(source: Path, path: Path) -> None:
    """Copy a file of any size so that it is whole under its new name, or not there.

    Raises:
        StoreError: the file system refused; names the path.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        make_folder_durably(path.parent)
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
        _forget(temporary)


def link_durably(path: Path, data: bytes) -> bool:
    """Put bytes under a name that nothing has; False when it is taken. Of two writers the kernel lets one win.

    Raises:
        StoreError: the file system refused; names the path.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        make_folder_durably(path.parent)
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
        _forget(temporary)
    return True


def _forget(temporary: Path) -> None:
    """Delete what was not renamed; where the disk lets us not, it stays and nobody reads it."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def make_folder_durably(path: Path) -> None:
    """Make a folder, and make the names of all folders that were made for it durable.

    Raises:
        OSError: the file system refused.
    """
    for folder in private.make_folder(path):
        sync_directory(folder.parent)


def sync_in_place(paths: Collection[Path], root: Path) -> None:
    """Make files durable that others wrote, and their names in each folder up to the root; each folder once.

    Raises:
        StoreError: the file system refused; names the path.
    """
    if len(paths) > SYNC_ALL_FROM:
        os.sync()
        return
    path = root
    try:
        for path in paths:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        folders = {root / folder for path in paths for folder in path.relative_to(root).parents}
        for path in sorted(folders, reverse=True):
            sync_directory(path)
    except OSError as error:
        message = f"{path}: can't be kept: {error.strerror or error}"
        raise StoreError(message) from error


def sync_names(path: Path, root: Path) -> None:
    """Make the names durable by which a file is reached from the root.

    Raises:
        StoreError: the file system refused; names the path.
    """
    try:
        for folder in path.relative_to(root).parents:
            sync_directory(root / folder)
    except OSError as error:
        message = f"{path}: its name can't be kept: {error.strerror or error}"
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
