r"""A Python regular expression → the same one in RE2's syntax, where there is one that means the same. Pure.

Python's `\d`, `\s` and `\w` know Unicode and RE2's know ASCII; `{,3}`, `[[:alpha:]]` and `\Z` mean something else or
nothing there. Each is written out; what can't be is left to Python's own engine. Sources: Python's `re` page ("Regular
Expression Syntax") and RE2's wiki ("Syntax").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ASCII_SPACES = ((9, 13), (28, 32))
_OTHER_SPACES = ((0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F))
_SPACES = (*_ASCII_SPACES, *_OTHER_SPACES, (0x205F, 0x205F), (0x3000, 0x3000))
"""What `str.isspace` calls white space."""
_LAST = 0x10FFFF
_REPEAT = re.compile(
    r"(?:(?P<short>[*+?])|\{(?P<low>[0-9]*)(?P<comma>,?)(?P<high>[0-9]*)\})(?P<lazy>\??)(?P<possessive>\+?)"
)
_NUMBERED = re.compile(r"\\(?:x[0-9a-fA-F]{2}|0[0-7]{0,2})")
_GROUP = re.compile(r"\((?:\?(?:P<[^>]*>|(?P<flags>[a-zA-Z-]*)[:)]))?(?!\?)")


class NotTranslated(Exception):  # noqa: N818 - a fork in the road
    """Why an expression is left to Python's engine."""


@dataclass(frozen=True, slots=True)
class Translated:
    """An expression in RE2's syntax."""

    pattern: str
    ascii_only: bool
    """It means the same on ASCII text only: word boundaries and letter case of other scripts differ."""


@dataclass(slots=True)
class _Branches:
    """What is open inside a group: may the branch so far, or one before it, match the empty text?"""

    branch: bool = True
    before: bool = False


def translate(pattern: str) -> Translated:
    """Write a Python expression, known to compile, in RE2's syntax.

    Raises:
        NotTranslated: a part of it has no equal there. RE2 itself refuses further ones (references, long repetitions).
    """
    return _Walk(pattern).translated()


class _Walk:
    """One pass over an expression, piece by piece."""

    def __init__(self, pattern: str) -> None:
        """Stand before the first piece."""
        self._pattern, self._at = pattern, 0
        self._parts: list[str] = []
        self._open = [_Branches()]
        self._ascii_only = False

    def translated(self) -> Translated:
        """Write every piece."""
        while self._at < len(self._pattern):
            piece = self._pattern[self._at]
            match piece:
                case "(":
                    self._begin()
                case "|":
                    self._take("|")
                    self._open[-1] = _Branches(before=self._open[-1].before or self._open[-1].branch)
                case ")":
                    self._take(")")
                    closed = self._open.pop()
                    self._repeat(empty=closed.branch or closed.before, group=True)
                case "\\":
                    self._escaped()
                case "[":
                    text, self._at = _set(self._pattern, self._at)
                    self._parts.append(text)
                    self._repeat(empty=False)
                case "{":  # a repetition would have been read with what it repeats
                    self._take(r"\{")
                    self._repeat(empty=False)
                case _:
                    self._take(piece)
                    self._repeat(empty=piece in "^$")
        if self._ascii_only and not self._pattern.isascii():
            raise NotTranslated("letter case of other scripts")
        return Translated("".join(self._parts), self._ascii_only)

    def _take(self, text: str) -> None:
        """Write the next character of the expression as this text."""
        self._parts.append(text)
        self._at += 1

    def _begin(self) -> None:
        found = _GROUP.match(self._pattern, self._at)
        if found is None or "x" in (found["flags"] or ""):
            raise NotTranslated("a group that RE2 has not, or spaces that count for nothing")
        self._ascii_only = self._ascii_only or "i" in (found["flags"] or "").partition("-")[0]
        self._parts.append(found[0])
        self._at = found.end()
        if not found[0].endswith(")"):  # else flags alone, which open nothing
            self._open.append(_Branches())

    def _escaped(self) -> None:
        found = _NUMBERED.match(self._pattern, self._at)
        letter = self._pattern[self._at + 1]
        self._ascii_only = self._ascii_only or letter == "b"
        self._parts.append(found[0] if found else _escape(letter))
        self._at += len(found[0]) if found else 2
        self._repeat(empty=letter in "AZb")

    def _repeat(self, *, empty: bool, group: bool = False) -> None:
        """Read how often the piece before is repeated, with both bounds as Python reads them."""
        found = _REPEAT.match(self._pattern, self._at)
        if found is not None and not found[0].startswith("{}"):
            if found["possessive"]:
                raise NotTranslated("a possessive repetition")
            low, high = _bounds(found)
            if empty and group and high != 1:  # the engines end a loop over nothing differently
                raise NotTranslated("a repeated group that may match the empty text")
            self._parts.append(found["short"] or f"{{{low},{'' if high is None else high}}}")
            self._parts.append(found["lazy"])
            self._at = found.end()
            empty = empty or low == 0
        self._open[-1].branch = self._open[-1].branch and empty


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    """Give the least and the largest number of times; None is no bound."""
    if found["short"]:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[found["short"]]
    low = int(found["low"] or 0)
    if not found["comma"]:
        return low, low
    return low, int(found["high"]) if found["high"] else None


def _escape(letter: str) -> str:
    known = {"d": r"\p{Nd}", "D": r"\P{Nd}", "s": f"[{_ranges(_SPACES)}]", "S": f"[^{_ranges(_SPACES)}]"}
    known |= {"w": r"[\p{L}\p{N}_]", "W": r"[^\p{L}\p{N}_]", "Z": r"\z"}
    if letter in known:
        return known[letter]
    if letter in "123456789B":  # `\B` of the empty text differs between the engines
        raise NotTranslated("a reference, an octal number or \\B")
    return f"\\{letter}"


def _set(pattern: str, at: int) -> tuple[str, int]:
    """Write a set of characters; give it and the place behind it."""
    parts = ["[^"] if pattern.startswith("[^", at) else ["["]
    at += len(parts[0])
    if pattern.startswith("]", at):
        parts.append(r"\]")
        at += 1
    while pattern[at] != "]":
        if pattern[at] == "\\":
            parts.append(_escape_in_set(pattern[at + 1]))
            at += 2
        else:
            parts.append(rf"\{pattern[at]}" if pattern[at] in "[^" else pattern[at])
            at += 1
    return "".join((*parts, "]")), at + 1


def _escape_in_set(letter: str) -> str:
    known = {"d": r"\p{Nd}", "D": r"\P{Nd}", "s": _ranges(_SPACES), "S": _ranges(_others()), "w": r"\p{L}\p{N}_"}
    known["b"] = r"\x08"
    if letter in known:
        return known[letter]
    if letter in "123456789W":
        raise NotTranslated("an octal number or \\W in a set")
    return f"\\{letter}"


def _others() -> Iterator[tuple[int, int]]:
    """Give what lies between the ranges of white space."""
    begin = 0
    for first, last in _SPACES:
        yield begin, first - 1
        begin = last + 1
    yield begin, _LAST


def _ranges(ranges: Iterator[tuple[int, int]] | tuple[tuple[int, int], ...]) -> str:
    return "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges)
