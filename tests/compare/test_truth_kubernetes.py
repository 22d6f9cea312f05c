"""Every class of the Kubernetes catalogue: where its rule must name it, and the nearest record where it must not."""

from __future__ import annotations

import pytest
from build import history, job, pod
from kubernetes_cases import CONTROLS, DEADLINE, NAMED, Case
from truth_cases import named, told

from harness.compare.catalogue import rule_named
from harness.model.truth import Platform, Truth, Work
from harness.platforms.kubernetes.catalogue import OWN as KUBERNETES
from harness.platforms.kubernetes.rules_evidence import NOTES
from harness.platforms.kubernetes.rules_false_success import FALSE_SUCCESS
from harness.platforms.kubernetes.rules_parents import PARENTS
from harness.platforms.kubernetes.truth import decide
from harness.platforms.kubernetes.witnesses import witnesses_of


def truth_of(case: Case) -> Truth:
    """Decide a case."""
    return decide(witnesses_of(history(*case.story), lost=case.lost, outputs_known=case.whole), None)


@pytest.mark.parametrize(("klass", "case"), named(NAMED))
def test_the_class_is_named(klass: str, case: Case) -> None:
    """Work, platform, class and what stands beside it are exactly these."""
    truth = truth_of(case)
    assert told(truth) == (case.truth, case.also)
    assert klass in {truth.klass, *truth.also}


@pytest.mark.parametrize(("klass", "case"), named(CONTROLS))
def test_the_nearest_record_is_not_named(klass: str, case: Case) -> None:
    """One fact away the class must not be named, and the truth is another one."""
    truth = truth_of(case)
    assert told(truth) == (case.truth, case.also)
    assert klass not in {truth.klass, *truth.also}


def test_every_rule_has_a_case_and_a_control() -> None:
    """No rule stands untested, and no case speaks of a class that is not there."""
    rules = [rule.id for rule in KUBERNETES]
    assert len(set(rules)) == len(rules)
    assert set(NAMED) == set(CONTROLS) == set(rules)


def test_every_class_of_the_catalogue_is_decided() -> None:
    """K01 to K54: by a Job's own records, or by those with what a parent says beside."""
    own, beside = {rule.id for rule in KUBERNETES}, {rule.id for rule in PARENTS}
    assert own | beside == {f"K{number:02}" for number in range(1, 55)}
    assert not own & beside


def test_every_rule_says_what_a_reader_needs() -> None:
    """Title, mechanism, rule in words, advice and source are there, and are short sentences of plain words."""
    for rule in KUBERNETES:
        for text in (rule.title, rule.mechanism, rule.when, rule.advice, rule.sources):
            assert text
            assert not text.endswith(".")


def test_rules_are_found_by_id_whatever_the_case_of_letters() -> None:
    """`k08` is K08, whoever has to speak for a class."""
    assert rule_named("k08") is next(rule for rule in KUBERNETES if rule.id == "K08")
    assert rule_named("k13") is next(rule for rule in PARENTS if rule.id == "K13")
    assert rule_named("K55") is None


SHUT_DOWN = "container main ended with 143 at 2026-06-01T12:00:08.000Z, after its node was shutting down"


@pytest.mark.parametrize(
    ("klass", "place", "because"),
    [
        ("K02", 0, "the deadline failed the job, and the main container ended with 0 in time"),
        ("K02", 1, "the deadline failed the job, and the main container ended with 0 5 s after it"),
        ("K09", 0, "a pod failure policy matched container proxy (exit code 7), and the main one ended with 0"),
        ("K12", 0, "2 of 3 completions were reached, and the Job is Failed; container main of index 2 ended with 1"),
        ("K05", 1, f"{SHUT_DOWN}, and the job is marked failed; the node was shutting down (Terminated)"),
        ("K25", 0, "the container ended with 0, and nothing is there of model"),
        ("K33", 0, "the decision was made 991 s before the records end, and a finished pod keeps its finalizer"),
        ("K37", 0, "the controller could not create a pod: Error creating: exceeded quota"),
    ],
)
def test_the_facts_behind_a_class_are_told(klass: str, place: int, because: str) -> None:
    """One sentence, with the numbers it rests on."""
    assert truth_of(NAMED[klass][place]).because == because


def test_a_deadline_without_its_numbers_is_told_without_them() -> None:
    """The start or the limit was never seen: how late the end was is not known, and is not made up."""
    told = "the deadline failed the job, and the main container ended with 0"
    for story in (job("failed@40 DeadlineExceeded"), job("failed@40 DeadlineExceeded", spec=DEADLINE, startTime="")):
        assert decide(witnesses_of(history(story, pod("main 2-29 0"))), None).because == told


def test_a_false_success_is_never_named_by_a_note() -> None:
    """A rule that makes work failed names the class wherever the Job is Complete."""
    assert not {rule.id for rule in FALSE_SUCCESS} & {note.id for note in NOTES}
    for klass in (rule.id for rule in FALSE_SUCCESS):
        for truth in map(truth_of, NAMED[klass]):
            assert (truth.klass == klass) is (truth.platform is Platform.OK)
            assert truth.false_success is (truth.work is Work.FAILED and truth.platform is Platform.OK)
