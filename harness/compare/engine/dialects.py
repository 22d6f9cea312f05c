"""CSV as some writers have it → CSV as both readers have it: no comments, one kind of line end, doubled quotes.

Only files that need it are written anew, line by line; what stands in a field stays as it is. Between two fields there
is then one character.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from harness.compare.engine.session import Trouble
from harness.model.table_contract import CsvDialect

LINE_MAX = 2_000_000
"""Characters; the engine's own bound of a line is as large."""
SEPARATOR = "\x1f"
"""Stands for a delimiter of several characters; a file that holds it is refused."""


def read_as(dialect: CsvDialect) -> CsvDialect:
    """Give the dialect of a file once it is written anew, if it has to be."""
    return replace(dialect, delimiter=SEPARATOR) if len(dialect.delimiter) > 1 else dialect


def is_plain(dialect: CsvDialect) -> bool:
    """Tell whether files of a dialect can be read as they are."""
    return not (dialect.escape or dialect.comment or dialect.skip or len(dialect.delimiter) > 1)


def rewrite(source: Path, target: Path, dialect: CsvDialect) -> None:
    """Write a file of UTF-8 anew.

    Raises:
        Trouble: a line is longer than any that is read, or holds what stands for a long delimiter.
    """
    quoted = False
    with (
        source.open(encoding="utf-8-sig", newline="\n") as lines,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        for number, line in enumerate(iter(lambda: lines.readline(LINE_MAX + 1), "")):
            if len(line) > LINE_MAX:
                raise Trouble(f"line {number + 1}: more than {LINE_MAX} characters")
            if number < dialect.skip or (dialect.comment and not quoted and line.startswith(dialect.comment)):
                continue
            if len(dialect.delimiter) > 1 and SEPARATOR in line:
                raise Trouble(f"line {number + 1}: the character U+001F, beside a delimiter of several characters")
            plain, quoted = _line(line, dialect, quoted=quoted)
            out.write(plain)


def _line(line: str, dialect: CsvDialect, *, quoted: bool) -> tuple[str, bool]:
    """Write one line anew; `quoted`: it begins inside of a field. Tell whether it ends inside of one."""
    ends = quoted ^ bool(dialect.quote and line.count(dialect.quote) % 2)
    if dialect.escape and dialect.quote:
        line, ends = _unescaped(line, dialect, quoted=quoted)
    if len(dialect.delimiter) > 1:
        line, ends = _delimited(line, dialect, quoted=quoted)
    if not ends and line.endswith("\r\n"):
        line = f"{line[:-2]}\n"
    return line, ends


def _unescaped(line: str, dialect: CsvDialect, *, quoted: bool) -> tuple[str, bool]:
    quote, escape = dialect.quote, dialect.escape
    made = []
    for token in re.findall(
        f"{re.escape(escape)}.|{re.escape(quote)}|[^{re.escape(quote + escape)}]+|.", line, re.DOTALL
    ):
        if token == quote:
            quoted = not quoted
        if quoted and token == escape + quote:
            made.append(quote * 2)
        elif quoted and token == escape * 2:
            made.append(escape)
        else:
            made.append(token)
    return "".join(made), quoted


def _delimited(line: str, dialect: CsvDialect, *, quoted: bool) -> tuple[str, bool]:
    """Put one character in the place of each delimiter outside of quotes; quotes begin where a field begins."""
    delimiter, quote = dialect.delimiter, dialect.quote
    if not quoted and (not quote or quote not in line):
        return line.replace(delimiter, SEPARATOR), False
    starts, closed = not quoted, False
    made = []
    for token in re.findall(f"{re.escape(delimiter)}|[^{re.escape(delimiter[0] + quote)}]+|.", line, re.DOTALL):
        if token == quote and (quoted or starts or closed):
            quoted, closed = not quoted, quoted
        else:
            closed = False
        starts = token == delimiter and not quoted
        made.append(SEPARATOR if starts else token)
    return "".join(made), quoted
