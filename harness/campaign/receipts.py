"""What a campaign's folder remembers of its anchor, for pages that are written and read offline.

A receipt proves nothing: `parity gate` and `parity ledger verify` ask the place of the anchors itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import EvidenceDamaged
from harness.store import codec
from harness.store.anchor import covers, digests_of
from harness.store.archive import Archive

NAME = "anchor.json"
SCHEMA = "parity.anchor-receipt/1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The anchor that covers a campaign's verdicts."""

    schema: str
    place: str
    id: str
    """What names the anchor there."""
    length: int
    """Entries of the ledger that it covers."""
    digest: str
    """Of the last of them."""
    at: str


def remember(archive: Archive, receipt: Receipt) -> None:
    """Leave it in a campaign's folder."""
    archive.store.put(NAME, codec.encode(receipt))


def words(archive: Archive, campaign: str, repository: str) -> str:
    """Say when and where a verdict was anchored; empty: nothing says that it was, or the ledger is another one now."""
    data = archive.store.read(NAME)
    if not data:
        return ""
    try:
        found = codec.decode(data, Receipt, NAME)
        entries = archive.ledger.entries()
    except EvidenceDamaged:
        return ""
    known = digests_of(entries, archive.ledger.digest())[: found.length]
    if len(known) < found.length or known[-1:] != (found.digest,):
        return ""
    if not covers(found.length, campaign, repository, entries):
        return ""
    return f"anchored on {found.at} in {found.place} ({found.id}); `parity ledger verify` asks there"
