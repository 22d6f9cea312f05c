"""A job's S3 inputs: which objects a host gets, and how they reach it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox.aws.pipes import Pipe
from harness.sandbox.aws.storage import TransferError, keys, place, read, relative, split
from harness.sandbox.aws.wire import Home

_FAILED = "Data download failed:"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a channel's objects are named."""

    uri: str
    manifest: bool = False
    """The URI is an object that lists others, not a prefix."""
    sharded: bool = False
    """ShardedByS3Key: each host gets its part of the objects."""


@dataclass(frozen=True, slots=True)
class HostIndex:
    """One host's place among the hosts of its job."""

    index: int = 0
    of: int = 1


@dataclass(frozen=True, slots=True)
class Input:
    """One channel of one host."""

    source: Source
    into: Path
    """A folder; for Pipe the start of the names of its FIFOs."""
    mode: str = "File"
    unzip: bool = False


@dataclass(frozen=True, slots=True)
class Picked:
    """One object, and the name of its file below the channel's folder."""

    bucket: str
    key: str
    name: str

    @property
    def uri(self) -> str:
        """Name the object."""
        return f"s3://{self.bucket}/{self.key}"


def deliver(home: Home, given: Input, share: HostIndex) -> Pipe | None:
    """Bring a channel to a host: as files, or as a pipe that the caller has to close. FastFile is a copy here.

    Raises:
        TransferError: no bucket, nothing there, a manifest that is none, or names that clash or leave the folder.
    """
    picked = pick(home, given.source, share)
    if given.mode == "Pipe":
        return Pipe(home, tuple((item.bucket, item.key) for item in picked), given.into, unzip=given.unzip)
    given.into.mkdir(parents=True, exist_ok=True)
    for item in picked:
        _copy(home, item, given.into)
    return None


def pick(home: Home, source: Source, share: HostIndex) -> tuple[Picked, ...]:
    """Choose a host's objects.

    Sharding deals the objects out in key order, one a host in turn: the guide promises about 1/n of them and no order
    (assumed). A host may get none.

    Raises:
        TransferError: no bucket, nothing at all, or a manifest that is none.
    """
    found = _listed(home, source.uri) if source.manifest else _below(home, source.uri)
    if not found:
        message = f'{_FAILED}No S3 objects found under S3 URL "{source.uri}" given in input data source'
        raise TransferError(message)
    return found[share.index :: share.of] if source.sharded else found


def _below(home: Home, uri: str) -> tuple[Picked, ...]:
    bucket, prefix = split(uri)
    return tuple(
        Picked(bucket, key, relative(key, prefix)) for key in keys(home, bucket, prefix) if not key.endswith("/")
    )


def _listed(home: Home, uri: str) -> tuple[Picked, ...]:
    """Read a manifest: a prefix, then names that are appended to it as they are (developer guide, S3DataSource)."""
    entries = _entries(read(home, *split(uri)), uri)
    bucket, prefix = split(entries[0])
    folder = prefix.rpartition("/")[0] + "/" if "/" in prefix else ""
    wanted = [prefix + name for name in entries[1:]]
    there = set(keys(home, bucket, prefix))
    missing = next((key for key in wanted if key not in there), None)
    if missing is not None:
        message = f"{_FAILED}Failed to download data. s3://{bucket}/{missing}, listed in {uri}, does not exist"
        raise TransferError(message)
    return tuple(Picked(bucket, key, key.removeprefix(folder)) for key in wanted)


def _entries(data: bytes, uri: str) -> list[str]:
    try:
        found = json.loads(data)
        first, *rest = found
        prefix = first["prefix"]
    except (ValueError, TypeError, KeyError) as error:
        raise _no_manifest(uri) from error
    entries = [prefix, *rest]
    if not all(isinstance(entry, str) for entry in entries) or not prefix.startswith("s3://"):
        raise _no_manifest(uri)
    return entries


def _no_manifest(uri: str) -> TransferError:
    message = f'{_FAILED}{uri} is no manifest: expected [{{"prefix": "s3://bucket/prefix"}}, "name", ...]'
    return TransferError(message)


def _copy(home: Home, picked: Picked, into: Path) -> None:
    path = place(into, picked.name, picked.uri)
    data = read(home, picked.bucket, picked.key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        message = (
            f"{_FAILED}Failed to download data. Cannot download {picked.uri}, "
            "a previously downloaded file/folder clashes with it"
        )
        raise TransferError(message) from error
