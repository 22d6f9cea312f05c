"""`cutover.json`: which side's output counts, for whoever reads a file and nothing else. Pure.

It is written from the ledger, in whole, and its version is the number of the ledger entry that it was last changed by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from harness.cutover.stages import MOVED, Move, Stage, history
from harness.errors import EvidenceDamaged
from harness.model.job import Side
from harness.store import codec, ledger

SCHEMA = "parity.cutover/1"
FILE = "cutover.json"


@dataclass(frozen=True, slots=True)
class Row:
    """One repository."""

    stage: Stage
    answer: str
    """legacy or candidate; `share` where it depends on the slot."""
    share: int
    """Per cent of the slots that candidate answers."""
    since: str
    signoff: str
    campaign: str
    synthetic: bool
    """A practice on a sandbox: no real job goes by it."""


@dataclass(frozen=True, slots=True)
class Table:
    """All repositories that ever moved."""

    schema: str
    version: int
    """Ledger entry of the last step; it only grows."""
    repositories: Mapping[str, Row]


def table_of(entries: Iterable[ledger.Entry]) -> Table:
    """Read the ledger into the table."""
    known = tuple(entries)
    names = sorted({entry.repository for entry in known if entry.kind == ledger.STAGE})
    moves = {name: move for name in names if (move := _last(known, name))}
    version = max((move.sequence for move in moves.values()), default=-1)
    return Table(SCHEMA, version, {name: _row(move) for name, move in moves.items()})


def _last(entries: tuple[ledger.Entry, ...], repository: str) -> Move | None:
    """Give the last step; one of a practice only where there is no other."""
    moves = history(entries, repository) or history(entries, repository, synthetic=True)
    return moves[-1] if moves else None


def _row(move: Move) -> Row:
    answer = Side.CANDIDATE.value if move.stage in MOVED else Side.LEGACY.value
    return Row(
        stage=move.stage,
        answer="share" if move.stage is Stage.CANARY else answer,
        share=move.share,
        since=move.since,
        signoff=move.signoff,
        campaign=move.campaign,
        synthetic=move.synthetic,
    )


def read_table(data: bytes, name: str) -> Table:
    """Read a `cutover.json`.

    Raises:
        EvidenceDamaged: it is none of this version.
    """
    found = codec.decode(data, Table, name)
    if found.schema != SCHEMA:
        message = f"{name}: schema: expected {SCHEMA}, found {found.schema[:40]!r}"
        raise EvidenceDamaged(message)
    return found


def schema() -> Mapping[str, Any]:
    """Give the JSON Schema of `cutover.json`."""
    found: dict[str, Any] = msgspec.json.schema(Table)
    return {**found, "title": "Which side's output counts", "$id": SCHEMA}


def answer(table: Table, repository: str, job: str, slot: str) -> Side:
    """Say which side answers a slot; a repository that never moved, and one that only practised, is legacy's."""
    row = table.repositories.get(repository)
    if row is None or row.synthetic:
        return Side.LEGACY
    return Side.CANDIDATE if drawn(repository, job, slot) < row.share else Side.LEGACY


def drawn(repository: str, job: str, slot: str) -> int:
    """Draw 0 to 99 for a slot, the same at every asking: a larger share keeps the slots of a smaller one."""
    digest = sha256(f"{repository}/{job}/{slot}".encode()).digest()
    return int.from_bytes(digest[:8]) * 100 >> 64
