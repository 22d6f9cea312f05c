"""The project's own cluster goes without a trace, also when the test run that started it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cluster import choosing, leftovers, own

TESTS = Path(__file__).parents[1]
HOLD = """
import subprocess, sys
from cluster import own
with own.cluster() as kubeconfig:
    kubectl = ["kubectl", f"--kubeconfig={kubeconfig}"]
    image = "localhost/busybox:1"
    subprocess.run([*kubectl, "run", "held", f"--image={image}", "--", "sleep", "600"], check=True, stdout=sys.stderr)
    wait = ["wait", "--for=condition=Ready", "pod/held", "--timeout=60s"]
    subprocess.run([*kubectl, *wait], check=True, stdout=sys.stderr)
    print(kubeconfig, flush=True)
    sys.stdin.read()
"""


def traces(run: Path) -> dict[str, bool]:
    """Tell which kinds of traces a run has on the machine."""
    found = {"processes": leftovers.processes(run), "mounts": leftovers.mounts(run), "files": leftovers.files(run)}
    has = {name: bool(each) for name, each in found.items()}
    return {**has, "bridge": leftovers.has_bridge(own.bridge_of(run)), "folder": run.exists()}


def firewall() -> list[str]:
    """List the chains of Kubernetes in the machine's firewall."""
    rules = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in rules.splitlines() if line.startswith(":KUBE-")]


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_a_cluster_leaves_nothing_behind(killed: bool) -> None:  # noqa: FBT001 - the two cases of one law
    """A live pod, then the end: by itself, or by SIGKILL and the sweep of the next start. While it runs all is seen."""
    if choosing.chosen() is not own.cluster:
        choosing.absent("this machine's cluster is not the project's own")
    chains = firewall()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], env={**os.environ, "PYTHONPATH": str(TESTS)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    run = Path(holder.stdout.readline().strip()).parent
    alive = traces(run)
    if killed:
        holder.send_signal(signal.SIGKILL)
    holder.communicate(timeout=60)
    if killed:
        left = traces(run)
        own.sweep()
        assert [name for name in ("mounts", "bridge", "folder") if not left[name]] == []
    assert alive == dict.fromkeys(alive, True)
    assert firewall() == chains
    assert traces(run) == dict.fromkeys(alive, False)
