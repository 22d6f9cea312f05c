"""Ten crashes, on either side and on both: each is the first reason, with its exit code and its last log line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from build import Story, job, pod
from observed import CANDIDATE, LEGACY, declared, model, observed, record
from sagemaker_cases import STOPPED, failed, training

from harness.compare.endings import check_ending, check_truth
from harness.compare.outputs import check_outputs
from harness.judge.causes import finding_reasons
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import ExpectedEnding, Side
from harness.model.observation import LogFacts, Observation, Record
from harness.model.verdict import Reason

BACKOFF = job("failed@9 BackoffLimitExceeded")
TRACEBACK = ("Traceback (most recent call last):", '  File "/app/train.py", line 3, in <module>')
TOOLKIT = "ERROR Reporting training FAILURE"
"""What a training toolkit writes after the exception."""


@dataclass(frozen=True)
class Crash:
    """One way in which a training program ends, as both platforms show it."""

    name: str
    legacy: Story
    reply: dict[str, Any]
    record: Record | None
    tail: tuple[str, ...]
    words: tuple[str, str]
    """What is said of the legacy and of the candidate run."""


def exits(name: str, last: str, code: int = 1) -> Crash:
    """Make a program that raises, and ends with a code of its own."""
    words = f"failed (exit code {code}): “{last}”"
    reply = failed(f"AlgorithmError: , exit code: {code}", "Starting", "Downloading", "Training")
    return Crash(
        name, (BACKOFF, pod(f"main 2-8 {code}")), reply, record(code), (*TRACEBACK, last, TOOLKIT), (words, words)
    )


NO_OBJECTS = 'No S3 objects found under S3 URL "s3://bucket/trian/"'
NO_IMAGE = "Cannot pull image: no such tag in ECR"
PULLING = pod(waiting="ImagePullBackOff")
CRASHES = (
    exits("missing module", "ModuleNotFoundError: No module named 'lightgbm'"),
    Crash(
        "mistyped prefix",
        (BACKOFF, pod("main 2-8 1")),
        failed(f"ClientError: Data download failed: {NO_OBJECTS}", "Starting", "Downloading"),
        None,
        (),
        (
            "failed (exit code 1): “container main ended with 1”",
            f"never ran (input unavailable): “input unavailable: ClientError: Data download failed: {NO_OBJECTS}”",
        ),
    ),
    exits("KeyError", "KeyError: 'target'"),
    exits("disk", "OSError: [Errno 28] No space left on device: '/opt/ml/model/model.bin'"),
    exits("permission", "PermissionError: [Errno 13] Permission denied: '/opt/ml/output/data'", 13),
    Crash(
        "signal",
        (BACKOFF, pod("main 2-8 139")),
        failed("AlgorithmError: , exit code: 139", "Starting", "Downloading", "Training"),
        record(139, signal=11),
        ("loading weights", "epoch 3: loss=0.4"),
        ("failed (killed by SIGSEGV): “epoch 3: loss=0.4”",) * 2,
    ),
    Crash(
        "bad image",
        (job("failed@60 DeadlineExceeded"), PULLING),
        failed(f"ClientError: {NO_IMAGE}", "Starting"),
        None,
        (),
        (
            "never ran (time limit): “container main: ImagePullBackOff; the Job failed with DeadlineExceeded”",
            f"never ran (image unavailable): “image unavailable: ClientError: {NO_IMAGE}”",
        ),
    ),
    exits("missing variable", "KeyError: 'DATA_URL'"),
    Crash(
        "wrong entry point",
        (BACKOFF, pod("main 2-8 127")),
        failed("AlgorithmError: , exit code: 127", "Starting", "Downloading", "Training"),
        None,
        ("sh: 1: trian.py: not found",),
        ("could not start its command (exit code 127): “sh: 1: trian.py: not found”",) * 2,
    ),
    Crash(
        "timeout",
        (job("failed@40 DeadlineExceeded"), pod("main 2-35 143")),
        training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded"),
        None,
        ("epoch 7 of 900",),
        (
            "reached its time limit (exit code 143, the code after SIGTERM): “epoch 7 of 900”",
            "reached its time limit: “epoch 7 of 900”",
        ),
    ),
)


def crashed(side: Side, of: Crash) -> Observation:
    """Observe the crash on one side: it left no model."""
    log = LogFacts(9, 300, cut=False, complaint=TOOLKIT if TOOLKIT in of.tail else "", tail=of.tail)
    more: dict[str, Any] = {"record": of.record, "log": log, "outputs": (model(0),)}
    return observed(side, *of.legacy, **more) if side is LEGACY else observed(side, reply=of.reply, **more)


def reasons(legacy: Observation, candidate: Observation) -> list[Reason]:
    """Give the reasons of what the checks of a pair find, with a metric that nobody reported."""
    train = declared()
    found = (
        *check_outputs(train, "p1", legacy, candidate, open_payload=lambda _: None),  # type: ignore[arg-type,return-value]
        Finding(
            "metrics.equivalence", Dimension.METRICS, "train/rmse", None, Outcome.INCONCLUSIVE,
            "rmse could not be judged: only 0 pairs have a value", remedy="make every run report the metric",
        ),
        check_ending(train, "p1", legacy, candidate),
        *check_truth(train, "p1", legacy, candidate),
    )  # fmt: skip
    blocking = {Outcome.MISMATCH, Outcome.INCONCLUSIVE, Outcome.NOT_RUN}
    return finding_reasons(finding for finding in found if finding.outcome in blocking and finding.required)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("crash", CRASHES, ids=[crash.name for crash in CRASHES])
def test_a_crash_on_one_side_is_the_only_reason_and_takes_what_follows_beneath_it(crash: Crash, side: Side) -> None:
    """The output that is not there, the ending and the metric follow from it."""
    other = CANDIDATE if side is LEGACY else LEGACY
    sides = {side: crashed(side, crash), other: observed(other)}
    (reason,) = reasons(sides[LEGACY], sides[CANDIDATE])
    words = crash.words[side is CANDIDATE]
    parts = {side: f"{side.value} {words}", other: f"{other.value} succeeded"}
    assert reason.sentence == f"train: {parts[side]}; {parts[other]}."
    assert reason.code == "mismatch:truth.expected"
    open_work = ["inconclusive:truth.agreement"] if (crash.name, side) == ("bad image", LEGACY) else []
    assert [beneath.code for beneath in reason.following] == [
        "mismatch:transitions.ending", "mismatch:outputs.files", *open_work, "inconclusive:metrics.equivalence",
    ]  # fmt: skip
    assert reason.remedy == f"mend the job on {side.value}, or write the ending it is meant to have"


@pytest.mark.parametrize("crash", CRASHES, ids=[crash.name for crash in CRASHES])
def test_a_crash_on_both_sides_is_told_of_both(crash: Crash) -> None:
    """Each with its own code and line; said once where both say the same."""
    (reason,) = [
        told for told in reasons(crashed(LEGACY, crash), crashed(CANDIDATE, crash)) if told.code.startswith("mismatch")
    ]
    legacy, candidate = crash.words
    once = legacy.partition(":")[0] == candidate.partition(":")[0]
    words = f"both sides {legacy}" if once else f"legacy {legacy}; candidate {candidate}"
    assert reason.sentence == f"train: {words}."


def test_two_codes_of_one_cause_are_both_printed() -> None:
    """A job that is meant to fail with 1 fails with 255 on the candidate: the two numbers are the difference."""
    train = declared(expected=ExpectedEnding("code error", 1))
    legacy = observed(LEGACY, BACKOFF, pod("main 2-8 1"), record=record(1))
    candidate = observed(CANDIDATE, reply=failed("AlgorithmError: , exit code: 255"), record=record(255))
    checked = check_truth(train, "p1", legacy, candidate)
    found = next(finding for finding in checked if finding.check == "truth.expected")
    assert found.summary == (
        "train: candidate failed (exit code 255): “AlgorithmError: , exit code: 255”; legacy failed (exit code 1); "
        "it is meant to end with code error (exit code 1)"
    )
    assert Sample("exit code", "1", "255") in found.samples


def test_the_samples_of_a_crash_hold_both_logs_and_both_platforms_words() -> None:
    """What an engineer looks for first stands beside the reason."""
    crash = CRASHES[0]
    found = check_ending(declared(), "p1", observed(LEGACY), crashed(CANDIDATE, crash))
    assert found.samples == (
        Sample("ending", "success", "code error"),
        Sample("exit code", "0", "1"),
        Sample("platform's words", "container main ended with 0", "AlgorithmError: , exit code: 1"),
        Sample("last log line", "–", "ModuleNotFoundError: No module named 'lightgbm'"),
        Sample("end of the log", "–", " ⏎ ".join(crash.tail)),
    )


def test_a_crash_explains_nothing_in_pairs_that_it_is_not_in() -> None:
    """The control: an output that differs in another pair, and a metric that moved, are reasons of their own."""

    def found(check: str, subject: str, pair: str | None, outcome: Outcome = Outcome.MISMATCH) -> Finding:
        dimension = Dimension(check.partition(".")[0])
        return Finding(check, dimension, subject, pair, outcome, f"{check} in {pair}")

    told = finding_reasons(
        [
            found("outputs.files", "train/model", "p1"),
            found("outputs.files", "train/model", "p2"),
            found("outputs.files", "score/model", "p1"),
            found("metrics.equivalence", "train/rmse", None),
            found("configuration.environment", "train/environment", "p1"),
            found("truth.expected", "train", "p1"),
        ]
    )
    assert [(reason.code, reason.findings) for reason in told] == [
        ("mismatch:truth.expected", ("truth.expected/train/p1",)),
        ("mismatch:configuration.environment", ("configuration.environment/train/environment/p1",)),
        ("mismatch:outputs.files", ("outputs.files/train/model/p2",)),
        ("mismatch:outputs.files", ("outputs.files/score/model/p1",)),
        ("mismatch:metrics.equivalence", ("metrics.equivalence/train/rmse",)),
    ]
    assert [beneath.findings for beneath in told[0].following] == [("outputs.files/train/model/p1",)]


def test_an_open_question_never_hides_a_no_go() -> None:
    """What happened is not known, and the outputs differ: the difference stands by itself, and first."""
    unknown = Finding("truth.agreement", Dimension.TRUTH, "train/legacy", "p1", Outcome.INCONCLUSIVE, "not decided")
    expected = Finding("truth.expected", Dimension.TRUTH, "train", "p1", Outcome.INCONCLUSIVE, "open")
    differs = Finding("outputs.files", Dimension.OUTPUTS, "train/model", "p1", Outcome.MISMATCH, "model differs")
    told = finding_reasons([expected, unknown, differs])
    assert [reason.code for reason in told] == ["mismatch:outputs.files", "inconclusive:truth.agreement"]
    assert [beneath.code for beneath in told[1].following] == ["inconclusive:truth.expected"]
