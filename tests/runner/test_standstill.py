"""What stands still for half a minute says why, once for each reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.job import Side
from harness.model.lifecycle import State
from harness.model.plan import Run
from harness.runner.context import Tracked
from harness.runner.standstill import STUCK_AFTER_SECONDS, Standstills, stuck


def event(kind: Kind, at: float, label: str, message: str = "", witness: Witness = Witness.CLUSTER_EVENTS) -> Event:
    """Make an event that arrived at a time."""
    return Event(
        f"{label}:{at}", kind, witness, Time(at, ClockName.HARNESS), at, label=label, native={"message": message}
    )


SUBMITTED = event(Kind.SUBMITTED, 100.0, "submitted", witness=Witness.HARNESS)


@pytest.mark.parametrize(
    ("state", "trouble", "why"),
    [
        (State.SUBMITTED, event(Kind.NOTICED, 101.0, "FailedCreate", "exceeded quota: compute"),
         "FailedCreate: exceeded quota: compute"),
        (State.QUEUED, event(Kind.NOTICED, 101.0, "FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu."),
         "FailedScheduling: 0/3 nodes are available: 3 Insufficient cpu."),
        (State.PULLING, event(Kind.STATUS, 101.0, "ImagePullBackOff", "Back-off pulling image"),
         "ImagePullBackOff: Back-off pulling image"),
        (State.PROVISIONING, event(Kind.PROVISIONING, 100.0, "Starting", "Insufficient capacity error from EC2"),
         "Starting: Insufficient capacity error from EC2"),
        (State.QUEUED, event(Kind.NOTICED, 101.0, "Scheduled", "assigned"), "its platform does not say why"),
    ],
    ids=["quota", "no node", "no image", "no capacity", "nobody says"],
)  # fmt: skip
def test_a_run_that_does_not_begin_says_why_after_half_a_minute(state: State, trouble: Event, why: str) -> None:
    """Not before, and in its platform's own words."""
    standstills = Standstills()
    assert standstills.news("r1", state, [SUBMITTED, trouble], 100.0, now=129.0) == ""
    told = standstills.news("r1", state, [SUBMITTED, trouble], 100.0, now=131.0)
    assert told == f"r1 has been {state.value.lower()} for 31 s: {why}"


def test_a_reason_is_told_once_and_another_one_again() -> None:
    """A kubelet repeats itself every few seconds."""
    standstills = Standstills()
    first, second = event(Kind.NOTICED, 101.0, "ErrImagePull"), event(Kind.NOTICED, 140.0, "FailedMount", "no volume")
    assert standstills.news("r1", State.PULLING, [first], 100.0, now=131.0)
    assert standstills.news("r1", State.PULLING, [first], 100.0, now=190.0) == ""
    assert "FailedMount: no volume" in standstills.news("r1", State.PULLING, [first, second], 100.0, now=200.0)


def test_a_run_that_works_is_left_alone_and_one_that_moved_on_has_its_time() -> None:
    """However long it runs; and each step has half a minute of its own."""
    standstills = Standstills()
    assert standstills.news("r1", State.RUNNING, [SUBMITTED], 100.0, now=9999.0) == ""
    moved = event(Kind.PULLING, 150.0, "Pulling")
    assert standstills.news("r1", State.PULLING, [SUBMITTED, moved], 100.0, now=170.0) == ""


# -- what does not pass -----------------------------------------------------------------------------------------------


def waiting(*events: Event, side: Side = Side.LEGACY, state: State = State.QUEUED) -> Tracked:
    """Make a run in flight that began to wait at 100 s."""
    tracked = Tracked(Run("r1", "r1", "repo", "train", side, 1))
    tracked.state, tracked.events = state, {event.key: event for event in (SUBMITTED, *events)}
    return tracked


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("CreateContainerConfigError", 'secret "hf" not found'),
        ("InvalidImageName", ""),
        ("FailedCreate", 'pods "x" is forbidden: violates PodSecurity "restricted"'),
        ("FailedCreate", 'admission webhook "policy" denied the request: no owner'),
        ("ErrImagePull", "manifest unknown"),
        ("FailedMount", 'configmap "settings" not found'),
        ("FailedScheduling", 'persistentvolumeclaim "data" not found'),
    ],
)
def test_what_waits_for_something_that_does_not_come_is_stuck_after_two_minutes(label: str, message: str) -> None:
    """Whoever would mend it has that long; on a platform that ends such runs itself nothing is."""
    trouble = event(Kind.NOTICED, 101.0, label, message)
    assert stuck(waiting(trouble), 100.0 + STUCK_AFTER_SECONDS - 1) == ""
    assert stuck(waiting(trouble), 101.0 + STUCK_AFTER_SECONDS) == f"{label}: {message}".rstrip(": ")
    assert stuck(waiting(trouble, side=Side.CANDIDATE), 999.0) == ""
    assert stuck(waiting(trouble, state=State.RUNNING), 999.0) == ""


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("FailedCreate", 'pods "x" is forbidden: exceeded quota: compute'),
        ("FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu."),
        ("ErrImagePull", "dial tcp: i/o timeout"),
        ("FailedMount", "timed out waiting for the condition"),
        ("BackOff", "Back-off pulling image"),
    ],
)
def test_what_may_pass_is_waited_for(label: str, message: str) -> None:
    """A quota, a full cluster, a registry that is slow: the run's own allowance bounds them."""
    assert stuck(waiting(event(Kind.NOTICED, 101.0, label, message)), 9999.0) == ""


def test_a_trouble_that_passed_is_none_and_the_pods_own_status_tells_one_too() -> None:
    """The newest word of a kind counts, and what came before the run moved on does not."""
    first = event(Kind.NOTICED, 101.0, "ErrImagePull", "manifest unknown")
    later = event(Kind.NOTICED, 130.0, "ErrImagePull", "dial tcp: i/o timeout")
    assert stuck(waiting(first, later), 999.0) == ""
    assert stuck(waiting(first, event(Kind.PULLING, 140.0, "Pulling")), 999.0) == ""
    status = event(Kind.STATUS, 101.0, "Pending")
    status = replace(status, native={"waits": 'main: CreateContainerConfigError: secret "hf" not found'})
    assert stuck(waiting(status), 999.0) == 'CreateContainerConfigError: secret "hf" not found'
