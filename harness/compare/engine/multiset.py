"""Rows without a key, whatever their order: how often each stands on each side, and which are near each other.

Rows that are equal on both sides are taken away first, by a SHA-256 of their values; of what is left, as many rows as
possible are matched within tolerance. What is then left is only on one side. Counts are exact, also where the sides
have other numbers of rows.
"""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from harness.compare.engine import exact
from harness.compare.engine.cells import Column
from harness.compare.engine.exact import NONE
from harness.compare.engine.found import SAMPLES, TEXT_MAX, Counts, named
from harness.compare.engine.matching import TooMany, matched, near_pairs
from harness.compare.engine.session import Session, Trouble
from harness.compare.engine.sources import Source

LEFT_MAX = 200_000
"""Rows of a side without an equal on the other that are matched within tolerance."""
SIDES = ("legacy", "candidate")
DIFFERENT = 2
"""The state of two cells that are neither equal nor near."""
WIDE = 64
"""Columns up to which values are spelled in SQL: it is fast to run, and slow to plan."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row that has no equal on the other side."""

    texts: tuple[str | None, ...]
    """One spelling of each value."""
    values: tuple[Any, ...]
    """Of tolerant columns."""


def compare(session: Session, sources: tuple[Source, Source], columns: list[Column]) -> Counts:
    """Count rows that are only on one side.

    Raises:
        Trouble: too many rows would have to be matched within tolerance.
    """
    _balance(session, sources, columns)
    counts = Counts()
    counts.only = {
        side: session.count(f"SELECT coalesce(sum({sign}d), 0)::BIGINT FROM balance WHERE {sign}d > 0")  # nosec B608 # columns by number, texts as quoted literals
        for side, sign in zip(SIDES, ("", "-"), strict=True)
    }
    tolerant = [column for column in columns if column.tolerant]
    if tolerant and all(counts.only.values()):
        return _matched(session, sources, columns, counts)
    for source, sign in zip(sources, ("", "-"), strict=True):
        rows = _rows(session, source, columns, sign, most=SAMPLES)
        counts.only_samples[source.side] = _shown(columns, rows)
    return counts


def _texts(columns: list[Column], side: str) -> list[str]:
    """Give the SQL of each value's one spelling; of wide tables by a function, which is planned fast."""
    wide = len(columns) > WIDE
    values = [(column, column.value(side)) for column in columns]
    return [
        f"spelled_exact({value})" if wide and column.kind == "text" else column.written(value)
        for column, value in values
    ]


def _hashed(columns: list[Column], side: str) -> str:
    """Give the SQL of a row's SHA-256: of its spellings as JSON, so that no two rows share one text."""
    return f"sha256(to_json([{', '.join(_texts(columns, side))}])::VARCHAR)"


def _balance(session: Session, sources: tuple[Source, Source], columns: list[Column]) -> None:
    """Make the table of hashes that do not stand equally often on both sides."""
    selects = [
        f"SELECT {_hashed(columns, source.side)} AS h, {sign}1 AS d FROM {source.relation}"  # nosec B608 # columns by number, texts as quoted literals
        for source, sign in zip(sources, ("", "-"), strict=True)
    ]
    session.rows(
        f"CREATE TEMP TABLE balance AS SELECT h, sum(d) AS d FROM ({' UNION ALL '.join(selects)}) "  # nosec B608 # columns by number, texts as quoted literals
        "GROUP BY h HAVING sum(d) <> 0"
    )


def _rows(session: Session, source: Source, columns: list[Column], sign: str, *, most: int) -> list[_Row]:
    """Read rows without an equal, as often as they lack one, in an order of their own."""
    side = source.side
    texts = [f"{text} AS t{n}" for n, text in enumerate(_texts(columns, side))]
    tolerant = [column for column in columns if column.tolerant]
    values = [f"{column.value(side)} AS v{n}" for n, column in enumerate(tolerant)]
    firsts = ", ".join(f"any_value({name}) AS {name}" for name in _names(columns, tolerant))
    order = ", ".join(f"({column.ordered(f't{n}')}) NULLS LAST, t{n}" for n, column in enumerate(columns[:8]))
    sql = (
        f"SELECT {', '.join(_names(columns, tolerant))}, d FROM (SELECT {firsts}, any_value(d) AS d FROM (SELECT "  # nosec B608 # columns by number, texts as quoted literals
        f"{_hashed(columns, side)} AS h, {', '.join([*texts, *values])} FROM {source.relation}) JOIN balance USING (h) "
        f"WHERE {sign}d > 0 GROUP BY h) ORDER BY {order} LIMIT {most}"
    )
    found: list[_Row] = []
    for row in session.rows(sql):
        made = _Row(tuple(row[: len(columns)]), tuple(row[len(columns) : -1]))
        found += [made] * min(abs(int(row[-1])), most - len(found))
    return found


def _names(columns: list[Column], tolerant: list[Column]) -> list[str]:
    return [f"t{n}" for n in range(len(columns))] + [f"v{n}" for n in range(len(tolerant))]


def _shown(columns: list[Column], rows: Sequence[_Row]) -> list[str]:
    return [
        named([(column.name, text and text[:TEXT_MAX]) for column, text in zip(columns, row.texts, strict=True)])
        for row in rows[:SAMPLES]
    ]


def _matched(session: Session, sources: tuple[Source, Source], columns: list[Column], counts: Counts) -> Counts:
    """Match what is left within tolerance, block by block of rows whose other values are equal."""
    if max(counts.only.values()) > LEFT_MAX:
        raise Trouble(
            f"{max(counts.only.values())} rows have no equal, and without a key at most {LEFT_MAX} are matched within "
            "tolerance: name a key"
        )
    tolerant = [column for column in columns if column.tolerant]
    blocks: dict[tuple[str | None, ...], tuple[list[_Row], list[_Row]]] = {}
    fixed = [n for n, column in enumerate(columns) if not column.tolerant]
    for n, (source, sign) in enumerate(zip(sources, ("", "-"), strict=True)):
        for row in _rows(session, source, columns, sign, most=LEFT_MAX):
            blocks.setdefault(tuple(row.texts[at] for at in fixed), ([], []))[n].append(row)
    left: tuple[list[_Row], list[_Row]] = ([], [])
    for pair in blocks.values():
        lonely = _block(tolerant, *pair)
        counts.rows_within += len(pair[0]) - len(lonely[0])
        for n in range(2):
            left[n].extend(lonely[n])
    for n, side in enumerate(SIDES):
        counts.only[side] = len(left[n])
        counts.only_samples[side] = _shown(columns, left[n])
    return counts


def _block(tolerant: list[Column], legacy: list[_Row], candidate: list[_Row]) -> tuple[list[_Row], list[_Row]]:
    """Match the rows of one block, and give those that are left."""
    if not legacy or not candidate:
        return legacy, candidate

    def near(one: int, other: int) -> bool:
        pair = zip(tolerant, legacy[one].values, candidate[other].values, strict=True)
        return all(_near(column, *values) for column, *values in pair)

    first = tolerant[0]
    numbers = [[_double(row.values[0]) for row in side] for side in (legacy, candidate)]
    try:
        edges = near_pairs(numbers[0], numbers[1], _reach(first), near)
    except TooMany as error:
        raise Trouble(
            "rows differ, and without a key too many of them are near each other to tell which row belongs to which: "
            "name a key"
        ) from error
    partners, owners = matched(edges, len(candidate))
    return (
        [row for row, partner in zip(legacy, partners, strict=True) if partner < 0],
        [row for row, owner in zip(candidate, owners, strict=True) if owner < 0],
    )


def _reach(column: Column) -> Callable[[float], float]:
    """Say how far from a number a near one may be, at most."""
    absolute, relative = column.bounds or NONE
    if relative is not None and relative >= 1:
        return lambda _: math.inf

    def reach(value: float) -> float:
        bounds = [absolute or 0.0]
        if relative is not None:
            bounds.append(relative * abs(value) / (1 - relative))
        return max(bounds) * (1 + 1e-9) + abs(value) * 1e-14

    return reach


def _double(value: object) -> float | None:
    """Read a value that may be near another as a number; None where it is none."""
    if isinstance(value, str):
        number = exact.number(value)
        return None if number is None else float(number)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return float(value)
    return value if isinstance(value, float) and math.isfinite(value) else None


def _near(column: Column, left: object, right: object) -> bool:
    """Tell whether two values of one column are equal or within tolerance, as the SQL of cells does."""
    bounds = column.bounds or NONE
    if column.kind == "text" and isinstance(left, str | None) and isinstance(right, str | None):
        return exact.text_state(left, right, bounds, whole_exact=column.for_all) < DIFFERENT
    return exact.nested_state(left, right, bounds, whole_exact=column.for_all) < DIFFERENT
