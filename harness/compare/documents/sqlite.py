"""A database of SQLite → a document for its schema, then one a row, in the order of keys or of all values.

Opened read-only and without its write-ahead log; nothing that its schema says is run but the reading of plain tables.
"""

# ruff: noqa: EM102, S608 - SQL is put together from quoted identifiers only

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.compare.documents.unreadable import Unreadable
from harness.model.job import Json

MAGIC = b"SQLite format 3\x00"
TABLES_MAX = 1000
COLUMNS_MAX = 2000


def read_sqlite(path: Path) -> Iterator[Json]:
    """Give schema and rows.

    Raises:
        Unreadable: it is none, is damaged, or has tables that only an extension can read.
    """
    with path.open("rb") as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            raise Unreadable("it does not begin as a database of SQLite does")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "temp_store = FILE"):
            connection.execute(f"PRAGMA {pragma}")
        tables = _tables(connection)
        yield {"tables": {name: dict(columns) for name, columns, _ in tables}}
        for name, columns, key in tables:
            yield from _rows(connection, name, columns, key)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise Unreadable(str(error)) from error
    finally:
        connection.close()


Table = tuple[str, list[tuple[str, str]], list[str]]
"""Name, columns with their declared types, and the columns of its primary key."""


def _tables(connection: sqlite3.Connection) -> list[Table]:
    made: list[Table] = []
    named = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    if len(named) > TABLES_MAX:
        raise Unreadable(f"{len(named)} tables, more than {TABLES_MAX}")
    for name, sql in named:
        if str(name).startswith("sqlite_"):
            continue  # of SQLite's own: sequences and statistics
        if str(sql).lstrip()[:20].upper().startswith("CREATE VIRTUAL"):
            raise Unreadable(f"{name} is a virtual table, which only its extension can read")
        described = connection.execute(f"PRAGMA table_xinfo({_quoted(str(name))})").fetchall()
        if len(described) > COLUMNS_MAX:
            raise Unreadable(f"{name} has {len(described)} columns, more than {COLUMNS_MAX}")
        columns = [(str(row[1]), str(row[2])) for row in described]
        keyed = sorted((int(row[5]), str(row[1])) for row in described if row[5])
        made.append((str(name), columns, [column for _, column in keyed]))
    return made


def _rows(connection: sqlite3.Connection, name: str, columns: list[tuple[str, str]], key: list[str]) -> Iterator[Json]:
    shown = ", ".join(_quoted(column) for column, _ in columns)
    order = ", ".join(_quoted(column) for column in key or [column for column, _ in columns])
    for row in connection.execute(f"SELECT {shown} FROM {_quoted(name)} ORDER BY {order}"):  # nosec B608 # quoted identifiers
        yield {"table": name, "row": {column: _value(value) for (column, _), value in zip(columns, row, strict=True)}}


def _value(value: Any) -> Json:  # noqa: ANN401 - one of SQLite's five types
    return {"blob": value.hex()} if isinstance(value, bytes) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
