"""CSV files as another reader than the engine sees them: header, number of rows, ragged rows, encodings, gzip.

The engine drops a last row whose quote is never closed and surplus empty fields, without a word. So every file is
first read here, and the engine's count of rows is held against this one.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from harness.compare.engine.dialects import is_plain, read_as, rewrite
from harness.compare.engine.session import Trouble
from harness.model.table_contract import CsvDialect

CELL_MAX = 2_000_000
"""Characters; the engine's own bound of a line is as large."""
CHUNK = 1 << 20
GZIP = b"\x1f\x8b"
BOM = codecs.BOM_UTF8


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a file before the engine reads it."""

    file: str
    """The name that the engine reads: the file itself, or its copy in UTF-8."""
    names: tuple[str, ...]
    rows: int


def outline(side: str, file: str, dialect: CsvDialect) -> Outline:
    """Read a file once: its header, and that every row has as many fields.

    Raises:
        Trouble: it is empty, ragged, cut, or not in its encoding.
    """
    try:
        name = _as_utf8(file, dialect.encoding)
        plain = is_plain(dialect)
        name = name if plain else _rewritten(side, file, name, dialect)
        dialect = read_as(dialect)
        with Path(name).open("rb") as data:
            first = data.readline(CELL_MAX).removeprefix(BOM)
            if not first:
                raise Trouble(f"{side} file: empty, without a header")
        lone, mixed = _line_ends(name)
        name = _rewritten(side, file, name, dialect) if plain and mixed and not lone else name
        even = None if lone else _even(name, dialect, first)
        return even or _read(side, name, dialect)
    except (csv.Error, UnicodeError, OSError, EOFError, LookupError, zlib.error) as error:
        raise Trouble(f"{side} file: {error}") from error


def _as_utf8(file: str, encoding: str) -> str:
    """Write a compressed or otherwise encoded file anew; what is UTF-8 already stays."""
    path = Path(file)
    with path.open("rb") as data:
        packed = data.read(len(GZIP)) == GZIP
    plain = encoding.lower().replace("_", "-") in {"utf-8", "utf8"}
    if plain and not packed:
        return file
    name = f"{file}.text"
    opener: Any = gzip.open if packed else open
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with opener(path, "rb") as data, Path(name).open("wb") as out:
        while chunk := data.read(CHUNK):
            out.write(chunk if plain else decoder.decode(chunk).encode())
        out.write(b"" if plain else decoder.decode(b"", final=True).encode())
    return name


def _rewritten(side: str, file: str, name: str, dialect: CsvDialect) -> str:
    """Write a file anew, as both readers have it."""
    made = Path(f"{file}.text")
    whole = made.with_suffix(".plain")
    try:
        rewrite(Path(name), whole, dialect)
    except Trouble as trouble:
        raise Trouble(f"{side} file: {trouble}") from trouble
    whole.replace(made)
    return str(made)


def _line_ends(file: str) -> tuple[bool, bool]:
    """Tell whether a carriage return ends no line, and whether there are two kinds of line ends; check the UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    lone, left, ends, windows = False, b"", 0, 0
    with Path(file).open("rb") as data:
        while chunk := data.read(CHUNK):
            if not chunk.isascii() or decoder.getstate()[0]:
                decoder.decode(chunk)
            whole = left + chunk
            left = chunk[-1:] if chunk.endswith(b"\r") else b""
            ends += chunk.count(b"\n")
            if b"\r" in whole:
                body = whole[: len(whole) - len(left)]
                both = body.count(b"\r\n")
                windows += both
                lone = lone or body.count(b"\r") != both
    decoder.decode(b"", final=True)
    return lone or bool(left), 0 < windows < ends


def _even(file: str, dialect: CsvDialect, first: bytes) -> Outline | None:
    """Count rows where all lines have one form: no field holds a delimiter or a line's end, and no line is empty.

    Each line is then its delimiters and its end, once all else and the quotes around fields are taken away.
    """
    delimiter, quote = dialect.delimiter.encode(), dialect.quote.encode()
    if len(delimiter) != 1 or len(quote) > 1:
        return None
    (names,) = csv.reader([first.decode()], delimiter=dialect.delimiter, **_quoting(dialect))
    line = delimiter * (len(names) - 1) + b"\n"
    others = bytes(set(range(256)) - set(line + quote))
    rows = 0
    for text in _whole_lines(file):
        marks = text.translate(None, others).replace(quote * 2, b"") if quote else text.translate(None, others)
        count = len(marks) // len(line)
        if marks != line * count or text.startswith(b"\n") or b"\n\n" in text:
            return None
        rows += count
    return _outlined(file, names, rows, dialect)


def _whole_lines(file: str) -> Iterator[bytes]:
    """Give a file in texts that end where a line ends, without its byte order mark and with plain line ends."""
    left, started = b"", False
    with Path(file).open("rb") as data:
        while chunk := data.read(CHUNK):
            text = left + chunk
            if not started:
                text, started = text.removeprefix(BOM), True
            if b"\r" in text:
                text = text.replace(b"\r\n", b"\n")
            cut = text.rfind(b"\n") + 1
            left = text[cut:]
            if cut:
                yield text[:cut]
    if left:
        yield left.rstrip(b"\r") + b"\n"


def _read(side: str, file: str, dialect: CsvDialect) -> Outline:
    """Count rows and fields by a full reader."""
    csv.field_size_limit(CELL_MAX)
    with Path(file).open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True, delimiter=dialect.delimiter, **_quoting(dialect))
        names = next(reader) or [""]
        rows = 1
        for row in reader:
            if not row and len(names) > 1:
                continue
            if len(row) != len(names) and (row or len(names) > 1):
                found = f"{len(row)} fields where {len(names)} are expected"
                raise Trouble(f"{side} file: Line: {reader.line_num}: {found}")
            rows += 1
    return _outlined(file, names, rows, dialect)


class _Quoting(TypedDict):
    quotechar: str | None
    quoting: Literal[0, 3]


def _quoting(dialect: CsvDialect) -> _Quoting:
    """Say how the standard library's reader reads quotes."""
    return {"quotechar": dialect.quote or None, "quoting": csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE}


def _outlined(file: str, names: list[str], rows: int, dialect: CsvDialect) -> Outline:
    if dialect.header:
        return Outline(file, tuple(names), rows - 1)
    return Outline(file, tuple(f"c{n}" for n in range(len(names))), rows)
