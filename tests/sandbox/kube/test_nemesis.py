"""Each fault of the Kubernetes half: it strikes what it names, it is recorded, and the control is struck by nothing."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from harness.sandbox.faults import Fault, FaultFileError, Faults, check, fired
from harness.sandbox.kube.faults import KNOWN, SIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Cluster

MAPS = "/api/v1/namespaces/default/configmaps"
FAULTS = (
    {"name": "watch-lost", "match": "falls"},
    {"name": "watch-freeze", "match": "freezes", "seconds": 1},
    {"name": "event-duplicate", "match": "twice", "at": "ADDED"},
    {"name": "event-reorder", "match": "swapped", "at": "ADDED"},
    {"name": "throttle", "match": "throttled", "at": "create configmaps", "count": 2},
    {"name": "lost-reply", "match": "unanswered", "at": "create configmaps"},
)


@pytest.fixture(scope="module")
def spoiled(serve: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a server with one of each fault."""
    with serve(tmp_path_factory.mktemp("spoiled"), planned=FAULTS) as found:
        yield found


def make(cluster: Cluster, name: str) -> tuple[int, dict[str, Any]]:
    """Create a ConfigMap."""
    return cluster.ask("POST", MAPS, {"metadata": {"name": name}})


def seen(cluster: Cluster, *names: str) -> list[tuple[str, str]]:
    """Make objects, then read the watch that begins before them."""
    version = cluster.ask("GET", MAPS)[1]["metadata"]["resourceVersion"]
    for name in names:
        assert make(cluster, name)[0] == 201
    said = cluster.watch(f"{MAPS}?resourceVersion={version}&timeoutSeconds=1")
    return [(item["type"], item["object"]["metadata"].get("name", "")) for item in said]


def test_a_lost_watch_shows_nothing_of_the_change_and_the_next_is_gone(spoiled: Cluster) -> None:
    """The stream ends, the history with it: 410, and only a new list has the object."""
    version = spoiled.ask("GET", MAPS)[1]["metadata"]["resourceVersion"]
    assert make(spoiled, "falls")[0] == 201
    assert spoiled.watch(f"{MAPS}?resourceVersion={version}&timeoutSeconds=5") == []
    [error] = spoiled.watch(f"{MAPS}?resourceVersion={version}&timeoutSeconds=5")
    assert error["object"]["code"] == 410
    assert "falls" in {item["metadata"]["name"] for item in spoiled.ask("GET", MAPS)[1]["items"]}


def test_a_frozen_watch_shows_the_change_late(spoiled: Cluster) -> None:
    """Nothing is lost."""
    begun = time.monotonic()
    assert seen(spoiled, "freezes") == [("ADDED", "freezes")]
    assert time.monotonic() - begun >= 1.0


def test_a_change_is_shown_twice_and_one_beside_it_once(spoiled: Cluster) -> None:
    """Both with one resourceVersion."""
    assert seen(spoiled, "twice", "once") == [("ADDED", "twice"), ("ADDED", "twice"), ("ADDED", "once")]


def test_a_change_is_shown_behind_the_next(spoiled: Cluster) -> None:
    """Once each."""
    assert seen(spoiled, "swapped", "first") == [("ADDED", "first"), ("ADDED", "swapped")]


def test_a_throttled_call_does_nothing_and_says_when_to_come_again(spoiled: Cluster) -> None:
    """429 as often as planned, then it is done."""
    body = json.dumps({"metadata": {"name": "throttled"}}).encode()
    replies = [spoiled.send("POST", MAPS, body) for _ in range(3)]
    assert [reply.status for reply in replies] == [429, 429, 201]
    assert replies[0].headers["Retry-After"] == "1"


def test_an_unanswered_call_was_done(spoiled: Cluster) -> None:
    """The connection breaks, and a second try finds the object."""
    with pytest.raises(urllib3.exceptions.HTTPError):
        make(spoiled, "unanswered")
    assert make(spoiled, "unanswered")[1]["reason"] == "AlreadyExists"


def test_every_fault_that_struck_is_on_record(serve: Callable[..., Any], tmp_path: Path) -> None:
    """By its place in the plan; one that waited in vain is not."""
    planned = ({"name": "throttle", "match": "absent"}, {"name": "throttle", "match": "here", "count": 2})
    with serve(tmp_path, planned=planned) as cluster:
        assert [make(cluster, "here")[0] for _ in range(3)] == [429, 429, 201]
    assert fired(tmp_path) == {("legacy", 1): 2}


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        (Fault("watch-freeze", "legacy", options={"seconds": 1}), None),
        (Fault("upload-failure", "candidate"), None),
        (Fault("node-lost", "legacy"), "fault node-lost: the legacy half"),
        (Fault("throttle", "legacy", options={"seconds": 1}), "unknown option seconds"),
    ],
    ids=["good", "other-side", "unknown", "option"],
)
def test_a_plan_that_cannot_be_kept_is_refused_at_the_start(fault: Fault, refused: str | None, tmp_path: Path) -> None:
    """A fault that nobody commits would be waited for in vain."""
    plan = Faults((fault,), tmp_path / "faults.jsonl")
    if refused is None:
        check(plan, SIDE, KNOWN)
    else:
        with pytest.raises(FaultFileError, match=refused):
            check(plan, SIDE, KNOWN)
