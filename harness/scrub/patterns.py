"""Regular expressions that run in time linear in the text, whatever it holds: RE2. The one file of it here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

MEMORY_BYTES_MAX = 64 * 1024 * 1024
"""Of one compiled expression; RE2's own 8 MiB are too few for a set of all keywords."""


def _options() -> Any:  # noqa: ANN401 - the library has no types
    options = re2.Options()
    options.max_mem = MEMORY_BYTES_MAX
    options.log_errors = False
    return options


@cache
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - the library has no types
    return re2.compile(pattern, _options())


@dataclass(frozen=True, slots=True)
class Found:
    """One match: its groups with their places, the whole first; a group that took no part has the place -1."""

    groups: tuple[str | None, ...]
    spans: Sequence[tuple[int, int]]


def find(pattern: str, text: str) -> Iterator[Found]:
    """Give all matches that do not overlap, from the left."""
    compiled = _compiled(pattern)
    for match in compiled.finditer(_encodable(text)):
        spans = [match.span(number) for number in range(compiled.groups + 1)]
        yield Found(tuple(text[start:end] if start >= 0 else None for start, end in spans), spans)


def holds(pattern: str, text: str) -> bool:
    """Tell whether a pattern matches somewhere in a text."""
    return _compiled(pattern).search(_encodable(text)) is not None


def _encodable(text: str) -> str:
    """Replace what UTF-8 has no bytes for, one for one: JSON may escape half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


class Words:
    """Which of many fixed words a text has, in one pass over it; letter case does not count."""

    def __init__(self, words: Iterable[str]) -> None:
        """Compile them."""
        self._words: Sequence[str] = sorted(set(words))
        self._set = re2.Set.SearchSet(_options())
        for word in self._words:
            self._set.Add(f"(?i){re2.escape(word)}")
        self._set.Compile()

    def of(self, text: str) -> frozenset[str]:
        """List the words that are in a text."""
        return frozenset(self._words[item] for item in self._set.Match(_encodable(text)) or ())
