"""podman with a store of its own, and a sandbox whose SageMaker runs the demo's images by it."""

from __future__ import annotations

import json
import os
import resource
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster import images, leftovers, own

from harness.sandbox import stack

PROGRAM = "podman"


@dataclass(frozen=True, slots=True)
class Cloud:
    """A sandbox that pods reach."""

    folder: Path
    endpoint: str
    aws: Mapping[str, str]


@contextmanager
def podman() -> Iterator[Mapping[str, str]]:
    """Give the environment of a podman that keeps everything in a run's folder, which is swept like a cluster's."""
    own.sweep()
    run = own.RUNS / secrets.token_hex(3)
    with own.owned(run):
        try:
            yield _settings(run)
        finally:
            leftovers.remove(run, own.bridge_of(run))


def _settings(run: Path) -> dict[str, str]:
    """Write podman's configuration: a runtime and limits that a machine without CAP_SYS_RESOURCE can give."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # as pods have it, whose runtime we start as well
    engine = {"runtime": "runc", "cgroup_manager": "cgroupfs", "events_logger": "none", "tmp_dir": f"{run}/tmp"}
    limits = [f"nofile={soft}:{hard}", "nproc=1024:1024"]
    storage = {"driver": "overlay", "graphroot": f"{run}/store", "runroot": f"{run}/state"}
    written = {
        "containers.conf": f"[containers]\ndefault_ulimits = {json.dumps(limits)}\n[engine]\n{_toml(engine)}",
        "storage.conf": f"[storage]\n{_toml(storage)}",
    }
    for name, text in written.items():
        (run / name).write_text(text, encoding="utf-8")
    return {"CONTAINERS_CONF": f"{run}/containers.conf", "CONTAINERS_STORAGE_CONF": f"{run}/storage.conf"}


def _toml(values: Mapping[str, str]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


@contextmanager
def cloud(folder: Path, address: str) -> Iterator[Cloud]:
    """Run a sandbox with the demo's images by podman, its AWS half on an address that pods reach."""
    archive = images.demo()
    named = tuple(f"demo/{name}:1={archive}" for name in images.demo_names())
    found = stack.up(
        folder, images=named, options=("--isolation", PROGRAM, "--bind", address, "--bind-beyond-loopback")
    )
    try:
        yield Cloud(folder, found.aws["AWS_ENDPOINT_URL"], found.aws)
    finally:
        stack.down(folder)


def gateway(kubeconfig: Path) -> str:
    """Return the machine's address on the pods' network of the project's own cluster."""
    command = ["ip", "-json", "-4", "address", "show", "dev", own.bridge_of(kubeconfig.parent)]
    said = subprocess.run(command, check=True, capture_output=True)
    return str(json.loads(said.stdout)[0]["addr_info"][0]["local"])


def environment(kubeconfig: Path, at: Cloud) -> dict[str, str]:
    """Give the environment of a command that uses the cluster and the cloud."""
    return {**os.environ, **at.aws, "KUBECONFIG": str(kubeconfig)}
