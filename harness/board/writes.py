"""Rows into the index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, insert, select, text, update

from harness.board.schema import (
    CAMPAIGN,
    DIVERGENCE,
    FALSE_FAILURE,
    OF_CAMPAIGN,
    PLACE,
    READING,
    REPOSITORY,
    SIGNED,
    STEP,
)
from harness.board.values import (
    CampaignReading,
    CampaignRow,
    Divergence,
    FalseFailure,
    Key,
    Reading,
    Signed,
    State,
    Step,
    StorePosition,
)
from harness.board.weeks import month_of, week_of

_LISTS = ((DIVERGENCE, "divergences"), (READING, "readings"), (FALSE_FAILURE, "false_failures"))


def put_reads(connection: Connection, reads: Sequence[CampaignReading], *, fresh: bool) -> None:
    """Put what was read of campaigns in the place of what was there; `fresh`: nothing of the store was."""
    if not fresh:
        for table in OF_CAMPAIGN:
            _delete(connection, table, [read.row.key for read in reads])
    _insert(connection, CAMPAIGN, (_columns(read.row) for read in reads))
    for table, name in _LISTS:
        _insert(connection, table, (row for read in reads for row in _of_campaign(read, name)))


def _columns(row: CampaignRow) -> dict[str, Any]:
    named = _named(row)
    cells = {name: [cell.outcome, cell.informs, cell.count] for name, cell in row.cells.items()}
    texts = {"approvers": json.dumps(row.approvers), "cells": json.dumps(cells), "state": row.state.value}
    return {**named, **texts, **_key(named.pop("key")), "week": week_of(row.judged_at or row.begun_at)}


def _of_campaign(read: CampaignReading, name: str) -> Iterable[dict[str, Any]]:
    key: dict[str, Any] = dict(_key(read.row.key))
    at = read.row.judged_at
    known = {**key, "at": at}
    if name == "readings":
        known["week"] = week_of(at)
    if name == "false_failures":
        known["month"] = month_of(at)
    for value in getattr(read, name):
        yield {**_named(value), **known}


def _named(value: CampaignRow | Divergence | Reading | FalseFailure) -> dict[str, Any]:
    """Give a value's fields by name, as they are."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _key(key: Key) -> dict[str, str]:
    return {"store": key.store, "repository": key.repository, "campaign": key.campaign}


def _delete(connection: Connection, table: Table, keys: Sequence[Key]) -> None:
    same = and_(*(table.c[name] == bindparam(f"key_{name}") for name in ("store", "repository", "campaign")))
    if keys:
        wanted = [{f"key_{name}": value for name, value in _key(key).items()} for key in keys]
        connection.execute(delete(table).where(same), wanted)


def _insert(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    if listed:
        connection.execute(insert(table), listed)


def put_steps(connection: Connection, steps: Iterable[Step]) -> None:
    """Add stages that repositories went to."""
    _insert(connection, STEP, (asdict(step) for step in steps))


def put_signed(connection: Connection, signed: Iterable[Signed]) -> None:
    """Add signatures."""
    _insert(connection, SIGNED, (asdict(signature) for signature in signed))


def put_place(connection: Connection, place: StorePosition) -> None:
    """Say how far a store was read."""
    connection.execute(delete(PLACE).where(PLACE.c.store == place.store))
    connection.execute(insert(PLACE), [asdict(place)])


def forget(connection: Connection, store: str) -> None:
    """Drop all that was read of one store."""
    for table in (*OF_CAMPAIGN, REPOSITORY, STEP, SIGNED, PLACE):
        connection.execute(delete(table).where(table.c.store == store))


def put_verified(connection: Connection, key: Key, at: float, trouble: str) -> None:
    """Say when a campaign's evidence was hashed; `trouble`: what was found, empty where all of it is whole."""
    found = {"verified_at": 0.0 if trouble else at, "trouble": trouble}
    if trouble:
        found["state"] = State.DAMAGED.value
    same = and_(*(CAMPAIGN.c[name] == value for name, value in _key(key).items()))
    connection.execute(update(CAMPAIGN).where(same).values(**found))


def analyze(connection: Connection) -> None:
    """Let the database count its rows: without it the small table is looked up for each row of the large one."""
    connection.execute(text("ANALYZE"))


def settle(connection: Connection, store: str, repositories: Iterable[str]) -> None:
    """Say of repositories which campaign is their newest judged one, which is open, and since when it is so."""
    names = sorted(set(repositories))
    for start in range(0, len(names), _NAMES):
        _settle(connection, store, names[start : start + _NAMES])


_NAMES = 200
"""Repositories that are looked up at once."""


def _settle(connection: Connection, store: str, names: Sequence[str]) -> None:
    here = and_(CAMPAIGN.c.store == store, CAMPAIGN.c.repository.in_(names))
    wanted = ("repository", "campaign", "state", "decision", "evidence", "begun_at", "judged_at")
    order = (CAMPAIGN.c.repository, func.coalesce(CAMPAIGN.c.judged_at, 0), CAMPAIGN.c.begun_at, CAMPAIGN.c.campaign)
    found = connection.execute(select(*(CAMPAIGN.c[name] for name in wanted)).where(here).order_by(*order))
    now: dict[str, dict[str, Any]] = {}
    for row in found.mappings():
        kept = now.setdefault(row["repository"], _nothing(store, row["repository"]))
        now[row["repository"]] = _next(kept, dict(row))
    connection.execute(delete(REPOSITORY).where(REPOSITORY.c.store == store, REPOSITORY.c.repository.in_(names)))
    kept_names = {column.name for column in REPOSITORY.c}
    _insert(connection, REPOSITORY, ({name: row[name] for name in kept_names} for row in now.values()))


def _nothing(store: str, repository: str) -> dict[str, Any]:
    return {
        "store": store, "repository": repository, "campaign": "", "running": "", "since": 0.0, "first_go_at": 0.0,
        "said": None, "open_begun": 0.0,
    }  # fmt: skip


def _next(kept: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """Take one more campaign of a repository; those that are open come first, then judged ones by their time."""
    if row["state"] == State.OPEN.value:
        return {**kept, "running": row["campaign"], "open_begun": row["begun_at"]}
    said = (row["decision"], row["evidence"])
    since = kept["since"] if kept["said"] == said else row["judged_at"]
    first = kept["first_go_at"] or (row["judged_at"] if said == ("GO", "real") else 0.0)
    return {**kept, "campaign": row["campaign"], "since": since, "first_go_at": first, "said": said}
