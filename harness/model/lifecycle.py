"""The lifecycle both platforms are translated to: one table, and replay as a fold that never raises.

The world makes illegal moves; an illegal move becomes a step without `after`, and replay goes on. States may be skipped
forward (a short pod is never seen Running, K54), so every forward move is legal; going back needs a RESTARTED, but for
provisioning that finds no capacity and waits in the queue again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.model.clock import Time, surely_before
from harness.model.event import Event, Kind
from harness.model.skew import corrected


class State(StrEnum):
    """Canonical states (design section 4)."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    QUEUED = "QUEUED"
    PROVISIONING = "PROVISIONING"
    PULLING = "PULLING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    FINISHING = "FINISHING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


TERMINAL = frozenset({State.SUCCEEDED, State.FAILED, State.STOPPED})

_ENDINGS = {Kind.SUCCEEDED: State.SUCCEEDED, Kind.FAILED: State.FAILED, Kind.STOPPED: State.STOPPED}
_FORWARD = (
    (Kind.SUBMITTED, State.SUBMITTED),
    (Kind.QUEUED, State.QUEUED),
    (Kind.PROVISIONING, State.PROVISIONING),
    (Kind.PULLING, State.PULLING),
    (Kind.STARTING, State.STARTING),
    (Kind.RUNNING, State.RUNNING),
    (Kind.FINISHING, State.FINISHING),
)


def _table() -> Mapping[State, Mapping[Kind, State]]:
    """Build `state x event kind -> state`: forward and stay are legal, nothing is after an end.

    Back leads only RESTARTED, and from provisioning to the queue.
    """
    order = [State.NEW, *(state for _, state in _FORWARD)]
    table: dict[State, Mapping[Kind, State]] = {}
    for place, state in enumerate(order):
        moves = {kind: target for kind, target in _FORWARD if order.index(target) >= place}
        if place:
            moves[Kind.RESTARTED] = State.PROVISIONING
            moves |= _ENDINGS
        table[state] = moves
    # A platform that began to provision may find no capacity and wait for it (Starting, Pending, Downloading).
    table[State.PROVISIONING] = {**table[State.PROVISIONING], Kind.QUEUED: State.QUEUED}
    for kind, state in _ENDINGS.items():
        table[state] = {kind: state}
    return table


NEXT: Mapping[State, Mapping[Kind, State]] = _table()
"""Every legal move; docs/lifecycle.md is written from it."""

MOVING = frozenset({kind for moves in NEXT.values() for kind in moves})
"""Kinds that move the state; all others only testify."""

_TARGET = dict(_FORWARD) | _ENDINGS | {Kind.RESTARTED: State.PROVISIONING}
_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Step:
    """One event's effect on the state."""

    event: Event
    before: State
    after: State | None
    """None: seen, but not allowed from `before`."""


@dataclass(frozen=True, slots=True)
class Replay:
    """All steps of one run and where they end."""

    steps: tuple[Step, ...]
    end: State
    entered: Mapping[State, Time]
    """First entry of each state in the last attempt that had it."""

    @property
    def illegal(self) -> tuple[Step, ...]:
        """Steps that the table does not allow."""
        return tuple(step for step in self.steps if step.after is None)


def ordered(events: Iterable[Event]) -> tuple[Event, ...]:
    """Drop duplicates and sort by the witnesses' times, then rank: any order of arrival folds alike."""
    first: dict[str, Event] = {}
    for event in events:
        known = first.get(event.key)
        if known is None or _tie(event) < _tie(known):
            first[event.key] = event
    return tuple(sorted(first.values(), key=_place))


def _tie(event: Event) -> tuple[tuple[float, bool, int, bool, int, str], float, str]:
    """Choose among arrivals of one fact; writing an event out is slow, and only they need it."""
    return _place(event), event.received_seconds, repr(event)


def _place(event: Event) -> tuple[float, bool, int, bool, int, str]:
    """Within one instant: endings last, then by attempt, a restart before what it leads to, then by the lifecycle."""
    started = event.kind is not Kind.RESTARTED
    when = (event.at.seconds, event.kind in _ENDINGS, event.attempt, started)
    return (*when, _RANK[event.kind], event.key)


def replay(events: Iterable[Event]) -> Replay:
    """Fold events into the lifecycle; never raises.

    A move back that lies within the error bars of the clocks is unordered, not illegal: it moves nothing. A clock that
    is measurably off is corrected first: times of entry are the corrected ones, a step keeps its event as it came.
    """
    told = tuple(events)
    fixed = corrected(told)
    came = {id(event): original for event, original in zip(fixed, told, strict=True)}
    state = State.NEW
    reached: Time | None = None
    steps: list[Step] = []
    entered: dict[State, Time] = {}
    for event in ordered(fixed):
        if event.kind not in MOVING:
            steps.append(Step(came[id(event)], state, state))
            continue
        after = NEXT[state].get(event.kind)
        if after is None and reached is not None and not surely_before(reached, event.at) and state not in TERMINAL:
            entered.setdefault(_TARGET[event.kind], event.at)
            after = state
        if after is not None and after is not state:
            if (state, after) == (State.PROVISIONING, State.QUEUED):
                del entered[State.PROVISIONING]  # the time until it is entered again was spent in the queue
            if event.kind is Kind.RESTARTED:
                entered = {known: at for known, at in entered.items() if known in {State.SUBMITTED, State.QUEUED}}
            entered.setdefault(after, event.at)
            reached = event.at
        steps.append(Step(came[id(event)], state, after))
        state = after or state
    return Replay(tuple(steps), state, entered)
