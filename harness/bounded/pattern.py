"""Users' regular expressions over lines that a job wrote: the one file that runs them, in bounded time.

An expression means what it means to Python's `re`. RE2 finds it in time linear in the line's length; what RE2 has no
equal for runs in Python's own engine, in a child whose CPU time is limited (ADR 0104).
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import re2

from harness.bounded.child import Limits, NoAnswer, ask
from harness.bounded.syntax import NotTranslated, translate

LINE_CHARACTERS_MAX = 1024 * 1024
"""CloudWatch Logs takes no longer event (service quotas, "Event size": 1 MB)."""
CPU_SECONDS = 20
"""For one expression over one log; RE2 reads the largest log that is fetched (16 MiB) in a second or so."""
CHILD_MEMORY_BYTES = 1024**3
ANSWER_BYTES_MAX = 64 * 1024 * 1024
WORK_MAX = 500_000_000
"""Instructions of RE2's times bytes of a line: five seconds of CPU time at worst. More goes to the child."""
_UTF8_MAX = 4
CHILD = Path(__file__).with_name("pattern_child.py")


class PatternRefused(ValueError):  # noqa: N818 - found in a configuration, and told like every other problem of it
    """Why a text is no regular expression."""


class NotSearched(Exception):  # noqa: N818 - a fact of the run, told with its metric
    """Why lines were not searched to the end."""


class _Linear(NamedTuple):
    compiled: Any
    ascii_only: bool
    line_bytes_max: int

    def takes(self, line: str) -> bool:
        """Tell whether a line is searched as Python would, and in a short time."""
        size = len(line) if line.isascii() else _UTF8_MAX * len(line)
        return size <= self.line_bytes_max and (line.isascii() or not self.ascii_only)


def count_groups(pattern: str) -> int:
    """Count the groups of a regular expression.

    Raises:
        PatternRefused: it is none.
    """
    try:
        return re.compile(pattern).groups
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternRefused(str(error)) from error


def first_groups(pattern: str, lines: Sequence[str], cpu_seconds: int = CPU_SECONDS) -> list[str | None]:
    """Give group 1 of the first match in every line, as text; None where a line has no match.

    A group that took no part in the match is the empty text. Lines hold no line feed.

    Raises:
        NotSearched: a line is too long, or the expression needs more CPU time than it may have.
        PatternRefused: the text is no expression, or has no group.
    """
    if not count_groups(pattern):
        raise PatternRefused("no group around the number")
    _check_lengths(lines)
    linear = _linear(pattern)
    left = [n for n, line in enumerate(lines) if linear is None or not linear.takes(line)]
    found: list[str | None] = [None] * len(lines)
    if linear is not None:
        apart = set(left)
        _search(linear, [(n, line) for n, line in enumerate(lines) if n not in apart], found, cpu_seconds)
    if left:
        for n, group in zip(left, _in_child(pattern, [lines[n] for n in left], cpu_seconds), strict=True):
            found[n] = group
    return found


class PatternMatch(NamedTuple):
    """The last match of an expression in one line."""

    groups: tuple[str | None, ...]
    """Text of every group; None for one that took no part."""
    after: tuple[str, ...]
    """For every group the few characters that follow it."""


AFTER_CHARACTERS = 24


def last_matches(
    pattern: str, lines: Sequence[str], name: str = "", cpu_seconds: int = CPU_SECONDS
) -> list[PatternMatch | None]:
    """Give the last match in every line; None where a line has none. Lines hold no line feed.

    A match that begins with `name` inside a longer word is passed over: `loss` in `val_loss`.

    Raises:
        NotSearched: a line is too long, or the expression needs more CPU time than it may have.
        PatternRefused: the text is no expression.
    """
    count_groups(pattern)
    _check_lengths(lines)
    linear = _linear(pattern)
    left = [n for n, line in enumerate(lines) if linear is None or not linear.takes(line)]
    found: list[PatternMatch | None] = [None] * len(lines)
    if linear is not None:
        apart, begin = set(left), time.thread_time()
        for n, line in enumerate(lines):
            found[n] = None if n in apart else _last_match(linear, line, name)
            _check_time(begin, cpu_seconds)
    if left:
        answers = _in_child(pattern, [lines[n] for n in left], cpu_seconds, last_of=name)
        for n, match in zip(left, answers, strict=True):
            found[n] = None if match is None else PatternMatch(tuple(match[0]), tuple(match[1]))
    return found


def _last_match(linear: _Linear, line: str, name: str) -> PatternMatch | None:
    data, word = line.encode("utf-8", "replace"), name.encode()
    last = None
    for match in linear.compiled.finditer(data):
        inside = data[match.start() - 1 : match.start()].isalnum() or data[: match.start()].endswith(b"_")
        other = name and inside and match[0].startswith(word)
        if not other and (match[0] or last is None):  # `(.*)` matches once more, empty, at the line's end
            last = match
    return None if last is None else _found(data, last)


def _found(data: bytes, match: Any) -> PatternMatch:  # noqa: ANN401 - RE2's match has no types
    numbers = range(1, 1 + len(match.groups()))
    tails = (data[match.end(n) : match.end(n) + AFTER_CHARACTERS] if match.end(n) >= 0 else b"" for n in numbers)
    return PatternMatch(
        groups=tuple(None if match[n] is None else match[n].decode("utf-8", "replace") for n in numbers),
        after=tuple(tail.decode("utf-8", "replace") for tail in tails),
    )


@lru_cache(maxsize=64)
def _linear(pattern: str) -> _Linear | None:
    """Compile for RE2; None where it has no equal expression."""
    options = re2.Options()
    options.log_errors = False
    try:
        translated = translate(pattern)
        compiled = re2.compile(translated.pattern, options)
    except (NotTranslated, re2.error, UnicodeEncodeError):
        return None
    return _Linear(compiled, translated.ascii_only, WORK_MAX // compiled.programsize)


def _search(linear: _Linear, lines: list[tuple[int, str]], found: list[str | None], cpu_seconds: int) -> None:
    begin = time.thread_time()
    for n, line in lines:
        match = linear.compiled.search(line.encode("utf-8", "replace"))
        if match is not None:
            found[n] = (match[1] or b"").decode("utf-8", "replace")
        _check_time(begin, cpu_seconds)


def _check_lengths(lines: Sequence[str]) -> None:
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARACTERS_MAX:
            message = f"line {number} of the log has {len(line)} characters, more than {LINE_CHARACTERS_MAX}"
            raise NotSearched(message)


def _check_time(begin: float, cpu_seconds: int) -> None:
    if time.thread_time() - begin > cpu_seconds:
        message = f"its regular expression used up its {cpu_seconds} s of CPU time"
        raise NotSearched(message)


def _in_child(pattern: str, lines: list[str], cpu_seconds: int, *, last_of: str | None = None) -> list[Any]:
    request = json.dumps({"pattern": pattern, "lines": lines, "last_of": last_of}).encode()
    with tempfile.TemporaryDirectory(prefix="parity-pattern-") as name:
        try:
            answer = json.loads(
                ask(CHILD, Path(name), request, Limits(cpu_seconds, CHILD_MEMORY_BYTES, ANSWER_BYTES_MAX))
            )
        except NoAnswer as error:
            message = f"its regular expression, which only Python's backtracking engine takes: {error}"
            raise NotSearched(message) from error
    return list(answer)
