"""Every ending, as Describe tells it and as the bus does: one cause, and never success where there was none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.campaign import explaining
from harness.errors import ConfigError
from harness.model.event import Event, Kind
from harness.model.lifecycle import State, replay
from harness.model.truth import Cause
from harness.platforms.sagemaker import translate
from harness.platforms.sagemaker.endings import cause_of
from harness.platforms.sagemaker.failure_reason import CLASSES, FailureReason, parse
from harness.platforms.sagemaker.records import JobRecord, read_record

RECORDED = Path(__file__).parents[1] / "recorded" / "sagemaker"
NOW = 1_746_010_000.0
S, F, T = State.SUCCEEDED, State.FAILED, State.STOPPED
ENDINGS: dict[str, tuple[State, Cause | None]] = {
    "training-completed": (S, Cause.SUCCESS),
    "training-code-error": (F, Cause.CODE_ERROR),
    "training-code-error-silent": (F, Cause.CODE_ERROR),
    "training-toolkit-script": (F, Cause.CODE_ERROR),
    "training-out-of-memory": (F, Cause.OUT_OF_MEMORY),
    "training-out-of-memory-toolkit": (F, Cause.OUT_OF_MEMORY),
    "training-upload-denied": (F, Cause.UPLOAD_FAILED),
    "training-upload-memory": (F, Cause.UPLOAD_FAILED),
    "training-entrypoint-missing": (F, Cause.START_FAILED),
    "training-image-missing": (F, Cause.IMAGE_UNAVAILABLE),
    "training-no-data": (F, Cause.INPUT_UNAVAILABLE),
    "training-internal-error": (F, Cause.PLATFORM_LOSS),
    "training-internal-error-older": (F, Cause.PLATFORM_LOSS),
    "training-capacity": (F, Cause.NO_CAPACITY),
    "training-no-reason": (F, Cause.UNKNOWN),
    "training-user-stop": (T, Cause.USER_STOP),
    "training-stopped-before-launch": (T, Cause.USER_STOP),
    "training-time-limit": (T, Cause.TIME_LIMIT),
    "training-wait-limit": (T, Cause.NO_CAPACITY),
    "training-spot-restart": (S, Cause.SUCCESS),
    "training-retried": (S, Cause.SUCCESS),
    "training-pool-reused": (S, Cause.SUCCESS),
    "training-in-progress": (State.RUNNING, None),
    "training-unknown-status": (State.PROVISIONING, None),
    "training-contradiction": (State.FINISHING, None),
    "processing-completed": (S, Cause.SUCCESS),
    "processing-code-error": (F, Cause.CODE_ERROR),
    "processing-message-not-utf8": (F, Cause.UNKNOWN),
    "processing-user-stop": (T, Cause.USER_STOP),
    "processing-time-limit": (T, Cause.TIME_LIMIT),
    "processing-stopped-before-launch": (T, Cause.USER_STOP),
    "processing-upload-denied": (F, Cause.UPLOAD_FAILED),
    "processing-internal-error": (F, Cause.PLATFORM_LOSS),
    "transform-completed": (S, Cause.SUCCESS),
    "transform-failed": (F, Cause.UNKNOWN),
    "transform-stopped": (T, Cause.USER_STOP),
    "tuning-completed": (S, Cause.SUCCESS),
    "tuning-failed": (F, Cause.UNKNOWN),
    "tuning-stopped": (T, Cause.USER_STOP),
}


def record(name: str, form: str) -> Any:
    """Read a recorded file."""
    return json.loads((RECORDED / f"{name}.{form}.json").read_text(encoding="utf-8"))


def read(name: str, form: str) -> JobRecord:
    """Read it as a job's."""
    found = read_record(record(name, form))
    assert found is not None
    assert found.hint == (form == "event")
    return found


def ending(events: tuple[Event, ...]) -> Event | None:
    """Find the event that says the cause, an ending or the hint of one."""
    return next((event for event in events if "Cause" in event.native), None)


def test_every_recorded_ending_is_in_the_table() -> None:
    """A file that nobody expects anything of tests nothing."""
    files = {path.name.split(".")[0] for path in RECORDED.glob("*.json")}
    assert {file for file in files if not file.startswith("not-ours")} == set(ENDINGS)


@pytest.mark.parametrize("name", ENDINGS)
def test_describe_tells_state_and_cause(name: str) -> None:
    """What does not end has no cause; what ends has exactly one."""
    state, cause = ENDINGS[name]
    events = translate.events_from_describe(read(name, "describe").facts, NOW)
    told = ending(events)
    assert (replay(events).end, told and Cause(told.native["Cause"])) == (state, cause)


@pytest.mark.parametrize("name", ENDINGS)
def test_an_event_hints_at_the_same_cause_and_ends_nothing(name: str) -> None:
    """In all three time encodings the facts have the names and times that Describe gives them."""
    _, cause = ENDINGS[name]
    described = translate.events_from_describe(read(name, "describe").facts, NOW)
    events = translate.events_from_bus(read(name, "event").facts, NOW)
    told = ending(events)
    assert (told and Cause(told.native["Cause"])) == cause
    assert replay(events).end not in {S, F, T}
    assert [(event.key.removesuffix(":hint"), event.at.seconds) for event in events] == [
        (event.key, event.at.seconds) for event in described
    ]


def test_stopped_is_never_success() -> None:
    """Whatever else a record says."""
    for secondary in ("", "Stopped", "Completed", "MaxRuntimeExceeded"):
        assert cause_of("Stopped", secondary, "", None, limit_seconds=None) is not Cause.SUCCESS
    assert cause_of("Completed", "", "", None, limit_seconds=None) is Cause.SUCCESS


def test_a_time_limit_is_told_by_duration_only_where_no_word_says_it() -> None:
    """A spot job's time holds its waits; a processing job has no second word."""
    assert cause_of("Stopped", "MaxWaitTimeExceeded", "", 4000.0, limit_seconds=3600) is Cause.NO_CAPACITY
    assert cause_of("Stopped", "Stopped", "", 4000.0, limit_seconds=3600) is Cause.USER_STOP
    assert cause_of("Stopped", "", "", 4000.0, limit_seconds=3600) is Cause.TIME_LIMIT
    assert cause_of("Stopped", "", "", 3000.0, limit_seconds=3600) is Cause.USER_STOP


@pytest.mark.parametrize("name", ["training-unknown-status", "training-contradiction"])
def test_a_status_that_cannot_be_is_unknown_and_ends_nothing(name: str) -> None:
    """It stays open, so that it is asked about again."""
    facts = record(name, "describe")
    events = translate.events_from_describe(facts, NOW)
    assert [event.label for event in events if event.kind is Kind.UNKNOWN_WORD] != []
    assert not translate.terminal(facts)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("not-ours-endpoint.event", "SageMaker Endpoint State Change"),
        ("not-ours-pipeline-step.event", "SageMaker Model Building Pipeline Execution Step Status Change"),
        ("not-ours-endpoint.describe", "a record of endpoint"),
    ],
)
def test_a_record_of_something_else_is_named(name: str, named: str) -> None:
    """The reader says that it is no job's, and `parity explain` refuses it by what it is."""
    data = (RECORDED / f"{name}.json").read_bytes()
    assert read_record(json.loads(data)) is None
    with pytest.raises(ConfigError, match=named):
        explaining.explain(name, data, NOW)


_EVENT = {"detail-type": "SageMaker Training Job State Change"}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"TrainingJobName": ""},
        {"TrainingJobName": 3},
        _EVENT,
        _EVENT | {"detail": []},
        {"detail-type": {}, "detail": {}},
    ],
)
def test_nonsense_is_no_record(value: dict[str, object]) -> None:
    """Whatever it is, it is never read as a job."""
    assert read_record(value) is None


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("form", ["describe", "event"])
def test_every_ending_is_explained(name: str, form: str) -> None:
    """`parity explain` answers on both forms of a record, and calls only what is Completed platform ok."""
    (told,) = explaining.explain(name, (RECORDED / f"{name}.{form}.json").read_bytes(), NOW)
    assert (told.truth.platform.value == "ok") == (ENDINGS[name][0] is S)
    assert told.truth.cause is (ENDINGS[name][1] or Cause.UNKNOWN), "one reading of the service's words, not two"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", FailureReason("", "", None, None)),
        ("AlgorithmError: , exit code: 1", FailureReason("AlgorithmError", "", 1, None)),
        ("AlgorithmError: a: b, exit code: 3", FailureReason("AlgorithmError", "a: b", 3, None)),
        ("ClientError: no code", FailureReason("ClientError", "no code", None, None)),
        ("Internal Server Error: again", FailureReason("InternalServerError", "again", None, None)),
        ("CapacityError", FailureReason("", "CapacityError", None, None)),
        ("just text, Exit Code: 9.", FailureReason("", "just text", 9, None)),
        ("AlgorithmError: ExitCode 137\nX, exit code: 1", FailureReason("AlgorithmError", "ExitCode 137\nX", 1, 137)),
        ("OtherError: text, exit code: 2", FailureReason("", "OtherError: text", 2, None)),
    ],
)
def test_a_failure_reason_is_taken_apart(text: str, parts: FailureReason) -> None:
    """Every part may be absent; nothing is invented."""
    assert parse(text) == parts


@given(st.text(max_size=1100))
def test_no_text_breaks_the_grammar(text: str) -> None:
    """What fits nothing is kept and has no class."""
    assert parse(text).klass in {"", *CLASSES}


@given(st.sampled_from(CLASSES), st.text("abc: ,", max_size=50), st.integers(0, 255))
def test_class_and_code_are_found_again(klass: str, text: str, code: int) -> None:
    """The law of the grammar: what was written is read."""
    found = parse(f"{klass}: {text}, exit code: {code}")
    assert (found.klass, found.exit_code) == (klass, code)


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (
            'ClientError: Data download failed:No S3 objects found under S3 URL "s3://b/images/ecr/" given in input.',
            Cause.INPUT_UNAVAILABLE,
        ),
        ("ClientError: Data download failed:Access denied for s3://uploads/daily", Cause.INPUT_UNAVAILABLE),
        ("ClientError: Failed to download data. Access denied: s3:ListBucket", Cause.INPUT_UNAVAILABLE),
        ("ClientError: Unable to decrypt with the key arn:aws:kms:eu-west-1:111122223333:key/ecr", Cause.UNKNOWN),
        ("ClientError: The secret of the repository can't be read", Cause.UNKNOWN),
        ("ClientError: Artifact upload failed:Access denied for bucket images", Cause.UPLOAD_FAILED),
        ("ClientError: The image '111122223333.dkr.ecr.eu-west-1.amazonaws.com/data:1' does not exist.",
         Cause.IMAGE_UNAVAILABLE),
    ],
)  # fmt: skip
def test_a_cause_is_read_from_what_a_reason_says_and_not_from_what_it_names(reason: str, cause: Cause) -> None:
    """Buckets, keys and folders bear any word."""
    assert cause_of("Failed", "Failed", reason, None, limit_seconds=None) is cause
