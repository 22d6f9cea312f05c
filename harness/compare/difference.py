"""What differs, whole, as one digest, so that a ruling can be bound to it and to nothing else. Pure."""

from __future__ import annotations

import hashlib

from harness.model import strict_json

CUT_MIN = 200
"""Texts this long may have been cut (`engine`, `json_values`), so two different ones may look the same."""


def difference_of(*facts: object) -> str:
    """Name what differs by the SHA-256 of its canonical JSON."""
    return "sha256:" + hashlib.sha256(strict_json.write(facts)).hexdigest()


def may_be_cut(texts: tuple[str | None, ...]) -> bool:
    """Tell whether a text may stand for more than it says."""
    return any(len(text) >= CUT_MIN for text in texts if text is not None)
