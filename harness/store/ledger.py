"""The append-only, hash-chained record of campaigns, verdicts and rulings: every attempt counts, none can hide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import EvidenceDamaged, StoreError
from harness.store import codec
from harness.store.books import Book, FileBook

CAMPAIGN, VERDICT, RECOMPARISON, RULING = "campaign", "verdict", "recomparison", "ruling"
SPENDS = "spends"
"""Fact of a campaign: the level it may spend, 0 where it is synthetic."""
LOOK = "look"
"""Fact of a campaign: the level of one of its looks, whether any of it was left or not; 0 where it is synthetic."""
EVIDENCE, DECISION = "evidence", "decision"
"""Facts of a verdict, the first one of a campaign too: real or synthetic, and what it said."""
RULES = "rules"
"""Fact of a campaign: policy, margins, rules and waivers it was planned with."""
ONCE = frozenset({CAMPAIGN, VERDICT})
FIRST = "sha256:" + "0" * 64
_TRIES = 1000
"""Each one that fails is another writer's entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    sequence: int
    previous: str
    """Digest of the line before."""
    kind: str
    """campaign, verdict, recomparison or ruling."""
    at: str
    repository: str
    campaign: str
    facts: Mapping[str, str]


class Ledger:
    """A ledger whose verified part is remembered: the first reading verifies all of it, later ones what is new."""

    def __init__(self, book: Book) -> None:
        """Remember where its lines are."""
        self._book = book
        self._forget()

    def _forget(self) -> None:
        self._entries: list[Entry] = []
        self._last, self._bytes = b"", 0

    def place(self) -> str:
        """Say where it is."""
        return self._book.place()

    def entries(self) -> tuple[Entry, ...]:
        """Read what is new and verify it against what was verified before; a ledger that was cut is read anew.

        Raises:
            EvidenceDamaged: names the first bad entry.
        """
        lines = self._book.since(len(self._entries), self._bytes, self._last)
        if lines is None:
            self._forget()
            lines = self._book.since(0, 0, b"") or []
        for line in lines:
            self._entries.append(follower(line, len(self._entries), self.digest()))
            self._last, self._bytes = line, self._bytes + len(line) + 1
        return tuple(self._entries)

    def digest(self) -> str:
        """Give the digest of the last entry that was verified."""
        return codec.digest(self._last) if self._entries else FIRST

    def append(self, kind: str, at: str, repository: str, campaign: str, facts: Mapping[str, str]) -> None:
        """Add one entry durably; a campaign begins once and is concluded once, whatever crashed in between.

        Raises:
            EvidenceDamaged: the chain is broken, so nothing may be built on it.
            StoreError: the store refused, or others kept writing before us.
        """
        with self._book.alone():
            for _ in range(_TRIES):
                known = self.entries()
                if kind in ONCE and any(
                    (entry.kind, entry.repository, entry.campaign) == (kind, repository, campaign) for entry in known
                ):
                    return
                entry = Entry(len(known), self.digest(), kind, at, repository, campaign, facts)
                if self._book.add(len(known), codec.line(entry)):
                    return
        message = f"{self.place()}: other writers were faster {_TRIES} times"
        raise StoreError(message)


def follower(line: bytes, number: int, previous: str) -> Entry:
    """Read the entry of a number, which names the digest of the one before.

    Raises:
        EvidenceDamaged: it does not.
    """
    entry = codec.decode(line, Entry, f"ledger entry {number}")
    if entry.sequence != number or entry.previous != previous:
        message = f"ledger entry {number}: does not follow the one before"
        raise EvidenceDamaged(message)
    return entry


def at(where: Path | Ledger) -> Ledger:
    """Open the ledger of a file; one that is open stays as it is."""
    return where if isinstance(where, Ledger) else Ledger(FileBook(where))


def append(
    where: Path | Ledger, kind: str, when: str, repository: str, campaign: str, facts: Mapping[str, str]
) -> None:
    """Add one entry durably, as `Ledger.append` does."""
    at(where).append(kind, when, repository, campaign, facts)


def read(where: Path | Ledger) -> tuple[Entry, ...]:
    """Read and verify the whole chain.

    Raises:
        EvidenceDamaged: names the first bad entry.
    """
    return at(where).entries()


def head(where: Path | Ledger) -> tuple[int, str]:
    """Give the number of entries and the digest of the last, which together name a ledger at a time.

    Raises:
        EvidenceDamaged: names the first bad entry.
    """
    found = at(where)
    return len(found.entries()), found.digest()


def attempts(entries: tuple[Entry, ...], repository: str) -> int:
    """Count the campaigns a repository has begun."""
    return sum(each.kind == CAMPAIGN and each.repository == repository for each in entries)


def spent(entries: tuple[Entry, ...], repository: str, campaign: str) -> float:
    """Add up the levels that the campaigns of a repository before this one may spend."""
    total = 0.0
    for each in entries:
        if (each.kind, each.repository) != (CAMPAIGN, repository):
            continue
        if each.campaign == campaign:
            break
        total += float(each.facts.get(SPENDS, "0"))
    return total


def looked(entries: tuple[Entry, ...], repository: str, since: int, campaign: str) -> float:
    """Add up a look's level of each campaign that a repository began after entry `since`, and before `campaign`.

    A campaign that is older than the entry has nothing before it.
    """
    total = 0.0
    for each in entries:
        if (each.kind, each.repository) != (CAMPAIGN, repository):
            continue
        if each.campaign == campaign:
            break
        if each.sequence > since:
            total += float(each.facts.get(LOOK) or each.facts.get(SPENDS, "0"))
    return total


def entered(entries: tuple[Entry, ...], repository: str, campaign: str) -> float:
    """Give the level that a campaign entered for itself; 0 where the ledger does not know it."""
    wanted = (CAMPAIGN, repository, campaign)
    mine = (each for each in entries if (each.kind, each.repository, each.campaign) == wanted)
    return next((float(each.facts.get(SPENDS, "0")) for each in mine), 0.0)
