"""What is captured of a run is scrubbed before it is written; outputs keep their bytes, metrics their values."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from observed import declared
from planted_secrets import forms

from harness.backends.base import Fetched, FetchedOutput, Handle
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.job import Side
from harness.model.metric import Better, Metric
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.runner.collect import observe
from harness.runner.shim_record import RECORD_SCHEMA
from harness.scrub.scrubber import Scrubber, count
from harness.store.archive import Archive

FORMS = forms(31)
RUN = Run("wine-train-c1", "p-wine-train-c1", "wine", "train", Side.CANDIDATE, 1)


def brought_home(folder: Path, log: str, **record: object) -> Observation:
    """Observe one run whose log, record, event and output hold something, and store it."""
    tree = folder / "out"
    tree.mkdir(parents=True)
    (tree / "rows.csv").write_text(log, encoding="utf-8")
    whole = {"schema": RECORD_SCHEMA, "run": RUN.id, "exit_code": 1, "troubles": [log], **record}
    outputs = (FetchedOutput("scores", declared=True, path=tree, source="s3://b/out"),)
    at = Time(1.0, ClockName.HARNESS)
    event = Event("e", Kind.NOTICED, Witness.HARNESS, at, 1.0, label=log, native={"message": log})
    archive = Archive(folder / "campaign")
    metric = Metric("rmse", r"rmse=([0-9.]+)", Better.LOWER, None, 0.01, critical=True)
    job = replace(declared(), metrics=(metric,))
    fetched = Fetched(log.encode(), False, json.dumps(whole).encode(), outputs, (f"log: {log}",))
    observation = observe(Handle(RUN, {}), job, (event,), fetched, folder=archive.run_folder(RUN.id), scrub=Scrubber())
    archive.save_observation(observation)
    return observation


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_in_log_event_record_and_exception_is_written_nowhere_and_the_output_keeps_its_bytes(
    form: str, tmp_path: Path
) -> None:
    """Every file below the campaign is searched; only the artifact, which nobody may change, has it."""
    planted = FORMS[form]
    log = f"start\nrmse=0.5\nRuntimeError: failed to open {planted.url}\n{planted.line}\nend\n"
    seen = brought_home(tmp_path, log, environment={planted.name: planted.secret, "SOURCE": planted.url})
    campaign = tmp_path / "campaign"
    holding = [path for path in campaign.rglob("*") if path.is_file() and planted.secret.encode() in path.read_bytes()]
    assert [path.name for path in holding] == [Path(seen.outputs[0].files[0].stored).name]
    assert seen.log is not None
    assert seen.log.scrubbed == 2
    assert "[scrubbed: " in seen.log.complaint
    assert seen.metrics["rmse"][-1].value == 0.5
    assert count(seen.events) == 4
    assert count(seen.record) == 4
    assert count(seen.notes) == 2


def test_a_metric_whose_line_was_scrubbed_keeps_its_value_and_says_so(tmp_path: Path) -> None:
    """The value was read from the line as it came; the stored log would give another."""
    seen = brought_home(tmp_path, "rmse=0.5\npassword=x7!kk;rmse=0.4\nsession_token=q7Zp2Lw9Xv4Nt8Rb-rmse=0.25\n")
    assert [point.value for point in seen.metrics["rmse"]] == [0.5, 0.4, 0.25]
    assert seen.notes[-1] == ("metric rmse was read before its lines were scrubbed: the stored log shows it otherwise")


def test_a_file_whose_name_promises_a_secret_keeps_its_digest(tmp_path: Path) -> None:
    """A digest under such a name is compared: a word in its place would make all files alike."""
    outputs = {"scores": {"files": [{"path": "session.json", "sha256": "0a" * 32}]}}
    seen = brought_home(tmp_path, "a\n", outputs=outputs, inputs={"token": {"sha256": "0b" * 32}})
    assert seen.record is not None
    assert seen.record.outputs == {"scores": {"session.json": "0a" * 32}}
    assert seen.record.inputs == {"token": "0b" * 32}


def test_nothing_is_changed_where_there_is_no_secret(tmp_path: Path) -> None:
    """The control: text as it came, no note, nothing counted."""
    seen = brought_home(tmp_path, "rmse=0.5\nError: no space left\n", environment={"MAX_TOKENS": "4096"})
    assert seen.log is not None
    assert (seen.log.scrubbed, seen.log.complaint) == (0, "Error: no space left")
    assert count(seen) == 0
    assert seen.notes == ("log: rmse=0.5\nError: no space left\n",)


def test_what_the_shim_says_of_its_own_uploads_is_no_complaint_of_the_work(tmp_path: Path) -> None:
    """An upload that was refused would be told as work that was cut: a false success that never was."""
    ours = "parity-shim: the record could not be sent: Trouble: PUT failed: HTTPError: HTTP Error 400: Bad Request\n"
    quiet = brought_home(tmp_path / "quiet", f"rmse=0.5\n{ours}")
    both = brought_home(tmp_path / "both", f"Error: no space left\n{ours}")
    assert quiet.log is not None
    assert both.log is not None
    assert (quiet.log.complaint, both.log.complaint) == ("", "Error: no space left")


def test_the_end_of_a_log_is_the_works_last_line_and_not_the_shims_mark(tmp_path: Path) -> None:
    """What went wrong in the shim itself stays: it may be all that a run said."""
    seen = brought_home(tmp_path, "rmse=0.5\nparity-shim: no such input\nparity-shim: end of log\n")
    assert seen.log is not None
    assert seen.log.tail == ("rmse=0.5", "parity-shim: no such input")
