"""The append-only, hash-chained record of campaigns, verdicts and rulings: every attempt counts, none can hide."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from harness.errors import EvidenceDamaged, StoreError
from harness.model.clock import is_time, parse_iso
from harness.store import codec
from harness.store.books import ENTRIES, Book, FileBook, ObjectBook
from harness.store.folder import Folder

LEDGER = "ledger.jsonl"

CAMPAIGN, VERDICT, RECOMPARISON, RULING = "campaign", "verdict", "recomparison", "ruling"
TOMBSTONE = "tombstone"
"""Says which payloads of a repository's campaign were deleted when their time was over, signed by an approver."""
SIGNOFF = "signoff"
"""One approver's signature over a verdict."""
STAGE = "stage"
"""A repository went to another stage of its cutover, forward or back."""
AUTHOR = "author"
"""Fact of a campaign: who began it."""
EVIDENCE, DECISION = "evidence", "decision"
"""Facts of a verdict, the first one of a campaign too: real or synthetic, and what it said."""
RULES = "rules"
"""Fact of a campaign: policy, margins, rules and waivers it was planned with."""
PLAN_DIGEST, FINDINGS_DIGEST, EVIDENCE_DIGEST, VERDICT_DIGEST = "plan", "findings", "evidence_digest", "verdict"
"""Facts of a verdict: digests of plan.json, judgement file, list of evidence and verdict file.

Entries of earlier versions have no digest of evidence and none of the verdict."""
ONCE = frozenset({CAMPAIGN, VERDICT})
BACK_SECONDS_MAX = 300
"""How far an entry's time may lie before its predecessor's: clocks of two machines differ."""
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
    """campaign, verdict, recomparison, ruling, tombstone, signoff or stage."""
    at: str
    """When it was entered, by the clock of the machine that did."""
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

    def append(self, kind: str, at: str, repository: str, *, campaign: str, facts: Mapping[str, str]) -> None:
        """Add one entry durably; a campaign begins once and is concluded once, whatever crashed in between.

        Raises:
            EvidenceDamaged: the chain is broken, so nothing may be built on it.
            StoreError: the store refused, others kept writing before us, or the entry is dated before the last one.
        """
        with self._book.alone():
            for _ in range(_TRIES):
                known = self.entries()
                if kind in ONCE and any(
                    (entry.kind, entry.repository, entry.campaign) == (kind, repository, campaign) for entry in known
                ):
                    return
                if known and _back_seconds(known[-1], at) > BACK_SECONDS_MAX:
                    message = f"{self.place()}: a {kind} of {at} can't follow entry {known[-1].sequence} of "
                    message += f"{known[-1].at}: one of the clocks is wrong; set this machine's, or wait, and try again"
                    raise StoreError(message)
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
    if not is_time(entry.at):
        message = f"ledger entry {number}: at: expected a time, found {entry.at[:40]!r}"
        raise EvidenceDamaged(message)
    return entry


def in_folder(folder: Path) -> Ledger:
    """Open the ledger of a folder; one that was copied from a bucket has it as the bucket had it."""
    copied = not (folder / LEDGER).exists() and (folder / ENTRIES).is_dir()
    return Ledger(ObjectBook(Folder(folder)) if copied else FileBook(folder / LEDGER))


def at(where: Path | Ledger) -> Ledger:
    """Open the ledger of a file; one that is open stays as it is."""
    return where if isinstance(where, Ledger) else Ledger(FileBook(where))


def append(
    where: Path | Ledger, kind: str, when: str, *, repository: str, campaign: str, facts: Mapping[str, str]
) -> None:
    """Add one entry durably, as `Ledger.append` does."""
    at(where).append(kind, when, repository, campaign=campaign, facts=facts)


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


def judged(entries: Iterable[Entry], repository: str, campaign: str) -> tuple[Entry, ...]:
    """Give the verdict of a repository's campaign and what was compared again, in the ledger's order."""
    return tuple(
        entry
        for entry in entries
        if entry.kind in {VERDICT, RECOMPARISON} and (entry.repository, entry.campaign) == (repository, campaign)
    )


def misdated(entries: tuple[Entry, ...], campaign: str) -> tuple[Entry, ...]:
    """List the entries of a campaign that are dated before the entry they follow by more than clocks may differ."""
    return tuple(
        entry
        for before, entry in pairwise(entries)
        if entry.campaign == campaign and _back_seconds(before, entry.at) > BACK_SECONDS_MAX
    )


def _back_seconds(before: Entry, at: str) -> float:
    """Say by how much a time lies before an entry's; what is no time lies before everything."""
    return _seconds(before.at) - _seconds(at) if _seconds(before.at) >= 0 else 0.0


def _seconds(at: str) -> float:
    try:
        return parse_iso(at)
    except ValueError:
        return -math.inf


def attempts(entries: tuple[Entry, ...], repository: str) -> int:
    """Count the campaigns a repository has begun."""
    return sum(entry.kind == CAMPAIGN and entry.repository == repository for entry in entries)


def looked(entries: tuple[Entry, ...], repository: str, since: int, campaign: str) -> int:
    """Count the campaigns that a repository began after entry `since`, and before `campaign`.

    A campaign that is older than the entry has nothing before it.
    """
    total = 0
    for entry in entries:
        if (entry.kind, entry.repository) != (CAMPAIGN, repository):
            continue
        if entry.campaign == campaign:
            break
        total += entry.sequence > since
    return total
