"""Manifests on a real API server: what it keeps, less the listed mutations, is the manifest after its defaulting."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from documents.shapes import ALL, Object
from documents.standing import loaded, on_manifest, ordered
from documents.test_manifests import asked_for

from harness.backends.aws import Account, Clients
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.kubernetes.client import TIMEOUT, read_json
from harness.backends.staging import Staging
from harness.model.clock import SystemClock
from harness.model.document import Mutation, at
from harness.model.job import Side
from harness.model.observation import CHANGED
from harness.model.order import Order
from harness.platforms.documents import without_nulls
from harness.platforms.kubernetes.created import differences
from harness.platforms.kubernetes.home import KubernetesHome

NAMESPACE = "parity"
WRITTEN = list(ALL.values())
NOWHERE = Account("123456789012", "eu-west-1", None, "http://127.0.0.1:9")
"""Runs without the shim stage nothing."""
_OF_METADATA = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "ownerReferences")
_LABELS = ("controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name")


@pytest.fixture(scope="module")
def backend(cluster: Path) -> Iterator[KubernetesBackend]:
    """Open the backend in a namespace of its own."""
    command = ["kubectl", f"--kubeconfig={cluster}", "create", "namespace", NAMESPACE]
    subprocess.run(command, check=False, capture_output=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(cluster))
        made = KubernetesBackend(None, NAMESPACE, "20261125-120000-abcdef", "", clock=SystemClock())
        made.prepare()
        yield made
        made.close()


def bare(item: Mapping[str, Any]) -> Object:
    """Leave out what a server writes into every object, and what names the object itself."""
    left: Object = deepcopy(dict(without_nulls(dict(item))))  # type: ignore[arg-type] # it was a map
    left.pop("status", None)
    for key in ("selector", "manualSelector"):
        left["spec"].pop(key, None)
    for metadata in (left["metadata"], left["spec"]["template"].setdefault("metadata", {})):
        for key in _OF_METADATA:
            metadata.pop(key, None)
        for label in _LABELS:
            metadata.get("labels", {}).pop(label, None)
        metadata.get("annotations", {}).pop("batch.kubernetes.io/job-tracking", None)
        for key in ("labels", "annotations"):
            if not metadata.get(key, True):
                del metadata[key]
    if not left["spec"]["template"]["metadata"]:
        del left["spec"]["template"]["metadata"]
    return left


def less(kept: Object, mutations: Sequence[Mutation], plain: Object) -> Object:
    """Put what the plain object has in the place of every mutation, the last one first."""
    found = deepcopy(kept)
    for mutation in reversed(mutations):
        around, last = at(found, mutation.path[:-1]), mutation.path[-1]
        value = at(plain, mutation.path)
        if value is None and isinstance(around, dict | list):
            if isinstance(around, list) or last in around:
                del around[last]  # type: ignore[arg-type,union-attr] # of the kind that its map or list has
        elif isinstance(around, dict | list):
            around[last] = deepcopy(value)  # type: ignore[index,call-overload] # the same
    return found


def tried(backend: KubernetesBackend, job: Mapping[str, Any]) -> Object:
    """Let the server fill a Job in without keeping it."""
    body = deepcopy(dict(job))
    body["metadata"] = {**body.get("metadata", {}), "name": "tried", "namespace": NAMESPACE}
    for key in (*_OF_METADATA, "generateName"):
        body["metadata"].pop(key, None)
    return dict(backend._cluster.create_job(NAMESPACE, body, dryRun="All"))


def standing(folder: Path, written: Object, backend: KubernetesBackend, *, shim: bool) -> Order:
    """Order a run of a job that stands on a manifest."""
    repository = loaded(on_manifest(folder, written, time_limit="10m"))
    assert isinstance(repository.legacy, KubernetesHome)
    place = "s3://staging/legacy/"
    backend.add_repository(repository.name, repository.legacy, Staging(Clients(NOWHERE), place, "00"))
    order, number = ordered(repository, Side.LEGACY, shim=shim), WRITTEN.index(written)
    return replace(order, run=replace(order.run, name=f"{order.run.name}-{number}"))


def plain_of(written: Object, backend: KubernetesBackend) -> Object:
    """Give what the server makes of the manifest itself; a selector that it drew for another object goes."""
    job = asked_for(written)
    spec = dict(job["spec"])
    if not spec.get("manualSelector"):
        spec.pop("selector", None)
    template = deepcopy(spec["template"])
    for label in _LABELS:
        ((template.get("metadata") or {}).get("labels") or {}).pop(label, None)
        ((job.get("metadata") or {}).get("labels") or {}).pop(label, None)
    return bare(tried(backend, {**job, "spec": {**spec, "template": template}}))


def same(kept: Object, plain: Object, order: Order) -> None:
    """Hold that nothing but the listed mutations differs."""
    found = less(bare(kept), order.mutations, plain)
    for item in (found, plain):
        item["metadata"] = {key: value for key, value in item["metadata"].items() if key in {"labels", "annotations"}}
        template = item["spec"]["template"]
        template["metadata"] = template.get("metadata") or {}
    assert filled(bare(found)) == filled(bare(plain))


def filled(value: Any) -> Any:
    """Leave out lists and maps of nothing, which a server drops unless something was added to them."""
    if isinstance(value, dict):
        return {key: left for key, item in value.items() if (left := filled(item)) not in ([], {})}
    return [filled(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ALL)
def test_what_the_server_keeps_less_the_listed_mutations_is_the_manifest(
    backend: KubernetesBackend, tmp_path: Path, name: str
) -> None:
    """With the shim in a dry run, without it as a Job that is there; neither has any other difference."""
    plain = plain_of(deepcopy(ALL[name]), backend)
    with_shim = standing(tmp_path / "with", ALL[name], backend, shim=True)
    planned = backend._planned(with_shim, "d" * 64)
    kept = tried(backend, planned)
    kept["metadata"]["name"] = with_shim.run.name
    assert differences(kept, planned) == ()
    same(kept, deepcopy(plain), with_shim)
    without = standing(tmp_path / "without", ALL[name], backend, shim=False)
    handle = backend.submit(without)
    try:
        assert CHANGED not in handle.native
        read = backend._cluster.batch.read_namespaced_job
        there = dict(read_json(read(without.run.name, NAMESPACE, _preload_content=False, _request_timeout=TIMEOUT)))
        same(there, deepcopy(plain), without)
    finally:
        backend._delete_job(without.run)
