"""`parity explain FILE` on every recorded ending of a SageMaker job, as Describe and as the event bus tell it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.campaign import explaining
from harness.cli.main import parity

RECORDED = Path(__file__).parents[1] / "recorded" / "sagemaker"
HINT = "a description of the job: an event is delivered best effort and only hints at an ending"
COMPLETED = "the shim's record and the job's outputs: Completed says that the container ended with 0, and no more"
PROCESS = "the process's end"
OK, FAILED, NOBODY_KNOWS = "ok ok -", "failed failed -", "unknown failed -"
ANSWERS: dict[str, tuple[str, list[str], list[str]]] = {
    "training-completed": (OK, [], [COMPLETED]),
    "training-code-error": (FAILED, [], []),
    "training-code-error-silent": (FAILED, [], []),
    "training-toolkit-script": (FAILED, [], []),
    "training-out-of-memory": (FAILED, [], []),
    "training-out-of-memory-toolkit": (FAILED, [], []),
    "training-upload-denied": (NOBODY_KNOWS, [], [PROCESS]),
    "training-upload-memory": (NOBODY_KNOWS, [], [PROCESS]),
    "training-entrypoint-missing": (FAILED, [], []),
    "training-image-missing": (FAILED, [], []),
    "training-no-data": (FAILED, [], []),
    "training-internal-error": (NOBODY_KNOWS, [], [PROCESS]),
    "training-internal-error-older": (NOBODY_KNOWS, [], [PROCESS]),
    "training-capacity": (FAILED, [], []),
    "training-no-reason": (NOBODY_KNOWS, [], [PROCESS]),
    "training-user-stop": (FAILED, [], []),
    "training-stopped-before-launch": (FAILED, [], []),
    "training-time-limit": (FAILED, [], []),
    "training-wait-limit": (FAILED, [], []),
    "training-spot-restart": (OK, ["S05"], [COMPLETED]),
    "training-retried": (OK, ["S05"], [COMPLETED]),
    "training-pool-reused": (OK, [], [COMPLETED]),
    "training-in-progress": ("unknown none -", [], ["the job's end"]),
    "training-unknown-status": ("unknown none -", [], ["the meaning of the status Gas"]),
    "training-contradiction": ("unknown none -", [], ["the meaning of the status Completed with Failed"]),
    "processing-completed": (OK, [], [COMPLETED]),
    "processing-code-error": (FAILED, [], []),
    "processing-message-not-utf8": (FAILED, [], []),
    "processing-user-stop": (FAILED, [], []),
    "processing-time-limit": (FAILED, [], []),
    "processing-stopped-before-launch": (FAILED, [], []),
    "processing-upload-denied": (NOBODY_KNOWS, [], [PROCESS]),
    "processing-internal-error": (NOBODY_KNOWS, [], [PROCESS]),
    "transform-completed": (OK, [], [COMPLETED]),
    "transform-failed": (FAILED, [], []),
    "transform-stopped": (FAILED, [], []),
    "tuning-completed": (OK, [], [COMPLETED]),
    "tuning-failed": (FAILED, [], []),
    "tuning-stopped": (FAILED, [], []),
}
"""By recording: work, platform and class; what stands beside them; what is missing."""


def explain(path: Path, *options: str) -> Result:
    """Explain a file."""
    return CliRunner().invoke(parity, ["explain", str(path), *options], catch_exceptions=False)


def answer(path: Path) -> tuple[str, list[str], list[str]]:
    """Explain a file that holds one job."""
    result = explain(path, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return f"{found['work']} {found['platform']} {found['class'] or '-'}", found["also"], found["missing"]


def recording(name: str, form: str) -> Any:
    """Read a recorded file."""
    return json.loads((RECORDED / f"{name}.{form}.json").read_bytes())


def test_every_recording_has_an_answer() -> None:
    """A recording that nobody expects anything of tests nothing."""
    names = {path.name.split(".")[0] for path in RECORDED.glob("*.json")}
    assert {name for name in names if not name.startswith("not-ours")} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_recorded_description_is_decided(name: str) -> None:
    """Training, processing, transform and tuning jobs, each by what the service says of its end."""
    assert answer(RECORDED / f"{name}.describe.json") == ANSWERS[name]


@pytest.mark.parametrize("name", ANSWERS)
def test_the_event_of_the_same_change_is_decided_alike_and_only_hints(name: str) -> None:
    """In all three time encodings; that no description was given is named as missing."""
    words, also, missing = ANSWERS[name]
    hinted = ["S06"] if words.split()[1] != "none" else []
    assert answer(RECORDED / f"{name}.event.json") == (words, [*also, *hinted], [*missing, HINT])


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("not-ours-endpoint.describe", "a record of endpoint"),
        ("not-ours-endpoint.event", "SageMaker Endpoint State Change"),
        ("not-ours-pipeline-step.event", "SageMaker Model Building Pipeline Execution Step Status Change"),
    ],
)
def test_a_record_of_no_job_is_refused_and_named(name: str, found: str) -> None:
    """Exit 2, nothing on stdout; an endpoint and a pipeline's step are told by their names."""
    result = explain(RECORDED / f"{name}.json", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{name}.json:1:1: record: expected " in result.stderr
    assert result.stderr.rstrip().endswith(f", found {found}")


def test_a_jobs_detail_in_an_endpoints_event_is_no_jobs_event(tmp_path: Path) -> None:
    """The kind of the event decides, whatever it carries: the nearest fault to a good file is refused."""
    event = recording("transform-completed", "event") | {"detail-type": "SageMaker Endpoint State Change"}
    path = tmp_path / "records.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    assert (explain(path).exit_code, explain(RECORDED / "transform-completed.event.json").exit_code) == (2, 0)


@pytest.mark.parametrize(
    "name", ["training-completed", "processing-completed", "transform-completed", "tuning-completed"]
)
@pytest.mark.parametrize("form", ["describe", "event"])
def test_a_status_that_cannot_be_is_unknown_for_every_kind(name: str, form: str, tmp_path: Path) -> None:
    """Only the status is changed: what was an ending is none, and the word is named."""
    value = recording(name, form)
    facts = value["detail"] if form == "event" else value
    (field,) = (fact for fact in facts if fact.endswith("JobStatus"))
    facts[field] = "Gas"
    facts.pop("SecondaryStatus", None)
    path = tmp_path / "records.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    words, _, missing = answer(path)
    assert (words, missing[0]) == ("unknown none -", "the meaning of the status Gas")


def test_several_records_of_one_stream_are_answered_in_its_order(tmp_path: Path) -> None:
    """One record a line, of different kinds and forms."""
    names = (("tuning-stopped", "event"), ("transform-failed", "describe"), ("processing-completed", "event"))
    path = tmp_path / "records.json"
    path.write_text("\n".join(json.dumps(recording(*name)) for name in names), encoding="utf-8")
    told = [json.loads(line)["work"] for line in explain(path, "--json").stdout.splitlines()]
    assert told == ["failed", "failed", "ok"]


def tuning(status: str, objectives: dict[str, int], **counts: int) -> dict[str, object]:
    """Describe a tuning job by its counters."""
    return {
        "HyperParameterTuningJobName": "tune", "HyperParameterTuningJobStatus": status,
        "TrainingJobStatusCounters": counts, "ObjectiveStatusCounters": objectives,
        "CreationTime": "2026-06-01T12:00:00Z", "HyperParameterTuningEndTime": "2026-06-01T13:00:00Z",
        "FailureReason": "All training jobs failed." if status == "Failed" else None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "words", "says"),
    [
        (tuning("Completed", {"Succeeded": 9, "Failed": 0}, Completed=9), "ok ok -", "the service says Completed"),
        (tuning("Completed", {"Succeeded": 0, "Failed": 9}, Completed=9), "unknown ok -",
         "Completed, and 9 training jobs reported no objective"),
        (tuning("Completed", {"Succeeded": 8, "Failed": 1}, Completed=9), "ok ok -", "the service says Completed"),
        (tuning("Failed", {}, Completed=0, NonRetryableError=9), "failed failed -",
         "9 of 9 training jobs failed: All training jobs failed."),
    ],
)  # fmt: skip
def test_a_tuning_jobs_own_counters_are_weighed(item: dict[str, object], words: str, says: str) -> None:
    """Completed is evidence and no proof."""
    (told,) = explaining.explain("d", json.dumps(item).encode(), 1.8e9)
    assert f"{told.truth.work} {told.truth.platform} {told.truth.klass or '-'}" == words
    assert says in told.truth.because


@pytest.mark.parametrize(
    "document",
    [
        {"TrainingJobSummaries": [{"TrainingJobName": "a", "TrainingJobStatus": "Failed"},
                                  {"TrainingJobName": "b", "TrainingJobStatus": "InProgress"}]},
        {"Results": [{"TrainingJob": {"TrainingJobName": "a", "TrainingJobStatus": "Failed"}},
                     {"TrainingJob": {"TrainingJobName": "b", "TrainingJobStatus": "InProgress"}}]},
    ],
    ids=["ListTrainingJobs", "Search"],
)  # fmt: skip
def test_lists_of_the_service_are_taken_apart(document: dict[str, object]) -> None:
    """What they lack is named as missing."""
    first, second = explaining.explain("d", json.dumps(document).encode(), 1.8e9)
    assert (first.name, first.truth.work.value, first.truth.platform.value) == ("a", "unknown", "failed")
    assert (second.name, second.truth.platform.value) == ("b", "none")
