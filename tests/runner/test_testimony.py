"""Witnesses that launch nothing: what they say stands in a run's history, and moves nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from runner.scripted import Scripted, event

from harness.backends.base import Batch, Fetched, Handle
from harness.model.event import Kind, Witness
from harness.model.job import Job
from harness.runner.testimony import marked


@dataclass
class Orchestrator:
    """A source that says one thing of one run."""

    kind: Kind = Kind.STATUS
    platform: str = "airflow"

    def describe(self) -> Mapping[str, str]:
        """Say who answers."""
        return {"endpoint": "here"}

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Say it, and be silent."""
        yield Batch((("wine.train.p1-legacy", event("wine.train.p1-legacy", self.kind)),))
        stop.wait(10)

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Nothing is kept there."""
        del handle, job, into
        return Fetched(None, False, None, (), ())

    def close(self) -> None:
        """Nothing was given."""


def _batch(kind: Kind) -> Batch:
    return next(iter(Orchestrator(kind).watch(threading.Event())))


def test_what_a_witness_says_is_marked_as_its_own() -> None:
    """It can't stand in the place of what the platform said, whatever key and witness it gives."""
    came = _batch(Kind.STATUS)
    ((run, said),) = came.events
    ((named, said_by_it),) = marked(Orchestrator(), came).events
    assert (named, said_by_it.key, said_by_it.witness) == (run, f"airflow/{said.key}", Witness.OUTSIDE)
    assert (said_by_it.native["source"], said_by_it.kind, said_by_it.at) == ("airflow", Kind.STATUS, said.at)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.STATUS, Kind.NOTICED}])
def test_a_witness_moves_no_runs_state(kind: Kind) -> None:
    """Only the platform says that a run began or ended; the text names the event."""
    with pytest.raises(ValueError, match=f"is {kind.value}, and a witness may send only status and noticed"):
        marked(Orchestrator(), _batch(kind))


def test_a_source_needs_no_verb_that_launches() -> None:
    """Types hold it: what is driven is a Launcher, and a Launcher is a Source."""
    launches = {"submit", "expect", "peek", "stop", "remove"}
    assert not launches & set(dir(Orchestrator()))
    assert launches < set(dir(Scripted()))
