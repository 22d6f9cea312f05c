"""Parquet files → groups with the same columns, and which types of a column hold all values of another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.compare.engine.session import Session

BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}
"""Decimal digits of the largest integer."""
WHOLE_BITS = {"FLOAT": 24, "DOUBLE": 53}
"""Integers of at most so many bits are all kept."""
_DECIMAL = re.compile(r"DECIMAL\(([0-9]+),([0-9]+)\)")
MOMENTS = ("DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS")
"""Each holds all values of those before it, or the engine refuses them: nanoseconds end in 2262."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column at the top of a Parquet file."""

    name: str
    type: str
    field_id: int | None
    inner: tuple[int | None, ...] = ()
    """Numbers of the fields in it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Files that have the same columns of the same types in the same order."""

    files: tuple[int, ...]
    """Places in the list that was asked about."""
    columns: tuple[Column, ...]


def layouts(session: Session, files: Sequence[str]) -> list[Layout]:
    """Group files by their columns, in the order of their first file."""
    if not files:
        return []
    said = session.rows(
        "SELECT file_name, md5(list({'n': name, 't': type, 'l': logical_type, 'c': converted_type, 'k': num_children, "
        "'i': field_id, 's': scale, 'p': precision})::VARCHAR) FROM parquet_schema(?) GROUP BY file_name",
        [list(files)],
    )
    digests = {str(name): str(digest) for name, digest in said}
    groups: dict[str, list[int]] = {}
    for at, file in enumerate(files):
        groups.setdefault(digests[file], []).append(at)
    return [Layout(tuple(group), _columns(session, files[group[0]])) for group in groups.values()]


def _columns(session: Session, file: str) -> tuple[Column, ...]:
    schema = session.rows("SELECT name, num_children, field_id FROM parquet_schema(?)", [file])
    described = session.rows(f"DESCRIBE FROM read_parquet([{file!r}], hive_partitioning = false)")
    tops, at = [], 1
    while at < len(schema):
        first, inside = at, 1
        while inside and at < len(schema):
            inside += (schema[at][1] or 0) - 1
            at += 1
        tops.append((str(schema[first][0]), schema[first][2], tuple(field[2] for field in schema[first + 1 : at])))
    return tuple(
        Column(name, str(row[1]), field_id, inner) for (name, field_id, inner), row in zip(tops, described, strict=True)
    )


def holds(wide: str, narrow: str) -> bool:
    """Tell whether a type of the engine holds every value of another one without change."""
    if narrow in {wide, '"NULL"'}:
        return True
    if wide in MOMENTS and narrow in MOMENTS:
        return MOMENTS.index(narrow) <= MOMENTS.index(wide)
    bits = _bits(narrow)
    if wide in WHOLE_BITS:
        return narrow == "FLOAT" if bits is None else bits <= WHOLE_BITS[wide]
    if wide in BITS:
        return bits is not None and bits < BITS[wide]
    return _holds_decimal(wide, narrow)


def _bits(kind: str) -> int | None:
    """Give the bits of an integer's value, for an unsigned one without its sign."""
    if kind in BITS:
        return BITS[kind] - 1
    return BITS.get(kind.removeprefix("U")) if kind.startswith("U") else None


def _holds_decimal(wide: str, narrow: str) -> bool:
    target, source = _DECIMAL.fullmatch(wide), _DECIMAL.fullmatch(narrow)
    if target is None:
        return False
    digits, places = int(target[1]), int(target[2])
    if source is not None:
        return places >= int(source[2]) and digits - places >= int(source[1]) - int(source[2])
    return narrow in DIGITS and digits - places >= DIGITS[narrow]
