"""One side's files → one relation in SQL: part files beside each other, partition values as columns.

Everything is decoded in full: footers, names of folders and guesses at types decide nothing (design section 9).
Partition values were read from paths by the harness and arrive beside names that it made.
"""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.engine.arrow_files import FORMS, as_parquet
from harness.compare.engine.arrow_schema import KEY, durations
from harness.compare.engine.declared import quoted, without_nulls
from harness.compare.engine.dialects import read_as
from harness.compare.engine.kinds import TEXT
from harness.compare.engine.lakes import LAKES, lake_table
from harness.compare.engine.layouts import holds, layouts
from harness.compare.engine.parts import Part
from harness.compare.engine.session import Session, Trouble
from harness.compare.engine.texts import Outline, outline
from harness.model.table_contract import CsvDialect

COLUMNS_MAX = 2000
DURATION = "DURATION"
"""The type of a column of lengths of time, which are compared in nanoseconds."""
BUFFER_BYTES = 4 * 1024**2
"""Of one reader of CSV; at least twice the longest line."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of one side: the SQL of its value and its type."""

    sql: str
    type: str


@dataclass(frozen=True, slots=True)
class Source:
    """All rows of one side."""

    side: str
    relation: str
    """SQL of a relation with the columns c0, c1 and so on."""
    fields: Mapping[str, Field]
    rows: int
    files: tuple[str, ...]
    """Parquet files, for the statistics that say where a key may be cut; empty for others."""


def open_source(session: Session, side: str, parts: Sequence[Part], form: str, *, dialect: CsvDialect) -> Source:
    """Find the columns and the number of rows of one side.

    Raises:
        Trouble: a file can't be read as a table, or part files don't belong together.
    """
    try:
        if form in FORMS:
            parts = [Part(as_parquet(side, part.file, form), part.partition) for part in parts]
        found = _opened(session, side, parts, form, dialect=dialect)
        rows = session.count(f"SELECT count(*) FROM {found.relation}")  # nosec B608 # columns by number, texts as quoted literals
    except session.error as error:
        raise Trouble(told(side, error)) from error
    if found.rows not in {-1, rows}:
        raise Trouble(f"{side} file: one reader finds {rows} rows, another {found.rows}")
    return Source(side, found.relation, found.fields, rows, found.files)


def _opened(session: Session, side: str, parts: Sequence[Part], form: str, *, dialect: CsvDialect) -> Source:
    if form in LAKES:
        table = lake_table(session, side, parts, form)
        return Source(side, table.relation, {name: Field(*at) for name, at in table.fields.items()}, -1, ())
    return _csv(side, parts, dialect) if form == "csv" else _parquet(session, side, parts)


def told(side: str, error: Exception) -> str:
    """Word an error of the engine, without advice for the engine's own users."""
    said = " ".join(str(error).partition("Possible fixes")[0].split())
    return f"{side} file: {said[:300]}"


def _parquet(session: Session, side: str, parts: Sequence[Part]) -> Source:
    files = [part.file for part in parts]
    union = "true" if len(files) > 1 else "false"
    source = f"read_parquet({files!r}, hive_partitioning = false, union_by_name = {union})"
    described = session.rows(f"DESCRIBE FROM {source}")
    names = _written_names(session, files[0]) if len(files) == 1 else [str(row[0]) for row in described]
    if len(names) != len(described):
        raise Trouble(f"{side} file: its schema names {len(names)} columns, its rows have {len(described)}")
    _check_names(side, names)
    if len(files) > 1:
        _check_types(session, side, files, {str(row[0]): str(row[1]) for row in described})
    places = [f"c{n}" for n in range(len(names))]
    fields = {name: Field(place, str(row[1])) for name, place, row in zip(names, places, described, strict=True)}
    for name, unit in _durations(session, side, files).items():
        if name in fields and fields[name].type == "BIGINT":
            fields[name] = Field(f"({fields[name].sql}::HUGEINT * {unit})", DURATION)
    relation = f"{source} AS t({', '.join(places)})"
    return Source(side, *_partitioned(relation, places, fields, parts), -1, tuple(files))


def _check_types(session: Session, side: str, files: list[str], types: Mapping[str, str]) -> None:
    """Refuse part files whose types the engine would make one by changing values: integers and doubles, say."""
    folded = {name.casefold(): kind for name, kind in types.items()}
    for layout in layouts(session, files):
        for column in layout.columns:
            kind = folded[column.name.casefold()]
            if not holds(kind, column.type):
                raise Trouble(
                    f"{side} file: {column.name!r} is {column.type} in some part files and another type in others, "
                    f"which together are {kind}: not all values would stay what they are"
                )


def _durations(session: Session, side: str, files: list[str]) -> dict[str, int]:
    """Find columns that are lengths of time: nanoseconds in one unit, by name.

    Raises:
        Trouble: part files have them in several units.
    """
    told = session.rows("SELECT value FROM parquet_kv_metadata(?) WHERE key::VARCHAR = ?", [files, KEY])
    found: dict[str, int] = {}
    for (value,) in told:
        for name, unit in durations(bytes(value)).items():
            if found.setdefault(name, unit) != unit:
                raise Trouble(f"{side} file: {name!r} is a length of time in several units")
    return found


def _written_names(session: Session, file: str) -> list[str]:
    """Read the names of a file's columns as they are written: the engine renames those that differ in case only."""
    schema = session.rows("SELECT name, num_children FROM parquet_schema(?)", [file])
    names, at = [], 1
    while at < len(schema):
        names.append(str(schema[at][0]))
        inside = 1
        while inside and at < len(schema):
            inside += (schema[at][1] or 0) - 1
            at += 1
    return names


def _csv(side: str, parts: Sequence[Part], dialect: CsvDialect) -> Source:
    outlines = [outline(side, part.file, dialect) for part in parts]
    names = outlines[0].names
    _check_names(side, list(names))
    for part, read in zip(parts, outlines, strict=True):
        if set(read.names) != set(names) or len(read.names) != len(names):
            raise Trouble(f"{side} file: the part {part.file} has other columns than the first one")
    groups: dict[tuple[str, ...], list[tuple[Part, Outline]]] = {}
    for pair in zip(parts, outlines, strict=True):
        groups.setdefault(pair[1].names, []).append(pair)
    places = [f"c{n}" for n in range(len(names))]
    fields = {name: Field(place, TEXT) for name, place in zip(names, places, strict=True)}
    relations, made = [], dict(fields)
    for order, pairs in groups.items():
        ordered = ", ".join(places[names.index(name)] for name in order)
        relation = f"{_read_csv([read.file for _, read in pairs], len(names), dialect)} AS t({ordered})"
        cut, made = _partitioned(relation, places, fields, [part for part, _ in pairs])
        relations.append(f"SELECT {', '.join(field.sql for field in made.values())} FROM {cut}")  # nosec B608 # columns by number, texts as quoted literals
    rows = sum(read.rows for read in outlines)
    if len(relations) == 1:
        return Source(side, cut, made, rows, ())
    return Source(side, f"({' UNION ALL '.join(relations)})", made, rows, ())


def _read_csv(files: list[str], count: int, dialect: CsvDialect) -> str:
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(count))
    nulls = ", ".join(quoted(word) for word in ("", *dialect.nulls))
    dialect = read_as(dialect)
    return (
        f"read_csv({files!r}, auto_detect = false, header = {str(dialect.header).lower()}, columns = {{{columns}}}, "
        f"delim = {quoted(dialect.delimiter)}, quote = {quoted(dialect.quote)}, escape = {quoted(dialect.quote)}, "
        f"strict_mode = true, nullstr = [{nulls}], allow_quoted_nulls = false, null_padding = false, "
        "ignore_errors = false, parallel = false, compression = 'none', hive_partitioning = false, "
        f"buffer_size = {BUFFER_BYTES})"
    )


def _partitioned(
    relation: str, places: list[str], fields: Mapping[str, Field], parts: Sequence[Part]
) -> tuple[str, dict[str, Field]]:
    """Add a column for each partition folder; a column that the files have themselves is not replaced by it."""
    names = list(dict.fromkeys(name for part in parts for name in part.partition))
    if not names:
        return relation, dict(fields)
    shown = [*places]
    made = dict(fields)
    for name in names:
        values = ", ".join(_value(part.partition.get(name)) for part in parts)
        place = f"c{len(shown)}"
        shown.append(f"([{values}]::VARCHAR[])[(t.file_index + 1)::BIGINT] AS {place}")
        made[name if name not in made else f"{name} (folder)"] = Field(place, TEXT)
    return f"(SELECT {', '.join(shown)} FROM {relation})", made  # nosec B608 # columns by number, texts as quoted literals


def _value(value: str | None) -> str:
    return "NULL" if value is None else quoted(value)


def _check_names(side: str, names: list[str]) -> None:
    if len(names) > COLUMNS_MAX:
        raise Trouble(f"{side} file: {len(names)} columns, more than {COLUMNS_MAX}")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Trouble(f"{side} file: two columns are named {name!r}")
        seen.add(name)


def with_nulls(fields: Mapping[str, Field], dialect: CsvDialect) -> dict[str, Field]:
    """Read the words of single columns that mean NULL."""
    words = {name: own.nulls for name, own in dialect.columns.items() if own.nulls}
    return {
        name: replace(field, sql=without_nulls(field.sql, words[name])) if name in words else field
        for name, field in fields.items()
    }
