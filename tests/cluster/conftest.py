"""One real cluster for all tests of this folder; `nox -s cluster` runs them, the default session leaves them out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cluster import choosing, engines, images, node_images, own


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """Give the kubeconfig of a real cluster that has the busybox image."""
    given = choosing.chosen()
    if isinstance(given, str):
        choosing.absent(given)
    with given() as kubeconfig:
        yield kubeconfig


@pytest.fixture(scope="module")
def running() -> Iterator[own.Running]:
    """Start a cluster for one module, whose programs may be ended and started."""
    if choosing.chosen() is not own.cluster:
        choosing.absent("only the programs of the project's own cluster can be ended and started")
    with own.running() as found:
        yield found


@pytest.fixture(scope="session")
def image() -> str:
    """Name the busybox image."""
    return choosing.image()


@pytest.fixture(scope="session")
def podman() -> Iterator[Mapping[str, str]]:
    """Give the environment of a podman of our own, and set it for this process."""
    if os.geteuid() != 0 or not shutil.which(engines.PROGRAM):
        choosing.absent("no engine: podman is not installed, or we are not root")
    with engines.podman() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield environment


@pytest.fixture(scope="session")
def pinned(cluster: Path) -> dict[str, str]:
    """Put the demo's images on the node; give what a plan calls them."""
    if cluster.parent.parent != own.RUNS:
        choosing.absent("the demo's images are put on the node of the project's own cluster only")
    return node_images.put(cluster.parent, images.demo())


@pytest.fixture(scope="session")
def cloud(
    cluster: Path, podman: Mapping[str, str], pinned: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[engines.Cloud]:
    """Run a sandbox beside the cluster: its SageMaker by podman, its S3 where pods reach it."""
    del podman, pinned
    with engines.cloud(tmp_path_factory.mktemp("cloud"), engines.gateway(cluster)) as found:
        yield found
