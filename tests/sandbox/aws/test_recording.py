"""`parity doctor --record`: the open points as fixtures, from whoever answers, and never from a sandbox unasked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from backends import candidate_sample as sample

from harness.backends.aws import Account, Clients
from harness.backends.sagemaker.recorded_answers import answers
from harness.backends.sagemaker.recording import Recorder
from harness.errors import Refused
from harness.model.clock import SystemClock

if TYPE_CHECKING:
    from conftest import Cloud


@pytest.fixture
def recorder(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Record the AWS half with its own image."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    clients = Clients(Account("123456789012", "us-east-1", None, cloud.url))
    home = replace(sample.repository(tmp_path, {}).candidate, staging_uri="s3://bucket/recording/")
    return Recorder(clients, home, cloud.image.reference, SystemClock())


def test_a_sandbox_is_not_recorded_unasked(recorder: Recorder, tmp_path: Path) -> None:
    """Its answers are made up; nothing is created."""
    with pytest.raises(Refused, match="is a sandbox"):
        recorder.record(tmp_path / "fixtures", allow_synthetic=False)
    assert not (tmp_path / "fixtures").exists()


def test_a_recording_answers_the_open_points(recorder: Recorder, tmp_path: Path) -> None:
    """Two jobs, their events and logs, and one answer a point, marked as synthetic."""
    folder = tmp_path / "fixtures"
    written = recorder.record(folder, allow_synthetic=True, pace=0.02)
    assert {path.name for path in written} == {
        "answers.json", "events.json", "processing.describe.json", "training.describe.json",
    }  # fmt: skip
    said = json.loads((folder / "answers.json").read_text())
    assert said["synthetic"] is True
    assert [item["status"] for item in said["secondary changes announced"] if item["events"]] == [
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    assert said["processing stop signal"] == "TERM"
    assert said["processing status at the end"] == "Stopped"
    assert said["keep alive of 3601 s"] == "accepted", "the model's limit is 21600, and the sandbox follows the model"
    assert "ProcessingJobStatus" in said["processing event"]
    assert said["first instruction"]["program"] >= said["first instruction"]["Training"] - 1


def test_a_silent_account_is_told_as_such() -> None:
    """The control: no event, no log, no answer made up."""
    steps = [{"Status": "Starting", "StartTime": "2025-04-30T08:00:00Z"}]
    said = answers({"SecondaryStatusTransitions": steps}, {}, [], {}, keep_alive="ValidationException")
    assert said["secondary changes announced"] == [{"status": "Starting", "events": 0, "lag_seconds": []}]
    assert said["processing event"] == "none came"
    assert said["processing stop signal"] == "none was heard"
    assert said["first instruction"] == {"program": "not heard", "Starting": 1746000000.0}
