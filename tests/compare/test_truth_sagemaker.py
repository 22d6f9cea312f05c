"""Every class of SageMaker jobs, the words where nothing disagrees, and the canonical cause of each ending."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sagemaker_cases import CONTROLS, FAILED, NAMED, NORMAL, STOPPED, Case, failed, processing, shim, training
from truth_cases import named, told

from harness.model.observation import Record
from harness.model.truth import Blame, Truth
from harness.platforms.sagemaker import rules as rules_sagemaker
from harness.platforms.sagemaker import truth as truth_sagemaker
from harness.platforms.sagemaker.rules import RULES as SAGEMAKER


def truth_of(case: Case) -> Truth:
    """Decide a case."""
    return truth_sagemaker.decide(rules_sagemaker.seen_of(case.events, case.record, case.outputs))


@pytest.mark.parametrize(("klass", "case"), named(NAMED))
def test_the_class_is_named(klass: str, case: Case) -> None:
    """Work, platform, class and what stands beside it are exactly these."""
    truth = truth_of(case)
    assert told(truth) == (case.truth, case.also)
    assert klass in {truth.klass, *truth.also}


@pytest.mark.parametrize(("klass", "case"), named(CONTROLS))
def test_the_nearest_job_is_not_named(klass: str, case: Case) -> None:
    """One fact away the class must not be named."""
    truth = truth_of(case)
    assert told(truth) == (case.truth, case.also)
    assert klass not in {truth.klass, *truth.also}


def test_every_rule_has_a_case_and_a_control() -> None:
    """No rule stands untested, and no case speaks of a class that is not there."""
    rules = [rule.id for rule in SAGEMAKER]
    assert len(set(rules)) == len(rules)
    assert set(NAMED) == set(CONTROLS) == set(rules)


ENDINGS = [
    ("success", training("Completed", *NORMAL), None),
    ("code error", failed("AlgorithmError: boom, exit code: 3"), None),
    ("code error", failed('AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "train.py FAILED"'), None),
    ("code error", failed("AlgorithmError: framework error: \nTraceback (most recent call last):\n  File"), None),
    ("unknown", failed("AlgorithmError: See job logs for more information"), None),
    ("start failed", failed("AlgorithmError: CannotStartContainerError. Please ensure the model container"), None),
    ("refused", failed("AlgorithmError: , exit code: 97"), None),
    ("start failed", failed("AlgorithmError: , exit code: 127"), None),
    ("start failed", failed('ClientError: exec: "train" not found in $PATH', "Starting"), None),
    ("unknown", failed("AlgorithmError: , exit code: 137"), None),
    ("code error", failed("AlgorithmError: , exit code: 137"), shim(137)),
    ("unknown", failed("AlgorithmError: , exit code: 137"), shim(137, 9)),
    ("out of memory", failed("ClientError: Please use an instance type with more memory"), None),
    ("upload failed", failed("ClientError: Artifact upload failed:Error 7"), None),
    ("image unavailable", failed("ClientError: Cannot pull image from ECR", "Starting"), None),
    ("input unavailable", failed("ClientError: No S3 objects found under", "Starting"), None),
    ("no capacity", failed("CapacityError: Unable to provision", "Starting"), None),
    ("platform loss", failed("InternalServerError: We encountered an error"), None),
    ("time limit", training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded"), None),
    ("no capacity", training("Stopped", "Starting", "Stopped", secondary="MaxWaitTimeExceeded"), None),
    ("user stop", training("Stopped", *STOPPED), None),
    ("unknown", training("InProgress", "Starting", "Training", secondary="Training"), None),
    ("unknown", training("Failed", *FAILED), None),
    ("success", processing("Completed"), None),
    ("code error", processing("Failed", reason="AlgorithmError: See job logs, exit code: 1"), None),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "reply", "record"), ENDINGS)
def test_an_ending_has_its_canonical_cause(cause: str, reply: dict[str, object], record: Record | None) -> None:
    """Causes come from what the service says; 137 alone says nothing of who killed the process."""
    assert truth_of(Case("", "", reply, record)).cause == cause


def test_a_stopped_job_is_never_a_success() -> None:
    """MaxRuntimeExceeded is the most frequent misreading: a waiter takes Stopped for success."""
    truth = truth_of(Case("", "", training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded")))
    assert (truth.work, truth.platform, truth.klass, truth.blames) == ("failed", "failed", None, Blame.NOBODY)
    stopped = "the job was stopped by its time limit at 2026-06-01T07:47:40.000Z (MaxRuntimeExceeded)"
    assert truth.because == f"{stopped}, and the job is marked failed"


def test_a_status_nobody_knows_decides_nothing() -> None:
    """An unknown word makes the work unknown and names what is missing."""
    truth = truth_of(Case("", "", training("Sublimated", "Starting", secondary="Gas")))
    assert (truth.work, truth.platform, truth.klass) == ("unknown", "none", None)
    assert truth.missing == ("the meaning of the status Sublimated",)


def test_a_shim_that_contradicts_the_service_makes_the_work_unknown() -> None:
    """FailureReason says 3, the suspect says 0: nobody is believed."""
    reply = failed("AlgorithmError: , exit code: 3")
    truth = truth_of(Case("", "", reply, shim(0)))
    assert (truth.work, truth.klass) == ("unknown", None)
    assert truth.missing == ("one exit code: FailureReason says 3, the shim says 0",)


def test_the_shims_zero_needs_a_witness_beside_it() -> None:
    """A failed job that never uploaded has only the suspect's word that it ended with 0."""
    case = Case("", "", training("Failed", "Starting", "Training", "Failed", reason="Something else"), shim(0))
    assert told(truth_of(case)) == ("unknown failed -", "")
    seen = replace(case, reply=failed("Something else"))
    assert told(truth_of(seen)) == ("ok failed unexplained", "")


# -- Completed is evidence, and no proof ------------------------------------------------------------------------------


def tuning(**children: int) -> dict[str, object]:
    """Make a DescribeHyperParameterTuningJob reply of a Completed job with these training jobs."""
    return {
        "HyperParameterTuningJobName": "tune", "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": 1_780_300_000, "HyperParameterTuningEndTime": 1_780_300_900, "LastModifiedTime": 1_780_300_900,
        "TrainingJobStatusCounters": {"Completed": 1, "InProgress": 0, "NonRetryableError": 0, **children},
    }  # fmt: skip


def test_a_tuning_job_whose_training_jobs_failed_is_not_known_to_be_done() -> None:
    """Completed needs one training job that succeeded; nine that failed are told."""
    truth = truth_of(Case("", "", tuning(NonRetryableError=9)))
    assert told(truth) == ("unknown ok -", "")
    assert truth.missing == ("the 9 of 10 training jobs that failed: whether the work can do without them",)
    assert truth.because == "Completed, and 9 of 10 training jobs failed, and the job is marked succeeded"


def test_a_tuning_job_without_failures_is_done_and_says_how_many_were_stopped() -> None:
    """Early stopping is by design: a hint, and no doubt."""
    truth = truth_of(Case("", "", tuning(Completed=7, Stopped=3)))
    assert told(truth) == ("ok ok -", "")
    assert truth.hints == ("3 of its training jobs were stopped",)


@pytest.mark.parametrize(
    ("message", "work"),
    [("Traceback (most recent call last): ValueError", "unknown"), ("rows written: 1200", "ok"), ("", "ok")],
)
def test_a_last_message_that_complains_makes_completed_work_unknown(message: str, work: str) -> None:
    """A processing container's ExitMessage is weighed; one that only reports is a hint."""
    truth = truth_of(Case("", "", {**processing("Completed"), "ExitMessage": message}))
    assert (truth.work, truth.platform) == (work, "ok")
    assert (message in " ".join((truth.because, *truth.hints))) is True


def test_a_job_that_was_asked_to_stop_and_still_uploads_is_told_with_since_when() -> None:
    """Stopping, with secondary status Uploading, and no end of it."""
    reply = training("Stopping", "Starting", "Training", "Stopping", "Uploading", secondary="Uploading")
    truth = truth_of(Case("", "", reply))
    assert told(truth) == ("unknown none -", "")
    since = "2026-06-01T07:47:10.000Z"
    assert truth.because == f"the job is Stopping, Uploading since {since}: Uploading., and the job has no verdict"


@pytest.mark.parametrize(
    "reason",
    [
        "InsufficientInstanceCapacity: ml.p3.2xlarge",
        "CapacityError: Unable to provision requested ML compute capacity.\nPlease retry using another instance type.",
        "ClientError: ResourceLimitExceeded: The account-level service limit 'ml.p3.2xlarge' is 0 Instances",
    ],
)
def test_a_job_that_found_no_capacity_never_ran(reason: str) -> None:
    """Capacity and quota, reasons of several lines too."""
    truth = truth_of(Case("", "", failed(reason, "Starting")))
    assert (truth.cause, truth.account.how) == ("no capacity", "never ran")
    assert truth.because.startswith("never ran: no capacity: ")
