"""A ledger in one file, with the anchors that it was held against: verified anywhere and offline."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import EvidenceDamaged
from harness.store import codec
from harness.store.anchor import KeptAnchor
from harness.store.ledger import FIRST, Entry, follower

SCHEMA = "parity.ledger-export/1"


@dataclass(frozen=True, slots=True)
class Anchors:
    """The anchors of one place, as they were read there."""

    place: str
    anchors: tuple[KeptAnchor, ...]


@dataclass(frozen=True, slots=True)
class LedgerExport:
    """A whole ledger, portable."""

    schema: str
    made_at: str
    length: int
    digest: str
    """Of the last entry."""
    entries: tuple[Entry, ...]
    places: tuple[Anchors, ...]


def write(entries: tuple[Entry, ...], digest: str, places: tuple[Anchors, ...], made_at: str) -> bytes:
    """Write a verified ledger down.

    Raises:
        EvidenceDamaged: its lines are not in the form in which the harness writes them.
    """
    data = codec.encode(LedgerExport(SCHEMA, made_at, len(entries), digest, entries, places))
    read(data, "the export")
    return data


def read(data: bytes, name: str) -> LedgerExport:
    """Read an export and verify its chain.

    Raises:
        EvidenceDamaged: names the first bad entry.
    """
    found = codec.decode(data, LedgerExport, name)
    if found.schema != SCHEMA or found.length != len(found.entries):
        message = f"{name}: it is no whole {SCHEMA}: it says {found.length} entries and holds {len(found.entries)}"
        raise EvidenceDamaged(message)
    previous = FIRST
    for number, entry in enumerate(found.entries):
        line = codec.line(entry)
        follower(line, number, previous)
        previous = codec.digest(line)
    if previous != found.digest:
        message = f"{name}: ledger entry {found.length - 1} is not the one whose digest the file names"
        raise EvidenceDamaged(message)
    return found
