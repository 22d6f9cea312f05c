"""The truth about endings while a part of the cluster is away or its watcher is blind, on a real cluster."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import pytest
from cluster import choosing, own, provoking, recorded, recording
from cluster.outages import OUTAGES, Outage
from cluster.scenarios import Scenario
from cluster.words import beside, table, words


@pytest.fixture(scope="module")
def running() -> Iterator[own.Running]:
    """Start a cluster whose programs can be stopped one by one."""
    given = choosing.chosen()
    if given is not own.cluster:
        choosing.absent(given if isinstance(given, str) else "outages: another cluster's programs are not ours to stop")
    with own.running() as found:
        yield found


@pytest.fixture(scope="module")
def provoked(running: own.Running, image: str) -> provoking.Provoked:
    """Make each outage happen once, when its first Job is asked for; one that went wrong is not tried again."""
    seen: dict[str, Mapping[str, recording.Recording]] = {}

    def make(outage: Outage) -> Mapping[str, recording.Recording]:
        if outage.name not in seen:
            seen[outage.name] = {}
            found = seen[outage.name] = provoking.provoke(running, outage, image)
            recorded.save(outage.scenarios, found)
            sys.stdout.write(f"\n{outage.name}: {outage.what}\n{table(outage.scenarios, found)}")
        return seen[outage.name]

    return make


@pytest.mark.parametrize(
    ("outage", "scenario"),
    [pytest.param(outage, scenario, id=scenario.name) for outage in OUTAGES for scenario in outage.scenarios],
)
def test_an_ending_under_an_outage_is_decided_as_it_was_provoked(
    outage: Outage, scenario: Scenario, provoked: provoking.Provoked
) -> None:
    """Nothing is guessed: what nobody saw is unknown, and the class says why."""
    found = provoked(outage)[scenario.name]
    assert words(scenario, found) == (scenario.watched, scenario.listed)
    assert {scenario.beside} - {""} <= beside(scenario.name, found.watch, found.taken_seconds)
