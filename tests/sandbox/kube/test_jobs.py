"""The Job controller: defaults, the sequence of conditions, back-off, deadline, suspension, time to live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Cluster

JOBS = "/apis/batch/v1/namespaces/default/jobs"


def sequence(history: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Give the condition types of each status, without repeats."""
    found: list[tuple[str, ...]] = []
    for status in history:
        types = tuple(condition["type"] for condition in status.get("conditions", []) if condition["status"] == "True")
        if types and (not found or found[-1] != types):
            found.append(types)
    return found


def test_a_created_job_has_the_defaults_and_labels_of_a_real_one(cluster: Cluster) -> None:
    """One version: the ADDED of a watch carries all of it."""
    name = cluster.name("defaults")
    _, made = cluster.ask("POST", JOBS, cluster.job(name, cluster.container("exit", "0")))
    spec, uid = made["spec"], made["metadata"]["uid"]
    assert {item: spec[item] for item in spec if item not in {"template", "selector"}} == {
        "parallelism": 1, "completions": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": False,
        "podReplacementPolicy": "TerminatingOrFailed",
    }  # fmt: skip
    assert spec["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    labels = {
        "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
        "controller-uid": uid, "job-name": name,
    }  # fmt: skip
    assert spec["template"]["metadata"]["labels"] == made["metadata"]["labels"] == labels
    first = next(item for item in cluster.half.objects.since("jobs", 0)[0] if item.object["metadata"]["name"] == name)
    assert (first.type, first.object["spec"]) == ("ADDED", spec)


def test_success_is_met_first_and_complete_afterwards(cluster: Cluster) -> None:
    """SuccessCriteriaMet with the pod's uid uncounted, then Complete with its time; the pod is freed between."""
    name, status = cluster.run("success", cluster.container("exit", "0"))
    history = cluster.history(name)
    assert sequence(history) == [("SuccessCriteriaMet",), ("SuccessCriteriaMet", "Complete")]
    met = next(item for item in history if item.get("conditions"))
    [pod] = cluster.pods(name)
    assert met["uncountedTerminatedPods"] == {"succeeded": [pod["metadata"]["uid"]]}
    assert (status["succeeded"], status["active"], status["terminating"]) == (1, 0, 0)
    assert status["uncountedTerminatedPods"] == {}
    assert status["completionTime"] == status["conditions"][1]["lastTransitionTime"]
    assert [condition["reason"] for condition in status["conditions"]] == ["CompletionsReached", "CompletionsReached"]
    assert pod["metadata"]["finalizers"] == []
    assert cluster.reasons("Job", name) == ["SuccessfulCreate", "Completed"]


def test_a_failed_pod_is_tried_again_until_the_limit(cluster: Cluster) -> None:
    """BackoffLimit 2 makes three pods; FailureTarget comes before Failed, and there is no completion time."""
    name, status = cluster.run("backoff", cluster.container("exit", "3"), backoffLimit=2)
    assert sequence(cluster.history(name)) == [("FailureTarget",), ("FailureTarget", "Failed")]
    assert [condition["reason"] for condition in status["conditions"]] == ["BackoffLimitExceeded"] * 2
    assert (status["failed"], status["active"], status.get("succeeded")) == (3, 0, None)
    assert "completionTime" not in status
    codes = [pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] for pod in cluster.pods(name)]
    assert codes == [3, 3, 3]
    assert cluster.reasons("Job", name) == ["SuccessfulCreate"] * 3 + ["BackoffLimitExceeded"]


def test_a_job_that_fails_first_succeeds_later(cluster: Cluster, tmp_path: Path) -> None:
    """One failure is counted, and the second pod completes the Job."""
    _, status = cluster.run("second", cluster.container("fail-first", str(tmp_path / "mark"), "1"), backoffLimit=1)
    assert (status["failed"], status["succeeded"], status["conditions"][-1]["type"]) == (1, 1, "Complete")


def test_on_failure_restarts_in_place_and_gives_up_as_the_last_restart_begins(cluster: Cluster, tmp_path: Path) -> None:
    """K11: restarts are not counted as failed pods, and the limit is met by the restart that it allows."""
    main = cluster.container("fail-first", str(tmp_path / "mark"), "1")
    name, status = cluster.run("restarts", main, pod={"restartPolicy": "OnFailure"}, backoffLimit=5)
    assert status["conditions"][-1]["type"] == "Complete"
    assert "failed" not in status
    [pod] = cluster.pods(name)
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 1
    assert pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 1
    _, given_up = cluster.run(
        "gives-up", cluster.container("exit", "1"), pod={"restartPolicy": "OnFailure"}, backoffLimit=2
    )
    assert given_up["conditions"][-1]["reason"] == "BackoffLimitExceeded"
    assert given_up["failed"] == 1


def test_a_deadline_ends_the_pod_and_counts_it(cluster: Cluster, wait: Callable[..., Any]) -> None:
    """FailureTarget at once, Failed when nothing terminates any more; both say DeadlineExceeded."""
    name, status = cluster.run("deadline", cluster.container("deaf"), activeDeadlineSeconds=1)
    assert sequence(cluster.history(name)) == [("FailureTarget",), ("FailureTarget", "Failed")]
    assert [condition["reason"] for condition in status["conditions"]] == ["DeadlineExceeded"] * 2
    assert (status["failed"], status["terminating"]) == (1, 0)
    assert any(item.get("terminating") == 1 for item in cluster.history(name))
    wait(
        lambda: cluster.reasons("Job", name),
        lambda reasons: reasons == ["SuccessfulCreate", "SuccessfulDelete", "DeadlineExceeded"],
    )


def test_a_deadline_ends_a_job_whose_pod_was_never_placed(cluster: Cluster) -> None:
    """The node has too little memory, says so, and the Job still comes to its end."""
    big = cluster.container("exit", "0", resources={"requests": {"memory": "900Gi"}})
    name, status = cluster.run("unplaced", big, activeDeadlineSeconds=1)
    assert (status["conditions"][-1]["reason"], status["failed"]) == ("DeadlineExceeded", 1)
    assert cluster.pods(name) == []
    assert cluster.reasons("Pod", name) == ["FailedScheduling"]


def test_a_failing_sidecar_fails_a_pod_whose_work_was_done(cluster: Cluster) -> None:
    """The legacy false failure: main exits 0, the sidecar does not."""
    name, status = cluster.run(
        "sidecar", cluster.container("exit", "0"), cluster.container("exit", "7", name="side"), backoffLimit=0
    )
    assert status["conditions"][-1]["reason"] == "BackoffLimitExceeded"
    [pod] = cluster.pods(name)
    codes = {status["name"]: status["state"]["terminated"]["exitCode"] for status in pod["status"]["containerStatuses"]}
    assert (pod["status"]["phase"], codes) == ("Failed", {"main": 0, "side": 7})


def test_a_native_sidecars_code_does_not_count(cluster: Cluster) -> None:
    """K26: it runs beside the main, is ended after it, and the Job completes."""
    native = cluster.container("deaf", name="native", restartPolicy="Always")
    name, status = cluster.run("native", cluster.container("exit", "0"), pod={"initContainers": [native]})
    assert status["conditions"][-1]["type"] == "Complete"
    [pod] = cluster.pods(name)
    # 137 where it ignored SIGTERM until the grace was over, 143 where the signal came before it could.
    assert pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"] in {137, 143}


def test_a_suspended_job_runs_nothing_and_a_resumed_one_begins_anew(
    cluster: Cluster, wait: Callable[..., Any], tmp_path: Path
) -> None:
    """Suspended turns False with JobResumed, and the start time is that of the resumption."""
    go = tmp_path / "go"
    name = cluster.start("suspended", cluster.container("wait", str(go)), suspend=True)
    status = wait(lambda: cluster.status(name), lambda said: bool(said.get("conditions")))
    assert ([condition["type"] for condition in status["conditions"]], "startTime" in status) == (["Suspended"], False)
    assert cluster.pods(name) == []
    patch = {"Content_Type": "application/merge-patch+json"}
    cluster.ask("PATCH", f"{JOBS}/{name}", {"spec": {"suspend": False}}, **patch)
    wait(lambda: cluster.status(name), lambda said: said.get("ready") == 1)
    cluster.ask("PATCH", f"{JOBS}/{name}", {"spec": {"suspend": True}}, **patch)
    wait(lambda: cluster.pods(name), lambda found: found == [])
    assert "failed" not in cluster.status(name)
    go.touch()
    cluster.ask("PATCH", f"{JOBS}/{name}", {"spec": {"suspend": False}}, **patch)
    conditions = cluster.end(name)["conditions"]
    assert [(condition["type"], condition["status"]) for condition in conditions] == [
        ("Suspended", "False"), ("SuccessCriteriaMet", "True"), ("Complete", "True"),
    ]  # fmt: skip
    assert conditions[0]["reason"] == "JobResumed"
    told = [reason for reason in cluster.reasons("Job", name) if reason in {"Suspended", "Resumed", "SuccessfulDelete"}]
    assert told == ["Suspended", "Resumed", "SuccessfulDelete", "Suspended", "Resumed"]


def test_a_finished_job_goes_when_its_time_to_live_is_over(cluster: Cluster, wait: Callable[..., Any]) -> None:
    """With its pods; one without a time to live stays."""
    name = cluster.start("ttl", cluster.container("exit", "0"), ttlSecondsAfterFinished=0)
    wait(lambda: cluster.ask("GET", f"{JOBS}/{name}")[0], lambda code: code == 404)
    wait(lambda: cluster.pods(name), lambda found: found == [])
    kept, _ = cluster.run("kept", cluster.container("exit", "0"))
    assert cluster.ask("GET", f"{JOBS}/{kept}")[0] == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("podFailurePolicy", {"rules": []}),
        ("successPolicy", {"rules": [{"succeededCount": 1}]}),
        ("backoffLimitPerIndex", 1),
        ("managedBy", "example.com/other"),
        ("manualSelector", True),
        ("completionMode", "Indexed"),
        ("completions", 2),
        ("backoffLimitPerIndex", 0),
        ("parallelism", 3),
        ("podReplacementPolicy", "Failed"),
    ],
)
def test_what_the_controller_does_not_do_is_refused_by_name(cluster: Cluster, field: str, value: Any) -> None:
    """501 with the field's name, and no Job is left."""
    name = cluster.name("refused")
    body = cluster.job(name, cluster.container("exit", "0"), **{field: value})
    status, said = cluster.ask("POST", JOBS, body)
    assert (status, said["reason"]) == (501, "NotImplemented")
    assert f"spec.{field}" in said["message"]
    assert cluster.ask("GET", f"{JOBS}/{name}")[0] == 404


def test_a_job_of_a_missing_service_account_gets_no_pod_until_it_is_there(
    cluster: Cluster, wait: Callable[..., Any]
) -> None:
    """FailedCreate names it; once it is made the Job runs."""
    account = cluster.name("account")
    name = cluster.start("lonely", cluster.container("exit", "0"), pod={"serviceAccountName": account})
    wait(lambda: cluster.reasons("Job", name), lambda said: "FailedCreate" in said)
    assert cluster.pods(name) == []
    cluster.ask("POST", "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": account}})
    assert cluster.end(name)["conditions"][-1]["type"] == "Complete"
