"""The truth about known endings, on a real cluster: decided from a raw watch and from what kubectl lists at the end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cluster import recorded, recording
from cluster.scenarios import SCENARIOS, Scenario
from cluster.scripted import SCRIPTED
from cluster.setting import furnished
from cluster.words import beside, table, words

EVERY = (*SCENARIOS, *SCRIPTED)


@pytest.fixture(scope="module")
def recordings(cluster: Path, image: str) -> dict[str, recording.Recording]:
    """Run all scenarios at once."""
    with furnished(cluster):
        found = recording.record(cluster, "parity-scenarios", image, EVERY)
    recorded.save(EVERY, found)
    sys.stdout.write(table(EVERY, found))
    return found


@pytest.mark.parametrize("scenario", EVERY, ids=lambda each: each.name)
def test_a_real_ending_is_decided_as_it_was_provoked(
    scenario: Scenario, recordings: dict[str, recording.Recording]
) -> None:
    """Each Job is the control of all others: no class is named where it was not provoked."""
    found = recordings[scenario.name]
    assert words(scenario, found) == (scenario.watched, scenario.listed)
    assert {scenario.beside} - {""} <= beside(scenario.name, found.watch, found.taken_seconds)
