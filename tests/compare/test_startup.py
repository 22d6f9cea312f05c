"""Startup by phase: what each clock saw, its error bar, and never a zero for what nobody saw."""

from __future__ import annotations

import pytest
from build import T0, event, history, job, pod
from observed import CANDIDATE, LEGACY, declared, observed, record
from sagemaker_cases import NORMAL, training
from sagemaker_cases import T0 as S0

from harness.backends.sagemaker import translate
from harness.compare.startup import FIRST, first_instruction_sample, phase_findings, phases
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.finding import Measure, Outcome
from harness.model.observation import Observation

SCHEDULED = {
    "type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-06-01T12:00:03Z",
}  # fmt: skip
STORY = (
    job("complete@60"), pod("main 12-50 0", conditions=[SCHEDULED]), event("Pulling", 5), event("Pulled", 10),
)  # fmt: skip


def first(at: float, error: float = 0.5) -> Event:
    """Make the shim's first instruction."""
    return Event("first", Kind.FIRST_INSTRUCTION, Witness.SHIM, Time(at, ClockName.CONTAINER, 0.0, error), at)


def lengths(found: object) -> list[tuple[str, float, float | None]]:
    """Give name, seconds and error bar of each phase."""
    return [
        (each.name, each.end.seconds - each.start.seconds, each.error_seconds)
        for each in found  # type: ignore[attr-defined]
    ]


def test_a_pods_startup_is_cut_at_its_states_with_the_error_of_both_clocks() -> None:
    """Within one clock only the cut seconds count; across two clocks both offsets do."""
    found = phases(history(*STORY), None, LEGACY)
    assert lengths(found) == [
        ("queued", 3.0, 3.0),  # API server to node: two whole seconds, two offsets
        ("provisioning", 2.0, 1.0),  # node to node: only the cut seconds
        ("pulling", 5.0, 1.0),
        ("starting", 2.0, 1.0),
    ]
    assert {each.source for each in found} == {"Job, Pod and container status"}


def test_the_first_instruction_ends_the_last_phase_where_the_shim_saw_it() -> None:
    """What a process did first is seen from inside only."""
    found = phases((*history(*STORY), first(T0 + 14)), record(), LEGACY)
    assert lengths(found)[-1] == ("starting", 4.0, 0.5 + 1.0 + 0.5)
    assert found[-1].source == "Job, Pod and container status, shim"


def test_a_state_that_nobody_saw_has_no_phase_and_no_zero() -> None:
    """The Pulling event was dropped (K48): provisioning goes on to the next state that was seen."""
    dropped = tuple(each for each in history(*STORY) if each.label != "Pulling")
    assert [name for name, _, _ in lengths(phases(dropped, None, LEGACY))] == ["queued", "provisioning", "starting"]
    assert phases((), None, LEGACY) == ()


def test_a_sagemaker_job_is_cut_at_its_transitions() -> None:
    """One clock, milliseconds: the error bar is small."""
    events = translate.events_from_describe(training("Completed", *NORMAL), S0 + 1000)
    found = phases(events, None, CANDIDATE)
    assert [(name, seconds) for name, seconds, _ in lengths(found)] == [
        ("queued", 0.0), ("provisioning", 10.0), ("pulling", 10.0),
    ]  # fmt: skip
    assert {each.source for each in found} == {"status transitions"}


LEGACY_RUN = observed(LEGACY, *STORY, more_events=(first(T0 + 14),), run="l1")
CANDIDATE_RUN = observed(CANDIDATE, more_events=(first(S0 + 25),), run="c1")
UNSEEN = observed(CANDIDATE, run="c2")


def test_the_wait_from_submit_to_first_instruction_is_a_sample_of_pairs_and_of_each_side() -> None:
    """Pairs that have both values count; the others say why they do not."""
    couples = (("p1", LEGACY_RUN, CANDIDATE_RUN), ("p2", LEGACY_RUN, UNSEEN))
    sample = first_instruction_sample(couples, [LEGACY_RUN, LEGACY_RUN], [CANDIDATE_RUN, UNSEEN])
    assert (sample.name, sample.unit, sample.pairs) == (FIRST, "s", ("p1",))
    assert (sample.legacy, sample.candidate) == ((13.5,), (24.5,))  # a whole second is read at its middle
    assert (sample.legacy_repeats, sample.candidate_repeats) == ((13.5, 13.5), (24.5,))
    assert sample.problems == ("pair p2: nobody saw the first instruction on candidate",)
    assert sample.error_seconds == 2.0
    assert sample.evidence[:2] == ("runs/l1/observation.json", "runs/c1/observation.json")


def test_no_pair_gives_an_empty_sample_and_no_invented_number() -> None:
    """Nothing seen is nothing, not zero."""
    sample = first_instruction_sample((), [], [])
    assert (sample.legacy, sample.pairs, sample.error_seconds) == ((), (), 0.0)


def test_a_wait_that_two_clocks_make_negative_is_still_a_duration() -> None:
    """The container's clock is behind the API server's."""
    early = observed(LEGACY, *STORY, more_events=(first(T0 - 1),))
    sample = first_instruction_sample((("p1", early, CANDIDATE_RUN),), [], [])
    assert sample.legacy == (0.001,)


def test_a_phase_on_both_sides_is_told_in_medians() -> None:
    """Phases inform and never decide."""
    found = {each.subject: each for each in phase_findings(declared(), [("p1", LEGACY_RUN, CANDIDATE_RUN)])}
    assert {name: (each.outcome, each.summary, each.required) for name, each in found.items()} == {
        "train/queued": (Outcome.MATCH, "queued: 3.0 s on legacy, 0.0 s on candidate (medians)", False),
        "train/provisioning": (Outcome.MATCH, "provisioning: 2.0 s on legacy, 10.0 s on candidate (medians)", False),
        "train/pulling": (Outcome.MATCH, "pulling: 5.0 s on legacy, 10.0 s on candidate (medians)", False),
        "train/starting": (Outcome.MATCH, "starting: 3.5 s on legacy, 4.5 s on candidate (medians)", False),
    }
    measure = found["train/pulling"].measure
    assert measure == Measure(
        unit="s", legacy=5.0, candidate=10.0, difference=5.0, pairs=1, error=1.0,
        series_legacy=(5.0,), series_candidate=(10.0,),
    )  # fmt: skip


def test_a_phase_that_one_platform_hides_is_not_compared() -> None:
    """Without the shim a training job shows nothing between Training and its end."""
    couple = ("p1", observed(LEGACY, *STORY), observed(CANDIDATE))
    found = {each.subject: each for each in phase_findings(declared(), [couple])}
    starting = found["train/starting"]
    assert (starting.outcome, starting.summary) == (Outcome.INCONCLUSIVE, "starting: seen on legacy only")
    assert (starting.measure, starting.required) == (None, False)


@pytest.mark.parametrize("nothing", [(), (("p1", observed(LEGACY, events=()), observed(CANDIDATE, events=())),)])
def test_a_phase_that_nobody_saw_on_either_side_is_no_finding(
    nothing: tuple[tuple[str, Observation, Observation], ...],
) -> None:
    """There is nothing to tell."""
    assert phase_findings(declared(), nothing) == ()
