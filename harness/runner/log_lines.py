"""A run's log as it came → its lines as a reader saw them, the same for both platforms. Pure.

CloudWatch holds what SageMaker's agent wrote there: control characters as `#015`, `#011`, `#010`, `#033`. Progress bars
rewrite their line by carriage returns and backspaces, colours are escape sequences, and launchers put a rank in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ESCAPED = re.compile(r"#0([0-3][0-7])")
"""How rsyslog, and with it SageMaker's log agent, writes a control character: # and three octal digits."""
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_RANK = re.compile(
    r"\A\s*(?:\[\d+,mpirank:(?P<mpi>\d+),[^\]]*\](?:<std(?:out|err)>:?)?"
    r"|\[(?:(?:default)?rank ?|(?:default|trainer|worker))(?P<torch>\d+)\]:?"
    r"|\[\d+,(?P<tagged>\d+)\]<std(?:out|err)>:)\s?"
)
"""Prefixes of SageMaker's MPI launcher, of torchrun (`[default0]:` with --tee) and of mpirun --tag-output."""
_RAY = re.compile(r"\A\s*\((?P<worker>[^()]{1,200} pid=\d+(?:, ip=[^()\s]+)?)\)\s?")
"""What Ray's driver puts in front of a line of a task or actor: `(RayTrainWorker pid=123, ip=10.0.0.1)`."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, without what launchers and terminals put around it."""

    text: str
    rank: int | None
    """Of the process that wrote it, where a launcher says so."""
    worker: str = ""
    """Name and number of a Ray process, which has no rank."""
    by_mpi: bool = False
    """The rank was written by SageMaker's MPI launcher, by whose convention rank 0 reports."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What was not kept of a very long log."""

    before: int
    """How many lines stand before it."""
    bytes: int


@dataclass(frozen=True, slots=True)
class LogLines:
    """A log's lines, and where some between them are missing."""

    lines: tuple[LogLine, ...]
    gap: Gap | None = None
    start_lost: bool = False
    """Lines before the first one are missing, and nobody knows how many."""


def lines_with_gap(log: bytes, left_out: int = 0, gap_at: int = 0, *, start_lost: bool = False) -> LogLines:
    """Take a log apart into lines; `left_out` bytes of it are missing at `gap_at`, and nothing joins across them.

    Where its start is lost, the first line goes as well: it may be the rest of a longer one.
    """
    if not left_out:
        lines = lines_of(log.decode("utf-8", "replace"))
        return LogLines(lines[start_lost:], start_lost=start_lost)
    before, after = (lines_of(part.decode("utf-8", "replace")) for part in (log[:gap_at], log[gap_at:]))
    before = before[start_lost:]
    return LogLines((*before, *after), Gap(len(before), left_out), start_lost)


def lines_of(log: str) -> tuple[LogLine, ...]:
    """Take a log apart into lines; what a carriage return overwrote was a line of its own."""
    return tuple(_line(text) for text in _texts(log))


def _texts(log: str) -> Iterator[str]:
    whole = _ANSI.sub("", ESCAPED.sub(lambda match: chr(int(match[1], 8)), log.removeprefix("\ufeff")))
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
    if (ray := _RAY.match(text)) is not None:
        return LogLine(text[ray.end() :], None, ray["worker"])
    prefix = _RANK.match(text)
    if prefix is None:
        return LogLine(text, None)
    rank = prefix["mpi"] or prefix["torch"] or prefix["tagged"]
    return LogLine(text[prefix.end() :], int(rank), by_mpi=prefix["mpi"] is not None)
