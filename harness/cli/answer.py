"""What a verb answers on standard output: lines for people, or rows of one document for programs. The one way there.

`--output json` is one document, `jsonl` a line that names the schema and then a line a row. Which columns a verb's rows
have is published (`parity schema --of VERB`); what is not known of a row is empty, 0 or false. Standard error is for
everything that is no data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import click

from harness.cli.columns import COLUMNS, EMPTY

FORMS = ("text", "json", "jsonl")
_ANSWER = "parity.answer"
"""Where a command's context keeps what was answered so far."""
Cell = str | int | float | bool


@dataclass(slots=True)
class Answer:
    """What one verb has answered so far."""

    verb: str
    form: str = "text"
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    whole: bool = False
    """A document of its own was printed: there are no rows."""

    @property
    def schema(self) -> str:
        """Name what its rows are like."""
        return _schema_name(self.verb)


def form() -> str:
    """Tell how the answer is wanted: text, json or jsonl."""
    return _now().form


def ask(wanted: str) -> None:
    """Let an option of a verb's own ask for a form."""
    _now().form = wanted


def is_text() -> bool:
    """Tell whether people read it."""
    return _now().form == "text"


def row(text: str, /, **cells: Cell) -> None:
    """Answer with one line of text, which is a row for programs; a column without a value is empty."""
    lines((text,))
    rows((cells,))


def rows(found: Iterable[Mapping[str, Any]]) -> None:
    """Answer with rows that text has in a shape of its own."""
    now = _now()
    if now.form != "text":
        columns = COLUMNS[now.verb]
        for cells in found:
            if unknown := cells.keys() - columns.keys():
                message = f"no columns of parity {now.verb}: {', '.join(sorted(unknown))}"
                raise KeyError(message)
            now.rows.append({name: cells.get(name, EMPTY[kind]) for name, kind in columns.items()})


def lines(texts: Iterable[str]) -> None:
    """Answer with lines that only people read."""
    if is_text():
        from harness.report.text import safe_text  # noqa: PLC0415 - `parity --help` needs none of it

        for text in texts:
            click.echo(safe_text(text))


def table(texts: Iterable[str]) -> None:
    """Answer with lines that people read and that were drawn for a terminal, colours included."""
    if is_text():
        for text in texts:
            click.echo(text)


def raw(text: str) -> None:
    """Answer with a text that is a file of its own form, as it is."""
    if is_text():
        click.echo(text, nl=False)


def document(value: Any, *, compact: str | bytes | None = None) -> None:  # noqa: ANN401 - any JSON value
    """Answer with a document that has a form of its own; `compact`: the same on one line, where that is given."""
    now = _now()
    now.whole = True
    if now.form == "jsonl":
        click.echo(compact if compact is not None else json.dumps(value, sort_keys=True, ensure_ascii=False))
    else:
        click.echo(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False))


def lone(written: Iterable[str]) -> None:
    """Answer programs with documents of a line each, which are written already."""
    _now().whole = True
    for text in written:
        click.echo(text)


def listing(schema: str, key: str, found: Sequence[Mapping[str, Any]], **besides: Any) -> None:  # noqa: ANN401 - JSON
    """Answer programs with a document of a schema of its own, whose rows stand under a key."""
    now = _now()
    now.whole = True
    if now.form == "json":
        click.echo(json.dumps({"schema": schema, **besides, key: list(found)}, indent=1, ensure_ascii=False))
    elif now.form == "jsonl":
        for line in ({"schema": schema, **besides}, *found):
            click.echo(json.dumps(line, ensure_ascii=False))


def _now() -> Answer:
    context = click.get_current_context(silent=True)
    return Answer("") if context is None else context.meta.get(_ANSWER) or Answer("")


@contextmanager
def answering(form: str) -> Iterator[None]:
    """Let the command of this context answer; at its end, whatever that is, programs get one whole document."""
    context = click.get_current_context()
    verb = context.command_path.removeprefix(context.find_root().command_path).strip()
    now = context.meta[_ANSWER] = Answer(verb, form)
    try:
        yield
    except click.UsageError:
        now.whole = True  # nothing was asked, so nothing is answered
        raise
    finally:
        if now.form != "text" and not now.whole and now.verb in COLUMNS:
            listing(now.schema, "rows", now.rows)


def answered(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command answer in the form that its options ask for."""

    @wraps(callback)
    def wrapped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the command takes
        asked = click.get_current_context().meta.get(FORM, "text")
        with answering(asked):
            return callback(*args, **kwargs)

    return wrapped


FORM = "parity.form"


def _schema_name(verb: str) -> str:
    return f"parity.{verb.replace(' ', '-')}/1"


def schema_of(verb: str) -> dict[str, object]:
    """Give the JSON Schema of the document of a verb's rows."""
    columns = COLUMNS[verb]
    properties = {column: {"type": kind} for column, kind in columns.items()}
    told = {"type": "object", "required": list(columns), "properties": properties, "additionalProperties": False}
    return _document_of(_schema_name(verb), "rows", told)


def schema_of_listing(schema: str, key: str) -> dict[str, object]:
    """Give the JSON Schema of a document whose rows are as the thing itself is stored."""
    return _document_of(schema, key, {"type": "object"})


def _document_of(schema: str, key: str, told: Mapping[str, object]) -> dict[str, object]:
    name, _, version = schema.removeprefix("parity.").partition("/")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://parity-harness.example/{name}-{version}.json",
        "title": f"parity {name}",
        "type": "object",
        "required": ["schema", key],
        "properties": {"schema": {"const": schema}, key: {"type": "array", "items": told}},
    }
