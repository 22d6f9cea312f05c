"""Every class that needs a parent's word: where its rule must name it, and the nearest documents where it must not."""

from __future__ import annotations

import json

import pytest
from build import LATER, T0
from parent_cases import CONTROLS, NAMED, Case
from truth_cases import named

from harness.campaign.explaining import Explained, explain_all
from harness.platforms.kubernetes.rules_parents import PARENTS


def explained(case: Case) -> Explained:
    """Explain a case's file, taken some minutes after its last time."""
    data = b"\n".join(json.dumps(item).encode() for item in case.items)
    return explain_all("file", data, T0 + LATER)


def words(found: Explained) -> tuple[str, ...]:
    """Write answers as cases do."""
    return tuple(
        f"{told.kind} {told.name} {told.truth.work} {told.truth.platform} {told.truth.klass or '-'}"
        for told in found.jobs
    )


@pytest.mark.parametrize(("klass", "case"), named(NAMED))
def test_the_class_is_named(klass: str, case: Case) -> None:
    """Every answer of the file is exactly this, and the class stands in the first."""
    found = explained(case)
    truth = found.jobs[0].truth
    assert (words(found), " ".join(sorted(truth.also))) == (case.answers, case.also)
    assert klass in {truth.klass, *truth.also}
    assert not found.not_used


@pytest.mark.parametrize(("klass", "case"), named(CONTROLS))
def test_the_nearest_documents_are_not_named(klass: str, case: Case) -> None:
    """One fact away the class is not there."""
    found = explained(case)
    truth = found.jobs[0].truth
    assert (words(found), " ".join(sorted(truth.also))) == (case.answers, case.also)
    assert klass not in {truth.klass, *truth.also}


def test_every_rule_has_a_case_and_a_control() -> None:
    """No rule stands untested, and no case speaks of a class that is not there."""
    rules = {rule.id for rule in PARENTS}
    assert set(NAMED) == set(CONTROLS) == rules


def test_no_parents_word_makes_a_false_success() -> None:
    """Whatever a parent says of work that its Job calls done: without an output the work is unknown at the most."""
    for cases in (*NAMED.values(), *CONTROLS.values()):
        for case in cases:
            assert not any(told.truth.false_success for told in explained(case).jobs)


def test_what_disagrees_is_said_with_both_words() -> None:
    """The Job's own end, then the parent's words, in one sentence."""
    truth = explained(NAMED["K17"][0]).jobs[0].truth
    assert truth.because == (
        "container main ended with 0, and the job is marked succeeded; the submitter is done, and RayJob ml/infer says "
        "RUNNING, deployment Running: Job is currently running."
    )
