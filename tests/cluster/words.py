"""A file of records → one word of truth for one of its Jobs, as `parity explain` decides it."""

from __future__ import annotations

from harness.campaign import explaining


def word(name: str, data: bytes, taken_seconds: float) -> str:
    """Say work, platform and class of the Job of that name."""
    (told,) = (each for each in explaining.explain("records", data, taken_seconds) if each.name == name)
    return f"{told.truth.work} {told.truth.platform} {told.truth.klass or '-'}"
