"""Stores into the index, incrementally: the ledger's new entries, the campaigns they speak of, and what was damaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from harness.board import reading, writes
from harness.board.index import Index
from harness.board.reading import CampaignEntries
from harness.board.schema import CAMPAIGN, PLACE
from harness.board.values import Key, State, StorePosition
from harness.campaign.verified import derive, verified
from harness.errors import EvidenceDamaged, StoreError
from harness.model.clock import Clock
from harness.store import codec, ledger
from harness.store.reports import Reports

BATCH = 400
"""Campaigns that are read and written together."""
_REWRITTEN = "its first {} entries are not those that this index had read: `parity ledger verify`, then --rebuild"


@dataclass(frozen=True, slots=True)
class Updated:
    """What came of looking at one store."""

    entries: int
    """Ledger entries that were new."""
    campaigns: int
    """Rows that were made."""
    trouble: str
    """Why the store's ledger can't be believed or read; empty: it can."""


def update(index: Index, reports: Reports, clock: Clock) -> Updated:
    """Read what is new of a store; a ledger that can't be believed marks the store, and its rows stay as they were."""
    store = str(reports)
    with index.reading() as connection:
        place, damaged = place_of(connection, store), _damaged(connection, store)
    try:
        entries = reports.ledger.entries()
        _check_same(place, entries)
    except StoreError as error:
        with index.writing() as connection:
            writes.put_place(connection, StorePosition(store, place.entries, place.head, clock.now(), str(error)))
        return Updated(0, 0, str(error))
    fresh = entries[place.entries :]
    if not fresh and not damaged and not place.trouble:
        return Updated(0, 0, "")
    touched = {(entry.repository, entry.campaign) for entry in fresh} | damaged
    wanted = [told for told in reading.told(store, entries) if (told.key.repository, told.key.campaign) in touched]
    if not place.entries:  # what an update left that was cut off before its end
        with index.writing() as connection:
            writes.forget(connection, store)
    for batch in _batches(wanted):
        found = reading.reads(reports, batch)
        with index.writing() as connection:
            writes.put_reads(connection, found, fresh=not place.entries)
            if place.entries:
                writes.settle(connection, store, {read.row.key.repository for read in found})
    names = set() if place.entries else {told.key.repository for told in wanted}
    _finish(index, place, reports, entries, names=names, now=clock.now())
    return Updated(len(fresh), len(wanted), "")


def _finish(
    index: Index,
    place: StorePosition,
    reports: Reports,
    entries: Sequence[ledger.Entry],
    *,
    names: set[str],
    now: float,
) -> None:
    """Write what is known once all campaigns are: steps, signatures, how far it was read; of `names` the newest."""
    store, since = str(reports), place.entries
    head = codec.digest(codec.line(entries[-1])) if entries else ledger.FIRST
    with index.writing() as connection:
        steps = (step for step in reading.steps_of(store, entries) if step.sequence >= since)
        writes.put_steps(connection, steps)
        writes.put_signed(connection, reading.signed_of(store, entries[since:]))
        writes.settle(connection, store, names)
        writes.put_place(connection, StorePosition(store, len(entries), head, now))
        if not since:
            writes.analyze(connection)


def _check_same(place: StorePosition, entries: Sequence[ledger.Entry]) -> None:
    """Refuse a ledger that is another one than was read before.

    Raises:
        EvidenceDamaged: it is shorter, or its entries differ.
    """
    known = place.entries
    if known and (len(entries) < known or codec.digest(codec.line(entries[known - 1])) != place.head):
        message = f"{place.store}: the ledger was replaced: {_REWRITTEN.format(known)}"
        raise EvidenceDamaged(message)


def _batches(wanted: Sequence[CampaignEntries]) -> Iterator[Sequence[CampaignEntries]]:
    for start in range(0, len(wanted), BATCH):
        yield wanted[start : start + BATCH]


def place_of(connection: Connection, store: str) -> StorePosition:
    """Give how far a store was read."""
    found = connection.execute(select(PLACE).where(PLACE.c.store == store)).mappings().first()
    return StorePosition(**found) if found else StorePosition(store, 0, ledger.FIRST, 0.0)


def _damaged(connection: Connection, store: str) -> set[tuple[str, str]]:
    """List campaigns whose rows were damaged when they were read: what was being written then may be whole now."""
    wanted = (CAMPAIGN.c.store == store, CAMPAIGN.c.state == State.DAMAGED.value)
    return {(row.repository, row.campaign) for row in connection.execute(select(CAMPAIGN).where(*wanted))}


def verify(index: Index, reports: Reports, campaign: str, clock: Clock) -> None:
    """Hash all evidence of a campaign and decide it again; rows say when that was, or what was found."""
    at = clock.now()
    try:
        found = verified(reports.archive(campaign))
    except StoreError as error:
        message = str(error)
        with index.writing() as connection:
            for name in _repositories(connection, str(reports), campaign):
                writes.put_verified(connection, Key(str(reports), campaign, name), at, message)
        return
    with index.writing() as connection:
        for known in found:
            trouble = "; ".join(known.troubles[:3]) or _other(derive(known).decision.value, known.entry)
            writes.put_verified(connection, Key(str(reports), campaign, known.repository.name), at, trouble)


def _other(derived: str, entry: ledger.Entry | None) -> str:
    entered = entry.facts.get(ledger.DECISION, derived) if entry else derived
    return "" if derived == entered else f"the ledger says {entered}, and the evidence gives {derived}"


def _repositories(connection: Connection, store: str, campaign: str) -> list[str]:
    wanted = (CAMPAIGN.c.store == store, CAMPAIGN.c.campaign == campaign)
    return list(connection.execute(select(CAMPAIGN.c.repository).where(*wanted)).scalars())
