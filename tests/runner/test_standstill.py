"""What stands still for half a minute says why, once for each reason."""

from __future__ import annotations

import pytest

from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.lifecycle import State
from harness.runner.standstill import Standstills


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
    assert standstills.news("r1", state, [SUBMITTED, trouble], 100.0, 129.0) == ""
    told = standstills.news("r1", state, [SUBMITTED, trouble], 100.0, 131.0)
    assert told == f"r1 has been {state.value.lower()} for 31 s: {why}"


def test_a_reason_is_told_once_and_another_one_again() -> None:
    """A kubelet repeats itself every few seconds."""
    standstills = Standstills()
    first, second = event(Kind.NOTICED, 101.0, "ErrImagePull"), event(Kind.NOTICED, 140.0, "FailedMount", "no volume")
    assert standstills.news("r1", State.PULLING, [first], 100.0, 131.0)
    assert standstills.news("r1", State.PULLING, [first], 100.0, 190.0) == ""
    assert "FailedMount: no volume" in standstills.news("r1", State.PULLING, [first, second], 100.0, 200.0)


def test_a_run_that_works_is_left_alone_and_one_that_moved_on_has_its_time() -> None:
    """However long it runs; and each step has half a minute of its own."""
    standstills = Standstills()
    assert standstills.news("r1", State.RUNNING, [SUBMITTED], 100.0, 9999.0) == ""
    moved = event(Kind.PULLING, 150.0, "Pulling")
    assert standstills.news("r1", State.PULLING, [SUBMITTED, moved], 100.0, 170.0) == ""
