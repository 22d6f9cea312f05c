"""What travels between buckets and a job's folders: inputs, archives, outputs, checkpoints."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from harness.sandbox.aws.emulator import EmulatorError, delete_object, keys_below, owner_of, put_object, read_object
from harness.sandbox.aws.wire import Home


class TransferError(Exception):
    """A download or upload failed in a way that the service calls the client's error; the text is its reason."""


def split(uri: str) -> tuple[str, str]:
    """Split s3://bucket/prefix."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return bucket, prefix


def join(prefix: str, *names: str) -> str:
    """Put names below a key prefix."""
    return "/".join([prefix.rstrip("/"), *names]).lstrip("/")


def relative(key: str, prefix: str) -> str:
    """Name a key below its prefix, which is lexicographic: `a/b` also takes `a/bc/d`.

    An object that is the prefix keeps its last part; a partial prefix is cut at its last slash (assumed; public
    reports differ).
    """
    if key == prefix:
        return key.rpartition("/")[2]
    folder = prefix if prefix.endswith("/") or not prefix else prefix + "/"
    return key.removeprefix(folder if key.startswith(folder) else prefix.rpartition("/")[0] + "/")


def keys(home: Home, bucket: str, prefix: str) -> tuple[str, ...]:
    """List the keys that begin with a prefix, in order.

    Raises:
        TransferError: there is no such bucket.
    """
    try:
        return keys_below(home, bucket, prefix)
    except EmulatorError as error:
        message = f"Data download failed:Failed to download data. Cannot access s3://{bucket}/{prefix}: {error}"
        raise TransferError(message) from error


def keep(uri: str, data: bytes) -> None:
    """Write an object of the sandbox's own, into whichever account has its bucket; nothing where none has."""
    bucket, key = split(uri)
    with suppress(EmulatorError):
        put_object(Home(owner_of(bucket)), bucket, key, data)


def read(home: Home, bucket: str, key: str) -> bytes:
    """Read an object.

    Raises:
        TransferError: it is not there.
    """
    try:
        return read_object(home, bucket, key)
    except EmulatorError as error:
        message = f"Data download failed:Failed to download data. Cannot access s3://{bucket}/{key}: {error}"
        raise TransferError(message) from error


def place(into: Path, name: str, uri: str) -> Path:
    """Find the file of an object in a folder.

    Raises:
        TransferError: its name leaves the folder.
    """
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/") or "\0" in name:
        message = f"Data download failed:Failed to download data. Key {uri} is no usable file name"
        raise TransferError(message)
    return into.joinpath(*parts)


def pack(folders: Sequence[Path], archive: Path) -> bool:
    """Make one tar.gz whose members are named relative to their folder; False when all are empty: no artifact.

    Where two folders have a file of one name, the first one's stands.
    """
    entries = [entry for folder in folders for entry in sorted(folder.iterdir())]
    seen: set[str] = set()

    def fresh(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        known = member.name in seen and not member.isdir()
        seen.add(member.name)
        return None if known else member

    if not entries:
        return False
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for entry in entries:
            tar.add(entry, arcname=entry.name, filter=fresh)
    return True


def upload_file(home: Home, source: Path, uri: str) -> None:
    """Put one file as one object.

    Raises:
        TransferError: there is no such bucket.
    """
    bucket, key = split(uri)
    try:
        put_object(home, bucket, key, source.read_bytes())
    except EmulatorError as error:
        message = f"Artifact upload failed:Error 7: Access denied to {uri}: {error}"
        raise TransferError(message) from error


def upload_folder(home: Home, folder: Path, uri: str) -> int:
    """Put every regular file below a folder; symbolic links are not followed. Give the number of objects.

    Raises:
        TransferError: there is no such bucket.
    """
    names = files(folder)
    for name in names:
        upload_file(home, folder / name, f"{uri.rstrip('/')}/{name}")
    return len(names)


def files(folder: Path) -> tuple[str, ...]:
    """List the regular files below a folder by relative name, links left out; a program may be at work in it."""
    # Not by `rglob`: that fails where a folder goes while it is walked.
    found = (Path(where, name) for where, _, names in os.walk(folder) for name in names)
    return tuple(
        path.relative_to(folder).as_posix() for path in sorted(found) if path.is_file() and not path.is_symlink()
    )


class Checkpoints:
    """Two-way sync of a checkpoint folder: restored at start, then followed, deletions too."""

    def __init__(self, home: Home, uri: str, folder: Path) -> None:
        """Restore what is there; an empty prefix is fine."""
        self._home, self._uri, self._folder = home, uri.rstrip("/") + "/", folder
        folder.mkdir(parents=True, exist_ok=True)
        bucket, prefix = split(self._uri)
        for key in keys(home, bucket, prefix):
            path = place(folder, key.removeprefix(prefix), f"s3://{bucket}/{key}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(read(home, bucket, key))
        self._seen = self._look()

    def sync(self) -> None:
        """Carry what changed since the last time to the bucket."""
        now = self._look()
        bucket, prefix = split(self._uri)
        for name in now.keys() | self._seen.keys():
            if name not in now:
                delete_object(self._home, bucket, prefix + name)
            elif now[name] != self._seen.get(name):
                with suppress(FileNotFoundError):  # gone since; the next look sees it
                    upload_file(self._home, self._folder / name, self._uri + name)
        self._seen = now

    def _look(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for name in files(self._folder):
            with suppress(FileNotFoundError):
                status = (self._folder / name).stat()
                found[name] = (status.st_mtime_ns, status.st_size)
        return found
