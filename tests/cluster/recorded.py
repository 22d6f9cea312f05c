"""The committed records of a real Kubernetes 1.34.4, and how a run replaces them (`PARITY_RECORD=1 nox -s cluster`)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cluster.outages import OUTAGES
from cluster.recording import Recording
from cluster.scenarios import SCENARIOS, Object, Scenario
from cluster.scripted import SCRIPTED

FOLDER = Path(__file__).parents[1] / "recorded" / "cluster"
RECORD = "PARITY_RECORD"
"""Set to 1, a run's records replace the committed ones."""
_TAKEN = FOLDER / "taken.json"
EVERY: tuple[Scenario, ...] = (
    *SCENARIOS,
    *SCRIPTED,
    *(scenario for outage in OUTAGES for scenario in outage.scenarios),
)


def watch(scenario: Scenario) -> list[Object]:
    """Read the lines of a raw watch."""
    return [json.loads(line) for line in (FOLDER / f"{scenario.file}.jsonl").read_bytes().splitlines()]


def listed(scenario: Scenario) -> bytes:
    """Read what kubectl listed at the end."""
    return (FOLDER / f"{scenario.file}.json").read_bytes()


def taken(scenario: Scenario) -> float:
    """Say when the list was taken, in epoch seconds."""
    return float(json.loads(_TAKEN.read_bytes())[scenario.file])


def save(scenarios: Sequence[Scenario], found: Mapping[str, Recording]) -> None:
    """Keep the records for the tests that need no cluster, where that is asked for."""
    if os.environ.get(RECORD) != "1":
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    times: dict[str, float] = json.loads(_TAKEN.read_bytes()) if _TAKEN.exists() else {}
    for scenario in scenarios:
        seen = found[scenario.name]
        (FOLDER / f"{scenario.file}.jsonl").write_bytes(seen.watch)
        if seen.items:
            (FOLDER / f"{scenario.file}.json").write_bytes(seen.list)
        times[scenario.file] = seen.taken_seconds
    _TAKEN.write_text(json.dumps(times, indent=1, sort_keys=True) + "\n", encoding="utf-8")
