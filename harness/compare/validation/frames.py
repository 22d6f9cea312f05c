"""The files of one table → a DataFrame of pandas, read by the engine that compares them, with the same settings.

Parquet has its types. Columns of CSV have those that the contract declares; others are whole numbers, numbers or
booleans where every value that is there is one, and texts otherwise.
"""

# ruff: noqa: S608 - SQL is put together from this package's own names only, never from what was read

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from harness.compare.engine.declared import number_text, quoted, split
from harness.compare.engine.kinds import TEXT
from harness.compare.engine.parts import parts_of
from harness.compare.engine.session import SPILL_BYTES, Session, Trouble
from harness.compare.engine.sources import Source, open_source, with_nulls
from harness.model.table_contract import TableContract

DECLARED = {
    "decimal": "DOUBLE", "double": "DOUBLE", "integer": "BIGINT", "text": "VARCHAR", "boolean": "BOOLEAN",
    "date": "DATE", "timestamp": "TIMESTAMP", "json": "VARCHAR",
}  # fmt: skip
"""Declared type of a column → the engine's; pandas has no exact decimals."""
_WHOLE = "[+-]?[0-9]{1,18}"
_WORDS = "'true', 'false'"


def frame_of(name: str, request: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a DataFrame
    """Read one table.

    Raises:
        Trouble: it can't be read as a table of its form, or a value is not of its declared type.
    """
    parts = parts_of(request["sides"][name])
    contract = msgspec.convert(request.get("contract", {}), TableContract)
    files = [part.file for part in parts]
    spill = int(request.get("spill_bytes", SPILL_BYTES))
    session = Session([*files, *(f"{file}.text" for file in files)], spill_bytes=spill)
    source = open_source(session, name, parts, str(request["form"]), dialect=contract.dialect)
    source = replace(source, fields=with_nulls(source.fields, contract.dialect))
    kinds = _kinds(session, source, contract)
    shown = [
        f"{_typed(field.sql, column, kinds[column], contract)} AS {_identifier(column)}"
        for column, field in source.fields.items()
    ]
    try:
        return session.frame(f"SELECT {', '.join(shown)} FROM {source.relation}")  # nosec B608 # columns by number, names as quoted identifiers
    except session.error as error:
        message = " ".join(str(error).split())[:300]
        raise Trouble(message) from error


def _kinds(session: Session, source: Source, contract: TableContract) -> dict[str, str]:
    """Give the engine's type of every column; empty: it has its own."""
    kinds = {name: "" for name, field in source.fields.items() if field.type != TEXT}
    kinds |= {name: DECLARED[split(kind)[0]] for name, kind in contract.types.items() if name in source.fields}
    open_ones = [name for name in source.fields if name not in kinds]
    if open_ones:
        asked = ", ".join(
            _guesses(number_text(source.fields[name].sql, contract.dialect.of(name))) for name in open_ones
        )
        (row,) = session.rows(f"SELECT {asked} FROM {source.relation}")  # nosec B608 # columns by number
        guesses = ("BIGINT", "DOUBLE", "BOOLEAN")
        for number, name in enumerate(open_ones):
            fit = row[number * len(guesses) : (number + 1) * len(guesses)]
            kinds[name] = next((kind for kind, fits in zip(guesses, fit, strict=True) if fits), "VARCHAR")
    return kinds


def _guesses(value: str) -> str:
    """Ask whether every value that is there is a whole number, a number, a boolean; NULL where none is there."""
    fits = (f"regexp_full_match({value}, '{_WHOLE}')", f"TRY_CAST({value} AS DOUBLE) IS NOT NULL")
    booleans = f"lower({value}) IN ({_WORDS})"
    return ", ".join(f"bool_and({condition}) FILTER ({value} IS NOT NULL)" for condition in (*fits, booleans))


def _typed(value: str, column: str, kind: str, contract: TableContract) -> str:
    if not kind or kind == "VARCHAR":
        return value
    written = split(contract.types.get(column, ""))[1]
    if written:
        return f"CAST(coalesce(try_strptime({value}, {quoted(written)}), TRY_CAST({value} AS TIMESTAMP)) AS {kind})"
    return f"CAST({number_text(value, contract.dialect.of(column))} AS {kind})"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
