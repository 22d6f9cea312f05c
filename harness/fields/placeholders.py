"""Placeholders in patterns of file names: what of a name differs from run to run, and means nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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
_BRACED = re.compile(r"\{([^{}]*)\}")


def unknown(pattern: str) -> Iterator[str]:
    """Give what stands in braces and is no placeholder."""
    return (name for name in _BRACED.findall(pattern) if name not in PLACEHOLDERS)
