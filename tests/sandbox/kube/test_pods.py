"""The node: phases and conditions, what a container is given, restarts, images and volumes that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.sandbox import memory, process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Cluster

PODS = "/api/v1/namespaces/default/pods"
MAPS = "/api/v1/namespaces/default/configmaps"
SECRETS = "/api/v1/namespaces/default/secrets"


def phases(cluster: Cluster, prefix: str) -> list[str]:
    """Give the phases that a pod went through, without repeats."""
    changes, _ = cluster.half.objects.since("pods", 0)
    found = [
        change.object["status"]["phase"] for change in changes if change.object["metadata"]["name"].startswith(prefix)
    ]
    return [phase for n, phase in enumerate(found) if n == 0 or found[n - 1] != phase]


def waiting(cluster: Cluster, prefix: str) -> list[str]:
    """Give the reasons that a pod's main container waited for, without repeats."""
    changes, _ = cluster.half.objects.since("pods", 0)
    found = [
        change.object["status"]["containerStatuses"][0]["state"].get("waiting", {}).get("reason", "")
        for change in changes
        if change.object["metadata"]["name"].startswith(prefix) and "containerStatuses" in change.object["status"]
    ]
    return list(dict.fromkeys(reason for reason in found if reason))


def test_a_pod_goes_from_pending_over_running_to_its_end_with_its_conditions(cluster: Cluster) -> None:
    """The order of conditions, and what they say when it is over."""
    name, _ = cluster.run("phases", cluster.container("exit", "0"))
    [pod] = cluster.pods(name)
    assert phases(cluster, name) == ["Pending", "Running", "Succeeded"]
    conditions = {
        condition["type"]: (condition["status"], condition.get("reason")) for condition in pod["status"]["conditions"]
    }
    assert conditions == {
        "PodScheduled": ("True", None),
        "PodReadyToStartContainers": ("False", None),
        "Initialized": ("True", None),
        "ContainersReady": ("False", "PodCompleted"),
        "Ready": ("False", "PodCompleted"),
    }
    told = [reason for reason in cluster.reasons("Pod", name) if reason != "Pulling"]  # only the first test's pod pulls
    assert told == ["Scheduled", "Pulled", "Created", "Started"]


def test_a_pod_that_its_worker_loses_has_failed_and_says_so(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the stand-in is no silence: the pod ends, and nothing is claimed of its container."""

    def broken(*_: object) -> bool:
        message = "the look at the memory broke"
        raise RuntimeError(message)

    monkeypatch.setattr(memory, "keep", broken)
    limited = cluster.container("sleep", "60", resources={"limits": {"memory": "64Mi"}})
    name, status = cluster.run("lost", limited, backoffLimit=0)
    [pod] = cluster.pods(name)
    said = pod["status"]
    assert (said["phase"], said["reason"]) == ("Failed", "SandboxFault")
    assert said["message"] == "RuntimeError: the look at the memory broke"
    assert said["containerStatuses"][0]["state"]["terminated"]["reason"] == "ContainerStatusUnknown"
    assert status["failed"] == 1


def test_null_is_absent_and_stops_no_controller(cluster: Cluster) -> None:
    """As empty values of a chart become; the Jobs beside it go on."""
    none = cluster.container("exit", "0", resources=None)
    empty = cluster.container("exit", "0", resources={"requests": None, "limits": {"memory": "1P"}})
    for item in (none, empty):
        name, status = cluster.run("nulls", item, backoffLimit=None)
        assert status["succeeded"] == 1, name


def test_what_is_no_quantity_is_refused(cluster: Cluster) -> None:
    """By the API, with its field, before a scheduler stumbles over it."""
    asked = cluster.job(cluster.name("amount"), cluster.container("exit", "0", resources={"requests": {"cpu": "two"}}))
    status, said = cluster.ask("POST", "/apis/batch/v1/namespaces/default/jobs", asked)
    assert status == 422
    assert "spec.containers[main].resources.requests.cpu" in said["message"]


def test_events_have_the_shape_of_their_writer(cluster: Cluster) -> None:
    """The scheduler's are new-style; the kubelet's have a count, whole seconds and the container's path."""
    name, _ = cluster.run("shape", cluster.container("exit", "0"))
    changes, _ = cluster.half.objects.since("events", 0)
    by = {
        change.object["reason"]: change.object
        for change in changes
        if change.object["involvedObject"]["name"].startswith(f"{name}-")
    }
    scheduled, started = by["Scheduled"], by["Started"]
    assert (scheduled["firstTimestamp"], "." in scheduled["eventTime"], "count" in scheduled) == (None, True, False)
    assert (started["eventTime"], started["count"]) == (None, 1)
    assert started["firstTimestamp"].endswith("Z")
    assert started["involvedObject"]["fieldPath"] == "spec.containers{main}"


def test_an_image_is_pulled_once(serve: Callable[..., Any], tmp_path: Path) -> None:
    """The first pod tells of the pull with both durations, the second finds it."""
    with serve(tmp_path) as cluster:
        first, _ = cluster.run("first", cluster.container("exit", "0"))
        second, _ = cluster.run("second", cluster.container("exit", "0"))
        assert cluster.reasons("Pod", first)[1:3] == ["Pulling", "Pulled"]
        assert cluster.reasons("Pod", second)[1:3] == ["Pulled", "Created"]


def test_an_image_that_is_not_there_is_waited_for(cluster: Cluster, wait: Callable[..., Any]) -> None:
    """ErrImagePull, then ImagePullBackOff; the pod stays Pending and its deletion needs no kill."""
    name = cluster.start("no-image", {"name": "main", "image": "demo/none:1", "command": ["true"]})
    wait(lambda: waiting(cluster, name), lambda said: "ImagePullBackOff" in said)
    assert waiting(cluster, name) == ["ContainerCreating", "ErrImagePull", "ImagePullBackOff"]
    assert phases(cluster, name) == ["Pending"]
    cluster.ask("DELETE", f"/apis/batch/v1/namespaces/default/jobs/{name}")
    wait(lambda: cluster.pods(name), lambda found: found == [])
    assert cluster.reasons("Pod", name) == ["Scheduled", "Pulling", "Failed", "BackOff"]
    changes, _ = cluster.half.objects.since("pods", 0)
    last = [change.object for change in changes if change.object["metadata"]["name"].startswith(name)][-1]
    state = last["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (last["status"]["phase"], state["reason"], state["exitCode"]) == ("Failed", "ContainerStatusUnknown", 137)
    assert (state["startedAt"], state["finishedAt"]) == (None, None)


def test_a_command_that_is_not_there_is_a_start_error(cluster: Cluster) -> None:
    """Code 128, StartError, and a start in 1970."""
    broken = {**cluster.container("exit", "0"), "command": ["no-such-program"]}
    name, _ = cluster.run("start-error", broken, backoffLimit=0)
    [pod] = cluster.pods(name)
    state = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (state["exitCode"], state["reason"], state["startedAt"][:4]) == (128, "StartError", "1970")


def test_an_init_container_runs_first_and_its_failure_is_the_pods(cluster: Cluster) -> None:
    """With Never; the main container never starts."""
    name, _ = cluster.run(
        "init", cluster.container("exit", "0"), pod={"initContainers": [cluster.container("exit", "4", name="first")]},
        backoffLimit=0,
    )  # fmt: skip
    [pod] = cluster.pods(name)
    assert pod["status"]["phase"] == "Failed"
    assert pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"] == 4
    assert pod["status"]["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}
    assert cluster.reasons("Pod", name).count("Started") == 1


def test_a_pods_own_deadline_ends_it_with_a_reason(cluster: Cluster) -> None:
    """The pod is Failed with DeadlineExceeded, the Job with BackoffLimitExceeded."""
    limit = {"activeDeadlineSeconds": 1}
    name, status = cluster.run("pod-deadline", cluster.container("hear"), pod=limit, backoffLimit=0)
    [pod] = cluster.pods(name)
    assert (pod["status"]["phase"], pod["status"]["reason"]) == ("Failed", "DeadlineExceeded")
    assert status["conditions"][-1]["reason"] == "BackoffLimitExceeded"


def test_a_container_that_fails_again_is_backed_off(cluster: Cluster, wait: Callable[..., Any]) -> None:
    """The first restart comes at once, the second waits as CrashLoopBackOff with the last end beside it."""
    name = cluster.name("crashes")
    body = {
        "metadata": {"name": name},
        "spec": {"restartPolicy": "Always", "containers": [cluster.container("exit", "5")]},
    }
    cluster.ask("POST", PODS, body)
    wait(
        lambda: cluster.reasons("Pod", name),
        lambda said: said.count("Started") >= 2 and "BackOff" in said,
    )
    changes, _ = cluster.half.objects.since("pods", 0)
    seen = [
        change.object["status"]["containerStatuses"][0]
        for change in changes
        if change.object["metadata"]["name"] == name and "containerStatuses" in change.object["status"]
    ]
    waiting = next(item for item in seen if item["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff")
    assert (waiting["restartCount"], waiting["lastState"]["terminated"]["exitCode"]) == (1, 5)
    cluster.ask("DELETE", f"{PODS}/{name}?gracePeriodSeconds=0")
    assert cluster.ask("GET", f"{PODS}/{name}")[0] == 404


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            process.Isolation.NAMESPACES,
            marks=pytest.mark.skipif(
                process.detect() is not process.Isolation.NAMESPACES, reason="this kernel lets nobody make namespaces"
            ),
        ),
        process.Isolation.RELOCATED,
    ],
)
def apart(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a server in one of the two ways to keep a container apart."""
    serve = request.getfixturevalue("serve")
    with serve(tmp_path_factory.mktemp("apart"), isolation=request.param) as found:
        yield found


def test_a_container_is_given_variables_files_and_secrets(apart: Cluster) -> None:
    """From values, a ConfigMap as a volume and a Secret as a variable, in both ways of isolation."""
    apart.ask("POST", MAPS, {"metadata": {"name": "files"}, "data": {"a": "content"}})
    apart.ask("POST", SECRETS, {"metadata": {"name": "words"}, "stringData": {"p": "hidden"}})
    given = [
        {"name": "COLOUR", "value": "green"},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "words", "key": "p"}}},
    ]
    main = apart.container(
        "show", "/etc/given", env=given, volumeMounts=[{"name": "files", "mountPath": "/etc/given", "readOnly": True}]
    )
    volumes = [{"name": "files", "configMap": {"name": "files"}}]
    name, status = apart.run("given", main, pod={"volumes": volumes}, backoffLimit=0)
    assert status["conditions"][-1]["type"] == "Complete"
    [pod] = apart.pods(name)
    assert apart.send("GET", f"{PODS}/{pod['metadata']['name']}/log").data.splitlines()[-1] == b"green hidden content"


HUNGRY_CHILD = "(python3 -c 'import time; held = bytearray(200 << 20); time.sleep(2)'); exit 0"


@pytest.mark.parametrize(("limit", "ended"), [("100Mi", (0, "OOMKilled")), ("2Gi", (0, "Completed"))])
def test_a_child_above_the_memory_limit_is_killed_and_the_container_says_so(
    apart: Cluster, limit: str, ended: tuple[int, str]
) -> None:
    """The shell goes on and ends with 0, as under a kernel that kills one process; below the limit nothing happens."""
    asked = {"command": ["sh", "-c", HUNGRY_CHILD], "resources": {"limits": {"memory": limit}}}
    main = apart.container("exit", "0") | asked
    name, _ = apart.run("hungry", main, backoffLimit=0)
    [pod] = apart.pods(name)
    found = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (found["exitCode"], found["reason"]) == ended


def test_a_signal_reaches_the_command_as_soon_as_it_is_said_to_run(apart: Cluster, wait: Callable[..., Any]) -> None:
    """Not a launcher before it, which would ignore it."""
    main = apart.container("exit", "0") | {
        "command": ["sh", "-c", "trap 'exit 7' TERM; while true; do sleep 0.1; done"]
    }
    name = apart.start("signalled", main, backoffLimit=0)
    wait(lambda: apart.pods(name), lambda found: found and found[0]["status"]["phase"] == "Running")
    apart.ask("DELETE", f"{PODS}/{apart.pods(name)[0]['metadata']['name']}?gracePeriodSeconds=20")
    wait(lambda: ends(apart, name), lambda found: found == [7])


def ends(cluster: Cluster, prefix: str) -> list[int]:
    """Give the exit codes that a pod's container ended with."""
    changes, _ = cluster.half.objects.since("pods", 0)
    states = [
        change.object["status"]["containerStatuses"][0]["state"]
        for change in changes
        if change.object["metadata"]["name"].startswith(prefix) and "containerStatuses" in change.object["status"]
    ]
    return list(dict.fromkeys(state["terminated"]["exitCode"] for state in states if "terminated" in state))


def test_a_volume_and_a_variable_whose_source_is_missing_are_waited_for(
    cluster: Cluster, wait: Callable[..., Any]
) -> None:
    """FailedMount, then CreateContainerConfigError; with both made the pod runs."""
    lacks = cluster.name("lacks")
    main = cluster.container(
        "show", "/given", env=[{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": lacks, "key": "p"}}}],
        volumeMounts=[{"name": "files", "mountPath": "/given"}],
    )  # fmt: skip
    name = cluster.start("lacks", main, pod={"volumes": [{"name": "files", "configMap": {"name": lacks}}]})
    wait(lambda: cluster.reasons("Pod", name), lambda said: "FailedMount" in said)
    cluster.ask("POST", MAPS, {"metadata": {"name": lacks}, "data": {"a": "late"}})
    wait(lambda: cluster.reasons("Pod", name), lambda said: "Failed" in said)
    [pod] = cluster.pods(name)
    assert pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CreateContainerConfigError"
    cluster.ask("POST", SECRETS, {"metadata": {"name": lacks}, "stringData": {"p": "at last"}})
    assert cluster.end(name)["conditions"][-1]["type"] == "Complete"


def test_a_pod_deleted_while_a_volume_is_missing_starts_nothing(cluster: Cluster, wait: Callable[..., Any]) -> None:
    """It goes, and no container of it ever ran."""
    lacks = cluster.name("never")
    main = cluster.container("exit", "0", volumeMounts=[{"name": "files", "mountPath": "/given"}])
    name = cluster.start("never", main, pod={"volumes": [{"name": "files", "secret": {"secretName": lacks}}]})
    wait(lambda: cluster.reasons("Pod", name), lambda said: "FailedMount" in said)
    cluster.ask("DELETE", f"/apis/batch/v1/namespaces/default/jobs/{name}")
    wait(lambda: cluster.pods(name), lambda found: found == [])
    assert "Started" not in cluster.reasons("Pod", name)


@pytest.mark.parametrize(
    ("pod", "word"),
    [
        ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, "hostPath"),
        ({"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Mi"}}]}, "sizeLimit"),
        ({"volumes": [{"name": "v", "nfs": {"server": "s", "path": "/"}}]}, "nfs"),
    ],
)
def test_what_the_node_has_not_is_refused_by_name(cluster: Cluster, pod: dict[str, Any], word: str) -> None:
    """At the API, not later."""
    body = cluster.job(cluster.name("asks"), cluster.container("exit", "0"), pod=pod)
    code, said = cluster.ask("POST", "/apis/batch/v1/namespaces/default/jobs", body)
    assert (code, word in said["message"]) == (501, True)


CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"


def said(cluster: Cluster, name: str) -> str:
    """Give the last line of a Job's only pod."""
    [pod] = cluster.pods(name)
    return str(cluster.send("GET", f"{PODS}/{pod['metadata']['name']}/log").data.decode().splitlines()[-1])


def test_a_container_is_given_whole_objects_and_references_are_filled_in(cluster: Cluster) -> None:
    """`envFrom` with its prefix, `$(NAME)` in variables and arguments, and what a container asks for."""
    for path, body in ((MAPS, {"data": {"RATE": "7"}}), (SECRETS, {"stringData": {"TOKEN": "t0"}})):
        cluster.ask("POST", path, {"metadata": {"name": "whole"}, **body})
    asked = {"resourceFieldRef": {"resource": "limits.cpu"}}
    main = cluster.container(
        "print", "$(K_TOKEN)/$(BOTH)/$(CPUS)/$(GONE)/$$(BOTH)",
        envFrom=[{"configMapRef": {"name": "whole"}}, {"prefix": "K_", "secretRef": {"name": "whole"}}],
        env=[{"name": "BOTH", "value": "rate=$(RATE)"}, {"name": "CPUS", "valueFrom": asked}],
        resources={"limits": {"cpu": "1500m"}},
    )  # fmt: skip
    name, _ = cluster.run("whole", main)
    assert said(cluster, name) == "t0/rate=7/2/$(GONE)/$(BOTH)"


def test_a_claim_is_a_folder_that_outlives_the_pod(cluster: Cluster) -> None:
    """What one pod writes the next one reads; a pod waits for a claim that is not there."""
    cluster.ask("POST", CLAIMS, {"metadata": {"name": "kept"}, "spec": {"accessModes": ["ReadWriteMany"]}})
    volume = {"volumes": [{"name": "kept", "persistentVolumeClaim": {"claimName": "kept"}}]}
    mounts = [{"name": "kept", "mountPath": "/kept", "subPath": "deep"}]
    cluster.run("writes", cluster.container("write", "/kept/a", "one", volumeMounts=mounts), pod=volume)
    name, _ = cluster.run("reads", cluster.container("read", "/kept/a", volumeMounts=mounts), pod=volume)
    assert said(cluster, name) == "one"


def test_a_projected_volume_has_files_of_every_source(cluster: Cluster) -> None:
    """Keys under other names, fields of the pod, and a token."""
    cluster.ask("POST", MAPS, {"metadata": {"name": "parts"}, "data": {"a": "A", "b": "B"}})
    sources = [
        {"configMap": {"name": "parts", "items": [{"key": "a", "path": "deep/a.txt"}]}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
        {"serviceAccountToken": {"path": "token"}},
        {"secret": {"name": "no-such", "optional": True}},
    ]
    volume = {"volumes": [{"name": "all", "projected": {"sources": sources}}]}
    mounts = [{"name": "all", "mountPath": "/all"}]
    for file, text in (("deep/a.txt", "A"), ("name", "default"), ("token", "sandbox")):
        name, _ = cluster.run("projected", cluster.container("read", f"/all/{file}", volumeMounts=mounts), pod=volume)
        assert said(cluster, name) == text


def test_a_probe_is_refused_by_name(cluster: Cluster) -> None:
    """It would never be asked, so it must not seem to pass."""
    main = cluster.container("exit", "0", readinessProbe={"exec": {"command": ["true"]}})
    code, said = cluster.ask("POST", "/apis/batch/v1/namespaces/default/jobs", cluster.job(cluster.name("probe"), main))
    assert (code, "readinessProbe" in said["message"]) == (501, True)


def test_a_container_without_a_command_is_refused_by_name(cluster: Cluster) -> None:
    """The sandbox's images have none of their own that could run instead."""
    main = {"name": "main", "image": cluster.image.reference}
    code, said = cluster.ask("POST", "/apis/batch/v1/namespaces/default/jobs", cluster.job(cluster.name("mute"), main))
    assert (code, "without command" in said["message"]) == (501, True)


def test_a_pod_of_another_scheduler_is_left_alone(cluster: Cluster) -> None:
    """The next pod is placed, so the scheduler has looked at both by then."""
    main = cluster.container("exit", "0")
    other = cluster.start("other", main, pod={"schedulerName": "another"})
    cluster.run("own", main)
    [pod] = cluster.pods(other)
    assert (pod["status"]["phase"], pod["spec"].get("nodeName")) == ("Pending", None)


# -- logs -------------------------------------------------------------------------------------------------------------


def test_a_log_is_read_whole_in_part_and_with_times(cluster: Cluster) -> None:
    """tailLines, limitBytes, timestamps; what is not there is refused by name."""
    name, _ = cluster.run("log", cluster.container("exit", "0"), cluster.container("exit", "0", name="other"))
    path = f"{PODS}/{cluster.pods(name)[0]['metadata']['name']}/log?container=main"
    assert cluster.send("GET", path).data == b"ready exit\n"
    assert cluster.send("GET", f"{path}&tailLines=0").data == b""
    assert cluster.send("GET", f"{path}&limitBytes=5").data == b"ready"
    stamp, text = cluster.send("GET", f"{path}&timestamps=true").data.split(b" ", 1)
    assert (stamp[-1:], text) == (b"Z", b"ready exit\n")
    assert cluster.ask("GET", path.replace("main", "none"))[0] == 400
    assert cluster.ask("GET", path.partition("?")[0])[0] == 400
    assert cluster.ask("GET", f"{path}&previous=true")[0] == 501


def test_a_log_is_followed_to_the_pods_end(cluster: Cluster, wait: Callable[..., Any], tmp_path: Path) -> None:
    """The stream ends by itself, with the last line in it."""
    name = cluster.start("follow", cluster.container("wait", str(tmp_path / "go")))
    pod = cluster.pod(name, lambda found: found["status"]["phase"] == "Running")
    path = f"{PODS}/{pod['metadata']['name']}/log"
    wait(lambda: cluster.send("GET", path).data, lambda said: b"ready" in said)
    (tmp_path / "go").touch()
    assert cluster.send("GET", f"{path}?follow=true").data == b"ready wait\n"
