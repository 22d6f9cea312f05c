"""The project's own cluster goes without a trace, also when the test run that started it was killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cluster import choosing, engines, leftovers, own

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


HOLD_CONTAINER = """
import os, subprocess, sys, time
from pathlib import Path
from cluster import engines, images
from harness.sandbox import engine
with engines.podman() as environment:
    os.environ.update(environment)
    run = Path(environment["CONTAINERS_CONF"]).parent
    images.busybox(run / "busybox.tar")
    engine.load("podman", run / "busybox.tar", [images.BUSYBOX_IMAGE])
    order = engine.Order("held", images.BUSYBOX_IMAGE, ("sleep", "600"), {}, (), None, 64 * 1024**2)
    subprocess.Popen(engine.command("podman", order), stdout=sys.stderr)
    while subprocess.run(["podman", "exec", "held", "true"], capture_output=True).returncode:
        time.sleep(0.1)
    print(run / "kubeconfig", flush=True)
    sys.stdin.read()
"""
ENDS = pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])


def traces(run: Path) -> dict[str, bool]:
    """Tell which kinds of traces a run has on the machine."""
    found = {"processes": leftovers.processes(run), "mounts": leftovers.mounts(run), "files": leftovers.files(run)}
    has = {name: bool(each) for name, each in found.items()}
    return {**has, "bridge": leftovers.has_bridge(own.bridge_of(run)), "folder": run.exists()}


def firewall() -> list[str]:
    """List the chains of Kubernetes in the machine's firewall."""
    rules = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in rules.splitlines() if line.startswith(":KUBE-")]


@ENDS
def test_a_cluster_leaves_nothing_behind(killed: bool) -> None:  # noqa: FBT001 - the two cases of one law
    """A live pod, then the end: by itself, or by SIGKILL and the sweep of the next start. While it runs all is seen."""
    if choosing.chosen() is not own.cluster:
        choosing.absent("this machine's cluster is not the project's own")
    chains = firewall()
    alive, left, gone = held(HOLD, killed=killed)
    assert alive == dict.fromkeys(alive, True)
    if killed:
        assert [name for name in ("mounts", "bridge", "folder") if not left[name]] == []
    assert firewall() == chains
    assert gone == dict.fromkeys(alive, False)


@ENDS
def test_an_engine_leaves_nothing_behind(killed: bool) -> None:  # noqa: FBT001 - the two cases of one law
    """A live container of podman's, in the sandbox's own words: container, conmon, mounts and store go with the run."""
    if os.geteuid() != 0 or not shutil.which(engines.PROGRAM):
        choosing.absent("no engine: podman is not installed, or we are not root")
    alive, left, gone = held(HOLD_CONTAINER, killed=killed)
    mine = ("processes", "mounts", "files", "folder")
    assert [name for name in mine if not alive[name]] == []
    if killed:
        assert [name for name in mine if not left[name]] == []
    assert gone == dict.fromkeys(alive, False)


def held(script: str, *, killed: bool) -> tuple[dict[str, bool], dict[str, bool], dict[str, bool]]:
    """Let a process hold a run, then end it; give the traces before, after, and after the sweep of the next start."""
    holder = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS.parent}"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    run = Path(holder.stdout.readline().strip()).parent
    alive, kept = traces(run), leftovers.files(run)
    if killed:
        holder.send_signal(signal.SIGKILL)
    holder.communicate(timeout=60)
    left = traces(run)
    if killed:
        own.sweep()
    gone = traces(run)
    return alive, left, {**gone, "files": any(path.exists() or path.is_symlink() for path in kept)}
