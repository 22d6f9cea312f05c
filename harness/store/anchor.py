"""Anchors of the ledger: its head, kept where the ledger's owner can't rewrite it, and what a ledger is worth by them.

Pure. The chain alone shows an edit only to who kept its head: whoever owns the file can make it whole again. An anchor
is that head, with the digest of every entry since the anchor before it, so that the first bad entry can be named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.errors import EvidenceDamaged
from harness.store import codec
from harness.store.ledger import RECOMPARISON, VERDICT, Entry

SCHEMA = "parity.anchor/1"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A ledger's head at a time."""

    schema: str
    length: int
    """Entries of the ledger."""
    digest: str
    """Of the last one."""
    at: str
    """By the clock of who anchored; the place has a time of its own."""
    since: int
    """Entries that the anchor before this one had."""
    digests: tuple[str, ...]
    """Of each entry from number `since` on."""


@dataclass(frozen=True, slots=True)
class KeptAnchor:
    """An anchor as its place gave it back."""

    anchor: Anchor
    id: str
    """What names it there: a commit, or an object's key and version."""
    doubt: str = ""
    """Why its place no longer vouches for it; empty: it does."""


class AnchorStore(Protocol):
    """A place that keeps anchors."""

    def read(self) -> tuple[KeptAnchor, ...]:
        """Give all anchors, the oldest first.

        Raises:
            StoreError: the place can't be read.
            EvidenceDamaged: what lies there is no anchor.
        """
        ...

    def add(self, anchor: Anchor, before: tuple[KeptAnchor, ...]) -> str:
        """Keep one more behind those that were read, and give its id.

        Raises:
            Fenced: another writer was faster.
            StoreError: the place refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class AnchorStatus:
    """What a ledger is worth by the anchors of one place."""

    covered: int
    """Entries from the first on that are as they were when they were anchored."""
    anchors: tuple[KeptAnchor, ...]
    troubles: tuple[str, ...] = ()
    """What shows that ledger or anchors were changed, the first bad entry first; none: they agree."""
    doubts: tuple[str, ...] = ()
    """Anchors that their place no longer vouches for."""


def digests_of(entries: Sequence[Entry], last: str) -> tuple[str, ...]:
    """Give the digest of each entry of a verified ledger; `last`: that of the last one, which no entry repeats."""
    return (*(entry.previous for entry in entries[1:]), last) if entries else ()


def next_anchor(digests: Sequence[str], at: str, before: Sequence[KeptAnchor]) -> Anchor:
    """Make the anchor of a ledger that holds by those before it."""
    since = before[-1].anchor.length if before else 0
    return Anchor(SCHEMA, len(digests), digests[-1], at, since, tuple(digests[since:]))


def decode(data: bytes, name: str) -> Anchor:
    """Read an anchor back.

    Raises:
        EvidenceDamaged: it is none, or contradicts itself.
    """
    anchor = codec.decode(data, Anchor, name)
    fits = anchor.length == anchor.since + len(anchor.digests) and anchor.digests
    if anchor.schema != SCHEMA or not fits or anchor.digests[-1] != anchor.digest:
        message = f"{name}: it is no anchor of {SCHEMA}, or its numbers do not fit each other"
        raise EvidenceDamaged(message)
    return anchor


def standing_of(entries: Sequence[Entry], last: str, anchors: Sequence[KeptAnchor]) -> AnchorStatus:
    """Hold a verified ledger against the anchors of a place."""
    ours = digests_of(entries, last)
    troubles: list[str] = []
    known: dict[int, tuple[str, KeptAnchor]] = {}
    for kept in anchors:
        for number, digest in enumerate(kept.anchor.digests, kept.anchor.since):
            first, by = known.setdefault(number, (digest, kept))
            if first != digest:
                troubles.append(f"anchors disagree about entry {number}: {by.id} and {kept.id} are of two ledgers")
                break
    bad = next((number for number in sorted(known) if ours[number : number + 1] != (known[number][0],)), None)
    if bad is not None:
        troubles.insert(0, _bad_entry(bad, known[bad][1], entries, max(known) + 1))
    covered = max(known, default=-1) + 1 if bad is None else bad
    doubts = tuple(f"anchor {kept.id}: {kept.doubt}" for kept in anchors if kept.doubt)
    return AnchorStatus(covered, tuple(anchors), tuple(troubles), doubts)


def covers(covered: int, campaign: str, repository: str, entries: Sequence[Entry]) -> bool:
    """Tell whether the last verdict on a repository in a campaign is among the first `covered` entries."""
    own = [
        entry.sequence
        for entry in entries
        if (entry.campaign, entry.repository) == (campaign, repository) and entry.kind in {VERDICT, RECOMPARISON}
    ]
    return bool(own) and own[-1] < covered


def _bad_entry(number: int, by: KeptAnchor, entries: Sequence[Entry], anchored: int) -> str:
    when = f"on {by.anchor.at} (anchor {by.id})"
    if number >= len(entries):
        lost = anchored - number
        what = "entry" if lost == 1 else "entries"
        return f"ledger entry {number} is missing: it was anchored {when}, and {lost} {what} at the end were cut"
    entry = entries[number]
    where = f"{entry.kind} of {entry.repository} in campaign {entry.campaign}"
    return f"ledger entry {number} ({where}) is not the one that was anchored {when}: the ledger was rewritten"
