"""Shapes of file names: what of a name differs from run to run, learned from names alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.fields.placeholders import PLACEHOLDERS

_VARYING = (
    ("uuid", re.compile(f"(?<![0-9A-Za-z]){PLACEHOLDERS['uuid']}(?![0-9A-Za-z])")),
    ("timestamp", re.compile(f"(?<![0-9A-Za-z])(?:{PLACEHOLDERS['timestamp']})(?![0-9A-Za-z])")),
    ("hash", re.compile("(?<![0-9A-Za-z])(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}(?![0-9A-Za-z])")),
)
"""What may differ between runs of one job, where it stands alone in a name."""


def shape_of(name: str) -> str:
    """Write a name as the pattern that fits it and the names that other runs would have used; itself if none."""
    shape = name
    for placeholder, varying in _VARYING:
        shape = varying.sub(f"{{{placeholder}}}", shape)
    return shape


def shapes_of(names: Iterable[str]) -> frozenset[str]:
    """Give the shapes of names that carry something which differs from run to run."""
    return frozenset(shape for name in names if (shape := shape_of(name)) != name)
