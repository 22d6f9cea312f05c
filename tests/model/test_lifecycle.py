"""The lifecycle: legal moves, illegal ones, and a fold that no disorder of arrival can change."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.lifecycle import NEXT, TERMINAL, State, replay


def seen(kind: Kind, at: float, *, resolution: float = 0.0, clock: ClockName = ClockName.NODE) -> Event:
    """One event whose key is its fact."""
    return Event(f"{kind}:{at}", kind, Witness.POD, Time(at, clock, resolution), received_seconds=at)


WHOLE = [
    (Kind.SUBMITTED, State.SUBMITTED),
    (Kind.QUEUED, State.QUEUED),
    (Kind.PROVISIONING, State.PROVISIONING),
    (Kind.PULLING, State.PULLING),
    (Kind.STARTING, State.STARTING),
    (Kind.RUNNING, State.RUNNING),
    (Kind.FINISHING, State.FINISHING),
    (Kind.SUCCEEDED, State.SUCCEEDED),
]


def test_a_whole_run_passes_every_state_in_order() -> None:
    """Each event moves to its state, and the times of entry are kept."""
    replayed = replay([seen(kind, at) for at, (kind, _) in enumerate(WHOLE)])
    assert [step.after for step in replayed.steps] == [state for _, state in WHOLE]
    assert replayed.end is State.SUCCEEDED
    assert replayed.entered[State.RUNNING].seconds == 5
    assert replayed.illegal == ()


def test_a_short_pod_is_never_seen_running_and_that_is_legal() -> None:
    """States may be skipped forward (K54)."""
    replayed = replay([seen(Kind.SUBMITTED, 0), seen(Kind.QUEUED, 1), seen(Kind.SUCCEEDED, 9)])
    assert replayed.end is State.SUCCEEDED
    assert replayed.illegal == ()


def test_running_after_the_end_is_illegal_and_does_not_reopen_the_job() -> None:
    """A late Running is a finding with its story; the end stays."""
    replayed = replay([seen(Kind.SUBMITTED, 0), seen(Kind.SUCCEEDED, 5), seen(Kind.RUNNING, 9)])
    assert replayed.end is State.SUCCEEDED
    assert [step.event.kind for step in replayed.illegal] == [Kind.RUNNING]


def test_a_move_back_within_the_error_bars_is_unordered_and_not_illegal() -> None:
    """A whole-second stamp may lie before a precise one of the same instant (K52)."""
    replayed = replay([seen(Kind.RUNNING, 10.0, resolution=1.0), seen(Kind.PROVISIONING, 10.4)])
    assert replayed.illegal == ()
    assert replayed.end is State.RUNNING


def test_a_move_back_beyond_the_error_bars_is_illegal() -> None:
    """The control of the rule above: two seconds later is no rounding."""
    replayed = replay([seen(Kind.RUNNING, 10.0, resolution=1.0), seen(Kind.PROVISIONING, 12.4)])
    assert [step.event.kind for step in replayed.illegal] == [Kind.PROVISIONING]


def test_provisioning_that_finds_no_capacity_waits_in_the_queue_again() -> None:
    """Starting, Pending, Downloading (SageMaker): legal, and the seconds are the queue's, not the provisioning's."""
    steps = (Kind.SUBMITTED, Kind.PROVISIONING, Kind.QUEUED, Kind.PULLING, Kind.RUNNING, Kind.SUCCEEDED)
    replayed = replay([seen(kind, 10 * at) for at, kind in enumerate(steps)])
    assert replayed.illegal == ()
    assert State.PROVISIONING not in replayed.entered
    assert (replayed.entered[State.QUEUED].seconds, replayed.entered[State.PULLING].seconds) == (20, 30)


def test_a_job_that_pulled_does_not_go_back_to_the_queue() -> None:
    """The control: only provisioning may find no capacity."""
    steps = (Kind.SUBMITTED, Kind.PROVISIONING, Kind.PULLING, Kind.QUEUED)
    replayed = replay([seen(kind, 10 * at) for at, kind in enumerate(steps)])
    assert [step.event.kind for step in replayed.illegal] == [Kind.QUEUED]


def test_a_restart_goes_back_to_provisioning() -> None:
    """A spot interruption or a retried pod begins a new attempt."""
    kinds = (Kind.SUBMITTED, Kind.RUNNING, Kind.RESTARTED, Kind.RUNNING, Kind.SUCCEEDED)
    replayed = replay([seen(kind, at) for at, kind in enumerate(kinds)])
    assert replayed.end is State.SUCCEEDED
    assert replayed.entered[State.RUNNING].seconds == 3
    assert replayed.illegal == ()


@pytest.mark.parametrize("end", sorted(TERMINAL))
def test_nothing_leaves_an_ending_but_the_same_ending_seen_again(end: State) -> None:
    """The table's rows of endings allow only themselves."""
    assert set(NEXT[end].values()) == {end}


events = st.lists(
    st.builds(
        seen,
        st.sampled_from(list(Kind)),
        st.integers(0, 50).map(float),
        resolution=st.sampled_from([0.0, 1.0]),
        clock=st.sampled_from(list(ClockName)),
    ),
    max_size=25,
)


@given(events, st.randoms(use_true_random=False))
def test_any_permutation_with_duplicates_folds_to_the_same_end(history: list[Event], draw: random.Random) -> None:
    """Arrival has no say: shuffled and doubled events replay to the same steps."""
    disorder = history + [draw.choice(history) for _ in range(5) if history]
    draw.shuffle(disorder)
    assert replay(disorder) == replay(history)


@given(events)
def test_replay_never_raises_and_gives_a_step_for_every_fact(history: list[Event]) -> None:
    """Whatever was seen, replay tells a story of all of it."""
    assert len(replay(history).steps) == len({event.key for event in history})


@given(events)
def test_an_ending_is_final(history: list[Event]) -> None:
    """Once a replay has reached an ending, no later step leaves it."""
    ends = [step.after for step in replay(history).steps if step.before in TERMINAL]
    assert all(after is None or after in TERMINAL for after in ends)
