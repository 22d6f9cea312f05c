"""The append-only, hash-chained record of campaigns, verdicts and rulings: every attempt counts, none can hide."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import private
from harness.errors import EvidenceDamaged, StoreError
from harness.store import codec
from harness.store.files import locked, set_tail_aside, sync_directory

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


def append(path: Path, kind: str, at: str, repository: str, campaign: str, facts: Mapping[str, str]) -> None:
    """Add one entry durably; a campaign begins once and is concluded once, whatever crashed in between.

    Raises:
        EvidenceDamaged: the chain is broken, so nothing may be built on it.
        StoreError: the file system refused.
    """
    private.make_folder(path.parent)
    lock = path.with_suffix(".lock")
    private.open_file(lock, "ab").close()
    with locked(lock):
        lines = _lines(path)
        known = _verify(lines)
        if kind in ONCE and any(
            (each.kind, each.repository, each.campaign) == (kind, repository, campaign) for each in known
        ):
            return
        previous = codec.digest(lines[-1]) if lines else FIRST
        line = codec.line(Entry(len(lines), previous, kind, at, repository, campaign, facts))
        try:
            good = sum(len(each) + 1 for each in lines)
            if path.exists() and path.stat().st_size > good:
                set_tail_aside(path, good)
            with private.open_file(path, "ab") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            sync_directory(path.parent)
        except OSError as error:
            message = f"{path}: {error}"
            raise StoreError(message) from error


def read(path: Path) -> tuple[Entry, ...]:
    """Read and verify the whole chain.

    Raises:
        EvidenceDamaged: names the first bad entry.
    """
    return _verify(_lines(path))


def head(path: Path) -> tuple[int, str]:
    """Give the number of entries and the digest of the last, which together name a ledger at a time.

    Raises:
        EvidenceDamaged: names the first bad entry.
    """
    lines = _lines(path)
    return len(_verify(lines)), codec.digest(lines[-1]) if lines else FIRST


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


def _verify(lines: list[bytes]) -> tuple[Entry, ...]:
    entries, previous = [], FIRST
    for number, line in enumerate(lines):
        entry = codec.decode(line, Entry, f"ledger entry {number}")
        if entry.sequence != number or entry.previous != previous:
            message = f"ledger entry {number}: does not follow the one before"
            raise EvidenceDamaged(message)
        entries.append(entry)
        previous = codec.digest(line)
    return tuple(entries)


def _lines(path: Path) -> list[bytes]:
    """Read the whole lines; what a crash left without its end was never acknowledged."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []
