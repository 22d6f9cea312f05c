"""`parity explain FILE` through the real command line: what it decides, what it tells, and what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from build import LATER, T0, Look, deletion, event, job, look, pod, stamp
from click.testing import CliRunner, Result
from kubernetes_cases import CONTROLS, NAMED, Case
from sagemaker_cases import NORMAL, STOPPED, failed, processing, training

from harness.cli.main import parity

RECORDED = Path(__file__).parents[1] / "recorded" / "kubernetes"
RECORDED_AT = 1_795_600_000.0
"""A while after the recordings were made."""
KEYS = {
    "schema", "kind", "name", "namespace", "work", "platform", "class", "title", "cause", "because", "account",
    "exit_code", "times", "also", "blames", "advice", "missing", "hints", "not_used", "anomalies", "parents",
}  # fmt: skip


def run(folder: Path, content: object, *options: str, taken: float = T0 + LATER) -> Result:
    """Write a file of records, taken LATER unless said otherwise, and explain it."""
    path = folder / "records.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    os.utime(path, (taken, taken))
    return CliRunner().invoke(parity, ["explain", str(path), *options], catch_exceptions=False)


def answers(folder: Path, content: object) -> list[dict[str, Any]]:
    """Explain as JSON; one answer a line."""
    result = run(folder, content, "--json")
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    for item in found:
        assert set(item) == KEYS
    return found


def answer(folder: Path, content: object) -> dict[str, Any]:
    """Explain a file that holds one job."""
    (found,) = answers(folder, content)
    return found


def word(found: dict[str, Any]) -> str:
    """Write an answer as cases do."""
    return f"{found['work']} {found['platform']} {found['class'] or '-'}"


def items(*objects: dict[str, Any]) -> dict[str, Any]:
    """Make what `kubectl get -o json` prints."""
    return {"apiVersion": "v1", "kind": "List", "items": list(objects)}


def lines(*messages: tuple[str, dict[str, Any]]) -> bytes:
    """Make a recorded watch."""
    return b"".join(json.dumps({"type": what, "object": item}).encode() + b"\n" for what, item in messages)


# -- what kubectl prints ----------------------------------------------------------------------------------------------


def from_a_list(cases: dict[str, tuple[Case, ...]]) -> list[object]:
    """Give the cases that one `kubectl get` can show and that need no outputs."""
    return [
        pytest.param(case, id=f"{klass}: {case.title}")
        for klass, mine in cases.items()
        for case in mine
        if not any(isinstance(each, Look) for each in case.story) and not case.whole
    ]


@pytest.mark.parametrize("case", from_a_list(NAMED) + from_a_list(CONTROLS))
def test_a_list_is_decided_as_the_rules_decide_it(case: Case, tmp_path: Path) -> None:
    """Every case of the catalogue that one `kubectl get` can show gives its class through the command line."""
    found = answer(tmp_path, items(*case.story))  # type: ignore[arg-type]
    assert (word(found), " ".join(sorted(found["also"]))) == (case.truth, case.also)


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("success", "ok ok -"),
        ("code-error", "failed failed -"),
        ("sidecar-failure", "ok failed K08"),
        ("deadline-trapped", "unknown failed -"),
        ("pod-deadline", "unknown failed K03"),
        ("child-oom", "unknown ok K20"),
        ("main-oom", "failed failed -"),
        ("image-missing", "unknown none K36"),
        ("unschedulable", "unknown none K36"),
        ("never-ending-sidecar", "ok none K35"),
        ("native-sidecar", "ok ok -"),
        ("onfailure-last-retry", "failed failed -"),
        ("retried", "failed failed -"),
    ],
)
def test_a_record_of_a_real_cluster_is_decided(name: str, truth: str, tmp_path: Path) -> None:
    """Thirteen jobs of a real 1.34.4; deadline-trapped was recorded before its pod's end, so that stays unknown."""
    result = run(tmp_path, (RECORDED / f"{name}.json").read_bytes(), "--json", taken=RECORDED_AT)
    assert word(json.loads(result.stdout)) == truth


def test_a_file_set_back_in_time_ends_no_earlier_than_its_newest_record(tmp_path: Path) -> None:
    """A copy may carry any time; what the records themselves say bounds when they were taken."""
    stuck = items(job(active=1), pod("main 2-8 0", "proxy 2-"), event("Pulled", 90, "proxy"))
    result = run(tmp_path, stuck, "--json", taken=0.0)
    assert word(json.loads(result.stdout)) == "ok none K35"


def test_the_answer_has_these_fields_and_no_others(tmp_path: Path) -> None:
    """One object: words, class, what stands beside it, whose doing, and what is missing."""
    found = answer(tmp_path, items(job("failed@9 BackoffLimitExceeded"), pod("main 2-8 0", "proxy 2-9 1")))
    assert found == {
        "schema": "parity.explain/1", "kind": "Job", "name": "train", "namespace": "",
        "work": "ok", "platform": "failed", "class": "K08", "title": "another container failed", "cause": "success",
        "because": "container proxy ended with 1, the main one with 0",
        "account": {"how": "ended", "container": "main", "by": "", "at": "2026-06-01T12:00:08.000Z"},
        "exit_code": 0,
        "times": {
            "submitted": "2026-06-01T12:00:00.000Z", "started": "2026-06-01T12:00:02.000Z",
            "ended": "2026-06-01T12:00:08.000Z",
        },
        "also": [], "blames": "platform", "advice": "make the sidecar native (initContainers, restartPolicy: Always)",
        "missing": [], "hints": [], "not_used": [], "anomalies": [], "parents": [],
    }  # fmt: skip


def test_a_job_alone_says_what_it_was_marked_and_that_the_work_is_unknown(tmp_path: Path) -> None:
    """Counters are no witness of what a process did."""
    found = answer(tmp_path, job("complete@9"))
    assert word(found) == "unknown ok -"
    assert found["missing"] == ["the main container's end (the records hold no pod)"]


def test_a_pod_alone_says_what_its_process_did_and_that_no_verdict_is_known(tmp_path: Path) -> None:
    """A pod's phase is no verdict; what its containers show is listed all the same."""
    found = answer(tmp_path, pod("main 2-8 0", "proxy 2-9 1"))
    assert word(found) == "ok none -"
    assert (found["also"], found["missing"]) == (["K08"], ["the Job (the records hold none)"])


def test_several_jobs_are_answered_in_the_order_of_the_file(tmp_path: Path) -> None:
    """One line a job, and no pod is taken for another's."""
    other = {**job("failed@9 BackoffLimitExceeded"), "metadata": {"name": "other", "uid": "job-2"}}
    mine = pod("main 2-8 0")
    theirs = pod("main 2-8 1", name="o", metadata={"ownerReferences": [{"kind": "Job", "uid": "job-2"}]})
    told = [word(answer) for answer in answers(tmp_path, items(other, job("complete@9"), mine, theirs))]
    assert told == ["failed failed -", "ok ok -"]


def test_137_and_143_alone_are_never_guessed_at(tmp_path: Path) -> None:
    """The work failed; who ended it, no record says, so no class is named."""
    for code in (137, 143):
        found = answer(tmp_path, items(job("failed@9 BackoffLimitExceeded"), pod(f"main 2-8 {code}")))
        assert (word(found), found["also"]) == ("failed failed -", [])


def test_an_end_without_an_exit_code_is_unknown_and_not_zero(tmp_path: Path) -> None:
    """A field that is missing is no zero."""
    broken = pod("main 2-8 0")
    del broken["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"]
    assert word(answer(tmp_path, items(job("complete@9"), broken))) == "unknown ok K07"


# -- a recorded watch -------------------------------------------------------------------------------------------------

RUNNING, DONE = pod("main 2-"), pod("main 2-8 0")
COMPLETE = job("complete@9")


def version(item: dict[str, Any], number: int) -> dict[str, Any]:
    """Give an object another resourceVersion."""
    return {**item, "metadata": {**item["metadata"], "resourceVersion": str(number)}}


def test_a_recorded_watch_is_decided_by_its_last_versions(tmp_path: Path) -> None:
    """Lines as `kubectl get -w --output-watch-events` writes them."""
    found = answer(tmp_path, lines(("ADDED", job()), ("ADDED", RUNNING), ("MODIFIED", DONE), ("MODIFIED", COMPLETE)))
    assert (word(found), found["also"]) == ("ok ok -", [])


def test_a_watch_printed_over_many_lines_is_read_as_well(tmp_path: Path) -> None:
    """`kubectl -w -o json` prints one object after the other, each over many lines and without a type."""
    told = "\n".join(json.dumps(entry, indent=2) for entry in (job(), RUNNING, DONE, COMPLETE))
    assert word(answer(tmp_path, told.encode())) == "ok ok -"


ERROR = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version: 1 (813)"}


def test_a_410_is_a_gap_and_what_the_new_list_lacks_has_vanished(tmp_path: Path) -> None:
    """K42 and K45: the pod was known, the list after the gap has the Job only."""
    found = answer(
        tmp_path, lines(("ADDED", job(active=1)), ("ADDED", RUNNING), ("ERROR", ERROR), ("ADDED", job(failed=1)))
    )
    assert word(found) == "unknown none K45"
    assert "K42" in found["also"]


def test_a_pod_that_is_listed_again_after_a_gap_has_not_vanished(tmp_path: Path) -> None:
    """The control: the new list has it."""
    told = lines(("ADDED", RUNNING), ("ERROR", ERROR), ("ADDED", job()), ("ADDED", DONE), ("MODIFIED", COMPLETE))
    found = answer(tmp_path, told)
    assert word(found) == "ok ok -"
    assert "K45" not in found["also"]


def test_an_end_inside_a_gap_is_said_to_be_missed(tmp_path: Path) -> None:
    """K44: the Job ended between the last line before the gap and the first after it."""
    found = answer(tmp_path, lines(("ADDED", job()), ("ADDED", RUNNING), ("ERROR", ERROR), ("ADDED", DONE),
                                   ("ADDED", job("complete@9"))))  # fmt: skip
    assert "K44" not in found["also"]
    found = answer(tmp_path, lines(("ADDED", job()), ("ADDED", RUNNING), ("ERROR", ERROR), ("ADDED", COMPLETE),
                                   ("ADDED", DONE)))  # fmt: skip
    assert {"K42", "K44"} <= set(found["also"])


def test_an_older_version_that_comes_late_changes_nothing_and_is_told(tmp_path: Path) -> None:
    """K46: a stale cache shows the pod running again; facts are kept by what they say."""
    told = lines(
        ("ADDED", version(job(), 5)), ("ADDED", version(RUNNING, 6)), ("MODIFIED", version(DONE, 8)),
        ("MODIFIED", version(COMPLETE, 9)), ("MODIFIED", version(RUNNING, 6)),
    )  # fmt: skip
    found = answer(tmp_path, told)
    assert (word(found), found["also"]) == ("ok ok -", ["K46"])


def test_a_verdict_that_comes_before_the_end_it_counts_is_told(tmp_path: Path) -> None:
    """K51: two streams have no common order."""
    found = answer(tmp_path, lines(("ADDED", RUNNING), ("ADDED", COMPLETE), ("MODIFIED", DONE)))
    assert (word(found), found["also"]) == ("ok ok -", ["K51"])


def test_a_job_deleted_before_its_verdict_is_evidence_removed(tmp_path: Path) -> None:
    """K50: time to live left no verdict to read."""
    found = answer(tmp_path, lines(("ADDED", job()), ("ADDED", RUNNING), ("DELETED", job()), ("DELETED", RUNNING)))
    assert word(found) == "unknown none K50"


def test_bookmarks_say_nothing_of_a_job(tmp_path: Path) -> None:
    """They carry a resourceVersion and no object."""
    mark = {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "99"}}
    found = answer(tmp_path, lines(("ADDED", DONE), ("BOOKMARK", mark), ("MODIFIED", COMPLETE)))
    assert word(found) == "ok ok -"


@pytest.mark.parametrize("klass", sorted(NAMED))
def test_looks_written_as_a_watch_give_the_same_words(klass: str, tmp_path: Path) -> None:
    """What was seen over time is decided alike from a recorded watch, as far as a watch can show it."""
    for case in NAMED[klass]:
        looks = [each if isinstance(each, Look) else look(LATER, each) for each in case.story]
        if case.whole or any(look.noticed for look in looks) or klass in {"K42", "K51"}:
            continue
        told = [("DELETED" if look.gone else "MODIFIED", item) for look in looks for item in look.objects]
        result = run(tmp_path, lines(*told), "--json", taken=T0 + max(look.at for look in looks))
        assert word(json.loads(result.stdout)) == case.truth


# -- SageMaker --------------------------------------------------------------------------------------------------------

DENIED = "ClientError: Artifact upload failed:Error 7: AccessDenied"


@pytest.mark.parametrize(
    ("reply", "truth"),
    [
        (training("Completed", *NORMAL), "ok ok -"),
        (failed("AlgorithmError: , exit code: 1"), "failed failed -"),
        (failed(DENIED), "unknown failed -"),
        (training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded"), "failed failed -"),
        (training("InProgress", "Starting", secondary="Starting"), "unknown none -"),
        (processing("Completed"), "ok ok -"),
        (processing("Failed", reason="AlgorithmError: See job logs, exit code: 2"), "failed failed -"),
    ],
)
def test_a_description_is_decided(reply: dict[str, Any], truth: str, tmp_path: Path) -> None:
    """What DescribeTrainingJob and DescribeProcessingJob reply."""
    assert word(answer(tmp_path, reply)) == truth


def bus(kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    """Make an EventBridge event."""
    named = f"SageMaker {kind} State Change"
    return {"version": "0", "source": "aws.sagemaker", "detail-type": named, "detail": detail}


def test_an_event_of_a_job_is_decided_and_says_that_it_only_hints(tmp_path: Path) -> None:
    """Its detail is a description; that none was asked for is named as missing."""
    found = answer(tmp_path, bus("Training Job", training("Completed", *NORMAL)))
    assert word(found) == "ok ok -"
    assert found["missing"] == [
        "the shim's record and the job's outputs: Completed says that the container ended with 0, and no more",
        "a description of the job: an event is delivered best effort and only hints at an ending",
    ]


# -- the story --------------------------------------------------------------------------------------------------------


def test_the_story_is_told_in_time_order_with_clocks_and_error_bars(tmp_path: Path) -> None:
    """Title, why, whose doing, what to do, what is beside it; then each event by the clock that saw it."""
    told = items(job("failed@9 BackoffLimitExceeded"), pod("~mesh 1-9 1", "main 2-8 0", "proxy 2-9 1"))
    result = run(tmp_path, told)
    assert result.stdout.splitlines() == [
        "train: work ok, platform failed: K08",
        "  container proxy ended with 1, the main one with 0",
        "  K08, another container failed: a plain sidecar with a non-zero exit makes the pod Failed",
        "  blames: platform",
        "  do: make the sidecar native (initContainers, restartPolicy: Always)",
        "  also K26, native sidecar error",
        "  2026-06-01T12:00:00.000Z ±2s api-server job            submitted: created",
        "  2026-06-01T12:00:00.000Z ±2s controller job            queued: startTime",
        "  2026-06-01T12:00:01.000Z ±2s api-server pod            queued: pod created",
        "  2026-06-01T12:00:01.000Z ±2s node       container      phase-ended mesh: started",
        "  2026-06-01T12:00:02.000Z ±2s node       container      running main: started",
        "  2026-06-01T12:00:02.000Z ±2s node       container      phase-ended proxy: started",
        "  2026-06-01T12:00:08.000Z ±2s node       container      exited main: Completed code 0",
        "  2026-06-01T12:00:09.000Z ±2s controller job            finishing: BackoffLimitExceeded",
        "  2026-06-01T12:00:09.000Z ±2s node       container      exited mesh: Error code 1",
        "  2026-06-01T12:00:09.000Z ±2s node       container      exited proxy: Error code 1",
        "  2026-06-01T12:00:09.000Z ±2s controller job            failed: BackoffLimitExceeded",
        "  2026-06-01T12:16:40.000Z ±0s harness    job            status: counters",
        "  2026-06-01T12:16:40.000Z ±0s harness    pod            status: Failed",
        "  2026-06-01T12:16:40.000Z ±0s harness    harness        noticed: the records end",
    ]


def test_a_name_with_control_characters_cannot_drive_the_terminal(tmp_path: Path) -> None:
    """What a job wrote is shown as symbols."""
    hostile = pod("main 2-8 0", "evil 2-9 1")
    hostile["status"]["containerStatuses"][1]["state"]["terminated"]["reason"] = "\x1b[2J"
    result = run(tmp_path, items(job("failed@9 BackoffLimitExceeded"), hostile))
    assert "\x1b" not in result.stdout


def test_a_class_is_explained_by_its_id() -> None:
    """A rule with its parts, also one that needs a parent's word."""
    told = CliRunner().invoke(parity, ["explain", "k41"]).stdout
    assert told.splitlines() == [
        "K41: verdict withheld",
        "How: since 1.31 Failed and Complete wait until no pod is terminating",
        "When: FailureTarget or SuccessCriteriaMet is set, the verdict is not, and pods are terminating",
        "Whose: nobody",
        "Do: wait for the grace period",
        "Sources: kubernetes/website#46808, kubernetes/kubernetes#125089; measured",
    ]
    told = CliRunner().invoke(parity, ["explain", "K13"]).stdout
    assert told.splitlines()[0] == "K13: watcher timed out"


# -- what is refused --------------------------------------------------------------------------------------------------

DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
STRANGER = {"ownerReferences": [{"kind": "ReplicaSet", "uid": "rs-1"}]}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (DEPLOYMENT, "apps/v1 Deployment"),
        (items(DEPLOYMENT, DEPLOYMENT), "a list of apps/v1 Deployment"),
        (items(), "a list of nothing"),
        (pod("main 2-8 0", metadata=STRANGER), "Pod of a ReplicaSet"),
        ({**job(), "apiVersion": "batch.volcano.sh/v1alpha1"}, "batch.volcano.sh/v1alpha1 Job"),
        (lines(("ADDED", DEPLOYMENT)), "a watch of apps/v1 Deployment"),
        (bus("Endpoint", {"EndpointName": "e"}), "SageMaker Endpoint State Change"),
        (
            bus("Model Building Pipeline Execution Step Status Change", {"stepName": "train"}),
            "SageMaker Model Building Pipeline Execution Step Status Change State Change",
        ),
        ({"EndpointName": "e", "EndpointStatus": "InService"}, "an object with EndpointName, EndpointStatus"),
        ({"ModelPackageName": "m", "ModelPackageStatus": "Failed"}, "an object with ModelPackageName"),
        ({}, "an object with nothing in it"),
        ([], "a list"),
        (b"17", "a number"),
        (b'"x"', "a text"),
        (b"null", "null"),
    ],
)
def test_what_is_no_record_of_a_job_is_refused_and_named(content: object, found: str, tmp_path: Path) -> None:
    """Exit 2: the file, what it is, and what was expected; nothing on stdout."""
    result = run(tmp_path, content, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "records.json:1:1: record: expected what `kubectl get job,pods,events -o json` prints" in result.stderr
    assert f", found {found}" in result.stderr


@pytest.mark.parametrize(
    ("content", "place", "found"),
    [
        (b"", "1:1: byte 0", "nothing"),
        (b"  \n ", "1:1: byte 0", "nothing"),
        (b'{"kind": "Job",', "1:16: byte 15", ""),
        (b'{"kind": "Job",\n "kind": "Pod"}', "2:2: byte 17", "duplicate key"),
        (b'{"a": NaN}', "1:7: byte 6", ""),
        (b"\xff\xfe", "1:1: byte 0", "not UTF-8"),
        (lines(("ADDED", job())) + b'{"type": "MODIFIED", "obj', "2:22: byte", ""),
    ],
)
def test_broken_input_is_refused_with_its_place(content: bytes, place: str, found: str, tmp_path: Path) -> None:
    """Exit 2: file, line, column and byte, what was found and what was expected; nothing on stdout."""
    result = run(tmp_path, content, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"records.json:{place}" in result.stderr
    assert f"found {found}" in result.stderr
    assert "expected what `kubectl get" in result.stderr


def test_broken_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    """What begins with no bracket is YAML; the reader says where it broke."""
    result = run(tmp_path, b"kind: [Job\n", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "records.json:2:1: the document: expected YAML" in result.stderr


def test_a_file_that_is_not_there_is_refused_as_a_file(tmp_path: Path) -> None:
    """Nobody looks for a repository of that name."""
    result = CliRunner().invoke(parity, ["explain", str(tmp_path / "nosuch.json")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert ": file: expected a file that holds what `kubectl get job,pods,events -o json` prints" in result.stderr
    assert ", found nothing of that name" in result.stderr


def test_a_folder_without_records_is_refused(tmp_path: Path) -> None:
    """Files are known by their endings."""
    result = CliRunner().invoke(parity, ["explain", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert ", found no file of .json, .jsonl, .ndjson, .yaml, .yml" in result.stderr


def test_a_subject_that_is_nothing_is_told_what_there_is(tmp_path: Path) -> None:
    """No file, no class, and no configuration that could have a repository of that name."""
    config = tmp_path / "repos.yaml"
    result = CliRunner().invoke(parity, ["explain", "K8", "--config", str(config)])
    expected = f"a file of records, a class such as K08, or a repository of {config}, which is not there"
    assert (result.exit_code, result.stderr) == (2, f"K8: subject: expected {expected}, found nothing of that name\n")


def test_nonsense_in_times_and_numbers_is_unknown_and_no_crash(tmp_path: Path) -> None:
    """A server's nonsense is no reason to lose the others' words."""
    odd = pod("main 2-8 0")
    odd["metadata"]["creationTimestamp"] = "yesterday"
    odd["status"]["containerStatuses"][0]["state"]["terminated"] |= {"finishedAt": "late", "startedAt": 7}
    assert word(answer(tmp_path, items(job("complete@9"), odd))) == "unknown ok K07"
    reply = {**training("Completed", *NORMAL), "LastModifiedTime": 9e17, "SecondaryStatusTransitions": ["x", 3]}
    assert word(answer(tmp_path, reply)) == "ok ok -"
    tuning = {
        "HyperParameterTuningJobName": "h", "HyperParameterTuningJobStatus": "Completed",
        "TrainingJobStatusCounters": {"Completed": {"a": 1}, "NonRetryableError": 9},
    }  # fmt: skip
    assert word(answer(tmp_path, tuning)) == "unknown ok -"


def test_a_deleted_look_is_what_a_watch_calls_deleted() -> None:
    """The builder's own words hold: one stamp a second, and a deletion is told as one."""
    assert stamp(9) == "2026-06-01T12:00:09Z"
    assert deletion(9, job()).gone
