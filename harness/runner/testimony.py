"""What a witness that launches nothing says of runs, made safe for their histories. Pure."""

from __future__ import annotations

from dataclasses import replace

from harness.backends.base import Batch, Source
from harness.model.event import Event, Kind, Witness
from harness.model.lifecycle import MOVING

SPEAKS = frozenset({Kind.STATUS, Kind.NOTICED})
"""Kinds of events that such a witness may send: what moves a run's state is its platform's to say."""


def marked(source: Source, batch: Batch) -> Batch:
    """Mark each event of a batch as this witness's.

    Its keys get the witness's name before them, so that none of them can stand in the place of a platform's event.

    Raises:
        ValueError: an event would move a run's state.
    """
    return replace(batch, events=tuple((run, _one(source.platform, event)) for run, event in batch.events))


def _one(name: str, event: Event) -> Event:
    if event.kind not in SPEAKS or event.kind in MOVING:
        message = f"its event {event.key} is {event.kind.value}, and a witness may send only status and noticed"
        raise ValueError(message)
    native = {**event.native, "source": name}
    return replace(event, key=f"{name}/{event.key}", witness=Witness.OUTSIDE, native=native)
