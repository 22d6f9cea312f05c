"""Rows that both sides have, lined up: how each column differs, or the label and prediction of every example."""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from harness.compare.engine import join as joining
from harness.compare.engine.cells import Column
from harness.compare.engine.found import TEXT_MAX, Cells, shown
from harness.compare.engine.kinds import NUMBERS
from harness.compare.engine.session import Session, Trouble
from harness.compare.engine.sources import Source
from harness.compare.engine.tables import Opened, opened, prepare
from harness.model.table_contract import Duplicates

EXAMPLES_MAX = 100_000
"""What three numbers each of fit into one answer."""
SAMPLES = 3


def noise(session: Session, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Say of each column how two runs differ: by key where one is declared, else by place.

    Raises:
        Trouble: the columns or the rows differ, so that nothing can be lined up.
    """
    both, join = _lined_up(session, request)
    columns = [column for column in both.columns if column not in both.keys]
    counts = joining.compare(session, join, columns)
    _check_rows(both, counts.only)
    return [_column(session, join, column, counts.cells[column.name]) for column in columns]


def _lined_up(session: Session, request: Mapping[str, Any]) -> tuple[Opened, joining.Join]:
    both = opened(session, request)
    if both.lost:
        raise Trouble("the declared key is not the same column on both sides")
    if not both.same_shape or not both.columns:
        raise Trouble("the columns or their types are not the same")
    if both.contract.duplicates is Duplicates.MULTISET:
        raise Trouble("rows of one key are a multiset, so no row belongs to another")
    prepare(session, both)
    return both, joining.Join(both.sources, both.keys, both.contract)


def _check_rows(both: Opened, only: Mapping[str, int]) -> None:
    rows = [source.rows for source in both.sources]
    if any(only.values()):
        shared = rows[0] - only["legacy"]
        raise Trouble(f"the rows are not the same: {rows[0]} and {rows[1]}, {shared} on both")


def _column(session: Session, join: joining.Join, column: Column, cells: Cells) -> dict[str, Any]:
    """Tell numbers from texts among the cells that differ, and whether the same values only stand elsewhere."""
    found: dict[str, Any] = {"name": column.name, "cells": cells.differing + cells.within, "far": cells.differing}
    if not found["cells"]:
        return found | {"numbers": 0, "largest": None, "samples": [], "moved": False}
    left, right = column.pair()
    differing = f"FROM ({join.joined([column])}) WHERE s{column.number} > 0"
    apart = column.distance()
    ((numbers, largest),) = session.rows(
        f"SELECT count(*) FILTER (isfinite({apart})), max({apart}) FILTER (isfinite({apart})) {differing}"
    )
    texts = ", ".join(f"left(({value})::VARCHAR, {TEXT_MAX})" for value in (left, right))
    samples = session.rows(f"SELECT {texts} {differing} ORDER BY ALL LIMIT {SAMPLES}")
    return found | {
        "numbers": numbers,
        "largest": largest,
        "samples": [[str(shown(one)), str(shown(other))] for one, other in samples],
        "moved": _same_values(session, join.sources, column),
    }


def _same_values(session: Session, sources: tuple[Source, Source], column: Column) -> bool:
    """Tell whether both sides have the same values of a column, whatever their places."""
    selects = [
        f"SELECT {column.written(column.value(source.side))} AS v, {sign}1 AS d FROM {source.relation}"  # nosec B608 # columns by number, texts as quoted literals
        for source, sign in zip(sources, ("", "-"), strict=True)
    ]
    return not session.count(
        f"SELECT count(*) FROM (SELECT v FROM ({' UNION ALL '.join(selects)}) GROUP BY v HAVING sum(d) <> 0)"  # nosec B608 # columns by number, texts as quoted literals
    )


def examples(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Give label and prediction of every example that both files have, in the order of their keys.

    An empty name of the label asks for predictions only.

    Raises:
        Trouble: not the same examples or labels, or a value that is no finite number.
    """
    both, join = _lined_up(session, request)
    named = {column.name: column for column in both.columns}
    label = request["label"] or request["prediction"]
    lost = next((name for name in (label, request["prediction"]) if name not in named), None)
    if lost is not None or not both.keys:
        raise Trouble(f"{lost!r} is no column" if lost else "examples need a key")
    _check_rows(both, joining.compare(session, join, []).only)
    rows = _rows(session, join, named[label], named[request["prediction"]])
    if len(rows) > EXAMPLES_MAX:
        raise Trouble(f"more than {EXAMPLES_MAX} examples")
    if any(value is None or not math.isfinite(value) for row in rows for value in row[:4]):
        raise Trouble("a label or a prediction is no finite number")
    if request["label"] and any(row[0] != row[1] for row in rows):
        raise Trouble("the labels of the two sides are not the same")
    return {
        "ids": hashlib.sha256(json.dumps([row[4:] for row in rows]).encode()).hexdigest(),
        "labels": [float(row[0]) for row in rows] if request["label"] else [],
        "legacy": [float(row[2]) for row in rows],
        "candidate": [float(row[3]) for row in rows],
    }


def _rows(session: Session, join: joining.Join, label: Column, prediction: Column) -> list[tuple[Any, ...]]:
    values = [_double(column, value) for column in (label, prediction) for value in column.pair()]
    keys = [f"(lk{n})::VARCHAR" for n in range(len(join.keys))]
    order = [f"{key.ordered(f'lk{n}')} NULLS LAST, {keys[n]}" for n, key in enumerate(join.keys)]
    read = list({column.number: column for column in (label, prediction)}.values())
    return session.rows(
        f"SELECT {', '.join([*values, *keys])} FROM ({join.suspects(read)}) "  # nosec B608 # columns by number, texts as quoted literals
        f"ORDER BY {', '.join(order)} LIMIT {EXAMPLES_MAX + 1}"
    )


def _double(column: Column, value: str) -> str:
    """Give the SQL of a value as a double; NULL where it is no number."""
    if column.kind == "text":
        return f"text_double({value})"
    return f"TRY_CAST({value} AS DOUBLE)" if column.kind in NUMBERS else "NULL::DOUBLE"
