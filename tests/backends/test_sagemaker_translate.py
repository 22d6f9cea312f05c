"""Describe replies and bus events, in every time encoding the service uses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.model.event import Kind, Witness
from harness.model.lifecycle import State, replay
from harness.platforms.sagemaker import translate

T0 = 1_746_000_000
NOW = T0 + 1000.0


def training(status: str, secondary: str, *steps: str, **more: object) -> dict[str, Any]:
    """A DescribeTrainingJob reply with one transition every ten seconds."""
    entries = [
        {"Status": step, "StartTime": datetime.fromtimestamp(T0 + 10 * n, UTC), "StatusMessage": step}
        for n, step in enumerate(steps)
    ]
    return {
        "TrainingJobName": "job", "TrainingJobStatus": status, "SecondaryStatus": secondary,
        "CreationTime": datetime.fromtimestamp(T0, UTC),
        "LastModifiedTime": datetime.fromtimestamp(T0 + 10 * len(steps), UTC),
        "SecondaryStatusTransitions": entries, **more,
    }  # fmt: skip


NORMAL = ("Starting", "Downloading", "Training", "Uploading", "Completed")


@pytest.mark.parametrize(
    ("reply", "end", "label"),
    [
        (training("Completed", "Completed", *NORMAL), State.SUCCEEDED, "Completed"),
        (training("Failed", "Failed", "Starting", "Downloading", "Training", "Failed"), State.FAILED, "Failed"),
        (
            training("Stopped", "MaxRuntimeExceeded", "Starting", "Training", "Stopping"),
            State.STOPPED,
            "MaxRuntimeExceeded",
        ),
        (training("Stopped", "Stopped", "Starting", "Stopping", "Stopped"), State.STOPPED, "Stopped"),
        (training("InProgress", "Training", "Starting", "Downloading", "Training"), State.RUNNING, ""),
    ],
)
def test_every_ending_is_told_by_describe(reply: dict[str, Any], end: State, label: str) -> None:
    """Primary status and secondary word give state and label; Stopped is never a success."""
    events = translate.events_from_describe(reply, NOW)
    assert replay(events).end is end
    assert [event.label for event in events if event.kind in {Kind.SUCCEEDED, Kind.FAILED, Kind.STOPPED}] == [
        label
    ] * bool(label)


def test_a_spot_interruption_restarts_the_run() -> None:
    """Interrupted begins the next attempt, and the phases after it are that attempt's."""
    reply = training("Completed", "Completed", "Starting", "Training", "Interrupted", *NORMAL)
    replayed = replay(translate.events_from_describe(reply, NOW))
    assert replayed.end is State.SUCCEEDED
    assert replayed.illegal == ()
    assert replayed.entered[State.RUNNING].seconds == T0 + 50


def test_an_unknown_word_is_told_as_unknown_and_moves_nothing() -> None:
    """A status nobody knows is never success."""
    events = translate.events_from_describe(training("Sublimated", "Gas", "Starting", "Gas"), NOW)
    assert {event.label for event in events if event.kind is Kind.UNKNOWN_WORD} == {"Sublimated", "Gas"}
    assert replay(events).end is State.PROVISIONING


def test_the_bus_only_hints_at_an_ending() -> None:
    """An ending is believed from Describe only; a forged event ends nothing (T20)."""
    events = translate.events_from_bus(training("Completed", "Completed", *NORMAL), NOW)
    assert replay(events).end is State.FINISHING
    assert [event.label for event in events if event.kind is Kind.NOTICED] == ["Completed"]
    assert {event.witness for event in events} == {Witness.EVENT_BUS}


def in_milliseconds(reply: dict[str, Any], kind: type[int | str]) -> dict[str, Any]:
    """The same reply as the bus encodes it."""

    def encoded(value: Any) -> Any:
        if isinstance(value, datetime):
            return kind(int(value.timestamp() * 1000))
        if isinstance(value, dict):
            return {name: encoded(each) for name, each in value.items()}
        return [encoded(item) for item in value] if isinstance(value, list) else value

    return encoded(reply)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [int, str])
def test_all_time_encodings_name_the_same_facts(kind: type[int | str]) -> None:
    """Datetime, epoch milliseconds and milliseconds as text give equal keys and times."""
    reply = training("InProgress", "Uploading", *NORMAL[:4])
    plain = translate.events_from_bus(reply, NOW)
    other = translate.events_from_bus(in_milliseconds(reply, kind), NOW)
    assert [(event.key, event.at.seconds) for event in plain] == [(event.key, event.at.seconds) for event in other]


@pytest.mark.parametrize(
    "text", ["2025-04-30T08:00:00Z", "2025-04-30T08:00:00.000+00:00", "1746000000000", "1746000000"]
)
def test_a_time_as_text_is_read_in_every_form(text: str) -> None:
    """ISO and epoch text mean the same instant."""
    found = translate.read_time(text)
    assert found is not None
    assert found.seconds == T0


@pytest.mark.parametrize("value", [None, "", "soon", True, [], "1970-13-01T00:00:00Z"])
def test_what_is_no_time_is_none(value: object) -> None:
    """Nonsense is absent, never zero."""
    assert translate.read_time(value) is None


def test_processing_tells_start_and_end_only() -> None:
    """Processing has no inner phases."""
    reply = {
        "ProcessingJobName": "job", "ProcessingJobStatus": "Completed", "CreationTime": T0,
        "ProcessingStartTime": T0 + 30,
        "ProcessingEndTime": T0 + 50, "LastModifiedTime": T0 + 50, "ExitMessage": "all good",
    }  # fmt: skip
    replayed = replay(translate.events_from_describe(reply, NOW))
    assert [step.after for step in replayed.steps] == [State.SUBMITTED, State.STARTING, State.SUCCEEDED]
    assert replayed.steps[-1].event.native["ExitMessage"] == "all good"
