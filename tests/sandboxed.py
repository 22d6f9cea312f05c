"""The Kubernetes half of the sandbox in this process, for tests that need an API server with real processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.sandbox import faults, process
from harness.sandbox.images import ImageStore
from harness.sandbox.kube import server
from harness.sandbox.kube.node import Apart

IMAGE = Path(__file__).parent / "sandbox" / "kube" / "image"
Audit = Callable[[Mapping[str, object]], None]


@contextmanager
def half(
    folder: Path, images: ImageStore, scale: float, *,
    isolation: process.Isolation = process.Isolation.RELOCATED, audit: Audit = lambda _: None,
    planned: Sequence[Mapping[str, object]] = (),
) -> Iterator[server.KubeServer]:  # fmt: skip
    """Run one half, with a kubeconfig in the folder."""
    plan = folder / "nemesis.json"
    plan.write_text(json.dumps({"faults": [{"side": "legacy", **mapping} for mapping in planned]}), encoding="utf-8")
    found = server.start(
        images, folder / "kube", apart=Apart(isolation), scale=scale, seed=0,
        audit=audit, faults=faults.load(plan, folder),
    )  # fmt: skip
    (folder / "kubeconfig").write_text(server.kubeconfig(found), encoding="utf-8")
    try:
        yield found
    finally:
        found.stop()
