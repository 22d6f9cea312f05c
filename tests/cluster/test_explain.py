"""`kubectl parity explain job/NAME` on a real cluster, under a role that may get and list and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.backends.log_marks import END, START, has_end, has_start

NAMESPACE, READER = "explained", "reader"
PLUGIN = Path(sys.executable).with_name("kubectl-parity")
WAIT_SECONDS = 120.0
LOUD = f"echo '{START}' >&2; yes loss=0.5 | head -c 13000000; sleep 25; echo loss=0.4; echo '{END}' >&2"
"""More than a node keeps of one log (containerLogMaxSize, 10 MiB), a pause in which it looks, and an end."""
JOBS: Mapping[str, Mapping[str, list[str]]] = {
    "fine": {"main": ["sh", "-c", "exit 0"]},
    "broken": {"main": ["sh", "-c", "exit 7"]},
    "beside": {"main": ["sh", "-c", "sleep 1"], "agent": ["sh", "-c", "sleep 3; exit 3"]},
    "no-command": {"main": ["/no/such/program"]},
    "loud": {"main": ["sh", "-c", LOUD]},
}


def kubectl(kubeconfig: Path, *arguments: str, given: object = None) -> subprocess.CompletedProcess[str]:
    """Run kubectl; the plug-in is found beside this Python."""
    path = f"{PLUGIN.parent}{os.pathsep}{os.environ['PATH']}"
    stdin = None if given is None else json.dumps(given)
    return subprocess.run(
        ["kubectl", *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PATH": path, "KUBECONFIG": str(kubeconfig)},
    )  # fmt: skip


def job(name: str, containers: Mapping[str, list[str]], image: str) -> dict[str, Any]:
    """Write a Job that is not tried again; its first container is the work."""
    made = [
        {"name": own, "image": image, "imagePullPolicy": "IfNotPresent", "command": command}
        for own, command in containers.items()
    ]
    annotations = {"kubectl.kubernetes.io/default-container": "main"}
    template = {"metadata": {"annotations": annotations}, "spec": {"restartPolicy": "Never", "containers": made}}
    return {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"backoffLimit": 0, "template": template},
    }  # fmt: skip


def role() -> list[dict[str, Any]]:
    """Write a service account that may get and list Jobs, pods and events."""
    facts = {"name": READER, "namespace": NAMESPACE}
    rules = [
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list"]},
    ]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": READER}
    subject = {"kind": "ServiceAccount", "name": READER, "namespace": NAMESPACE}
    authority = "rbac.authorization.k8s.io/v1"
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": facts},
        {"apiVersion": authority, "kind": "Role", "metadata": facts, "rules": rules},
        {
            "apiVersion": authority,
            "kind": "RoleBinding",
            "metadata": facts,
            "roleRef": reference,
            "subjects": [subject],
        },
    ]


@pytest.fixture(scope="module")
def ended(cluster: Path, image: str) -> Path:
    """Run the jobs to their ends; give the administrator's kubeconfig."""
    kubectl(cluster, "create", "namespace", NAMESPACE)
    items = [*role(), *(job(name, containers, image) for name, containers in JOBS.items())]
    applied = kubectl(cluster, "apply", "-f", "-", given={"apiVersion": "v1", "kind": "List", "items": items})
    assert applied.returncode == 0, applied.stderr
    until, over = time.monotonic() + WAIT_SECONDS, 0
    while over < len(JOBS) and time.monotonic() < until:
        time.sleep(1)
        told = json.loads(kubectl(cluster, "get", "jobs", "-n", NAMESPACE, "-o", "json").stdout)
        over = sum(
            any(condition["type"] in {"Complete", "Failed"} for condition in item["status"].get("conditions", ()))
            for item in told["items"]
        )
    assert over == len(JOBS), f"{over} of {len(JOBS)} Jobs ended within {WAIT_SECONDS:.0f} s"
    return cluster


@pytest.fixture(scope="module")
def reader(ended: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the kubeconfig of the service account."""
    token = kubectl(ended, "create", "token", READER, "-n", NAMESPACE).stdout.strip()
    written = json.loads(kubectl(ended, "config", "view", "--raw", "--flatten", "-o", "json").stdout)
    written["users"] = [{"name": READER, "user": {"token": token}}]
    place = {"cluster": written["clusters"][0]["name"], "user": READER, "namespace": NAMESPACE}
    written |= {"contexts": [{"name": READER, "context": place}], "current-context": READER}
    path = tmp_path_factory.mktemp("reader") / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(json.dumps(written), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "words", "says"),
    [
        ("fine", "ok ok None", "container main ended with 0"),
        ("broken", "failed failed None", "container main ended with 7"),
        ("beside", "ok failed K08", "container agent ended with 3, the main one with 0"),
        ("no-command", "failed failed None", "never ran: container main could not be started (StartError, 128)"),
    ],
)
def test_a_job_is_explained_by_a_role_that_may_get_and_list_only(
    name: str, words: str, says: str, reader: Path
) -> None:
    """Job, pods and events, whole: nothing that would have decided is missing, and its namespace is the context's."""
    found = kubectl(reader, "parity", "explain", f"job/{name}", "--output", "json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert f"{answer['work']} {answer['platform']} {answer['class']}" == words
    assert says in answer["because"]
    assert answer["missing"] == []


def test_the_role_may_do_nothing_else(reader: Path) -> None:
    """Control: it may neither watch nor create, and reads no secrets."""
    may = ("watch pods", "create jobs", "delete jobs", "get secrets", "get pods --subresource=log", "list pods")
    said = {asked: kubectl(reader, "auth", "can-i", *asked.split(), "-n", NAMESPACE).stdout.strip() for asked in may}
    assert said == {asked: "yes" if asked == "list pods" else "no" for asked in may}


def test_a_right_that_is_missing_is_named(reader: Path, ended: Path) -> None:
    """Control: without the right to list events the plug-in says so, and answers nothing."""
    rules = [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "list"]}]
    rules.append({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]})
    patch = json.dumps({"rules": rules})
    kubectl(ended, "patch", "role", READER, "-n", NAMESPACE, "--type", "merge", "-p", patch)
    until, said = time.monotonic() + 30, ""
    while "list Event in explained" not in said and time.monotonic() < until:
        time.sleep(0.5)
        found = kubectl(reader, "parity", "explain", "job/fine")
        said = found.stderr
    assert "list Event in explained: HTTP 403" in said
    assert found.returncode == 4
    assert found.stdout == ""


def test_a_node_that_rotates_a_log_loses_its_first_line_and_keeps_its_last(ended: Path) -> None:
    """By which a metric that asks for all reports is not read from what is left (docs/adr/0280)."""
    log = kubectl(ended, "logs", "job/loud", "-n", NAMESPACE).stdout.encode()
    assert len(log) < 13_000_000
    assert (has_start(log), has_end(log)) == (False, True)
