"""Builds Kubernetes 1.34 and etcd from their published Go modules, once for each set of versions."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from cluster import cache
from cluster.die_with_parent import killed_with_parent

SOURCE = Path(__file__).parent / "programs"
"""go.mod names the versions, go.sum their checksums."""
KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl")
VERSION_PACKAGE = "k8s.io/component-base/version"


def built() -> Path:
    """Return the folder with the programs; the first call takes about ten minutes on two cores, later ones nothing."""
    modules = [(SOURCE / literal).read_bytes() for literal in ("go.mod", "go.sum", "pause/main.go")]
    name = f"programs-{kubernetes_version()}-{cache.key(*modules, ' '.join(KUBERNETES).encode())}"
    return cache.made_once(cache.home(), name, _build)


def kubernetes_version() -> str:
    """Read the version of Kubernetes that go.mod requires."""
    lines = (SOURCE / "go.mod").read_text(encoding="utf-8").splitlines()
    (version,) = (parts[1] for parts in map(str.split, lines) if parts[:1] == ["k8s.io/kubernetes"])
    return version


def _build(into: Path) -> None:
    for name in KUBERNETES:
        _go_build(f"k8s.io/kubernetes/cmd/{name}", into / name, _stamp(kubernetes_version()))
    _go_build("go.etcd.io/etcd/server/v3", into / "etcd", "")
    _go_build("./pause", into / "pause", "")


def _stamp(version: str) -> str:
    """Give the linker flags without which the programs would call themselves v0.0.0 and refuse each other."""
    facts = {
        "gitVersion": version,
        "gitMajor": version.lstrip("v").split(".")[0],
        "gitMinor": version.split(".")[1],
        "gitTreeState": "clean",
        "gitCommit": "unknown",
    }
    return " ".join(f"-X {VERSION_PACKAGE}.{fact}={value}" for fact, value in facts.items())


def _go_build(package: str, out: Path, stamp: str) -> None:
    command = ["go", "build", "-mod=readonly", "-trimpath", "-ldflags", f"-s -w {stamp}", "-o", str(out), package]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    subprocess.run(command, cwd=SOURCE, env=environment, check=True, preexec_fn=killed_with_parent)
