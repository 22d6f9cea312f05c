"""Anchors as objects of an S3 bucket with Object Lock: one object an anchor, which nobody can delete before its day.

An object's name is the ledger's length, and it is put only where there is none, so that of two writers, and of two
ledgers of one length, one wins. A version that was put on top of an anchor does not count: the oldest one does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.backends.aws import Clients, failed_with, mapped
from harness.backends.staging import owned_by
from harness.errors import BackendError, EvidenceDamaged, Fenced, StoreError
from harness.model.clock import Clock
from harness.model.order import S3Place
from harness.store import anchor as anchors
from harness.store import codec
from harness.store.anchor import Anchor, KeptAnchor

_DIGITS = 12
_BYTES_MAX = 64 * 1024 * 1024
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True)
class ObjectAnchors:
    """A prefix of a bucket with Object Lock."""

    clients: Clients
    uri: str
    retain_seconds: int
    clock: Clock
    owner: str = ""
    """Account that the bucket must belong to; empty: nobody said."""

    def read(self) -> tuple[KeptAnchor, ...]:
        """Read the oldest version of every object, in the order of their lengths; delete markers hide nothing."""
        try:
            first = {str(version["Key"]): version for version in self._versions()}  # the newest of a key comes first
            found = [self._kept(key, str(first[key]["VersionId"])) for key in sorted(first)]
        except BackendError as error:
            message = f"{self.uri}: {error}"
            raise StoreError(message) from error
        return tuple(self._judged(found))

    def add(self, anchor: Anchor, before: tuple[KeptAnchor, ...]) -> str:
        """Put the anchor where there is none of this length, locked until its day."""
        del before  # its length names it: who was faster has taken the name
        place, name = S3Place.of(self.uri), f"{anchor.length:0{_DIGITS}d}.json"
        until = datetime.fromtimestamp(self.clock.now(), UTC) + timedelta(seconds=self.retain_seconds)
        locked = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until, "IfNoneMatch": "*"}
        try:
            with mapped(f"s3 put-object {name}"):
                reply = self.clients("s3").put_object(
                    Bucket=place.bucket,
                    Key=place.key(name),
                    Body=codec.encode(anchor),
                    **locked,
                    **owned_by(self.owner),
                )
        except BackendError as error:
            message = f"{self.uri}: {error}"
            raise (Fenced if failed_with(error) in _TAKEN else StoreError)(message) from error
        return f"{name} version {reply.get('VersionId', 'none')}"

    def _versions(self) -> Iterator[dict[str, Any]]:
        place = S3Place.of(self.uri)
        with mapped("s3 list-object-versions"):
            pages = self.clients("s3").get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=place.bucket, Prefix=place.prefix, **owned_by(self.owner)):
                yield from page.get("Versions", ())

    def _kept(self, key: str, version: str) -> tuple[KeptAnchor, datetime | None]:
        """Read one object with the day until which it is locked."""
        place, name = S3Place.of(self.uri), key.rpartition("/")[2]
        with mapped(f"s3 get-object {name}"):
            reply = self.clients("s3").get_object(
                Bucket=place.bucket, Key=key, VersionId=version, **owned_by(self.owner)
            )
            body = reply["Body"].read(_BYTES_MAX)
        anchor = anchors.decode(body, f"{place.uri()}{name} version {version}")
        if name != f"{anchor.length:0{_DIGITS}d}.json":
            message = f"{place.uri()}{name}: it holds the anchor of {anchor.length} entries"
            raise EvidenceDamaged(message)
        until = reply.get("ObjectLockRetainUntilDate")
        return KeptAnchor(anchor, f"{name} version {version}"), until if isinstance(until, datetime) else None

    def _judged(self, found: list[tuple[KeptAnchor, datetime | None]]) -> Iterator[KeptAnchor]:
        """Doubt what was never locked, and a last anchor whose lock is over; an earlier one's digest is in a later."""
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        for number, (kept, until) in enumerate(found):
            if until is None:
                yield KeptAnchor(kept.anchor, kept.id, "it is not locked, so that it could have been replaced")
            elif until <= now and number == len(found) - 1:
                doubt = f"its lock ended on {until.date().isoformat()}: run `parity ledger anchor`"
                yield KeptAnchor(kept.anchor, kept.id, doubt)
            else:
                yield kept
