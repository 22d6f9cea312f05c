"""Delta and Iceberg tables → one relation in SQL: the rows of the newest version, with its columns whatever files say.

A log says which files are the table's, which of their rows are gone, and what their columns are called today. What of
it can't be followed is refused by name.
"""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.compare.engine import delta, iceberg
from harness.compare.engine.declared import quoted
from harness.compare.engine.kinds import ZONED
from harness.compare.engine.layouts import Column, Layout, holds, layouts
from harness.compare.engine.parts import Part
from harness.compare.engine.session import Session, Trouble
from harness.compare.engine.snapshots import LakeColumn, Snapshot

LAKES: Mapping[str, Callable[[str, Sequence[Part]], Snapshot]] = {"delta": delta.snapshot, "iceberg": iceberg.snapshot}


@dataclass(frozen=True, slots=True)
class LakeTable:
    """All rows of a table's newest version, in SQL."""

    relation: str
    fields: Mapping[str, tuple[str, str]]
    """By name: the SQL of its value, and its type."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A column of the table, with its type and its place."""

    column: LakeColumn
    type: str
    inner: tuple[int | None, ...]
    place: str


def lake_table(session: Session, side: str, parts: Sequence[Part], form: str) -> LakeTable:
    """Find the rows of a table's newest version.

    Raises:
        Trouble: its log can't be followed.
    """
    found = LAKES[form](side, parts)
    (shape,) = layouts(session, [found.types])
    wanted = [
        _Wanted(column, at.type, at.inner, f"c{n}")
        for n, (column, at) in enumerate(zip(found.columns, shape.columns, strict=True))
    ]
    gone = _gone(session, side, found)
    files = [file.file for file in found.files]
    selects = [_select(side, layout, wanted, found, gone=gone) for layout in layouts(session, files)]
    nothing = ", ".join(f"NULL::{item.type} AS {item.place}" for item in wanted)
    relation = " UNION ALL ".join(selects) or f"SELECT {nothing} WHERE false"
    return LakeTable(f"({relation})", {item.column.name: (item.place, item.type) for item in wanted})


def _gone(session: Session, side: str, found: Snapshot) -> str:
    """Make the table of rows that are deleted, and give its name; empty where none is."""
    if not (found.gone or found.deletes):
        return ""
    name = f'"gone {side}"'
    session.rows(f"CREATE OR REPLACE TEMP TABLE {name} (f BIGINT, p BIGINT)")
    for at, rows in found.gone.items():
        session.rows(f"INSERT INTO {name} SELECT {int(at)}, unnest(?::BIGINT[])", [list(rows)])
    for delete in found.deletes:
        paths, places = list(delete.applies), [delete.applies[path] for path in delete.applies]
        session.rows(
            f"INSERT INTO {name} SELECT (?::BIGINT[])[list_position(?::VARCHAR[], file_path)], pos "  # nosec B608 # names that the store made, and ours
            f"FROM read_parquet([{delete.file!r}], hive_partitioning = false) "
            "WHERE list_contains(?::VARCHAR[], file_path)",
            [places, paths, paths],
        )
    return name


def _select(side: str, layout: Layout, wanted: Sequence[_Wanted], found: Snapshot, *, gone: str) -> str:
    """Give the SQL of the rows of files with the same columns."""
    chosen = [found.files[at] for at in layout.files]
    values = []
    for item in wanted:
        name = item.column.name
        if any(name in file.partition for file in chosen):
            texts = ", ".join(_text(file.partition.get(name)) for file in chosen)
            value = f"([{texts}]::VARCHAR[])[(t.file_index + 1)::BIGINT]::{item.type}"
        else:
            value = _value(side, layout, item)
        values.append(f"{value} AS {item.place}")
    names = ", ".join(f"f{n}" for n in range(len(layout.columns)))
    files = [file.file for file in chosen]
    select = f"SELECT {', '.join(values)} FROM read_parquet({files!r}, hive_partitioning = false) AS t({names})"  # nosec B608 # names that the store made, and ours; texts as quoted literals
    if not gone:
        return select
    at = f"({list(layout.files)!r}::BIGINT[])[(t.file_index + 1)::BIGINT]"
    return f"{select} WHERE NOT EXISTS (SELECT 1 FROM {gone} AS g WHERE g.f = {at} AND g.p = t.file_row_number)"  # nosec B608 # names and numbers of ours


def _value(side: str, layout: Layout, item: _Wanted) -> str:
    """Give the SQL of one column of the table in files of one layout.

    Raises:
        Trouble: the files have it in a type that the table's does not hold.
    """
    at = _place(side, layout.columns, item.column)
    if at is None and item.column.required:
        raise Trouble(f"{side} table: {item.column.name!r} is not in some of its files, and {item.column.required}")
    if at is None:
        return f"NULL::{item.type}"
    kind = layout.columns[at].type
    if item.column.field_id is not None and layout.columns[at].inner != item.inner:
        raise Trouble(f"{side} table: {item.column.name!r} has other fields in some of its files, which is not read")
    if kind == item.type:
        return f"f{at}"
    if holds(item.type, kind) or (item.type == ZONED and kind == "TIMESTAMP"):  # INT96, which Spark writes in UTC
        return f"f{at}::{item.type}"
    raise Trouble(f"{side} table: {item.column.name!r} is {item.type}, and {kind} in some of its files")


def _place(side: str, columns: Sequence[Column], wanted: LakeColumn) -> int | None:
    """Find a column of the table in a file: by its number, or by its name, whatever its case.

    Raises:
        Trouble: the file's columns have no numbers, or several are meant.
    """
    if wanted.field_id is None:
        fit = [n for n, column in enumerate(columns) if column.name.casefold() == wanted.physical.casefold()]
    elif any(column.field_id is None for column in columns):
        raise Trouble(f"{side} table: the columns of some of its files have no field ids")
    else:
        fit = [n for n, column in enumerate(columns) if column.field_id == wanted.field_id]
    if len(fit) > 1:
        raise Trouble(f"{side} table: {wanted.name!r} stands twice in some of its files")
    return fit[0] if fit else None


def _text(value: str | None) -> str:
    return "NULL" if value is None else quoted(value)
