"""Lines up two untrusted tables and tells columns from each other: beside `table_child`, whose reading it uses.

Run by file path, like it. Request as JSON on standard input: form, key, tolerance, ignore, and `ask`: `noise` (how each
column of two runs of one side differs) or `examples` (label and prediction of both, by key). Answer as JSON on standard
output: {"columns": …}, {"examples": …} or {"trouble": text}.
"""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

import hashlib
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.compare import table_child as base
else:
    sys.path.append(str(Path(__file__).parent))  # last, so that nothing of it hides another module
    import table_child as base

EXAMPLES_MAX = 100_000
"""What three numbers each of fit into one answer."""
SAMPLES = 3


def noise(engine: base.Engine, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Say of each column how the files differ: by key where one is declared, else by position.

    Raises:
        Trouble: the columns or the number of rows differ, so that nothing can be lined up.
    """
    columns, keys = _aligned(engine, request)
    on = base.matching(keys) or "l.pos = r.pos"
    return [_column(engine, column, keys, on) for column in columns if column not in keys]


def _aligned(engine: base.Engine, request: dict[str, Any]) -> tuple[list[base.Column], list[base.Column]]:
    """Load both files and make their views; the same columns, types and keys on both."""
    ignore, text = set(request["ignore"]), request["form"] == "csv"
    both = {side: base.load(engine, side, request["form"]) for side in base.SIDES}
    kept = [{name: at[1] for name, at in entry.items() if name not in ignore} for entry in both.values()]
    if kept[0] != kept[1]:
        raise base.Trouble("the columns or their types are not the same")
    columns = [base.Column(n, name, base.tolerance_of(name, request["tolerance"])) for n, name in enumerate(kept[0])]
    keys = [column for column in columns if column.name in request["key"]]
    if len(keys) != len(request["key"]):
        raise base.Trouble("the declared key is no column")
    for side in base.SIDES:
        base.make_view(engine, side, both[side], columns, text=text)
        if keys:
            base.check_key(engine, side, keys)
    _check_rows(engine, columns, keys)
    return columns, keys


def _check_rows(engine: base.Engine, columns: list[base.Column], keys: list[base.Column]) -> None:
    least = keys or columns[:1]
    rows = [engine.count(f"SELECT count(*) FROM {base.narrow(engine, side, least)}") for side in base.SIDES]  # nosec B608 # names of this file only, never what was read
    shared = rows[0]
    if keys:
        shared = engine.count(f"SELECT count(*) {base.paired(engine, keys, base.matching(keys))}")
    if rows != [shared, shared]:
        raise base.Trouble(f"the rows are not the same: {rows[0]} and {rows[1]}, {min(shared, *rows)} on both")


def _column(engine: base.Engine, column: base.Column, keys: list[base.Column], on: str) -> dict[str, Any]:
    """Count the cells that differ; whether the same values only stand elsewhere; how far numbers are apart."""
    at, pairs = column.number, base.paired(engine, [column, *keys], on)
    ((cells, numbers, far, largest),) = engine.rows(
        f"SELECT count(*) FILTER (NOT {column.same()}), count(*) FILTER (NOT {column.same()} AND l.n{at} IS NOT NULL "
        f"AND r.n{at} IS NOT NULL), count(*) FILTER (NOT {column.near()}), max({column.distance()}) {pairs}"
    )
    found: dict[str, Any] = {"name": column.name, "cells": cells, "numbers": numbers, "far": far}
    found |= {"largest": None, "samples": []}
    if not cells:
        return found | {"moved": False}
    legacy, candidate = (base.narrow(engine, side, [column]) for side in base.SIDES)
    moved = not engine.count(
        f"SELECT count(*) FROM (SELECT e{at}, sum(d) AS d FROM (SELECT e{at}, 1 AS d FROM {legacy} UNION ALL "  # nosec B608 # names of this file only, never what was read
        f"SELECT e{at}, -1 AS d FROM {candidate}) GROUP BY ALL HAVING sum(d) <> 0)"
    )
    values = ", ".join(f"left({side}.x{at}::VARCHAR, {base.TEXT_MAX})" for side in ("l", "r"))
    samples = engine.rows(f"SELECT {values} {pairs} WHERE NOT {column.same()} ORDER BY ALL LIMIT {SAMPLES}")
    apart = largest if numbers and largest is not None and math.isfinite(largest) else None
    return found | {"moved": moved, "largest": apart, "samples": [[str(a), str(b)] for a, b in samples]}


def examples(engine: base.Engine, request: dict[str, Any]) -> dict[str, Any]:
    """Give label and prediction of every example that both files have, in the order of their keys.

    Raises:
        Trouble: not the same examples or labels, or a value that is no finite number.
    """
    columns, keys = _aligned(engine, request)
    named = {column.name: column for column in columns}
    lost = next((request[literal] for literal in ("label", "prediction") if request[literal] not in named), None)
    if lost is not None or not keys:
        raise base.Trouble(f"{lost!r} is no column" if lost else "examples need a key")
    label, prediction = named[request["label"]].number, named[request["prediction"]].number
    on = base.matching(keys)
    values = f"l.n{label}, r.n{label}, l.n{prediction}, r.n{prediction}"
    order = ", ".join(f"l.{part}" for key in keys for part in key.order().split(", "))
    shown = ", ".join(f"l.e{key.number}::VARCHAR" for key in keys)
    rows = engine.rows(
        f"SELECT {values}, {shown} FROM legacy l JOIN candidate r ON {on} ORDER BY {order} LIMIT {EXAMPLES_MAX + 1}"  # nosec B608 # names of this file only, never what was read
    )
    if len(rows) > EXAMPLES_MAX:
        raise base.Trouble(f"more than {EXAMPLES_MAX} examples")
    if any(item is None for row in rows for item in row[:4]):
        raise base.Trouble("a label or a prediction is no finite number")
    if any(row[0] != row[1] for row in rows):
        raise base.Trouble("the labels of the two sides are not the same")
    ids = hashlib.sha256(json.dumps([row[4:] for row in rows]).encode()).hexdigest()
    return {
        "ids": ids,
        "labels": [float(row[0]) for row in rows],
        "legacy": [float(row[2]) for row in rows],
        "candidate": [float(row[3]) for row in rows],
    }


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Answer what is asked, or say why not."""
    engine = base.Engine()
    asks = {"noise": ("columns", noise), "examples": ("examples", examples)}
    name, ask = asks[request["ask"]]
    try:
        return {name: ask(engine, request)}
    except (base.Trouble, engine.error) as error:
        return {"trouble": " ".join(str(error).split())[:500]}
    except MemoryError:
        return base.out_of_memory()


if __name__ == "__main__":
    base.main(answer)
