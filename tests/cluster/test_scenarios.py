"""The truth about known endings, on a real cluster: decided from a raw watch and from what kubectl lists at the end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cluster import recording
from cluster.scenarios import SCENARIOS, Scenario
from cluster.scripted import SCRIPTED
from cluster.words import beside, words
from kubernetes import client, config

RECORDED = Path(__file__).parents[1] / "recorded" / "cluster"
EVERY = (*SCENARIOS, *SCRIPTED)
RUNTIME: dict[str, Any] = {
    "kind": "RuntimeClass",
    "apiVersion": "node.k8s.io/v1",
    "metadata": {"name": "parity-sandboxed"},
    "handler": "x",
}
"""Names a runtime that keeps a pod in a virtual machine; no node has to have it for a pod that nobody runs."""
RECORD = "PARITY_RECORD"
"""Set to 1, the run's records replace the committed ones."""


@pytest.fixture(scope="module")
def recordings(cluster: Path, image: str) -> dict[str, recording.Recording]:
    """Run all scenarios at once."""
    with sandboxed_runtime(cluster):
        found = recording.record(cluster, "parity-scenarios", image, EVERY)
    if os.environ.get(RECORD) == "1":
        save(found)
    sys.stdout.write(table(found) + "\n")
    return found


@contextmanager
def sandboxed_runtime(cluster: Path) -> Iterator[None]:
    """Make the runtime class that one of the pods names."""
    api = config.new_client_from_config(str(cluster))
    node = client.NodeV1Api(api)
    node.create_runtime_class(RUNTIME)
    try:
        yield
    finally:
        node.delete_runtime_class(RUNTIME["metadata"]["name"])
        api.close()


def save(found: dict[str, recording.Recording]) -> None:
    """Keep the records for the tests that need no cluster."""
    RECORDED.mkdir(parents=True, exist_ok=True)
    for name, each in found.items():
        (RECORDED / f"{name}.jsonl").write_bytes(each.watch)
        if each.items:
            (RECORDED / f"{name}.json").write_bytes(each.list)
    taken = {name: each.taken_seconds for name, each in found.items()}
    (RECORDED / "taken.json").write_text(json.dumps(taken, indent=1) + "\n", encoding="utf-8")


def table(found: dict[str, recording.Recording]) -> str:
    """Show every scenario: expected, found, from the watch and from the list."""
    rows = [("scenario", "expected", "watch", "expected", "list", "equal")]
    for each in EVERY:
        watched, listed = words(each, found[each.name])
        equal = "yes" if (watched, listed) == (each.watched, each.listed) else "NO"
        rows.append((each.name, each.watched, watched, each.listed or "-", listed or "-", equal))
    return "\n" + "\n".join("  ".join(f"{cell:<20}" for cell in row).rstrip() for row in rows)


@pytest.mark.parametrize("scenario", EVERY, ids=lambda each: each.name)
def test_a_real_ending_is_decided_as_it_was_provoked(
    scenario: Scenario, recordings: dict[str, recording.Recording]
) -> None:
    """Each Job is the control of all others: no class is named where it was not provoked."""
    found = recordings[scenario.name]
    assert words(scenario, found) == (scenario.watched, scenario.listed)
    assert {scenario.beside} - {""} <= beside(scenario.name, found.watch, found.taken_seconds)
