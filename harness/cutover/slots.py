"""Which side's output counts for one slot of a job: asked for at run time, decided once, the same for everybody.

The first who asks writes the answer where there is none (compare-and-set); everybody else reads it. Where the store
can't be reached, an answer that was given here before stays (fail-static); a slot that nobody asked for yet gets the
answer of the last `cutover.json` seen here, which is not recorded: what it made must not be published until it is.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from harness.cutover.table import Table, answer
from harness.errors import EvidenceDamaged, StoreError
from harness.model.job import Side
from harness.store import codec
from harness.store.base import Store

SCHEMA = "parity.slot/1"
SLOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._+-]{0,79}")


@dataclass(frozen=True, slots=True)
class Record:
    """The one answer for a slot."""

    schema: str
    repository: str
    job: str
    slot: str
    answer: Side
    version: int
    """Of the table that it was drawn from."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What somebody who asked is told."""

    answer: Side
    recorded: bool
    """Everybody who asks for this slot gets this answer; else its output must not be published yet."""
    why: str = ""
    """Why it is not recorded."""


def name_of(repository: str, job: str, slot: str) -> str:
    """Name a slot's record in the store."""
    return f"routes/{repository}/{job}/{slot}.json"


def route(store: Store, cache: Store, table: Table | None, asked: tuple[str, str, str]) -> Routed:
    """Answer for a slot; `asked`: repository, job, slot. `table`: what the ledger says; None: it can't be read now.

    Raises:
        EvidenceDamaged: the slot's record is not one.
    """
    name = name_of(*asked)
    try:
        record = _recorded(store, name, asked) or _claimed(store, name, table, asked)
    except EvidenceDamaged:
        raise
    except StoreError as error:
        return _static(cache, name, asked, str(error))
    if record is None:
        return _static(cache, name, asked, "the ledger can't be read")
    _remember(cache, name, record, table)
    return Routed(record.answer, recorded=True)


def _remember(cache: Store, name: str, record: Record, table: Table | None) -> None:
    """Keep the answer here for when the store is out; where that can't be done, the answer is as good."""
    with suppress(StoreError):
        cache.put(name, codec.encode(record))
        if table is not None:
            cache.put("routes/cutover.json", codec.encode(table))


def _recorded(store: Store, name: str, asked: tuple[str, str, str]) -> Record | None:
    data = store.read(name)
    return None if data is None else _read(data, store.place(name), asked)


def _claimed(store: Store, name: str, table: Table | None, asked: tuple[str, str, str]) -> Record | None:
    """Write the answer where there is none; who comes second takes what the first wrote."""
    if table is None:
        return None
    record = Record(SCHEMA, *asked, answer(table, *asked), table.version)
    if store.put_if_absent(name, codec.encode(record)):
        return record
    return _recorded(store, name, asked)


def _static(cache: Store, name: str, asked: tuple[str, str, str], why: str) -> Routed:
    """Answer from what was seen here before; where nothing was, legacy's output counts."""
    known = _recorded(cache, name, asked)
    if known is not None:
        return Routed(known.answer, recorded=True)
    data = cache.read("routes/cutover.json")
    if data is None:
        return Routed(Side.LEGACY, recorded=False, why=why)
    table = codec.decode(data, Table, cache.place("routes/cutover.json"))
    return Routed(answer(table, *asked), recorded=False, why=why)


def _read(data: bytes, name: str, asked: tuple[str, str, str]) -> Record:
    record = codec.decode(data, Record, name)
    if (record.schema, record.repository, record.job, record.slot) != (SCHEMA, *asked):
        message = f"{name}: it is the record of another slot"
        raise EvidenceDamaged(message)
    return record
