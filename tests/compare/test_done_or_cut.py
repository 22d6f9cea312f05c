"""One law for work that ended with 0 after it was asked to stop: records can't tell done from cut, outputs can."""

from __future__ import annotations

import pytest
from build import event, history, job, pod, vanished
from kubernetes_cases import BACKOFF, COMPLETE, DEADLINE, DONE
from truth_cases import told

from harness.model.truth import Truth
from harness.platforms.kubernetes.truth import DONE_OR_CUT, decide
from harness.platforms.kubernetes.witnesses import witnesses_of

NO_MODEL = ("model",)
CUT = {
    "K01": (BACKOFF, pod("main 2-8 0", deleted=(3, 30), phase="Failed")),
    "K02": (job("failed@40 DeadlineExceeded", spec=DEADLINE, failed=1), pod("main 2-35 0", phase="Failed")),
    "K03": (BACKOFF, pod("main 2-8 0", phase="Failed", reason="DeadlineExceeded")),
    "K04": (BACKOFF, pod("main 2-8 0", phase="Failed", reason="Evicted")),
    "K05": (BACKOFF, pod("main 2-8 0", phase="Failed", reason="Terminated")),
    "K21": (COMPLETE, DONE, event("Killing", 6)),
    "K22": (COMPLETE, pod("main 2-8 0", deleted=(5, 30))),
    "K23": (job("complete@60"), DONE, event("Rebooted", 40, "node")),
    "K32": (job("suspended@5"), pod("main 2-8 0", deleted=(5, 30))),
}  # fmt: skip
PLATFORM = {"K21": "ok", "K22": "ok", "K23": "ok", "K32": "none"}


def truth_of(klass: str, *, lost: tuple[str, ...] = (), known: bool = False) -> Truth:
    """Decide one of the stories."""
    return decide(witnesses_of(history(*CUT[klass]), lost=lost, outputs_known=known), None)


@pytest.mark.parametrize("klass", CUT)
def test_without_outputs_the_work_is_unknown_whatever_the_verdict(klass: str) -> None:
    """The class is named from the platform's verdict, and what would decide is listed."""
    truth = truth_of(klass)
    assert told(truth)[0] == f"unknown {PLATFORM.get(klass, 'failed')} {klass}"
    assert DONE_OR_CUT in truth.missing
    assert not truth.false_success
    assert not truth.false_failure


@pytest.mark.parametrize("klass", CUT)
def test_a_missing_output_proves_the_cut(klass: str) -> None:
    """Nothing is there of a declared output: the work failed, and a platform that says ok is wrong."""
    truth = truth_of(klass, lost=NO_MODEL, known=True)
    assert truth.work == "failed"
    assert truth.false_success is (PLATFORM.get(klass) == "ok")


@pytest.mark.parametrize("klass", CUT)
def test_outputs_that_are_all_there_say_that_it_was_done(klass: str) -> None:
    """Then a Job that is marked failed is a false failure of that class, and one marked Complete agrees."""
    truth = truth_of(klass, known=True)
    assert truth.work == "ok"
    assert truth.false_failure is (PLATFORM.get(klass, "failed") == "failed")
    assert truth.klass == (None if PLATFORM.get(klass) == "ok" else klass)


def test_the_verdict_names_the_class_whatever_else_the_records_lost() -> None:
    """Its pod vanished in a gap (K45) after its end was seen: that stands beside the deadline."""
    story = (*CUT["K02"], vanished(CUT["K02"][1], 36, 50))
    assert told(decide(witnesses_of(history(*story)), None)) == ("unknown failed K02", "K45")


def test_in_time_before_the_deadline_is_done() -> None:
    """The end lies before the deadline and nobody asked the pod to go, so no signal came before it."""
    story = (job("failed@40 DeadlineExceeded", spec=DEADLINE), pod("main 2-29 0"))
    assert told(decide(witnesses_of(history(*story)), None))[0] == "ok failed K02"


def test_a_kill_of_an_earlier_run_says_nothing_of_the_last() -> None:
    """A liveness probe killed the first run; the second, in the same pod, ended by itself."""
    restarted = pod("main 20-60 0 restarts=1", policy="OnFailure")
    early = (job("complete@61"), restarted, event("Killing", 10), event("Started", 20))
    late = (job("complete@61"), restarted, event("Killing", 50), event("Started", 20))
    assert told(decide(witnesses_of(history(*early)), None)) == ("ok ok -", "K27")
    assert told(decide(witnesses_of(history(*late)), None)) == ("unknown ok K21", "K27")


def test_a_kill_that_came_twice_counts_by_its_last_time() -> None:
    """The cluster keeps one event with a count; its last time lies in the last run."""
    killing = {**event("Killing", 10), "count": 2, "lastTimestamp": event("Killing", 55)["lastTimestamp"]}
    story = (job("complete@61"), pod("main 20-60 0 restarts=1", policy="OnFailure"), killing, event("Started", 20))
    assert told(decide(witnesses_of(history(*story)), None)) == ("unknown ok K21", "K27")


def test_with_a_replacement_policy_of_failed_a_deleted_pod_is_not_counted_at_once() -> None:
    """The Job waits for the pod's own end, so K01 is not what happened."""
    story = (job("failed@9 BackoffLimitExceeded", spec={"podReplacementPolicy": "Failed"}), CUT["K01"][1])
    assert told(decide(witnesses_of(history(*story)), None))[0] == "unknown failed -"


# -- helpers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("helper", ["agent 1-9 0 OOMKilled", "~agent 1-9 0 OOMKilled"])
def test_a_helper_that_lost_a_process_decides_nothing(helper: str) -> None:
    """Reason OOMKilled with exit code 0 in a sidecar, plain or native, beside work that was done."""
    truth = decide(witnesses_of(history(COMPLETE, pod(helper, "main 2-8 0"))), None)
    assert told(truth) == ("ok ok -", "")
    assert truth.cause == "success"


def test_a_helpers_memory_kill_is_not_the_cause_of_the_works_failure() -> None:
    """The main container ended with 3; the sidecar was killed for memory."""
    truth = decide(witnesses_of(history(BACKOFF, pod("agent 1-9 137 OOMKilled", "main 2-8 3"))), None)
    assert (truth.work, truth.cause, truth.exit_code) == ("failed", "code error", 3)


# -- which container --------------------------------------------------------------------------------------------------


def two(first: str, second: str) -> Truth:
    """Decide a pod of two plain containers of which nothing says which is the work."""
    done = first.endswith(" 0") and second.endswith(" 0")
    return decide(witnesses_of(history(COMPLETE if done else BACKOFF, pod(first, second))), None)


def test_of_two_containers_that_ended_differently_the_work_is_unknown_and_the_failure_is_told() -> None:
    """Swapping the two changes nothing."""
    for story in (("ship 2-8 0", "train 2-9 42"), ("train 2-9 42", "ship 2-8 0")):
        truth = two(*story)
        assert told(truth) == ("unknown failed -", "")
        assert truth.missing[0] == "which container is the work: ship or train"
        failure = "container train ended with 42, and nothing says which container is the work"
        assert truth.because == f"{failure}, and the job is marked failed"


def test_of_two_containers_that_ended_alike_it_makes_no_difference_which_is_the_work() -> None:
    """Whichever it is, it ended with 0; or it failed."""
    assert told(two("ship 2-8 0", "train 2-9 0")) == ("ok ok -", "")
    assert told(two("ship 2-8 1", "train 2-9 42"))[0] == "failed failed -"
