"""Laws of truth: no order, no loss and no nonsense makes the words better than the records are.

Histories come from the catalogue's cases, and from a strategy that makes Jobs with retries, sidecars, lost codes,
deletions, evictions and any verdict.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from build import Look, Object, history
from hypothesis import assume, given
from hypothesis import strategies as st
from kubernetes_cases import CONTROLS, NAMED, Case
from observed import record
from sagemaker_cases import CONTROLS as SAGEMAKER_CONTROLS
from sagemaker_cases import FAILED, INTERNAL, NORMAL, STOPPED, training
from sagemaker_cases import NAMED as SAGEMAKER_NAMED
from sagemaker_cases import Case as SageMakerCase
from stories import decide, stories

from harness.compare.catalogue import rule_named
from harness.model.event import Event, Kind, Witness
from harness.model.lifecycle import replay
from harness.model.truth import UNEXPLAINED, Platform, Truth, Work
from harness.platforms.kubernetes.catalogue import RULES as KUBERNETES
from harness.platforms.kubernetes.rules_false_success import FALSE_SUCCESS
from harness.platforms.kubernetes.witnesses import witnesses_of
from harness.platforms.sagemaker import rules as rules_sagemaker
from harness.platforms.sagemaker import truth as truth_sagemaker

CUTS = frozenset(rule.id for rule in FALSE_SUCCESS)
CASES: list[Case] = [case for cases in (NAMED, CONTROLS) for mine in cases.values() for case in mine]
CREATED = "pod created"


histories = st.sampled_from([case.story for case in CASES]) | stories()


def some_of(draw: random.Random, events: Sequence[Event]) -> list[Event]:
    """Drop events by a coin."""
    keep = draw.random()
    return [event for event in events if draw.random() < keep]


# -- any subset -------------------------------------------------------------------------------------------------------


@given(histories, st.randoms(use_true_random=False))
def test_truth_never_raises_whatever_is_lost_and_is_consistent_in_itself(
    story: tuple[Look | Object, ...], draw: random.Random
) -> None:
    """Class, blame and words agree with each other for every subset of events."""
    truth = decide(some_of(draw, history(*story)))
    assert truth.klass not in truth.also
    assert truth.klass is None or truth.klass == UNEXPLAINED or rule_named(truth.klass) is not None
    if truth.work is Work.UNKNOWN:
        assert truth.missing
        assert truth.klass != UNEXPLAINED
    if truth.klass == UNEXPLAINED:
        assert not truth.agrees
    if truth.agrees:
        assert truth.klass in {None, "K12"}


@given(histories, st.randoms(use_true_random=False))
def test_work_is_never_ok_while_a_rule_of_false_success_matches_what_is_left(
    story: tuple[Look | Object, ...], draw: random.Random
) -> None:
    """A cut that anybody still tells is never overlooked."""
    events = some_of(draw, history(*story))
    matching = [rule.id for rule in FALSE_SUCCESS if rule.matches(witnesses_of(events))]
    assert not (matching and decide(events).work is Work.OK)


@given(histories, st.randoms(use_true_random=False))
def test_losing_events_never_turns_the_verdict_into_its_opposite(
    story: tuple[Look | Object, ...], draw: random.Random
) -> None:
    """What is left of one verdict is that verdict or none."""
    events = history(*story)
    assume(len(witnesses_of(events).verdicts) < 2)
    assert decide(some_of(draw, events)).platform in {decide(events).platform, Platform.NONE}


# -- losing what containers said --------------------------------------------------------------------------------------


def without(events: Sequence[Event], draw: random.Random) -> list[Event]:
    """Drop any of what containers said; every pod is still known to have existed."""
    said = [event for event in events if event.witness is Witness.CONTAINER]
    lost = {event.key for event in said if draw.random() < draw.choice([0.2, 0.9])}
    return [event for event in events if event.key not in lost]


@given(histories, st.randoms(use_true_random=False))
def test_losing_ends_of_containers_never_makes_failed_or_unknown_work_ok(
    story: tuple[Look | Object, ...], draw: random.Random
) -> None:
    """Except where the lost end itself was the only witness of a cut, no loss improves a word."""
    events = history(*story)
    whole, left = decide(events), decide(without(events, draw))
    assume(not CUTS & {whole.klass, *whole.also})
    if left.work is Work.OK:
        assert whole.work is Work.OK


@given(histories, st.data())
def test_losing_the_last_end_of_a_jobs_only_pod_leaves_the_work_unknown(
    story: tuple[Look | Object, ...], data: st.DataObject
) -> None:
    """Nothing else says what the process did: no counter, phase, verdict or event stands in for it."""
    events = history(*story)
    seen = witnesses_of(events)
    assume(len(seen.pods) == 1 and seen.wanted == 1)
    only = {event.key for event in events if event.kind is Kind.EXITED and event.native.get("uid") == seen.pods[0].uid}
    more = data.draw(st.sets(st.sampled_from(sorted(event.key for event in events if event.label != CREATED))))
    left = [event for event in events if event.key not in only and (event.key not in more or event.label == CREATED)]
    assert decide(left).work is Work.UNKNOWN


@pytest.mark.parametrize("klass", sorted(CUTS - {"K24", "K25"}))
def test_a_cut_is_hidden_only_by_losing_its_own_witnesses(klass: str) -> None:
    """Dropping one event at a time: the work stays failed or unknown, or the rule has lost what it rests on."""
    for case in NAMED[klass]:
        events = history(*case.story)
        for lost in events:
            left = [event for event in events if event.key != lost.key]
            rule = next(rule for rule in KUBERNETES if rule.id == klass)
            hidden = not rule.matches(witnesses_of(left))
            assert decide(left).work is not Work.OK or hidden


# -- order ------------------------------------------------------------------------------------------------------------


@given(histories, st.randoms(use_true_random=False))
def test_any_order_with_duplicates_gives_the_same_truth_and_the_same_end(
    story: tuple[Look | Object, ...], draw: random.Random
) -> None:
    """Arrival has no say: shuffled and doubled events of a run fold to the same end and decide alike."""
    events = list(history(*story))
    disorder = events + [replace(draw.choice(events)) for _ in range(7)]
    draw.shuffle(disorder)
    assert decide(disorder) == decide(events)
    assert replay(disorder) == replay(events)


# -- SageMaker --------------------------------------------------------------------------------------------------------

replies = st.builds(
    lambda status, steps, reason, secondary: training(status, *steps, reason=reason, secondary=secondary),
    st.sampled_from(["Completed", "Failed", "Stopped", "InProgress", "Sublimated"]),
    st.sampled_from([NORMAL, FAILED, STOPPED, ("Starting",), ()]),
    st.sampled_from(["", "AlgorithmError: , exit code: 1", "AlgorithmError: , exit code: 137", INTERNAL,
                     "ClientError: Artifact upload failed", "CapacityError: none", "nonsense: exit code: x"]),
    st.sampled_from(["", "MaxRuntimeExceeded", "Gas"]),
)  # fmt: skip
words = st.none() | st.builds(record, st.sampled_from([0, 1, 137]), signal=st.sampled_from([None, 9]))
sagemaker = st.sampled_from(
    [case for cases in (SAGEMAKER_NAMED, SAGEMAKER_CONTROLS) for mine in cases.values() for case in mine]
) | st.builds(SageMakerCase, st.just(""), st.just(""), replies, words, model=st.sampled_from(["there", "absent"]))


def decided(case: SageMakerCase, events: Sequence[Event]) -> Truth:
    """Decide what is left of a job's history."""
    return truth_sagemaker.decide(rules_sagemaker.seen_of(events, case.record, case.outputs))


@given(sagemaker, st.randoms(use_true_random=False))
def test_losing_events_of_a_sagemaker_job_never_improves_a_word(case: SageMakerCase, draw: random.Random) -> None:
    """Deciding never raises; the verdict is left or none; failed never turns into ok, nor unknown into ok."""
    whole, left = decided(case, case.events), decided(case, some_of(draw, case.events))
    assert left.platform in {whole.platform, Platform.NONE}
    assert left.work is not Work.OK or whole.work is Work.OK
    assert (left.work is Work.UNKNOWN) <= bool(left.missing)


@given(sagemaker)
def test_the_shims_word_alone_never_makes_work_ok(case: SageMakerCase) -> None:
    """Without a word of the platform the suspect's zero proves nothing."""
    assert decided(replace(case, record=record(0)), ()).work is Work.UNKNOWN


@given(sagemaker, st.sampled_from([1, 137]))
def test_a_shim_that_saw_a_failure_never_leaves_work_ok(case: SageMakerCase, code: int) -> None:
    """It may add doubt, whatever the status says."""
    assert decided(replace(case, record=record(code)), case.events).work is not Work.OK
