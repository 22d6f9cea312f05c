"""Rows of a verb for programs: one JSON document, or JSON lines after one that names the schema. Data, so on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click

FORMS = ("text", "json", "jsonl")
Row = Mapping[str, str | int | bool]


def echo(form: str, schema: str, rows: Sequence[Row]) -> None:
    """Print rows in a form that is not text."""
    if form == "json":
        click.echo(json.dumps({"schema": schema, "rows": list(rows)}, indent=1, ensure_ascii=False))
        return
    click.echo(json.dumps({"schema": schema}))
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False))


def schema_of(schema: str, title: str, columns: Mapping[str, str]) -> dict[str, object]:
    """Give the JSON Schema of such a document; `columns`: the type of each, as JSON Schema calls it."""
    properties = {name: {"type": kind} for name, kind in columns.items()}
    row = {"type": "object", "required": list(columns), "properties": properties}
    name, _, version = schema.removeprefix("parity.").partition("/")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://parity-harness.example/{name}-{version}.json",
        "title": title,
        "type": "object",
        "required": ["schema", "rows"],
        "properties": {"schema": {"const": schema}, "rows": {"type": "array", "items": row}},
    }
