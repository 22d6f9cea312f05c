"""Patterns of file names: `*`, `?` and sets as in a shell, and placeholders for what differs from run to run.

`model-{timestamp}.bin` fits `model-20261125T1030.bin`: such files belong to each other whatever their times are. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from functools import lru_cache

PLACEHOLDERS: Mapping[str, str] = {
    "timestamp": (
        "[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[T_ -]?[0-9]{2}[:.-]?[0-9]{2}(?:[:.-]?[0-9]{2}(?:[.,][0-9]+)?)?Z?)?"
        "|[0-9]{10}(?:[0-9]{3}){0,3}"
    ),
    "uuid": "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "hash": "[0-9a-fA-F]{6,64}",
    "number": "[0-9]+",
    "any": "[^/]*",
}
"""By name, what may stand there. A timestamp: a date, with or without a time, or seconds since 1970 and finer."""
_KNOWN = re.compile("\\{(" + "|".join(PLACEHOLDERS) + ")\\}")
_BLANK = 0xE000
"""Stands for a placeholder while the rest of a pattern is translated: private-use characters, in no name we know."""
_BRACED = re.compile(r"\{([^{}]*)\}")


def unknown(pattern: str) -> Iterator[str]:
    """Give what stands in braces and is no placeholder."""
    return (name for name in _BRACED.findall(pattern) if name not in PLACEHOLDERS)


def matches(name: str, pattern: str) -> bool:
    """Tell whether a file's name inside an output fits a pattern."""
    return _compiled(pattern).match(name) is not None


def has_placeholder(pattern: str) -> bool:
    """Tell whether names that fit a pattern may differ from run to run."""
    return _KNOWN.search(pattern) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    found: list[str] = []

    def kept(match: re.Match[str]) -> str:
        found.append(match[1])
        return chr(_BLANK + len(found) - 1)

    regex = translate(_KNOWN.sub(kept, pattern))
    for number, name in enumerate(found):
        regex = regex.replace(chr(_BLANK + number), f"(?:{PLACEHOLDERS[name]})", 1)
    return re.compile(regex)
