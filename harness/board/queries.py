"""Rows out of the index."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, case, func, select, true

from harness.board.causes import Hit, Shared
from harness.board.history import RepositoryHistory
from harness.board.progress import Counts, Startup, Week
from harness.board.schema import CAMPAIGN, DIVERGENCE, FALSE_FAILURE, PLACE, READING, REPOSITORY, SIGNED, STEP
from harness.board.standing import Known
from harness.board.values import CampaignRow, Cell, Key, Reading, Signed, State, Step, StorePosition

_NAMES = tuple(field.name for field in fields(CampaignRow) if field.name not in {"key", "state", "approvers", "cells"})


def row_of(found: RowMapping) -> CampaignRow:
    """Make the row of one campaign."""
    cells = json.loads(found["cells"])
    return CampaignRow(
        key=Key(found["store"], found["campaign"], found["repository"]),
        state=State(found["state"]),
        approvers=tuple(json.loads(found["approvers"])),
        cells={name: Cell(*cell) for name, cell in cells.items()},
        **{name: found[name] for name in _NAMES},
    )


def fleet(connection: Connection) -> tuple[Known, ...]:
    """Give all that is known of every repository."""
    judged, running = _newest(connection, "campaign"), _newest(connection, "running")
    steps, signed, causes = _steps(connection), _signed(connection), _causes(connection)
    found = connection.execute(select(REPOSITORY)).mappings()
    return tuple(
        Known(
            store=row["store"],
            repository=row["repository"],
            judged=judged.get(key),
            running=running.get(key),
            since=row["since"],
            first_go_at=row["first_go_at"],
            steps=tuple(steps.get(key, ())),
            signed=tuple(signed.get(key, ())),
            causes=tuple(causes.get(key, ())),
        )
        for row in found
        for key in ((row["store"], row["repository"]),)
    )


def _newest_of(table: Table, name: str = "campaign") -> ColumnElement[bool]:
    """Join what is of campaigns with the one that a column of REPOSITORY names."""
    return and_(
        table.c.store == REPOSITORY.c.store,
        table.c.repository == REPOSITORY.c.repository,
        table.c.campaign == REPOSITORY.c[name],
    )


def _newest(connection: Connection, name: str) -> dict[tuple[str, str], CampaignRow]:
    wanted = select(CAMPAIGN).join(REPOSITORY, _newest_of(CAMPAIGN, name))
    return {(row["store"], row["repository"]): row_of(row) for row in connection.execute(wanted).mappings()}


def judged_since(connection: Connection, since: float) -> tuple[CampaignRow, ...]:
    """Give the campaigns that were judged at a time or later."""
    wanted = select(CAMPAIGN).where(CAMPAIGN.c.judged_at >= since)
    return tuple(row_of(row) for row in connection.execute(wanted).mappings())


def _steps(connection: Connection) -> dict[tuple[str, str], list[Step]]:
    found = defaultdict(list)
    for row in connection.execute(select(STEP).order_by(STEP.c.sequence)).mappings():
        found[row["store"], row["repository"]].append(Step(**row))
    return found


def _signed(connection: Connection) -> dict[tuple[str, str], list[Signed]]:
    found = defaultdict(list)
    for row in connection.execute(select(SIGNED).order_by(SIGNED.c.sequence)).mappings():
        found[row["store"], row["repository"]].append(Signed(**row))
    return found


def _causes(connection: Connection) -> dict[tuple[str, str], list[str]]:
    names = ("store", "repository", "signature")
    wanted = select(*(DIVERGENCE.c[name] for name in names)).join(REPOSITORY, _newest_of(DIVERGENCE))
    found = defaultdict(list)
    for row in connection.execute(wanted.order_by(DIVERGENCE.c.signature)):
        found[row.store, row.repository].append(row.signature)
    return found


def places(connection: Connection) -> tuple[StorePosition, ...]:
    """Give all stores, with how far each was read."""
    return tuple(StorePosition(**row) for row in connection.execute(select(PLACE).order_by(PLACE.c.store)).mappings())


# -- causes -----------------------------------------------------------------------------------------------------------


def shared(connection: Connection, signature: str = "") -> tuple[Shared, ...]:
    """Give every divergence with the repositories that show it now; `signature`: only this one."""
    only = DIVERGENCE.c.signature == signature if signature else true()
    texts = [func.max(DIVERGENCE.c[name]).label(name) for name in ("title", "rule", "check", "dimension", "advice")]
    times = (func.min(DIVERGENCE.c.at).label("first_at"), func.max(DIVERGENCE.c.at).label("last_at"))
    count = func.count().label("campaigns")
    wanted = select(DIVERGENCE.c.signature, *texts, *times, count).where(only).group_by(DIVERGENCE.c.signature)
    hits = _hits(connection, only)
    return tuple(
        Shared(**row, hits=tuple(hits.get(row["signature"], ()))) for row in connection.execute(wanted).mappings()
    )


def _hits(connection: Connection, only: ColumnElement[bool]) -> dict[str, list[Hit]]:
    names = ("signature", "store", "repository", "outcome", "summary")
    wanted = select(*(DIVERGENCE.c[name] for name in names), CAMPAIGN.c.owner, CAMPAIGN.c.base)
    wanted = wanted.join(REPOSITORY, _newest_of(DIVERGENCE)).join(CAMPAIGN, _newest_of(CAMPAIGN)).where(only)
    found = defaultdict(list)
    for row in connection.execute(wanted):
        found[row.signature].append(Hit(row.store, row.repository, row.outcome, row.summary, row.owner, row.base))
    return found


# -- progress ---------------------------------------------------------------------------------------------------------


def counts(connection: Connection) -> Counts:
    """Count verdicts and prices by week, startups, and false failures by month."""
    said = CAMPAIGN.c.decision
    wanted = select(
        CAMPAIGN.c.week,
        *(func.sum(case((said == word, 1), else_=0)) for word in ("GO", "INCONCLUSIVE", "NO-GO")),
        func.sum(func.coalesce(CAMPAIGN.c.price, 0.0)),
        func.sum(case((CAMPAIGN.c.price.is_(None), 1), else_=0)),
    ).where(said != "")
    weeks = connection.execute(wanted.group_by(CAMPAIGN.c.week).order_by(CAMPAIGN.c.week))
    startups = select(READING.c.week, READING.c.legacy, READING.c.candidate).where(READING.c.kind == "startup")
    failures = select(FALSE_FAILURE.c.rule, FALSE_FAILURE.c.month, func.sum(FALSE_FAILURE.c.runs))
    failures = failures.group_by(FALSE_FAILURE.c.rule, FALSE_FAILURE.c.month)
    return Counts(
        tuple(Week(row[0], row[1], row[2], row[3], row[4], row[5]) for row in weeks),
        tuple(Startup(*row) for row in connection.execute(startups)),
        tuple((row[0], row[1], int(row[2])) for row in connection.execute(failures)),
    )


# -- one repository ---------------------------------------------------------------------------------------------------


def told(connection: Connection, store: str, repository: str) -> RepositoryHistory | None:
    """Give all that is known of one repository; None: the index has none of that name."""
    every = fleet(connection)
    known = next((found for found in every if (found.store, found.repository) == (store, repository)), None)
    return None if known is None else told_of(connection, known)


def told_of(connection: Connection, known: Known) -> RepositoryHistory:
    """Give campaigns, readings and causes of one repository."""
    here = (CAMPAIGN.c.store == known.store, CAMPAIGN.c.repository == known.repository)
    rows = connection.execute(select(CAMPAIGN).where(*here).order_by(CAMPAIGN.c.judged_at, CAMPAIGN.c.begun_at))
    return RepositoryHistory(known, tuple(row_of(row) for row in rows.mappings()), _readings(connection, known))


def _readings(connection: Connection, known: Known) -> tuple[tuple[float, Reading], ...]:
    names = [field.name for field in fields(Reading)]
    here = (READING.c.store == known.store, READING.c.repository == known.repository)
    wanted = select(READING.c.at, *(READING.c[name] for name in names)).where(*here).order_by(READING.c.at)
    return tuple((row[0], Reading(*row[1:])) for row in connection.execute(wanted))


def shared_of(connection: Connection, signatures: Iterable[str]) -> tuple[Shared, ...]:
    """Give the divergences of these signatures."""
    return tuple(found for signature in signatures for found in shared(connection, signature))


def has(connection: Connection, store: str, campaign: str, repository: str) -> bool:
    """Tell whether the index has a repository's campaign."""
    names = {"store": store, "campaign": campaign, "repository": repository}
    same = and_(*(CAMPAIGN.c[name] == value for name, value in names.items()))
    return connection.execute(select(CAMPAIGN.c.campaign).where(same)).first() is not None
