"""Which real cluster this machine can give: a named one, kind, k3d, the project's own; else why there is none."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest
from cluster import images, kernel, own

REQUIRED = "PARITY_REQUIRE_CLUSTER"
"""Set to 1, it turns every skip of these tests into a failure."""
NAMED, IMAGE = "PARITY_KUBECONFIG", "PARITY_CLUSTER_IMAGE"
PROGRAMS = ("go", "containerd", "runc", "ctr", "kubectl", "busybox", "openssl", "ip", "umount")
NETWORK_PLUGINS = ("bridge", "host-local", "loopback")

Given = Callable[[], AbstractContextManager[Path]]
"""Gives the kubeconfig of a cluster that has the busybox image."""


def chosen() -> Given | str:
    """Choose a cluster, or say why there is none."""
    if os.environ.get(NAMED):
        return _named
    for program, given in (("kind", _kind), ("k3d", _k3d)):
        if shutil.which(program) and shutil.which("docker"):
            return given
    missing = _missing()
    return (
        f"no cluster: {NAMED} is not set, there is no kind or k3d with docker, and {missing}"
        if missing
        else own.cluster
    )


def absent(reason: str) -> NoReturn:
    """Skip a test for want of something, or fail it where nothing may be wanting."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{reason} ({REQUIRED}=1)")
    pytest.skip(reason)


def _missing() -> str:
    """Say what the project's own cluster lacks here."""
    if refused := kernel.lacks():
        return refused
    absent = [program for program in PROGRAMS if not shutil.which(program)]
    absent += [f"/usr/lib/cni/{plugin}" for plugin in NETWORK_PLUGINS if not (Path("/usr/lib/cni") / plugin).exists()]
    return f"these programs are missing: {', '.join(absent)}" if absent else ""


def image() -> str:
    """Name the image of the scenarios; PARITY_CLUSTER_IMAGE names one that a given cluster can pull."""
    return os.environ.get(IMAGE) or images.BUSYBOX_IMAGE


@contextmanager
def _named() -> Iterator[Path]:
    yield Path(os.environ[NAMED])


@contextmanager
def _kind() -> Iterator[Path]:
    name = f"parity-{secrets.token_hex(3)}"
    with TemporaryDirectory() as folder:
        kubeconfig, archive = Path(folder) / "kubeconfig", Path(folder) / "busybox.tar"
        images.busybox(archive)
        try:
            _run("kind", "create", "cluster", "--name", name, "--kubeconfig", str(kubeconfig), "--wait", "120s")
            _run("kind", "load", "image-archive", str(archive), "--name", name)
            yield kubeconfig
        finally:
            _run("kind", "delete", "cluster", "--name", name, "--kubeconfig", str(kubeconfig))


@contextmanager
def _k3d() -> Iterator[Path]:
    name = f"parity-{secrets.token_hex(3)}"
    with TemporaryDirectory() as folder:
        kubeconfig, archive = Path(folder) / "kubeconfig", Path(folder) / "busybox.tar"
        images.busybox(archive)
        try:
            _run("k3d", "cluster", "create", name, "--wait", "--kubeconfig-update-default=false")
            _run("k3d", "image", "import", str(archive), "--cluster", name)
            _run("k3d", "kubeconfig", "write", name, "--output", str(kubeconfig))
            yield kubeconfig
        finally:
            _run("k3d", "cluster", "delete", name)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
