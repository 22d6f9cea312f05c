"""Reads two untrusted tables and compares them: a process of its own, run by file path, that knows nothing of the rest.

Request as JSON on standard input: form (csv, parquet), key, tolerance ({column: [absolute, relative]}), ignore. The
files are `legacy` and `candidate` in the working directory. Answer as JSON on standard output: {"difference": …} or
{"trouble": text}. Everything is decoded in full into tables of its own before anything is compared: footers, names of
folders and guesses at types decide nothing (design section 9).

Rules, the same for every table. CSV is text; an empty field is NULL, a quoted empty one is an empty text. Two texts
written as JSON writes numbers are equal when their IEEE doubles are; integers of more than 15 digits stay text: `007`
is not `7`, and no digit of an id is lost. NaN equals NaN, NULL equals NULL. Parquet values keep their types.
"""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

import csv
import json
import math
import resource
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.bounded import process_limits
else:
    sys.path.append(str(Path(__file__).parent.parent / "bounded"))  # last, so that nothing of it hides another module
    import process_limits

ENGINE_MEMORY_BYTES, SPILL = 2 * 1024**3, "8GiB"
"""Beyond its memory the engine spills to the working directory."""
COLUMNS_MAX = 2000
BATCH = 50
"""Columns in one statement."""
CELL_MAX = 2_000_000
"""Characters; the engine's own bound of a line is as large."""
SAMPLES, SAMPLE_COLUMNS = 10, 20
TEXT_MAX = 200
"""Characters of a value or row that are shown."""
SIDES = ("legacy", "candidate")

_NUMBER = "'-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?'"
_LONG = "'-?[0-9]{16,}'"
_INTEGER = "'-?(0|[1-9][0-9]{0,36})'"
"""Two of them have a distance that HUGEINT holds."""
_TOO_LONG = "'-?[0-9]{38,}'"
"""Only the same digits are the same number: rounded to doubles, ids that differ would have no distance."""
_INTEGERS = {sign + name for sign in ("", "U") for name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")}
_OTHER_NUMBERS = ("HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


class Trouble(Exception):  # noqa: N818 - an answer, not a fault
    """Why the tables can't be compared."""


@dataclass(frozen=True)
class Column:
    """A column that both sides have: `e` is compared exactly, `n` is the finite number, `i` the integer, or NULL."""

    number: int
    name: str
    tolerance: tuple[float | None, float | None] | None

    def same(self) -> str:
        """Give the SQL of exact equality of a pair (l, r)."""
        return f"l.e{self.number} IS NOT DISTINCT FROM r.e{self.number}"

    def distance(self) -> str:
        """Give the SQL of the distance of two numbers; integers without rounding."""
        at = self.number
        return f"coalesce(abs(l.i{at} - r.i{at})::DOUBLE, abs(l.n{at} - r.n{at}))"

    def near(self) -> str:
        """Give the SQL of equality within tolerance: within either bound is within."""
        if self.tolerance is None:
            return self.same()
        absolute, relative = self.tolerance
        bounds = [] if absolute is None else [f"{self.distance()} <= {absolute!r}"]
        if relative is not None:
            largest = f"greatest(abs(l.n{self.number}), abs(r.n{self.number}))"
            bounds.append(f"{self.distance()} <= {relative!r} * {largest}")
        return f"({self.same()} OR coalesce({' OR '.join(bounds) or 'false'}, false))"

    def order(self) -> str:
        """Give the SQL of this column's order: numbers by value, then the rest."""
        at = self.number
        return f"n{at} NULLS LAST, i{at} NULLS LAST, e{at} NULLS LAST"


Row = tuple[Any, ...]
Schema = dict[str, tuple[str, str]]
"""Column name to its place in the raw table and its type."""


class Engine:
    """DuckDB, shut in: two files may be read, nothing else, and nothing of it can be changed any more."""

    def __init__(self) -> None:
        """Start without extensions; settings are locked before the first untrusted byte is read."""
        import duckdb  # noqa: PLC0415 - after the limits, which hold for its start as well

        self.error: type[Exception] = duckdb.Error
        self.wide = False
        """The tables were cut into several of `BATCH` columns."""
        options = {
            "threads": 1,
            "memory_limit": f"{min(ENGINE_MEMORY_BYTES, _memory_bytes() // 2)}B",
            "temp_directory": "spill",
            "max_temp_directory_size": SPILL,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        }
        self._connection = duckdb.connect(":memory:", config=options)
        self.rows(f"SET allowed_paths = {list(SIDES)!r}")
        self.rows("SET enable_external_access = false")
        self.rows("SET lock_configuration = true")

    def rows(self, sql: str) -> list[Row]:
        """Run one statement."""
        return list(self._connection.execute(sql).fetchall())

    def count(self, sql: str) -> int:
        """Run a statement that gives one number."""
        return int(self.rows(sql)[0][0])


def load(engine: Engine, side: str, form: str) -> Schema:
    """Decode one file in full into the table `<side>_raw` with columns c0, c1 and so on.

    Raises:
        Trouble: the file can't be read as a table.
    """
    expected = None
    try:
        if form == "csv":
            names, expected = _outline(side)
            types = ["VARCHAR"] * len(names)
            source = _csv_source(side, len(names))
        else:
            source = f"read_parquet('{side}', hive_partitioning = false, union_by_name = false)"
            described = engine.rows(f"DESCRIBE FROM {source}")
            names, types = [str(row[0]) for row in described], [str(row[1]) for row in described]
        _check_names(side, names)
        places = [f"c{n}" for n in range(len(names))]
        engine.rows(f"CREATE TABLE {side}_raw AS FROM {source} AS t({', '.join(places)})")
        rows = engine.count(f"SELECT count(*) FROM {side}_raw")  # nosec B608 # names of this file only, never what was read
    except engine.error as error:
        said = " ".join(str(error).partition("Possible fixes")[0].split())  # advice for the engine's users
        raise Trouble(f"{side} file: {said[:300]}") from error
    if expected not in {None, rows}:
        raise Trouble(f"{side} file: one reader finds {rows} rows, another {expected}")
    return dict(zip(names, zip(places, types, strict=True), strict=True))


def _outline(side: str) -> tuple[list[str], int]:
    """Read a CSV file with another reader, for its header and its number of rows.

    Not only for the header: the engine drops a last row whose quote is never closed, without a word.
    """
    csv.field_size_limit(CELL_MAX)
    try:
        with open(side, encoding="utf-8", newline="") as file:  # noqa: PTH123 - a name in the working directory
            reader = csv.reader(file, strict=True)
            names = next(reader)
            return names, sum(1 for row in reader if row or len(names) == 1)
    except StopIteration:
        raise Trouble(f"{side} file: empty, without a header") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise Trouble(f"{side} file: {error}") from error


def _csv_source(side: str, count: int) -> str:
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(count))
    return (
        f"read_csv('{side}', auto_detect = false, header = true, columns = {{{columns}}}, delim = ',', quote = '\"', "
        "escape = '\"', strict_mode = true, nullstr = '', allow_quoted_nulls = false, null_padding = false, "
        "ignore_errors = false, parallel = false, compression = 'none', hive_partitioning = false)"
    )


def _check_names(side: str, names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None) if len(names) <= COLUMNS_MAX else None
    if len(names) > COLUMNS_MAX:
        raise Trouble(f"{side} file: {len(names)} columns, more than {COLUMNS_MAX}")
    if twice is not None:
        raise Trouble(f"{side} file: two columns are named {twice!r}")


def make_view(engine: Engine, side: str, schema: Schema, columns: list[Column], *, text: bool) -> None:
    """Make the view `<side>` with what is compared: x the value as written, e, n and i as `Column` says.

    A wide table is cut into tables of `BATCH` columns, and the values computed once: the engine's planning is far from
    linear in the columns that a statement sees.
    """
    engine.wide = len(columns) > BATCH
    if not engine.wide:
        values = ", ".join(("rowid AS pos", *_values(schema, columns, text=text)))
        engine.rows(f"CREATE VIEW {side} AS SELECT {values} FROM {side}_raw")  # nosec B608 # names of this file only, never what was read
        return
    for n, batch in enumerate(batched(columns)):
        values = ", ".join(_values(schema, batch, text=text))
        engine.rows(f"CREATE TABLE {side}_{n} AS SELECT {values} FROM {side}_raw")  # nosec B608 # names of this file only, never what was read
    engine.rows(f"DROP TABLE {side}_raw")
    engine.rows(f"CREATE VIEW {side} AS FROM {narrow(engine, side, columns)}")


def narrow(engine: Engine, side: str, columns: list[Column]) -> str:
    """Give the SQL of a side's rows with these columns at least, and with few others."""
    if not engine.wide:
        return side
    first, *others = sorted({f"{side}_{column.number // BATCH}" for column in columns})
    shown = ", ".join((f"{first}.rowid AS pos", f"{first}.*", *(f"{name}.*" for name in others)))
    return f"(SELECT {shown} FROM {' POSITIONAL JOIN '.join((first, *others))})"  # nosec B608 # names of this file only, never what was read


def paired(engine: Engine, columns: list[Column], on: str) -> str:
    """Give the SQL of the rows l and r that belong to each other, with these columns at least."""
    legacy, candidate = (narrow(engine, side, columns) for side in SIDES)
    return f"FROM {legacy} l JOIN {candidate} r ON {on}"


def _values(schema: Schema, columns: list[Column], *, text: bool) -> list[str]:
    parts: list[str] = []
    for column in columns:
        raw, kind = schema[column.name]
        exact, number, integer = _text_values(raw) if text else _typed_values(raw, kind)
        at = column.number
        parts += [f"{raw} AS x{at}", f"{exact} AS e{at}", f"{number} AS n{at}", f"{integer} AS i{at}"]
    return parts


def batched(columns: list[Column]) -> Iterator[list[Column]]:
    """Give the columns in groups small enough for one statement, at least one group."""
    for first in range(0, max(1, len(columns)), BATCH):
        yield columns[first : first + BATCH]


def _text_values(raw: str) -> tuple[str, str, str]:
    double = f"CASE WHEN regexp_full_match({raw}, {_NUMBER}) THEN TRY_CAST({raw} AS DOUBLE) END"
    number = f"CASE WHEN isfinite({double}) AND NOT regexp_full_match({raw}, {_TOO_LONG}) THEN {double} + 0.0 END"
    exact = (
        f"CASE WHEN lower({raw}) IN ('nan', '-nan', '+nan') THEN 'NaN' "
        f"WHEN regexp_full_match({raw}, {_LONG}) THEN {raw} ELSE coalesce(({number})::VARCHAR, {raw}) END"
    )
    return exact, number, f"CASE WHEN regexp_full_match({raw}, {_INTEGER}) THEN TRY_CAST({raw} AS HUGEINT) END"


def _typed_values(raw: str, kind: str) -> tuple[str, str, str]:
    whole = kind in _INTEGERS or (kind.startswith("DECIMAL") and kind.endswith(",0)"))
    integer = f"{raw}::HUGEINT" if whole else "NULL::HUGEINT"
    if kind in _INTEGERS or kind.partition("(")[0] in _OTHER_NUMBERS:
        return raw, f"CASE WHEN isfinite({raw}::DOUBLE) THEN {raw}::DOUBLE END", integer
    return raw, "NULL::DOUBLE", integer


# -- comparing --------------------------------------------------------------------------------------------------------


def difference(engine: Engine, request: dict[str, Any]) -> dict[str, Any]:
    """Compare both files.

    Raises:
        Trouble: they can't be compared, or nothing would be.
    """
    ignore, key, text = set(request["ignore"]), list(request["key"]), request["form"] == "csv"
    both = {side: load(engine, side, request["form"]) for side in SIDES}
    legacy, candidate = ({name: at for name, at in both[side].items() if name not in ignore} for side in SIDES)
    rows = {side: engine.count(f"SELECT count(*) FROM {side}_raw") for side in SIDES}  # nosec B608 # names of this file only, never what was read
    retyped = [[n, t[1], candidate[n][1]] for n, t in legacy.items() if n in candidate and t[1] != candidate[n][1]]
    changed = {name for name, *_ in retyped}
    shared = [name for name in legacy if name in candidate and name not in changed]
    columns = [Column(n, name, tolerance_of(name, request["tolerance"])) for n, name in enumerate(shared)]
    found: dict[str, Any] = {
        "rows_legacy": rows["legacy"],
        "rows_candidate": rows["candidate"],
        "columns_missing": [name for name in legacy if name not in candidate],
        "columns_extra": [name for name in candidate if name not in legacy],
        "retyped": [{"name": n, "legacy": mine, "candidate": other} for n, mine, other in retyped],
        "ignored": sorted(ignore & (both["legacy"].keys() | both["candidate"].keys())),
        "columns_compared": len(columns),
    }
    lost = next((name for name in key if name not in shared), None)
    if lost is not None and lost not in legacy and lost not in candidate:
        raise Trouble(f"the declared key {lost!r} is no column")
    same_shape = not (retyped or found["columns_missing"] or found["columns_extra"])
    if same_shape and not columns:
        raise Trouble("no column is compared")
    if same_shape and not any(rows.values()):
        raise Trouble("no rows on either side")
    if lost is not None or not columns:
        return found | _nothing("the key is not the same column on both sides" if lost else "no column in common")
    for side in SIDES:
        make_view(engine, side, both[side], columns, text=text)
    keys = [column for column in columns if column.name in key]
    order = request.get("order", "undeclared")
    return found | (_keyed(engine, columns, keys) if keys else _unkeyed(engine, columns, rows, order))


def tolerance_of(name: str, tolerances: dict[str, list[float | None]]) -> tuple[float | None, float | None] | None:
    """Give a column's bounds, absolute and relative; those of `*` where it has none of its own."""
    found = tolerances.get(name, tolerances.get("*"))
    return None if found is None else (found[0], found[1])


def _nothing(why: str) -> dict[str, Any]:
    return dict.fromkeys(("only_legacy", "only_candidate", "rows_differing", "within"), 0) | {
        "not_compared": why,
        "only_legacy_samples": [],
        "only_candidate_samples": [],
        "columns": [],
    }


def _keyed(engine: Engine, columns: list[Column], keys: list[Column]) -> dict[str, Any]:
    """Join on the key; what has no partner is only on one side, the rest is compared cell by cell."""
    for side in SIDES:
        check_key(engine, side, keys)
    on = matching(keys)
    found = _nothing("")
    for side, mine, other in (("legacy", "l", "r"), ("candidate", "r", "l")):
        alone = f"FROM {narrow(engine, side, keys)} {mine} "
        alone += f"ANTI JOIN {narrow(engine, SIDES[side == 'legacy'], keys)} {other} ON {on}"
        found[f"only_{side}"] = engine.count(f"SELECT count(*) {alone}")
        order = ", ".join(key.order() for key in keys)
        sql = f"SELECT {_shown('x', keys)} {alone} ORDER BY {order} LIMIT {SAMPLES}"
        found[f"only_{side}_samples"] = [_named(keys, row) for row in engine.rows(sql)] if found[f"only_{side}"] else []
    cells = [column for column in columns if column not in keys]
    return found | (_cells(engine, cells, keys, on) if cells else {})


def matching(keys: list[Column]) -> str:
    """Say in SQL that a row of each file has the same key."""
    return " AND ".join(f"l.e{key.number} = r.e{key.number}" for key in keys)


def check_key(engine: Engine, side: str, keys: list[Column]) -> None:
    """Refuse a key that is empty or stands twice."""
    rows = narrow(engine, side, keys)
    empty = " OR ".join(f"e{key.number} IS NULL" for key in keys)
    nulls = engine.count(f"SELECT count(*) FROM {rows} WHERE {empty}")  # nosec B608 # names of this file only, never what was read
    names = ", ".join(key.name for key in keys)
    if nulls:
        raise Trouble(f"the declared key ({names}) is empty in {nulls} rows of the {side} file")
    exact = ", ".join(f"e{key.number}" for key in keys)
    shown = ", ".join(f"left(min(x{key.number}::VARCHAR), {TEXT_MAX})" for key in keys)
    again = "HAVING count(*) > 1"
    twice = engine.rows(f"SELECT {shown}, count(*) FROM {rows} GROUP BY {exact} {again} ORDER BY {exact} LIMIT 1")  # nosec B608 # names of this file only, never what was read
    if twice:
        where = f"{_named(keys, twice[0][:-1])} stands {twice[0][-1]} times"
        raise Trouble(f"the declared key ({names}) is not unique: {where} in the {side} file")


def _cells(engine: Engine, cells: list[Column], keys: list[Column], on: str) -> dict[str, Any]:
    """Count cells that differ, those that differ within tolerance, and the rows they are in."""
    columns: list[dict[str, Any]] = []
    within = 0
    engine.rows("CREATE TABLE differing (pos BIGINT)")
    for batch in batched(cells):
        pairs = paired(engine, [*keys, *batch], on)
        engine.rows(f"INSERT INTO differing SELECT l.pos {pairs} WHERE NOT ({_all_near(batch)})")
        counts = ", ".join(
            f"count(*) FILTER (NOT {cell.near()}), max({cell.distance()}) FILTER (NOT {cell.near()}), "
            f"count(*) FILTER ({cell.near()} AND NOT {cell.same()})"
            for cell in batch
        )
        (flat,) = engine.rows(f"SELECT {counts} {pairs}")
        within += sum(int(count) for count in flat[2::3])
        for n, cell in enumerate(batch):
            differing, largest = flat[3 * n], flat[3 * n + 1]
            if differing:
                samples = _cell_samples(engine, cell, keys, on) if len(columns) < SAMPLE_COLUMNS else []
                far = largest if largest is not None and math.isfinite(largest) else None
                columns.append({"name": cell.name, "cells": int(differing), "largest": far, "samples": samples})
    rows = engine.count("SELECT count(DISTINCT pos) FROM differing")
    return {"columns": columns, "rows_differing": rows, "within": within}


def _cell_samples(engine: Engine, cell: Column, keys: list[Column], on: str) -> list[dict[str, str | None]]:
    pairs = paired(engine, [*keys, cell], on)
    order = ", ".join(f"l.{part}" for key in keys for part in key.order().split(", "))
    values = f"left(l.x{cell.number}::VARCHAR, {TEXT_MAX}), left(r.x{cell.number}::VARCHAR, {TEXT_MAX})"
    sql = f"SELECT {_shown('l.x', keys)}, {values} {pairs} WHERE NOT {cell.near()} ORDER BY {order} LIMIT {SAMPLES}"
    return [{"key": _named(keys, row[:-2]), "legacy": row[-2], "candidate": row[-1]} for row in engine.rows(sql)]


REORDERED = (
    "the rows are the same in another order: say `order: multiset` if their order means nothing, `order: position` if "
    "it does, or name a key"
)


def _unkeyed(engine: Engine, columns: list[Column], rows: dict[str, int], order: str) -> dict[str, Any]:
    """Compare rows as a multiset and by position; tolerances need rows that can be matched, by position or by order.

    Raises:
        Trouble: rows differ, and whether they do beyond tolerance depends on which row belongs to which; or they are
            equal in another order only, and nobody said what their order means.
    """
    found = _as_multiset(engine, columns, rows)
    if order == "multiset" or found["only_legacy"] or found["only_candidate"] or not _far(engine, columns, "rowid"):
        return found
    if order != "position":
        raise Trouble(REORDERED)
    first = _far(engine, columns, "rowid")
    return found | {"only_legacy": first, "only_candidate": first}


def _as_multiset(engine: Engine, columns: list[Column], rows: dict[str, int]) -> dict[str, Any]:
    exact = ", ".join(f"e{column.number}" for column in columns)
    engine.rows(
        f"CREATE TABLE balance AS SELECT {exact}, sum(d) AS d FROM (SELECT {exact}, 1 AS d FROM legacy "  # nosec B608 # names of this file only, never what was read
        f"UNION ALL SELECT {exact}, -1 AS d FROM candidate) GROUP BY ALL HAVING sum(d) <> 0"
    )
    found = _nothing("")
    for side, sign in (("legacy", ""), ("candidate", "-")):
        total = engine.count(f"SELECT coalesce(sum(d) FILTER ({sign}d > 0), 0) FROM balance")  # nosec B608 # names of this file only, never what was read
        found[f"only_{side}"] = abs(total)
        sql = f"SELECT {_shown('e', columns)} FROM balance WHERE {sign}d > 0 ORDER BY ALL LIMIT {SAMPLES}"  # nosec B608 # names of this file only, never what was read
        found[f"only_{side}_samples"] = [_named(columns, row) for row in engine.rows(sql)]
    tolerant = any(column.tolerance is not None for column in columns)
    if not found["only_legacy"] or not tolerant or rows["legacy"] != rows["candidate"]:
        return found
    ordered = [column.order() for column in sorted(columns, key=lambda each: each.tolerance is not None)]
    if not _far(engine, columns, "rowid") or not _far(engine, columns, ", ".join(ordered)):
        return _nothing("") | {"within": found["only_legacy"]}
    if any(_far(engine, [column], column.order()) for column in columns):
        return found
    raise Trouble("rows differ, and without a key a tolerance can't tell which row belongs to which")


def _far(engine: Engine, columns: list[Column], order: str) -> int:
    """Count rows that are not near when both sides are lined up in one order."""
    order = order.replace("rowid", "pos")
    left, right = (f"(SELECT *, row_number() OVER (ORDER BY {order}) AS line FROM {side})" for side in SIDES)  # nosec B608 # names of this file only, never what was read
    sql = f"SELECT count(*) FROM {left} l JOIN {right} r USING (line) WHERE NOT ({_all_near(columns)})"  # nosec B608 # names of this file only, never what was read
    return engine.count(sql)


def _all_near(columns: list[Column]) -> str:
    return " AND ".join(column.near() for column in columns)


def _shown(prefix: str, columns: list[Column]) -> str:
    return ", ".join(f"left({prefix}{column.number}::VARCHAR, {TEXT_MAX})" for column in columns)


def _named(columns: list[Column], row: Row) -> str:
    text = ", ".join(
        f"{each.name}={'NULL' if value is None else value}" for each, value in zip(columns, row, strict=True)
    )
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"


def _memory_bytes() -> int:
    """Give what this process may take; a host may allow less than was asked for."""
    return process_limits.effective(resource.RLIMIT_AS, sys.maxsize)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Compare, or say why not."""
    engine = Engine()
    try:
        return {"difference": difference(engine, request)}
    except (Trouble, engine.error) as error:
        return {"trouble": " ".join(str(error).split())[:500]}
    except MemoryError:
        return out_of_memory()


def out_of_memory() -> dict[str, str]:
    """Say that the limit of memory was met."""
    return {"trouble": f"needs more than {_memory_bytes()} bytes of memory"}


def main(answered: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Bound this process for good, read a request and answer it. Arguments: CPU seconds, bytes of memory."""
    process_limits.set_limits(int(sys.argv[1]), int(sys.argv[2]))
    json.dump(answered(json.load(sys.stdin)), sys.stdout, allow_nan=False)


if __name__ == "__main__":
    main(answer)
