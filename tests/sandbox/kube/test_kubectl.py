"""The real kubectl against a running Job: get, get -w, describe, logs, delete."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Cluster


@pytest.fixture
def job(cluster: Cluster, wait: Callable[..., Any], tmp_path: Path) -> tuple[str, str, Path]:
    """Run a Job that waits: its name, its pod's, and the file that lets it end."""
    go = tmp_path / "go"
    name = cluster.start("shown", cluster.container("wait", str(go)))
    pod = cluster.pod(name, lambda found: found["status"]["phase"] == "Running")["metadata"]["name"]
    wait(lambda: cluster.send("GET", f"/api/v1/namespaces/default/pods/{pod}/log").data, lambda said: b"ready" in said)
    return name, pod, go


def test_get_shows_jobs_and_pods_as_tables(cluster: Cluster, job: tuple[str, str, Path]) -> None:
    """The columns that a real cluster prints, while it runs and afterwards."""
    name, pod, go = job
    said = cluster.kubectl("get", "all")
    assert f"job.batch/{name}" in said.stdout
    said = cluster.kubectl("get", "jobs,pods")
    assert (said.returncode, said.stderr) == (0, "")
    rows = [line.split() for line in said.stdout.splitlines() if line]
    assert ["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"] in rows
    assert ["NAME", "READY", "STATUS", "RESTARTS", "AGE"] in rows
    shown = {row[0]: row[1:] for row in rows}
    assert shown[f"job.batch/{name}"][:2] == ["Running", "0/1"]
    assert shown[f"pod/{pod}"][:3] == ["1/1", "Running", "0"]
    go.touch()
    cluster.end(name)
    said = cluster.kubectl("get", "jobs,pods", "--no-headers")
    shown = {line.split()[0]: line.split()[1:] for line in said.stdout.splitlines() if line}
    assert shown[f"job.batch/{name}"][:2] == ["Complete", "1/1"]
    assert shown[f"pod/{pod}"][:3] == ["0/1", "Completed", "0"]


@pytest.mark.parametrize("kind", ["jobs", "pods"])
def test_get_w_shows_a_job_come_to_its_end(
    cluster: Cluster, job: tuple[str, str, Path], wait: Callable[..., Any], tmp_path: Path, kind: str
) -> None:
    """One line a change; the last one says that it is complete."""
    name, pod, go = job
    wanted = {"jobs": (name, "Complete"), "pods": (pod, "Completed")}[kind]
    command = [str(cluster.kubectl("version", "--client").args[0]), "get", kind, "-w"]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KUBECONFIG": str(cluster.kubeconfig)}
    out = tmp_path / "out"
    with out.open("wb") as file:
        watching = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    try:
        wait(out.read_text, lambda text: wanted[0] in text)
        go.touch()
        wait(
            out.read_text,
            lambda text: any(wanted[0] in line and wanted[1] in line.split() for line in text.splitlines()),
        )
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait(10)
    heads = [line for line in out.read_text().splitlines() if line.startswith("NAME")]
    assert len(heads) == 1


def test_describe_tells_a_jobs_story(cluster: Cluster, job: tuple[str, str, Path], wait: Callable[..., Any]) -> None:
    """Spec, pod counts and Events."""
    name, pod, go = job
    wait(lambda: cluster.status(name), lambda status: status.get("ready") == 1)  # counted a moment after it runs
    said = cluster.kubectl("describe", f"job/{name}")
    assert (said.returncode, said.stderr) == (0, "")
    counts = "Pods Statuses:    1 Active (1 Ready) / 0 Succeeded / 0 Failed"
    for text in ("Completions:", counts, f"Created pod: {pod}"):
        assert text in said.stdout
    said = cluster.kubectl("describe", f"pod/{pod}")
    for text in ("Status:", "Running", "Controlled By:  Job/", "Started container main", "Successfully assigned"):
        assert text in said.stdout
    go.touch()


def test_logs_are_read_by_pod_and_by_job_and_followed(cluster: Cluster, job: tuple[str, str, Path]) -> None:
    """The same line each time."""
    name, pod, go = job
    assert cluster.kubectl("logs", pod).stdout == "ready wait\n"
    assert cluster.kubectl("logs", f"job/{name}").stdout == "ready wait\n"
    go.touch()
    assert cluster.kubectl("logs", "-f", pod).stdout == "ready wait\n"


def test_delete_waits_until_the_job_is_gone(
    cluster: Cluster, job: tuple[str, str, Path], wait: Callable[..., Any]
) -> None:
    """The command's own wait comes to its end, and the pods follow."""
    name, pod, _ = job
    said = cluster.kubectl("delete", f"job/{name}", "--timeout=30s")
    assert (said.returncode, said.stdout) == (0, f'job.batch "{name}" deleted\n')
    assert cluster.kubectl("get", f"job/{name}").stderr.startswith("Error from server (NotFound)")
    wait(lambda: cluster.kubectl("get", f"pod/{pod}").returncode, lambda code: code == 1)


def test_a_kind_that_is_not_served_is_said_plainly(cluster: Cluster) -> None:
    """The client finds no such kind in what the server says it has."""
    assert "doesn't have a resource type" in cluster.kubectl("get", "deployments").stderr


def test_a_wrong_token_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    """At the first question, which is for the kinds; and at the next one, when kubectl remembers these."""
    remembered = f"--cache-dir={tmp_path}"
    assert "You must be logged in" in cluster.kubectl(remembered, "--token=wrong", "get", "jobs").stderr
    assert cluster.kubectl(remembered, "get", "jobs").returncode == 0
    assert "Unauthorized" in cluster.kubectl(remembered, "--token=wrong", "get", "jobs").stderr


def test_a_missing_kubectl_fails_where_it_is_required(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """And skips elsewhere: both with the reason."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("PARITY_REQUIRE_KUBECTL", "1")
    with pytest.raises(pytest.fail.Exception, match="kubectl is not installed"):
        cluster.kubectl("version")
    monkeypatch.delenv("PARITY_REQUIRE_KUBECTL")
    with pytest.raises(pytest.skip.Exception, match="kubectl is not installed"):
        cluster.kubectl("version")
