"""Puts the demo's images on the node of the project's own cluster, under the names that a plan will give them."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

from cluster.archives import NAME_ANNOTATION

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
"""Of the sandbox's account; nothing is pulled from it, the node has the images already."""


def put(run: Path, archive: Path) -> dict[str, str]:
    """Import an archive into a run's containerd; give each image's name with its tag → what a plan will call it."""
    ctr = ("ctr", f"--address={run}/containerd.sock", "--namespace=k8s.io", "images")
    subprocess.run([*ctr, "import", str(archive)], check=True, capture_output=True)
    pinned = {}
    for name, digest in manifest_digests(archive).items():
        repository, _, _ = name.removeprefix("localhost/").partition(":")
        pinned[name] = f"{REGISTRY}/{repository}@{digest}"
        subprocess.run([*ctr, "tag", "--force", name, pinned[name]], check=True, capture_output=True)
    return pinned


def manifest_digests(archive: Path) -> dict[str, str]:
    """Read an archive's images by name."""
    with tarfile.open(archive) as tar:
        index = tar.extractfile("index.json")
        assert index is not None
        entries = json.loads(index.read())["manifests"]
    return {entry["annotations"][NAME_ANNOTATION]: entry["digest"] for entry in entries}
