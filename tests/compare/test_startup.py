"""Startup by phase: what each clock saw, its error bar, and never a zero for what nobody saw."""

from __future__ import annotations

from dataclasses import replace

import pytest
from build import T0, event, history, job, pod
from observed import CANDIDATE, LEGACY, declared, observed, record
from sagemaker_cases import NORMAL, training
from sagemaker_cases import T0 as S0

from harness.compare.startup import (
    FIRST,
    Start,
    first_instruction_sample,
    phase_findings,
    phases,
    start_of,
    warm_findings,
)
from harness.model.clock import ClockName, Time
from harness.model.event import WARM_START, Event, Kind, Witness
from harness.model.finding import Measure, Outcome
from harness.model.observation import ObservedPair
from harness.platforms.sagemaker import translate

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
        (item.name, item.end.seconds - item.start.seconds, item.error_seconds)
        for item in found  # type: ignore[attr-defined]
    ]


def test_a_pods_startup_is_cut_at_its_states_with_the_error_of_both_clocks() -> None:
    """Within one clock only the cut seconds count; across two clocks both offsets do."""
    found = phases(history(*STORY), None, "kubernetes")
    assert lengths(found) == [
        ("queued", 3.0, 3.0),  # API server to node: two whole seconds, two offsets
        ("provisioning", 2.0, 1.0),  # node to node: only the cut seconds
        ("pulling", 5.0, 1.0),
        ("starting", 2.0, 1.0),
    ]
    assert {phase.source for phase in found} == {"Job, Pod and container status"}


def test_the_first_instruction_ends_the_last_phase_where_the_shim_saw_it() -> None:
    """What a process did first is seen from inside only."""
    found = phases((*history(*STORY), first(T0 + 14)), record(), "kubernetes")
    assert lengths(found)[-1] == ("starting", 4.0, 0.5 + 1.0 + 0.5)
    assert found[-1].source == "Job, Pod and container status, shim"


def test_a_state_that_nobody_saw_has_no_phase_and_no_zero() -> None:
    """The Pulling event was dropped (K48): provisioning goes on to the next state that was seen."""
    dropped = tuple(event for event in history(*STORY) if event.label != "Pulling")
    names = [name for name, _, _ in lengths(phases(dropped, None, "kubernetes"))]
    assert names == [
        "queued",
        "provisioning",
        "starting",
    ]
    assert phases((), None, "kubernetes") == ()


def test_a_sagemaker_job_is_cut_at_its_transitions() -> None:
    """One clock, milliseconds: the error bar is small."""
    events = translate.events_from_describe(training("Completed", *NORMAL), S0 + 1000)
    found = phases(events, None, "sagemaker")
    assert [(name, seconds) for name, seconds, _ in lengths(found)] == [
        ("queued", 0.0), ("provisioning", 10.0), ("pulling", 10.0),
    ]  # fmt: skip
    assert {phase.source for phase in found} == {"status transitions"}


LEGACY_RUN = observed(LEGACY, *STORY, more_events=(first(T0 + 14),), run="l1")
CANDIDATE_RUN = observed(CANDIDATE, more_events=(first(S0 + 25),), run="c1")
UNSEEN = observed(CANDIDATE, run="c2")


def test_the_wait_from_submit_to_first_instruction_is_a_sample_of_pairs_and_of_each_side() -> None:
    """Pairs that have both values count; the others say why they do not."""
    couples = (ObservedPair("p1", LEGACY_RUN, CANDIDATE_RUN), ObservedPair("p2", LEGACY_RUN, UNSEEN))
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
    quick = job("complete@60"), pod("main 0-50 0", created=0)
    early = observed(LEGACY, *quick, more_events=(first(T0 - 1),))
    sample = first_instruction_sample((ObservedPair("p1", early, CANDIDATE_RUN),), [], [])
    assert sample.legacy == (0.001,)


def test_a_first_instruction_long_before_the_submit_is_told_and_in_no_sample() -> None:
    """Half an hour is no error bar: the node's clock is off, and clipping the wait would hide that."""
    early = observed(LEGACY, more_events=(first(T0 - 1800),))
    late = observed(CANDIDATE, more_events=(first(S0 + 20),))
    sample = first_instruction_sample([ObservedPair("p", early, late)], [early], [])
    assert (sample.legacy, sample.legacy_repeats) == ((), ())
    assert sample.problems == (
        "pair p: no wait can be measured (the clock of the container is at least 1802 s behind) on legacy",
    )


def test_a_phase_on_both_sides_is_told_in_medians() -> None:
    """Phases inform and never decide."""
    found = {
        finding.subject: finding
        for finding in phase_findings(declared(), [ObservedPair("p1", LEGACY_RUN, CANDIDATE_RUN)])
    }
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
    couple = ObservedPair("p1", observed(LEGACY, *STORY), observed(CANDIDATE))
    found = {finding.subject: finding for finding in phase_findings(declared(), [couple])}
    starting = found["train/starting"]
    assert (starting.outcome, starting.summary) == (Outcome.INCONCLUSIVE, "starting: seen on legacy only")
    assert (starting.measure, starting.required) == (None, False)


@pytest.mark.parametrize(
    "nothing", [(), (ObservedPair("p1", observed(LEGACY, events=()), observed(CANDIDATE, events=())),)]
)
def test_a_phase_that_nobody_saw_on_either_side_is_no_finding(
    nothing: tuple[ObservedPair, ...],
) -> None:
    """There is nothing to tell."""
    assert phase_findings(declared(), nothing) == ()


# -- cold and warm ----------------------------------------------------------------------------------------------------


def told(label: str, kind: Kind = Kind.NOTICED) -> Event:
    """Make a line of the control plane."""
    return Event(label, kind, Witness.CONTROL_PLANE, Time(S0 + 1, ClockName.SERVICE), S0 + 1, label=label)


PROOF = told(WARM_START)
QUICK = training("Completed", *NORMAL)
for place, entry in enumerate(QUICK["SecondaryStatusTransitions"]):
    entry["StartTime"] = S0 + place
WARM_RUN = observed(CANDIDATE, reply=QUICK, more_events=(first(S0 + 5), PROOF), run="w1")
MIXED_RUN = observed(CANDIDATE, more_events=(first(S0 + 9), PROOF, told("Restarting", Kind.RESTARTED)), run="m1")


def test_a_start_is_warm_by_its_proof_alone() -> None:
    """A fast run without the proof is cold, and so is one whose pool was only kept."""
    fast = observed(CANDIDATE, more_events=(first(S0 + 1),))
    kept = observed(CANDIDATE, more_events=(told("warm pool Available"),))
    again = observed(CANDIDATE, more_events=(told("Restarting", Kind.RESTARTED),))
    runs = (fast, kept, again, WARM_RUN, MIXED_RUN)
    assert [start_of(run.events) for run in runs] == [Start.COLD, Start.COLD, Start.COLD, Start.WARM, Start.MIXED]


def test_a_warm_run_is_in_no_cold_sample() -> None:
    """Its pair and its repeat are left out, and that is no problem of the others."""
    couples = (ObservedPair("p1", LEGACY_RUN, CANDIDATE_RUN), ObservedPair("p2", LEGACY_RUN, WARM_RUN))
    sample = first_instruction_sample(couples, [LEGACY_RUN], [CANDIDATE_RUN, WARM_RUN, MIXED_RUN])
    assert (sample.pairs, sample.legacy, sample.candidate) == (("p1",), (13.5,), (24.5,))
    assert (sample.candidate_repeats, sample.problems) == ((24.5,), ())


def test_the_same_run_without_its_proof_is_in_the_sample() -> None:
    """The control: only the proof takes it out."""
    unproven = replace(WARM_RUN, events=tuple(event for event in WARM_RUN.events if event is not PROOF))
    couples = (ObservedPair("p1", LEGACY_RUN, CANDIDATE_RUN), ObservedPair("p2", LEGACY_RUN, unproven))
    sample = first_instruction_sample(couples, [], [CANDIDATE_RUN, unproven])
    assert (sample.pairs, sample.candidate, sample.candidate_repeats) == (("p1", "p2"), (24.5, 4.5), (24.5, 4.5))
    assert warm_findings(declared(), CANDIDATE, [CANDIDATE_RUN, unproven]) == ()


def test_a_sample_that_would_mix_is_refused() -> None:
    """Begun warm, ended on nobody knows which instances: the wait belongs to neither statistic."""
    sample = first_instruction_sample(
        (ObservedPair("p1", LEGACY_RUN, CANDIDATE_RUN), ObservedPair("p2", LEGACY_RUN, MIXED_RUN)), [], []
    )
    assert (sample.pairs, sample.problems) == (
        ("p1",),
        ("pair p2: the candidate began warm and was started again, so its wait is neither cold nor warm",),
    )


def test_warm_runs_alone_give_no_cold_statistic() -> None:
    """Legacy's cold starts are not judged against kept instances."""
    sample = first_instruction_sample((ObservedPair("p1", LEGACY_RUN, WARM_RUN),), [], [WARM_RUN])
    assert (sample.pairs, sample.candidate, sample.candidate_repeats) == ((), (), ())
    assert sample.problems == ("the candidate began warm in every pair, and cold is judged with cold",)


def test_the_phases_of_a_warm_run_are_in_no_median() -> None:
    """With it left out the phases say what they say without its pair."""
    cold = ObservedPair("p1", LEGACY_RUN, CANDIDATE_RUN)
    slow = replace(WARM_RUN, events=(*WARM_RUN.events, first(S0 + 500)))
    assert phase_findings(declared(), [cold, ObservedPair("p2", LEGACY_RUN, slow)]) == phase_findings(
        declared(), [cold]
    )


def test_warm_runs_are_told_by_themselves() -> None:
    """How many, and their own median; it informs and never decides. A mixed run is no warm one."""
    later = observed(CANDIDATE, reply=QUICK, more_events=(first(S0 + 7), PROOF), run="w2")
    (found,) = warm_findings(declared(), CANDIDATE, [CANDIDATE_RUN, WARM_RUN, later, MIXED_RUN])
    assert (found.check, found.subject, found.outcome, found.required) == (
        "startup.warm", "train/warm start", Outcome.MATCH, False,
    )  # fmt: skip
    assert found.summary == (
        "warm start: 2 candidate run(s) began on kept instances, first instruction after 5.5 s (median of 2); "
        "no cold statistic holds them"
    )
    assert found.measure == Measure(unit="s", candidate=5.5, error=2.0, series_candidate=(4.5, 6.5))
    assert found.evidence == ("runs/w1/observation.json", "runs/w2/observation.json")


def test_a_warm_run_that_nobody_saw_begin_is_counted_and_has_no_number() -> None:
    """The proof is there, the shim's word is not."""
    (found,) = warm_findings(declared(), CANDIDATE, [observed(CANDIDATE, more_events=(PROOF,))])
    assert (found.outcome, found.measure, found.required) == (Outcome.INCONCLUSIVE, None, False)
    assert "1 candidate run(s)" in found.summary
    assert "nobody saw their first instruction" in found.summary
