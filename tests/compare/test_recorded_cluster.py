"""Records of a real Kubernetes 1.34.4 (`nox -s cluster` with PARITY_RECORD=1 makes them anew), decided without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cluster.scenarios import SCENARIOS, Scenario
from cluster.scripted import SCRIPTED
from cluster.words import beside, word

from harness.errors import ConfigError

RECORDED = Path(__file__).parents[1] / "recorded" / "cluster"
EVERY = (*SCENARIOS, *SCRIPTED)
TAKEN = json.loads((RECORDED / "taken.json").read_bytes())


def watch(scenario: Scenario) -> bytes:
    """Read the raw watch of a scenario's Job."""
    return (RECORDED / f"{scenario.name}.jsonl").read_bytes()


@pytest.mark.parametrize("scenario", EVERY, ids=lambda each: each.name)
def test_a_recorded_watch_is_decided_as_on_the_cluster(scenario: Scenario) -> None:
    """All that an onlooker saw, from before the Job was made; what stands beside the word is there."""
    given = (scenario.name, watch(scenario), TAKEN[scenario.name])
    assert word(*given) == scenario.watched
    assert {scenario.beside} - {""} <= beside(*given)


@pytest.mark.parametrize("scenario", [each for each in EVERY if each.listed], ids=lambda each: each.name)
def test_a_recorded_list_is_decided_as_on_the_cluster(scenario: Scenario) -> None:
    """What kubectl listed at the end; a pod that was gone by then makes the work unknown, never a guess."""
    data = (RECORDED / f"{scenario.name}.json").read_bytes()
    assert word(scenario.name, data, TAKEN[scenario.name]) == scenario.listed


def test_a_job_removed_before_the_list_leaves_nothing_to_decide() -> None:
    """Only the watch knew it; its events alone are refused as records of a job."""
    with pytest.raises(ConfigError, match="Event"):
        word("removed-under-watch", (RECORDED / "removed-under-watch.json").read_bytes(), TAKEN["removed-under-watch"])


@pytest.mark.parametrize(
    ("name", "without", "truth"),
    [
        ("sidecar-fails-after", "proxy", "ok failed unexplained"),
        ("child-oom", "OOMKilled", "ok ok -"),
    ],
)
def test_the_class_goes_with_what_it_rests_on(name: str, without: str, truth: str) -> None:
    """The nearest record where the class must not be named: the sidecar's status or the killer's mark is taken out."""
    lines = [json.loads(each) for each in (RECORDED / f"{name}.jsonl").read_bytes().splitlines()]
    for line in lines:
        statuses = line["object"].get("status", {}).get("containerStatuses", [])
        statuses[:] = [each for each in statuses if each["name"] != without]
        for each in statuses:
            ended = each["state"].get("terminated", {})
            ended.update({"reason": "Completed"} if ended.get("reason") == without else {})
    data = b"\n".join(json.dumps(each).encode() for each in lines)
    assert word(name, data, TAKEN[name]) == truth


def test_a_watch_that_ended_before_a_ttl_removed_the_job_is_k50() -> None:
    """The recorded lines up to the running pod, then the Job's removal with no verdict seen before."""
    lines = [json.loads(each) for each in (RECORDED / "removed-under-watch.jsonl").read_bytes().splitlines()]
    jobs = [each for each in lines if each["object"]["kind"] == "Job"]
    begun = next(each for each in jobs if each["object"]["status"].get("active"))
    gone = {**begun, "type": "DELETED"}
    data = b"\n".join(json.dumps(each).encode() for each in (begun, gone))
    assert word("removed-under-watch", data, TAKEN["removed-under-watch"]) == "unknown none K50"
