"""A file of records → one word of truth for one of its Jobs, as `parity explain` decides it."""

from __future__ import annotations

from cluster.recording import Recording
from cluster.scenarios import Scenario

from harness.campaign import explaining


def word(name: str, data: bytes, taken_seconds: float) -> str:
    """Say work, platform and class of the Job of that name."""
    (told,) = (each for each in explaining.explain("records", data, taken_seconds) if each.name == name)
    return f"{told.truth.work} {told.truth.platform} {told.truth.klass or '-'}"


def words(scenario: Scenario, found: Recording) -> tuple[str, str]:
    """Decide the watch, and the list where the Job is left in it."""
    left = any(each["kind"] == "Job" for each in found.items)
    listed = word(scenario.name, found.list, found.taken_seconds) if left else ""
    return word(scenario.name, found.watch, found.taken_seconds), listed
