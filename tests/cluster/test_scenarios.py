"""The truth about known endings, on a real cluster: decided from a raw watch and from what kubectl lists at the end."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from cluster import recording
from cluster.scenarios import SCENARIOS, Scenario
from cluster.words import words

RECORDED = Path(__file__).parents[1] / "recorded" / "cluster"
RECORD = "PARITY_RECORD"
"""Set to 1, the run's records replace the committed ones."""


@pytest.fixture(scope="module")
def recordings(cluster: Path, image: str) -> dict[str, recording.Recording]:
    """Run all scenarios at once."""
    found = recording.record(cluster, "parity-scenarios", image, SCENARIOS)
    if os.environ.get(RECORD) == "1":
        save(found)
    sys.stdout.write(table(found) + "\n")
    return found


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
    for each in SCENARIOS:
        watched, listed = words(each, found[each.name])
        equal = "yes" if (watched, listed) == (each.watched, each.listed) else "NO"
        rows.append((each.name, each.watched, watched, each.listed or "-", listed or "-", equal))
    return "\n" + "\n".join("  ".join(f"{cell:<20}" for cell in row).rstrip() for row in rows)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_a_real_ending_is_decided_as_it_was_provoked(
    scenario: Scenario, recordings: dict[str, recording.Recording]
) -> None:
    """Each Job is the control of all others: no class is named where it was not provoked."""
    assert words(scenario, recordings[scenario.name]) == (scenario.watched, scenario.listed)
