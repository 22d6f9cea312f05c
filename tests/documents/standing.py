"""Repositories whose jobs stand on documents, loaded as a user's would be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from config.samples import VALID

from harness.config.load import check, load
from harness.model.job import Side
from harness.model.order import Order
from harness.model.plan import Identity, ImageIdentity, Run, mutations_place
from harness.model.repository import Repository
from harness.runner.plan import mutations_of

Object = dict[str, Any]
PINNED = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/wine@sha256:{'a' * 64}"
NOT_THE_SIDES = ("command", "image")
"""Keys of the sample job that a document says."""


def write(folder: Path, documents: Mapping[str, object], **job: Any) -> Path:
    """Write documents and a `repos.yaml` whose one job has these keys; None takes a key away."""
    for name, content in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        path.write_text(text, encoding="utf-8")
    data = deepcopy(VALID)
    written = data["repositories"]["wine"]["jobs"]["train"]
    written.update(job)
    data["repositories"]["wine"]["jobs"]["train"] = {key: value for key, value in written.items() if value is not None}
    file = folder / "repos.yaml"
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return file


def on_manifest(folder: Path, manifest: object, **job: Any) -> Path:
    """Write an entry whose legacy side stands on a manifest, and whose candidate is written short."""
    side = {"manifest": "k8s/train.yaml", **job.pop("legacy", {})}
    return write(folder, {"k8s/train.yaml": manifest}, image=None, legacy=side, **job)


def on_request(folder: Path, request: object, **job: Any) -> Path:
    """Write an entry whose candidate side stands on a request, and whose legacy side is written short."""
    side = {"request": "train.json", **job.pop("candidate", {})}
    return write(folder, {"train.json": request}, image=None, candidate=side, **job)


def loaded(file: Path) -> Repository:
    """Load the one repository."""
    return load(file)[0]


def problems(file: Path) -> list[str]:
    """Say what is wrong, without the folder."""
    return [str(problem).replace(f"{file.parent}/", "") for problem in check(file)]


def ordered(repository: Repository, side: Side, *, shim: bool = True) -> Order:
    """Order one run of the one job, as a plan would have it."""
    job, run_id = repository.jobs[0], f"wine-train-01-{side.value}-1"
    platform = repository.home(side).platform
    run = Run(run_id, f"p12345678-{run_id}", repository.name, job.name, side, 1, shim=shim, platform=platform)
    planned = mutations_of(repository, job)[mutations_place(repository.name, job.name, side, shim=shim)]
    identity = Identity(ImageIdentity(PINNED, ""), None, {}, {})
    return Order("20261125-120000-abcdef", run, job, identity, planned)
