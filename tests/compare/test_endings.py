"""What follows from the truth of two runs: agreement, false failure, false success, and the expected ending."""

from __future__ import annotations

from typing import Any

import pytest
from build import job, pod
from observed import CANDIDATE, LEGACY, declared, log, model, observed, record
from sagemaker_cases import STOPPED, failed, training

from harness.compare import endings
from harness.compare.endings import check_ending, check_truth
from harness.compare.truth import decide
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import ExpectedEnding
from harness.model.observation import Observation
from harness.model.truth import Truth

MATCH, MISMATCH = Outcome.MATCH, Outcome.MISMATCH
EXPLAINED, INCONCLUSIVE = Outcome.EXPLAINED, Outcome.INCONCLUSIVE
BACKOFF = job("failed@9 BackoffLimitExceeded")
SIDECAR = (BACKOFF, pod("main 2-8 0", "proxy 2-9 1"))
EXIT_1 = (BACKOFF, pod("main 2-8 1"))


def truth(
    legacy: Observation, candidate: Observation, *, ends: str = "success", exit_code: int | None = None
) -> dict[str, Finding]:
    """Check the truth of a pair; findings by check and side."""
    found = check_truth(declared(expected=ExpectedEnding(ends, exit_code)), "p1", legacy, candidate)
    assert all((finding.dimension, finding.pair) == (Dimension.TRUTH, "p1") for finding in found)
    assert all(
        bool(finding.remedy) == (finding.outcome is not MATCH) or finding.outcome is INCONCLUSIVE for finding in found
    )
    return {f"{finding.check} {finding.subject}": finding for finding in found}


def words(found: dict[str, Finding]) -> dict[str, tuple[str, str]]:
    """Give outcome and rule of each finding."""
    return {name: (each.outcome.value, each.rule) for name, each in found.items()}


OK_LEGACY, OK_CANDIDATE = observed(LEGACY), observed(CANDIDATE)


def test_two_successes_agree_and_end_as_they_should() -> None:
    """Each side matches its own platform, and both match what the job is meant to do."""
    found = truth(OK_LEGACY, OK_CANDIDATE)
    assert words(found) == {
        "truth.agreement train/legacy": ("MATCH", ""),
        "truth.agreement train/candidate": ("MATCH", ""),
        "truth.expected train": ("MATCH", ""),
    }
    assert found["truth.expected train"].summary == (
        "train is meant to end with success; legacy: success, candidate: success"
    )


def test_an_explained_false_failure_of_legacy_names_its_class_and_says_what_to_do() -> None:
    """Work ok, job marked failed, class named, outputs complete."""
    found = truth(observed(LEGACY, *SIDECAR), OK_CANDIDATE)
    assert found["truth.false-failure train/legacy"] == Finding(
        check="truth.false-failure",
        dimension=Dimension.TRUTH,
        subject="train/legacy",
        pair="p1",
        outcome=EXPLAINED,
        summary=(
            "the work was done, and legacy marked it failed (K08): container proxy ended with 1, the main one with 0"
        ),
        rule="K08",
        remedy="make the sidecar native (initContainers, restartPolicy: Always)",
    )
    assert words(found)["truth.expected train"] == ("MATCH", "")


@pytest.mark.parametrize("lacking", [model(0), model(damage="cut archive")])
def test_a_false_failure_whose_outputs_are_incomplete_is_explained_by_nothing(lacking: Any) -> None:
    """The control: one fact away, the model is not whole."""
    found = truth(observed(LEGACY, *SIDECAR, outputs=(lacking,)), OK_CANDIDATE)
    assert words(found)["truth.false-failure train/legacy"] == ("MISMATCH", "K08")
    assert "outputs are incomplete (model)" in found["truth.false-failure train/legacy"].summary


def test_a_false_failure_without_a_class_is_a_mismatch() -> None:
    """Nothing that is known explains why the job is marked failed."""
    found = truth(observed(LEGACY, BACKOFF, pod("main 2-8 0")), OK_CANDIDATE)
    each = found["truth.false-failure train/legacy"]
    assert (each.outcome, each.rule) == (MISMATCH, "unexplained")
    assert each.summary == "the work was done, and legacy marked it failed: no known class explains it"


def test_a_false_failure_of_the_candidate_is_a_mismatch_even_where_its_class_is_named() -> None:
    """The side that is moved to may not mark good work failed."""
    stopped = observed(CANDIDATE, reply=training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded"))
    found = truth(OK_LEGACY, stopped)
    assert words(found)["truth.false-failure train/candidate"] == ("MISMATCH", "S03")


@pytest.mark.parametrize(
    ("legacy", "candidate", "name", "rule"),
    [
        (
            observed(LEGACY, job("complete@9"), pod("main 2-8 0 OOMKilled"), outputs=(model(0),)),
            OK_CANDIDATE,
            "legacy",
            "K20",
        ),
        (observed(LEGACY, outputs=(model(0),)), OK_CANDIDATE, "legacy", "K25"),
        (OK_LEGACY, observed(CANDIDATE, record=record(1)), "candidate", "S01"),
        (OK_LEGACY, observed(CANDIDATE, outputs=(model(0),)), "candidate", "S01"),
    ],
)
def test_a_false_success_on_either_side_is_a_mismatch_that_nothing_may_cover(
    legacy: Observation, candidate: Observation, name: str, rule: str
) -> None:
    """Work failed or cut, platform says ok."""
    each = truth(legacy, candidate)[f"truth.false-success train/{name}"]
    assert (each.outcome, each.rule, each.false_success) == (MISMATCH, rule, True)
    assert each.summary.startswith(f"False success on {name}: ")


def test_a_side_that_complained_and_left_less_than_its_quiet_partner_was_cut_short() -> None:
    """Disk full after half of the model: exit code 0, an error in the log, and fewer bytes."""
    short = observed(LEGACY, outputs=(model(4),), log=log("OSError: No space left on device"))
    each = truth(short, OK_CANDIDATE)["truth.false-success train/legacy"]
    assert (each.rule, each.false_success) == ("K25", True)
    assert each.summary == (
        "False success on legacy: it ended with 0, and its output model holds 4 bytes where the other side left "
        "9 bytes; its log says “OSError: No space left on device”"
    )


@pytest.mark.parametrize(
    ("legacy", "candidate"),
    [
        (observed(LEGACY, outputs=(model(4),)), OK_CANDIDATE),
        (observed(LEGACY, log=log("OSError")), OK_CANDIDATE),
        (observed(LEGACY, outputs=(model(4),), log=log("OSError")), observed(CANDIDATE, log=log("OSError"))),
        (observed(LEGACY, outputs=(model(4),), log=log("OSError")), observed(CANDIDATE, log=None)),
    ],
    ids=["no complaint", "nothing less", "both complain", "the partner's log is not known"],
)
def test_less_output_or_a_complaint_alone_cuts_nothing_short(legacy: Observation, candidate: Observation) -> None:
    """The controls: each lacks one of the three facts."""
    assert not any(finding.false_success for finding in truth(legacy, candidate).values())


def test_what_cannot_be_decided_is_inconclusive_and_says_what_is_missing() -> None:
    """The kubelet lost the exit code: 137 is no killing."""
    lost = observed(LEGACY, BACKOFF, pod("main ?-? 137 ContainerStatusUnknown", phase="Failed"), record=None)
    each = truth(lost, OK_CANDIDATE)["truth.agreement train/legacy"]
    assert (each.outcome, each.rule, each.remedy) == (INCONCLUSIVE, "K07", "run it again")
    assert each.summary == (
        "what happened on legacy can't be decided: the kubelet lost the exit code (ContainerStatusUnknown); "
        "not known: the main container's exit code (the kubelet lost it)"
    )


def test_a_run_that_never_reached_its_platform_is_inconclusive() -> None:
    """A refusal before launch is no evidence about the job."""
    absent = observed(CANDIDATE, not_submitted="the cap of 5 USD is reached")
    each = truth(OK_LEGACY, absent)["truth.agreement train/candidate"]
    assert each.outcome is INCONCLUSIVE
    assert each.summary == "the run never reached its platform: the cap of 5 USD is reached"


FAIL_1 = observed(CANDIDATE, reply=failed("AlgorithmError: , exit code: 1"), record=record(1))


def test_a_job_that_is_meant_to_fail_fails_on_both_sides_and_matches() -> None:
    """Cause and exit code as expected."""
    found = truth(observed(LEGACY, *EXIT_1, record=record(1)), FAIL_1, ends="code error", exit_code=1)
    assert [finding.outcome for finding in found.values()] == [MATCH] * 3
    assert "meant to end with code error (exit code 1)" in found["truth.expected train"].summary


@pytest.mark.parametrize(("ends", "code"), [("success", None), ("code error", 2), ("time limit", None)])
def test_an_ending_that_is_not_the_expected_one_is_a_mismatch(ends: str, code: int | None) -> None:
    """The controls: another cause, or another code."""
    each = truth(observed(LEGACY, *EXIT_1, record=record(1)), FAIL_1, ends=ends, exit_code=code)["truth.expected train"]
    assert each.outcome is MISMATCH
    assert each.samples[:2] == (Sample("ending", "code error", "code error"), Sample("exit code", "1", "1"))
    assert each.remedy.startswith("mend the job on legacy and candidate")


def test_an_ending_that_is_not_known_is_no_guess_and_hides_no_wrong_one() -> None:
    """INCONCLUSIVE beside the expected ending of the other side, MISMATCH beside another."""
    lost = observed(LEGACY, BACKOFF, pod("main ?-? 137 ContainerStatusUnknown", phase="Failed"), record=None)
    assert truth(lost, OK_CANDIDATE)["truth.expected train"].outcome is INCONCLUSIVE
    assert truth(lost, OK_CANDIDATE, ends="code error")["truth.expected train"].outcome is MISMATCH


DEADLINE = observed(LEGACY, job("failed@40 DeadlineExceeded"), pod("main 2-35 143"), record=None)
MAX_RUNTIME = observed(
    CANDIDATE, reply=training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded"), record=None, outputs=(model(0),)
)
KILLED = "legacy ended for an unknown reason (exit code 137, the code after SIGKILL): “container main ended with 137”"


@pytest.mark.parametrize(
    ("legacy", "candidate", "outcome", "summary"),
    [
        (OK_LEGACY, OK_CANDIDATE, MATCH, "both ended with success"),
        (DEADLINE, MAX_RUNTIME, MATCH, "both ended with time limit"),
        (observed(LEGACY, *SIDECAR), OK_CANDIDATE, MATCH, "both ended with success"),
        (OK_LEGACY, FAIL_1, MISMATCH,
         "the endings differ: legacy succeeded; candidate failed (exit code 1): “AlgorithmError: , exit code: 1”"),
        (
            observed(LEGACY, BACKOFF, pod("main 2-8 137"), record=None), FAIL_1, INCONCLUSIVE,
            f"the endings differ: {KILLED}; candidate failed (exit code 1): “AlgorithmError: , exit code: 1”",
        ),
    ],
)  # fmt: skip
def test_endings_are_compared_by_cause_and_never_by_label(
    legacy: Observation, candidate: Observation, outcome: Outcome, summary: str
) -> None:
    """DeadlineExceeded and MaxRuntimeExceeded are one cause; a cause that is not known decides nothing."""
    found = check_ending(declared(), "p1", legacy, candidate)
    assert (found.check, found.outcome, found.summary) == ("transitions.ending", outcome, summary)


def test_a_truth_is_decided_once_for_a_run_and_never_for_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """By identity: an equal run is another one, and so is the same run under another job."""
    asked: list[object] = []

    def counted(*facts: Any, **about: Any) -> Truth:
        asked.append(facts)
        return decide(*facts, **about)

    monkeypatch.setattr(endings, "decide", counted)
    train, runs = declared(), [observed(LEGACY), observed(LEGACY)]
    first = endings.truth_of(train, runs[0])
    assert endings.truth_of(train, runs[0]) is first
    assert endings.truth_of(train, runs[1]) == first == endings.truth_of(declared(), runs[0])
    assert len(asked) == 3
