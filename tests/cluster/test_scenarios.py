"""The truth about known endings, on a real cluster: decided from a raw watch and from what kubectl lists at the end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cluster import recorded, recording
from cluster.scenarios import SCENARIOS, Scenario, manifest
from cluster.scripted import SCRIPTED
from cluster.setting import furnished
from cluster.words import beside, lost, table, words

EVERY = (*SCENARIOS, *SCRIPTED)


@pytest.mark.parametrize("scenario", EVERY, ids=lambda each: each.name)
def test_a_scenario_is_written_anew_for_each_cluster(scenario: Scenario) -> None:
    """Sandbox and cluster have images of their own; a manifest made for one must leave no image in the next."""
    for image in ("first", "second"):
        pod = manifest(scenario, image)["spec"]["template"]["spec"]
        used = {container["image"] for container in (*pod["containers"], *pod.get("initContainers", ()))}
        assert used <= {image, *(container["image"] for container in scenario.containers if "image" in container)}


@pytest.fixture(scope="module")
def recordings(cluster: Path, image: str) -> dict[str, recording.Recording]:
    """Run all scenarios at once; those whose exit code the kubelet lost on the way, once more."""
    with furnished(cluster):
        found = recording.record(cluster, "parity-scenarios", image, EVERY)
        if again := [scenario for scenario in EVERY if lost(scenario, found[scenario.name])]:
            sys.stdout.write(f"\nexit code lost, run again: {', '.join(scenario.name for scenario in again)}\n")
            found |= recording.record(cluster, "parity-scenarios-again", image, again)
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
