"""An outage that fails leaves no broken cluster to the next: it is mended, or replaced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from cluster import own, recording
from cluster.mending import Recordings, standing
from cluster.outages import OUTAGES, Outage

TAINTED = next(outage for outage in OUTAGES if outage.name == "node-tainted")
(EVICTED,) = TAINTED.scenarios


@dataclass
class Clusters:
    """Clusters that are numbers, in the order in which they were started, and what happened to them."""

    log: list[str] = field(default_factory=list)
    started: int = 0

    @contextmanager
    def make(self) -> Iterator[own.Running]:
        """Start one."""
        self.started += 1
        name = f"cluster-{self.started}"
        self.log.append(f"{name} starts")
        yield cast("own.Running", name)
        self.log.append(f"{name} ends")

    def mend(self, running: own.Running, namespace: str, image: str) -> None:
        """Mend it."""
        self.log.append(f"{running} mended after {namespace} with {image}")

    def beyond_mending(self, running: own.Running, namespace: str, image: str) -> None:
        """Fail to mend it."""
        self.mend(running, namespace, image)
        message = "the node keeps a taint"
        raise TimeoutError(message)


def ends(failing: int, recordings: Recordings) -> Any:
    """Fail so many times, then give these recordings."""
    tries: list[str] = []

    def provoke(_running: own.Running, _outage: Outage, _image: str, namespace: str) -> Recordings:
        tries.append(namespace)
        if len(tries) <= failing:
            message = f"try {len(tries)}"
            raise TimeoutError(message)
        return recordings

    return provoke


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Recordings:
    """Give recordings in which no exit code was lost."""
    monkeypatch.setattr("cluster.mending.lost", lambda _scenario, _found: False)
    return {EVICTED.name: recording.Recording((), (), 0.0)}


def test_an_outage_that_goes_well_is_mended_all_the_same(known: Recordings) -> None:
    """What it did to the node is nothing that the next may find."""
    clusters = Clusters()
    with standing(ends(0, known), clusters.make, clusters.mend) as stand:
        assert stand.through(TAINTED, "busybox") == known
    mended = "cluster-1 mended after parity-node-tainted-1 with busybox"
    assert clusters.log == ["cluster-1 starts", mended, "cluster-1 ends"]


def test_an_outage_that_fails_is_made_once_more_on_the_mended_cluster(known: Recordings) -> None:
    """In a namespace of its own, since removing the first one takes a while."""
    clusters = Clusters()
    with standing(ends(1, known), clusters.make, clusters.mend) as stand:
        assert stand.through(TAINTED, "b") == known
    assert clusters.log[1:3] == [f"cluster-1 mended after parity-node-tainted-{number} with b" for number in (1, 2)]


def test_an_outage_that_fails_twice_is_its_own_failure_and_the_next_has_a_cluster(known: Recordings) -> None:
    """The error is the second try's."""
    clusters = Clusters()
    with standing(ends(2, known), clusters.make, clusters.mend) as stand:
        with pytest.raises(TimeoutError, match="try 2"):
            stand.through(TAINTED, "b")
        assert stand.through(TAINTED, "b") == known
    assert clusters.started == 1


def test_a_cluster_beyond_mending_is_replaced(known: Recordings) -> None:
    """Its end comes before the start of the other: both cores are needed."""
    clusters = Clusters()
    with standing(ends(0, known), clusters.make, clusters.beyond_mending) as stand:
        assert stand.through(TAINTED, "b") == known
        assert stand.through(TAINTED, "b") == known
    assert [line for line in clusters.log if "mended" not in line] == [
        "cluster-1 starts", "cluster-1 ends", "cluster-2 starts", "cluster-2 ends",
    ]  # fmt: skip


def test_a_lost_exit_code_is_provoked_once_more_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy kubelet loses one now and then; twice in a row is for the assertion on the words."""
    monkeypatch.setattr("cluster.mending.lost", lambda _scenario, _found: True)
    clusters, found = Clusters(), {EVICTED.name: recording.Recording((), (), 0.0)}
    with standing(ends(0, found), clusters.make, clusters.mend) as stand:
        assert stand.through(TAINTED, "b") == found
    assert len(clusters.log) == 4
