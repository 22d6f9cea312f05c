"""The API server through raw requests and the official client: lists, writes, watches, refusals."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from kubernetes import client, watch

from harness.sandbox.kube import watching

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Cluster

JOBS = "/apis/batch/v1/namespaces/default/jobs"
MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
GRACE = {"terminationGracePeriodSeconds": 30}


def make(cluster: Cluster, name: str, **labels: str) -> dict[str, Any]:
    """Create a ConfigMap."""
    status, made = cluster.ask("POST", MAPS, {"metadata": {"name": name, "labels": labels}, "data": {"a": "1"}})
    assert status == 201, made
    return dict(made)


def version_of(item: dict[str, Any]) -> str:
    """Give an object's resourceVersion."""
    return str(item["metadata"]["resourceVersion"])


def told(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Give type and name of a watch's messages."""
    return [(message["type"], message["object"]["metadata"].get("name", "")) for message in messages]


# -- discovery and refusals -------------------------------------------------------------------------------------------


def test_discovery_names_what_is_served(cluster: Cluster) -> None:
    """Groups, resources with short names, and a version that says what it is and how its time is scaled."""
    assert cluster.ask("GET", "/version")[1]["gitVersion"].endswith("+sandbox.x0.0005")
    assert [group["name"] for group in cluster.ask("GET", "/apis")[1]["groups"]] == ["batch"]
    core = {resource["name"]: resource for resource in cluster.ask("GET", "/api/v1")[1]["resources"]}
    assert core["pods"]["shortNames"] == ["po"]
    assert "pods/log" in core
    assert {resource["name"] for resource in cluster.ask("GET", "/apis/batch/v1")[1]["resources"]} == {
        "jobs",
        "jobs/status",
    }


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "word"),
    [
        ("GET", "/api/v1/namespaces/default/services", {}, 404, "services"),
        ("GET", "/apis/apps/v1/deployments", {}, 404, "deployments"),
        ("POST", f"{PODS}/a/exec", {}, 501, "pods/exec"),
        ("POST", f"{PODS}/a/eviction", {}, 501, "pods/eviction"),
        ("POST", MAPS, {"Content_Type": "application/vnd.kubernetes.protobuf"}, 415, "JSON only"),
        ("GET", MAPS, {"Accept": "application/vnd.kubernetes.protobuf"}, 406, "JSON only"),
        ("PATCH", f"{MAPS}/kept", {"Content_Type": "application/apply-patch+yaml"}, 501, "apply-patch"),
        ("GET", MAPS, {"Authorization": "Bearer wrong"}, 401, "Unauthorized"),
        ("DELETE", "/api/v1/configmaps", {}, 405, "DELETE"),
        ("GET", f"{MAPS}?labelSelector=a%3D%3D%3D", {}, 400, "requirement"),
        ("GET", f"{MAPS}?fieldSelector=data.a%3D1", {}, 400, "field label not supported"),
        ("GET", f"{MAPS}?limit=many", {}, 400, "whole number"),
        ("GET", f"{MAPS}?continue=nonsense", {}, 400, "continue"),
        ("GET", f"{MAPS}?watch=1&sendInitialEvents=true", {}, 422, "sendInitialEvents"),
        ("GET", f"{MAPS}?resourceVersion=999999999", {}, 504, "Too large resource version"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(
    cluster: Cluster, method: str, path: str, headers: dict[str, str], status: int, word: str
) -> None:
    """Never a guess: a Status with the code, and the word that says what was wrong."""
    code, said = cluster.ask(method, path, {} if method in {"POST", "PATCH"} else None, **headers)
    assert (code, said["kind"], said["code"]) == (status, "Status", status)
    assert word in said["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"containers": []}, "containers"),
        ({"restartPolicy": "Always"}, "restartPolicy"),
        ({"containers": [{"name": "A_b", "image": "x"}]}, "containers[].name"),
        ({"containers": [{"name": "a"}]}, "image"),
    ],
)
def test_an_invalid_job_is_refused_with_its_field(cluster: Cluster, change: dict[str, Any], field: str) -> None:
    """422 with the cause."""
    code, said = cluster.ask("POST", JOBS, cluster.job(cluster.name("bad"), cluster.container("exit", "0"), pod=change))
    assert (code, said["reason"]) == (422, "Invalid")
    assert field in said["details"]["causes"][0]["field"]


def test_a_body_over_three_mebibytes_and_one_that_is_no_json_are_refused(cluster: Cluster) -> None:
    """413 and 400; the connection that follows works."""
    large = cluster.send("POST", MAPS, b" " * (3 * 1024 * 1024 + 1))
    assert (large.status, large.headers["Connection"]) == (413, "close")
    assert cluster.send("POST", MAPS, b"{").status == 400
    assert cluster.ask("GET", MAPS)[0] == 200


# -- objects ----------------------------------------------------------------------------------------------------------


def test_config_maps_and_secrets_are_kept_as_given(cluster: Cluster) -> None:
    """Through the official client: what was text in a Secret comes back encoded, a name twice is a conflict."""
    name = cluster.name("kept")
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name), data={"a": "1"})
    cluster.core.create_namespaced_config_map("default", body)
    assert cluster.core.read_namespaced_config_map(name, "default").data == {"a": "1"}
    secret = client.V1Secret(metadata=client.V1ObjectMeta(name=name), string_data={"p": "word"})
    made = cluster.core.create_namespaced_secret("default", secret)
    assert (made.type, made.data) == ("Opaque", {"p": base64.b64encode(b"word").decode()})
    with pytest.raises(client.exceptions.ApiException) as refused:
        cluster.core.create_namespaced_config_map("default", body)
    assert (refused.value.status, "AlreadyExists" in refused.value.body) == (409, True)


def test_a_write_that_names_an_older_version_is_a_conflict(cluster: Cluster) -> None:
    """For PUT and PATCH; with the version of now both pass, and an edit that changes nothing makes no version."""
    made = make(cluster, cluster.name("conflict"))
    path = f"{MAPS}/{made['metadata']['name']}"
    changed = {**made, "data": {"a": "2"}}
    assert cluster.ask("PUT", path, changed)[0] == 200
    assert cluster.ask("PUT", path, changed)[1]["reason"] == "Conflict"
    stale = {"metadata": {"resourceVersion": version_of(made)}, "data": {"a": "3"}}
    merge = {"Content_Type": "application/merge-patch+json"}
    assert cluster.ask("PATCH", path, stale, **merge)[0] == 409
    _, third = cluster.ask("PATCH", path, {"data": {"a": "3", "b": "4"}}, **merge)
    assert third["data"] == {"a": "3", "b": "4"}
    _, same = cluster.ask("PATCH", path, {"data": {"a": "3"}}, **merge)
    assert version_of(same) == version_of(third)


def test_status_and_spec_are_written_through_their_own_paths(cluster: Cluster) -> None:
    """A patch of the Job leaves the status alone, one of the status the spec; a template can't change."""
    name = cluster.start("paths", cluster.container("exit", "0"), suspend=True)
    merge = {"Content_Type": "application/merge-patch+json"}
    both = {"spec": {"backoffLimit": 1}, "status": {"failed": 9}}
    _, first = cluster.ask("PATCH", f"{JOBS}/{name}", both, **merge)
    assert (first["spec"]["backoffLimit"], first["status"].get("failed")) == (1, None)
    both["spec"]["backoffLimit"] = 5
    _, second = cluster.ask("PATCH", f"{JOBS}/{name}/status", both, **merge)
    assert (second["spec"]["backoffLimit"], second["status"]["failed"]) == (1, 9)
    code, said = cluster.ask("PATCH", f"{JOBS}/{name}", {"spec": {"template": {"spec": {"hostname": "x"}}}}, **merge)
    assert (code, said["details"]["causes"][0]["field"]) == (422, "spec.template")


def test_a_strategic_patch_merges_lists_by_key_and_a_json_patch_goes_by_path(cluster: Cluster) -> None:
    """Two of the three kinds; the third is used above."""
    made = make(cluster, cluster.name("patched"))
    path = f"{MAPS}/{made['metadata']['name']}"
    label = {"op": "add", "path": "/metadata/labels/x~1y", "value": "z"}
    steps = [{"op": "test", "path": "/data/a", "value": "1"}, label]
    _, first = cluster.ask("PATCH", path, steps, Content_Type="application/json-patch+json")
    assert first["metadata"]["labels"] == {"x/y": "z"}
    owners = {"metadata": {"ownerReferences": [{"uid": "1", "name": "a"}]}}
    strategic = {"Content_Type": "application/strategic-merge-patch+json"}
    cluster.ask("PATCH", path, owners, **strategic)
    more = {"metadata": {"ownerReferences": [{"uid": "1", "name": "b"}, {"uid": "2", "name": "c"}]}}
    _, last = cluster.ask("PATCH", path, more, **strategic)
    assert last["metadata"]["ownerReferences"] == [{"uid": "1", "name": "b"}, {"uid": "2", "name": "c"}]


def test_a_namespace_that_is_not_there_takes_nothing(cluster: Cluster) -> None:
    """404 by its name; once made it does."""
    name = cluster.name("space")
    path = f"/api/v1/namespaces/{name}/configmaps"
    code, said = cluster.ask("POST", path, {"metadata": {"name": "a"}})
    assert (code, said["message"]) == (404, f'namespaces "{name}" not found')
    cluster.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    assert cluster.ask("POST", path, {"metadata": {"name": "a"}})[0] == 201


def test_a_generated_name_and_a_dry_run(cluster: Cluster, wait: Callable[..., Any]) -> None:
    """The first is completed, the second leaves nothing."""
    _, made = cluster.ask("POST", MAPS, {"metadata": {"generateName": "made-"}})
    assert made["metadata"]["name"].startswith("made-")
    code, _ = cluster.ask("POST", f"{MAPS}?dryRun=All", {"metadata": {"name": "dry"}})
    assert (code, cluster.ask("GET", f"{MAPS}/dry")[0]) == (201, 404)
    wait(lambda: [entry["status"] for entry in cluster.audit if "dry_run" in entry], lambda found: 201 in found)


# -- lists ------------------------------------------------------------------------------------------------------------


def test_a_list_comes_in_pages_that_miss_nothing_when_objects_go_meanwhile(cluster: Cluster) -> None:
    """A deleted object of an earlier page shifts nothing, and every page is of the version of the first."""
    label = cluster.name("paged")
    names = [make(cluster, f"{label}-{letter}", paged=label)["metadata"]["name"] for letter in "abcde"]
    path = f"{MAPS}?labelSelector=paged%3D{label}&limit=2"
    _, first = cluster.ask("GET", path)
    assert first["metadata"]["remainingItemCount"] == 3
    cluster.ask("DELETE", f"{MAPS}/{names[0]}")
    _, second = cluster.ask("GET", f"{path}&continue={first['metadata']['continue']}")
    _, third = cluster.ask("GET", f"{path}&continue={second['metadata']['continue']}")
    pages = [[item["metadata"]["name"] for item in page["items"]] for page in (first, second, third)]
    assert pages == [names[:2], names[2:4], names[4:]]
    assert {page["metadata"]["resourceVersion"] for page in (first, second, third)} == {version_of(first)}
    assert "continue" not in third["metadata"]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("{}%3Dx", "a"), ("{}%3D%3Dx", "a"), ("{}!%3Dx", "bc"), ("{}%20in%20(x,y)", "ab"),
        ("{}%20notin%20(x)", "bc"), ("{}", "ab"), ("!{}", "c"), ("{}%3Dx,group%3Dno", ""),
    ],
)  # fmt: skip
def test_labels_select(cluster: Cluster, selector: str, found: str) -> None:
    """Equality, sets, existence, and all of them together."""
    group = cluster.name("select")
    for letter, labels in (("a", {"k": "x"}), ("b", {"k": "y"}), ("c", {})):
        make(cluster, f"{group}-{letter}", group=group, **labels)
    _, said = cluster.ask("GET", f"{MAPS}?labelSelector=group%3D{group},{selector.format('k')}")
    assert "".join(item["metadata"]["name"][-1] for item in said["items"]) == found


def test_events_are_selected_by_the_object_they_are_about(cluster: Cluster) -> None:
    """As `kubectl describe` asks for them."""
    name, _ = cluster.run("about", cluster.container("exit", "0"))
    query = f"fieldSelector=involvedObject.name%3D{name},involvedObject.kind%3DJob"
    _, said = cluster.ask("GET", f"/api/v1/namespaces/default/events?{query}")
    assert sorted((item["reason"], item["source"]["component"]) for item in said["items"]) == [
        ("Completed", "job-controller"), ("SuccessfulCreate", "job-controller"),
    ]  # fmt: skip


# -- watches ----------------------------------------------------------------------------------------------------------


def test_a_watch_without_a_version_shows_what_is_there_first(cluster: Cluster) -> None:
    """Then ends at its own time; one from a version shows only what came after."""
    name = cluster.name("watched")
    made = make(cluster, name, watched=name)
    path = f"{MAPS}?labelSelector=watched%3D{name}&timeoutSeconds=1"
    assert told(cluster.watch(path)) == [("ADDED", name)]
    cluster.ask("DELETE", f"{MAPS}/{name}")
    assert told(cluster.watch(f"{path}&resourceVersion={version_of(made)}")) == [("DELETED", name)]


def test_what_falls_out_of_a_selection_is_deleted_to_its_watcher(cluster: Cluster) -> None:
    """And what falls into it is added."""
    name = cluster.name("moves")
    made = make(cluster, name, colour="red")
    merge = {"Content_Type": "application/merge-patch+json"}
    for colour in ("blue", "red"):
        cluster.ask("PATCH", f"{MAPS}/{name}", {"metadata": {"labels": {"colour": colour}}}, **merge)
    path = f"{MAPS}?labelSelector=colour%3Dred&fieldSelector=metadata.name%3D{name}&timeoutSeconds=1"
    seen = told(cluster.watch(f"{path}&resourceVersion={version_of(made)}"))
    assert seen == [("DELETED", name), ("ADDED", name)]


def test_bookmarks_move_a_silent_watch_forward(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version moves past changes of other kinds; a watch that did not ask gets none."""
    monkeypatch.setattr(watching, "BOOKMARK_SECONDS", 0.7)
    made = make(cluster, cluster.name("other"))
    path = f"{JOBS}?labelSelector=no%3Dbody&timeoutSeconds=3&resourceVersion={int(version_of(made)) - 1}"
    mark, *_ = cluster.watch(f"{path}&allowWatchBookmarks=true")
    assert (mark["type"], mark["object"]["kind"]) == ("BOOKMARK", "Job")
    assert int(version_of(mark["object"])) >= int(version_of(made))
    assert cluster.watch(path) == []


def test_a_version_that_is_no_longer_kept_is_gone(serve: Callable[..., Any], tmp_path: Path) -> None:
    """After compaction: a watch gets one ERROR 410, a list to be continued 410, and a fresh list works."""
    with serve(tmp_path) as cluster:
        made = make(cluster, "a")
        make(cluster, "b")
        _, page = cluster.ask("GET", f"{MAPS}?limit=1")
        make(cluster, "c")
        cluster.half.objects.compact()
        [error] = cluster.watch(f"{MAPS}?resourceVersion={version_of(made)}&timeoutSeconds=5")
        assert (error["type"], error["object"]["code"], error["object"]["reason"]) == ("ERROR", 410, "Expired")
        code, said = cluster.ask("GET", f"{MAPS}?limit=1&continue={page['metadata']['continue']}")
        assert (code, said["reason"]) == (410, "Expired")
        _, fresh = cluster.ask("GET", MAPS)
        assert cluster.watch(f"{MAPS}?resourceVersion={version_of(fresh)}&timeoutSeconds=1") == []


def test_the_official_watch_follows_a_job_to_its_end(cluster: Cluster) -> None:
    """The client's own Watch, from before the Job is there."""
    name = cluster.name("followed")
    version = cluster.batch.list_namespaced_job("default").metadata.resource_version
    cluster.ask("POST", JOBS, cluster.job(name, cluster.container("exit", "0")))
    types = []
    stream = watch.Watch()
    arguments = {"resource_version": version, "timeout_seconds": 30, "field_selector": f"metadata.name={name}"}
    for item in stream.stream(cluster.batch.list_namespaced_job, "default", **arguments):
        types.append(item["type"])
        if any(one.type == "Complete" for one in item["object"].status.conditions or []):
            stream.stop()
    assert types[0] == "ADDED"
    assert set(types[1:]) == {"MODIFIED"}


# -- deletion ---------------------------------------------------------------------------------------------------------


def test_a_pod_is_given_its_grace_and_says_so(cluster: Cluster, wait: Callable[..., Any]) -> None:
    """One that hears SIGTERM ends well within it; its last phase is written before it goes."""
    name = cluster.start("graceful", cluster.container("hear"), pod=GRACE, backoffLimit=0)
    pod = cluster.pod(name, lambda found: found["status"]["phase"] == "Running")
    path = f"{PODS}/{pod['metadata']['name']}"
    wait(lambda: cluster.send("GET", f"{path}/log").data, lambda said: b"ready" in said)
    _, marked = cluster.ask("DELETE", path)
    assert marked["metadata"]["deletionGracePeriodSeconds"] == 30
    assert "deletionTimestamp" in marked["metadata"]
    wait(lambda: cluster.ask("GET", path)[0], lambda code: code == 404)
    phases = [
        (item.type, item.object["status"]["phase"])
        for item in cluster.half.objects.since("pods", 0)[0]
        if item.object["metadata"]["name"] == pod["metadata"]["name"]
    ]
    assert phases[-2:] == [("MODIFIED", "Succeeded"), ("DELETED", "Succeeded")]


def test_a_pod_that_is_deaf_is_killed_after_its_grace(cluster: Cluster, wait: Callable[..., Any]) -> None:
    """Exit code 137, and the Job counts a failure."""
    name = cluster.start("deaf", cluster.container("deaf"), backoffLimit=0)
    pod = cluster.pod(name, lambda found: found["status"]["phase"] == "Running")
    path = f"{PODS}/{pod['metadata']['name']}"
    wait(lambda: cluster.send("GET", f"{path}/log").data, lambda said: b"ready" in said)
    cluster.ask("DELETE", path, {"gracePeriodSeconds": 1})
    assert cluster.end(name)["failed"] == 1
    last = [
        item.object
        for item in cluster.half.objects.since("pods", 0)[0]
        if item.object["metadata"]["name"] == pod["metadata"]["name"]
    ][-1]
    assert last["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137


@pytest.mark.parametrize(("policy", "left"), [("Background", 0), ("Foreground", 0), ("Orphan", 1)])
def test_a_jobs_pods_follow_its_propagation_policy(
    cluster: Cluster, wait: Callable[..., Any], policy: str, left: int
) -> None:
    """Foreground keeps the Job until its pods are gone, Orphan keeps the pods."""
    name = cluster.start("cascade", cluster.container("deaf"))
    pod = cluster.pod(name, lambda found: found["status"]["phase"] == "Running")
    cluster.ask("DELETE", f"{JOBS}/{name}?propagationPolicy={policy}")
    code = cluster.ask("GET", f"{JOBS}/{name}")[0]
    assert code == (200 if policy == "Foreground" else 404)
    wait(lambda: cluster.ask("GET", f"{JOBS}/{name}")[0], lambda found: found == 404)
    wait(lambda: len(cluster.pods(name)), lambda count: count == left)
    cluster.ask("DELETE", f"{PODS}/{pod['metadata']['name']}?gracePeriodSeconds=0")


def test_a_precondition_that_fails_deletes_nothing(cluster: Cluster) -> None:
    """Another uid is a conflict; the right one deletes."""
    made = make(cluster, cluster.name("guarded"))
    path = f"{MAPS}/{made['metadata']['name']}"
    assert cluster.ask("DELETE", path, {"preconditions": {"uid": "other"}})[1]["reason"] == "Conflict"
    assert cluster.ask("DELETE", path, {"preconditions": {"uid": made["metadata"]["uid"]}})[0] == 200


def test_a_collection_is_deleted_by_its_selector(cluster: Cluster) -> None:
    """What is not selected stays."""
    group = cluster.name("many")
    for letter in "ab":
        make(cluster, f"{group}-{letter}", many=group)
    make(cluster, f"{group}-c")
    cluster.ask("DELETE", f"{MAPS}?labelSelector=many%3D{group}")
    assert [cluster.ask("GET", f"{MAPS}/{group}-{letter}")[0] for letter in "abc"] == [404, 404, 200]
