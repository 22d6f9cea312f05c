"""Records of a real Kubernetes 1.34.4 (`nox -s cluster` with PARITY_RECORD=1 makes them anew), decided without one."""

from __future__ import annotations

import pytest
from cluster.classes import CASES, CONTROLS, Source, decided
from cluster.recorded import EVERY, listed, taken
from cluster.scenarios import Scenario
from cluster.words import decided as decided_of
from cluster.words import told, word

from harness.platforms.kubernetes.catalogue import OWN as KUBERNETES


@pytest.mark.parametrize("scenario", EVERY, ids=lambda each: each.name)
def test_a_recorded_watch_is_decided_as_on_the_cluster(scenario: Scenario) -> None:
    """All that an onlooker saw, from before the Job was made; what stands beside the word is there."""
    truth = decided(Source(scenario.name))
    assert told(truth) == scenario.watched
    assert {scenario.beside} - {""} <= set(truth.also)


@pytest.mark.parametrize("scenario", [scenario for scenario in EVERY if scenario.listed], ids=lambda each: each.name)
def test_a_recorded_list_is_decided_as_on_the_cluster(scenario: Scenario) -> None:
    """What kubectl listed at the end; a pod that was gone by then makes the work unknown, never a guess."""
    assert word(scenario.name, listed(scenario), taken(scenario)) == scenario.listed


def test_of_a_job_removed_before_the_list_its_events_are_left() -> None:
    """Only the watch knew it; its events alone say what was begun, and decide nothing."""
    (scenario,) = (scenario for scenario in EVERY if scenario.name == "removed-under-watch")
    found = decided_of(scenario.name, listed(scenario), taken(scenario))
    assert told(found) == "unknown none -"
    assert found.missing == ("the main container's end", "the Job (the records hold none)")


def test_every_decided_class_has_a_recorded_case_and_a_recorded_control() -> None:
    """No class is without, and no row is of a class that is not there."""
    decided_ones = {rule.id for rule in KUBERNETES}
    assert set(CASES) == set(CONTROLS) == decided_ones


@pytest.mark.parametrize("klass", CASES)
def test_a_recorded_case_shows_its_class(klass: str) -> None:
    """The class is named, or stands beside."""
    truth = decided(CASES[klass])
    assert klass in {truth.klass, *truth.also}


@pytest.mark.parametrize("klass", CONTROLS)
def test_the_nearest_record_does_not_show_the_class(klass: str) -> None:
    """Another record, or another part of the same one; something else is decided of it all the same."""
    assert CONTROLS[klass] != CASES[klass]
    truth = decided(CONTROLS[klass])
    assert klass not in {truth.klass, *truth.also}
