"""A file of records → one word of truth for one of its Jobs, as `parity explain` decides it."""

from __future__ import annotations

from cluster.recording import Recording
from cluster.scenarios import Scenario

from harness.campaign import explaining
from harness.model.truth import Truth


def word(name: str, data: bytes, taken_seconds: float) -> str:
    """Say work, platform and class of the Job of that name."""
    truth = decided(name, data, taken_seconds)
    return f"{truth.work} {truth.platform} {truth.klass or '-'}"


def beside(name: str, data: bytes, taken_seconds: float) -> frozenset[str]:
    """Give the classes that stand beside the word."""
    return frozenset(decided(name, data, taken_seconds).also)


def decided(name: str, data: bytes, taken_seconds: float) -> Truth:
    """Decide the Job of that name."""
    (told,) = (each for each in explaining.explain("records", data, taken_seconds) if each.name == name)
    return told.truth


def words(scenario: Scenario, found: Recording) -> tuple[str, str]:
    """Decide the watch, and the list where the Job is left in it."""
    left = any(each["kind"] == "Job" for each in found.items)
    listed = word(scenario.name, found.list, found.taken_seconds) if left else ""
    return word(scenario.name, found.watch, found.taken_seconds), listed
