"""The truth about endings while a part of the cluster is away or its watcher is blind, on a real cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
from cluster import choosing, mending, own, provoking, recorded
from cluster.outages import OUTAGES, Outage
from cluster.scenarios import Scenario
from cluster.words import beside, table, words

Provoked = Callable[[Outage], mending.Recordings]
"""What was seen of an outage's Jobs, by name."""


@pytest.fixture(scope="module")
def stand() -> Iterator[mending.Stand]:
    """Give clusters whose programs can be stopped one by one."""
    given = choosing.chosen()
    if given is not own.cluster:
        choosing.absent(given if isinstance(given, str) else "outages: another cluster's programs are not ours to stop")
    with mending.standing(provoking.provoke) as found:
        yield found


@pytest.fixture(scope="module")
def provoked(stand: mending.Stand, image: str) -> Provoked:
    """Make each outage happen when its first Job is asked for; its error is that of all of them."""
    seen: dict[str, mending.Recordings | Exception] = {}

    def make(outage: Outage) -> mending.Recordings:
        if outage.name not in seen:
            seen[outage.name] = _seen(stand, outage, image)
        found = seen[outage.name]
        if isinstance(found, Exception):
            raise found
        return found

    return make


def _seen(stand: mending.Stand, outage: Outage, image: str) -> mending.Recordings | Exception:
    try:
        found = stand.through(outage, image)
    except Exception as error:  # noqa: BLE001 - told by the test of each of its Jobs
        return error
    recorded.save(outage.scenarios, found)
    sys.stdout.write(f"\n{outage.name}: {outage.what}\n{table(outage.scenarios, found)}")
    return found


@pytest.mark.parametrize(
    ("outage", "scenario"),
    [pytest.param(outage, scenario, id=scenario.name) for outage in OUTAGES for scenario in outage.scenarios],
)
def test_an_ending_under_an_outage_is_decided_as_it_was_provoked(
    outage: Outage, scenario: Scenario, provoked: Provoked
) -> None:
    """Nothing is guessed: what nobody saw is unknown, and the class says why."""
    found = provoked(outage)[scenario.name]
    assert words(scenario, found) == (scenario.watched, scenario.listed)
    assert {scenario.beside} - {""} <= beside(scenario.name, found.watch, found.taken_seconds)
