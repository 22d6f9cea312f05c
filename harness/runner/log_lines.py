"""A run's log as it came → its lines as a reader saw them, the same for both platforms. Pure.

CloudWatch holds what SageMaker's agent wrote there: control characters as `#015`, `#011`, `#010`, `#033`. Progress bars
rewrite their line by carriage returns and backspaces, colours are escape sequences, and launchers put a rank in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPED = re.compile(r"#0([0-3][0-7])")
"""How rsyslog, and with it SageMaker's log agent, writes a control character: # and three octal digits."""
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_RANK = re.compile(
    r"\A\s*(?:\[\d+,mpirank:(?P<mpi>\d+),[^\]]*\](?:<std(?:out|err)>:?)?|\[(?:default)?rank ?(?P<torch>\d+)\]:?)\s?"
)
"""Prefixes of SageMaker's MPI launcher and of torchrun."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, without what launchers and terminals put around it."""

    text: str
    rank: int | None
    """Of the process that wrote it, where a launcher says so."""
    by_mpi: bool = False
    """The rank was written by SageMaker's MPI launcher, by whose convention rank 0 reports."""


def lines_of(log: str) -> tuple[LogLine, ...]:
    """Take a log apart into lines; what a carriage return overwrote was a line of its own."""
    return tuple(_line(text) for text in _texts(log))


def _texts(log: str) -> Iterator[str]:
    whole = _ANSI.sub("", _ESCAPED.sub(lambda match: chr(int(match[1], 8)), log))
    for text in _BREAK.split(whole):
        if text:
            yield _typed(text) if "\b" in text else text


def _typed(text: str) -> str:
    """Give what stands in a line when its backspaces were obeyed."""
    shown: list[str] = []
    at = 0
    for character in text:
        if character == "\b":
            at = max(0, at - 1)
            continue
        shown[at : at + 1] = [character]
        at += 1
    return "".join(shown)


def _line(text: str) -> LogLine:
    prefix = _RANK.match(text)
    if prefix is None:
        return LogLine(text, None)
    rank = prefix["mpi"] or prefix["torch"]
    return LogLine(text[prefix.end() :], int(rank), prefix["mpi"] is not None)
