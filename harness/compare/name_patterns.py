"""Patterns of file names: `*`, `?` and sets as in a shell, and placeholders for what differs from run to run. Pure.

`model-{timestamp}.bin` fits `model-20261125T1030.bin`: such files belong to each other whatever their times are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache

from harness.fields.placeholders import PLACEHOLDERS

_PLACEHOLDER = re.compile("\\{(" + "|".join(PLACEHOLDERS) + ")\\}")
_BLANK = 0xE000
"""Stands for a placeholder while the rest of a pattern is translated: private-use characters, in no name we know."""
_VARYING = (
    ("uuid", re.compile(f"(?<![0-9A-Za-z]){PLACEHOLDERS['uuid']}(?![0-9A-Za-z])")),
    ("timestamp", re.compile(f"(?<![0-9A-Za-z])(?:{PLACEHOLDERS['timestamp']})(?![0-9A-Za-z])")),
    ("hash", re.compile("(?<![0-9A-Za-z])(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}(?![0-9A-Za-z])")),
)
"""What may differ between runs of one job, where it stands alone in a name."""


def matches(name: str, pattern: str) -> bool:
    """Tell whether a file's name inside an output fits a pattern."""
    return _compiled(pattern).match(name) is not None


def has_placeholder(pattern: str) -> bool:
    """Tell whether names that fit a pattern may differ from run to run."""
    return _PLACEHOLDER.search(pattern) is not None


def shape_of(name: str) -> str:
    """Write a name as the pattern that fits it and the names that other runs would have used; itself if none."""
    shape = name
    for placeholder, varying in _VARYING:
        shape = varying.sub(f"{{{placeholder}}}", shape)
    return shape


def shapes_of(names: Iterable[str]) -> frozenset[str]:
    """Give the shapes of names that carry something which differs from run to run."""
    return frozenset(shape for name in names if (shape := shape_of(name)) != name)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    found: list[str] = []

    def kept(match: re.Match[str]) -> str:
        found.append(match[1])
        return chr(_BLANK + len(found) - 1)

    regex = translate(_PLACEHOLDER.sub(kept, pattern))
    for number, name in enumerate(found):
        regex = regex.replace(chr(_BLANK + number), f"(?:{PLACEHOLDERS[name]})", 1)
    return re.compile(regex)
