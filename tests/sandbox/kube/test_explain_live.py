"""`kubectl parity explain job/NAME` reads a running cluster with get and list only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Cluster

PLUGIN = Path(sys.executable).with_name("kubectl-parity")


def explain(cluster: Cluster, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the plug-in through kubectl, which finds it on the path by its name."""
    kubectl = str(cluster.kubectl("version", "--client").args[0])
    path = f"{PLUGIN.parent}{os.pathsep}{os.environ['PATH']}"
    places = {"KUBECONFIG": str(cluster.kubeconfig), "PYTHONPATH": str(Path.cwd()), "HOME": "/nonexistent"}
    return subprocess.run(
        [kubectl, "parity", "explain", *arguments],
        env={"PATH": path, **places}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("code", "word"), [("0", "ok ok"), ("3", "failed failed")])
def test_a_job_is_explained_from_the_cluster(cluster: Cluster, code: str, word: str) -> None:
    """The Job, its pod, and their events; nothing is written, and nothing watched."""
    name, _ = cluster.run("explained", cluster.container("exit", code), backoffLimit=0)
    before = len(cluster.audit)
    found = explain(cluster, f"job/{name}", "-n", "default", "--output", "json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert (answer["name"], f"{answer['work']} {answer['platform']}") == (name, word)
    assert {entry["verb"] for entry in cluster.audit[before:]} == {"get", "list"}


def test_a_job_that_is_not_there_is_one_clear_line(cluster: Cluster) -> None:
    """The object and the namespace are named; no traceback."""
    found = explain(cluster, "job/absent", "-n", "default")
    assert found.returncode in {2, 4}
    assert "get Job default/absent: HTTP 404" in found.stderr
    assert "Traceback" not in found.stderr
