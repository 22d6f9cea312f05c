"""A file of records → one word of truth for one of its Jobs, as `parity explain` decides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cluster.recording import Recording
from cluster.scenarios import Scenario

from harness.campaign import explaining
from harness.model.truth import Truth


def word(name: str, data: bytes, taken_seconds: float) -> str:
    """Say work, platform and class of the Job of that name."""
    return told(decided(name, data, taken_seconds))


def told(truth: Truth) -> str:
    """Write work, platform and class."""
    return f"{truth.work} {truth.platform} {truth.klass or '-'}"


def beside(name: str, data: bytes, taken_seconds: float) -> frozenset[str]:
    """Give the classes that stand beside the word."""
    return frozenset(decided(name, data, taken_seconds).also)


def decided(name: str, data: bytes, taken_seconds: float) -> Truth:
    """Decide the Job of that name."""
    return one(name, data, taken_seconds).truth


def one(name: str, data: bytes, taken_seconds: float) -> explaining.ExplainedJob:
    """Tell the Job of that name."""
    (found,) = (told for told in explaining.explain("records", data, taken_seconds, "main") if told.name == name)
    return found


def words(scenario: Scenario, found: Recording) -> tuple[str, str]:
    """Decide the watch, and the list where the Job is left in it."""
    left = any((entry["kind"], entry["metadata"]["name"]) == ("Job", scenario.name) for entry in found.items)
    listed = word(scenario.name, found.list, found.taken_seconds) if left else ""
    return word(scenario.name, found.watch, found.taken_seconds), listed


def lost(scenario: Scenario, found: Recording) -> bool:
    """Tell whether a kubelet with much to do lost the exit code (K07) of a Job whose end was to be known."""
    return "K07" in words(scenario, found)[0] and "K07" not in scenario.watched


def table(scenarios: Sequence[Scenario], found: Mapping[str, Recording]) -> str:
    """Show every scenario: expected, found, from the watch and from the list."""
    rows = [("scenario", "expected", "watch", "expected", "list", "equal")]
    for scenario in scenarios:
        watched, listed = words(scenario, found[scenario.name])
        equal = "yes" if (watched, listed) == (scenario.watched, scenario.listed) else "NO"
        rows.append((scenario.name, scenario.watched, watched, scenario.listed or "-", listed or "-", equal))
    return "\n" + "\n".join("  ".join(f"{cell:<22}" for cell in row).rstrip() for row in rows) + "\n"
