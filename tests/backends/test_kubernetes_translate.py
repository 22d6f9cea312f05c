"""Kubernetes objects recorded on a real 1.34.4 cluster, and what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.clock import parse_iso
from harness.model.event import Event, Kind, Role, Witness
from harness.model.lifecycle import State, replay
from harness.platforms.kubernetes import translate

RECORDED = Path(__file__).parents[1] / "recorded" / "kubernetes"
NOW = 1_795_600_000.0
BY_KIND = {
    "Job": translate.events_from_job,
    "Pod": translate.events_from_pod,
    "Event": translate.events_from_event,
}


def told(case: str) -> tuple[Event, ...]:
    """All events of a recorded case; later pods are later attempts."""
    items = json.loads((RECORDED / f"{case}.json").read_bytes())["items"]
    pods = [item["metadata"]["uid"] for item in items if item["kind"] == "Pod"]
    events: list[Event] = []
    for item in items:
        uid = item.get("involvedObject", item["metadata"])["uid"]
        attempt = pods.index(uid) if uid in pods else 0
        events += BY_KIND[item["kind"]](item, NOW, *[attempt] * (item["kind"] != "Job"))
    return tuple(events)


def main_exits(case: str) -> list[tuple[str, str]]:
    """Exit code and reason of every recorded end of the main container, in order."""
    return [
        (event.native["exitCode"], event.native["reason"])
        for event in told(case)
        if event.kind is Kind.EXITED and event.role is Role.MAIN
    ]


@pytest.mark.parametrize(
    ("case", "end"),
    [
        ("success", State.SUCCEEDED),
        ("code-error", State.FAILED),
        ("sidecar-failure", State.FAILED),
        ("deadline-trapped", State.FAILED),
        ("pod-deadline", State.FAILED),
        ("child-oom", State.SUCCEEDED),
        ("main-oom", State.FAILED),
        ("image-missing", State.PROVISIONING),
        ("unschedulable", State.QUEUED),
        ("never-ending-sidecar", State.RUNNING),
        ("native-sidecar", State.SUCCEEDED),
        ("onfailure-last-retry", State.FAILED),
        ("retried", State.FAILED),
    ],
)
def test_a_recorded_job_ends_as_the_cluster_said_and_makes_no_illegal_move(case: str, end: State) -> None:
    """Thirteen real jobs replay to their endings."""
    replayed = replay(told(case))
    assert replayed.end is end
    assert replayed.illegal == ()


@pytest.mark.parametrize(
    ("case", "exits"),
    [
        ("success", [("0", "Completed")]),
        ("code-error", [("3", "Error")]),
        ("sidecar-failure", [("0", "Completed")]),
        ("child-oom", [("0", "OOMKilled")]),
        ("main-oom", [("137", "OOMKilled")]),
        ("image-missing", []),
        ("retried", [("7", "Error"), ("7", "Error")]),
    ],
)
def test_the_main_containers_exits_are_told_in_the_platforms_words(case: str, exits: list[tuple[str, str]]) -> None:
    """Exit code and reason come through untouched; what never ran exits never."""
    assert main_exits(case) == exits


def test_a_failing_sidecar_is_told_apart_from_the_main_container() -> None:
    """Main is the annotated container, whatever the order."""
    codes = {(event.role, event.native["exitCode"]) for event in told("sidecar-failure") if event.kind is Kind.EXITED}
    assert codes == {(Role.MAIN, "0"), (Role.SIDECAR, "1")}


def test_a_native_sidecar_has_a_role_of_its_own() -> None:
    """An init container with restartPolicy Always never counts (K26)."""
    roles = {event.role for event in told("native-sidecar") if event.kind is Kind.EXITED}
    assert Role.NATIVE_SIDECAR in roles


def test_a_retry_is_a_restart_and_names_its_attempt() -> None:
    """The second pod begins attempt 1."""
    restarts = [event.attempt for event in told("retried") if event.kind is Kind.RESTARTED]
    assert restarts == [1]


def test_the_deletion_request_lies_the_grace_period_before_its_timestamp() -> None:
    """DeletionTimestamp is the end of the grace period."""
    events = told("deadline-trapped")
    asked = next(event for event in events if event.kind is Kind.DELETION_ASKED and event.witness is Witness.POD)
    ends = parse_iso(asked.native["deletionTimestamp"])
    assert ends - asked.at.seconds == float(asked.native["deletionGracePeriodSeconds"])


def test_a_year_one_timestamp_is_no_time() -> None:
    """A container whose status was lost has zero times; it is told at receive time and says so (K07)."""
    pod = json.loads((RECORDED / "code-error.json").read_bytes())["items"][1]
    ended = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    ended |= {"exitCode": 137, "reason": "ContainerStatusUnknown", "finishedAt": None, "startedAt": None}
    event = next(event for event in translate.events_from_pod(pod, NOW) if event.kind is Kind.EXITED)
    assert event.at.seconds == NOW
    assert "finishedAt" not in event.native


@pytest.mark.parametrize("case", [path.stem for path in sorted(RECORDED.glob("*.json"))])
def test_the_same_object_says_the_same_facts_at_any_time(case: str) -> None:
    """Keys name facts, not arrivals: a relist adds nothing."""
    items = json.loads((RECORDED / f"{case}.json").read_bytes())["items"]
    for item in items:
        first = [entry.key for entry in BY_KIND[item["kind"]](item, NOW)]
        later = [entry.key for entry in BY_KIND[item["kind"]](item, NOW + 60)]
        assert first == later


noise = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["metadata", "status", "spec", "containerStatuses", "state", "terminated", "name", "conditions", "type"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["metadata", "status", "spec", "involvedObject", "reason"]), noise, max_size=4))
def test_translation_never_raises_on_objects_of_any_shape(item: dict[str, object]) -> None:
    """A server's nonsense is no reason to lose the others' words."""
    for translated in BY_KIND.values():
        assert isinstance(translated(item, NOW), tuple)  # type: ignore[operator]
