"""A platform that keeps another job than was sent voids the pair, by name; what a server fills in does not."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from documents.shapes import ALL, EVERY_FIELD, job
from documents.standing import loaded, on_manifest, ordered

from harness.model.job import Side
from harness.platforms.kubernetes import manifest
from harness.platforms.kubernetes.created import differences
from harness.sandbox.kube.defaults import prepare_job
from harness.sandbox.kube.objects import ApiError


def sent(folder: Path, written: dict[str, Any]) -> dict[str, Any]:
    """Build the object that would be sent of a manifest."""
    order = ordered(loaded(on_manifest(folder, written, time_limit="10m")), Side.LEGACY)
    document = order.job.sides[Side.LEGACY].document
    assert document is not None
    return dict(manifest.of_document(order, document, "d" * 64))


@pytest.mark.parametrize("name", ALL)
def test_what_a_server_fills_in_is_no_difference(tmp_path: Path, name: str) -> None:
    """The sandbox fills in what batch/v1 and core/v1 do; the same table goes to a real server in `nox -s cluster`."""
    planned = sent(tmp_path, ALL[name])
    kept = deepcopy(planned)
    if name in NOT_IN_THE_SANDBOX:
        with pytest.raises(ApiError, match="the sandbox does not support"):
            prepare_job(kept, "uid-1")
        return
    prepare_job(kept, "uid-1")
    kept["metadata"] |= {"uid": "uid-1", "creationTimestamp": "2026-11-01T03:00:00Z", "generation": 1}
    kept["status"] = {}
    assert differences(kept, planned) == ()


NOT_IN_THE_SANDBOX = {
    "an empty folder in memory", "a folder of the node", "a share of NFS", "a driver's volume", "a claim of its own",
    "mounts that spread", "a native sidecar", "probes", "hooks", *EVERY_FIELD,
}  # fmt: skip
POD = ("spec", "template", "spec")
CHANGES: list[tuple[tuple[str | int, ...], Any, str]] = [
    (
        (*POD, "containers", 0, "image"),
        "mirror/wine:1",
        "containers[0].image: found 'mirror/wine:1'",
    ),
    (
        (*POD, "nodeSelector"),
        {"pool": "spot"},
        "spec.nodeSelector: found {'pool': 'spot'}, planned nothing",
    ),
    ((*POD, "containers", 0, "env"), [{"name": "PROXY", "value": "x"}], "containers[0].env: found"),
    (
        (*POD, "containers", 0, "resources"),
        {"limits": {"cpu": "3"}},
        "resources.limits.cpu: found '3', planned '2'",
    ),
    ((*POD, "priorityClassName"), "high", "spec.template.spec.priorityClassName: found 'high', planned nothing"),
    (("spec", "backoffLimit"), 0, "spec.backoffLimit: found 0, planned 6"),
    (("metadata", "labels", "injected"), "yes", "metadata.labels.injected: found 'yes', planned nothing"),
]


@pytest.mark.parametrize(("path", "value", "told"), CHANGES)
def test_one_field_that_differs_is_named(tmp_path: Path, path: tuple[str | int, ...], value: object, told: str) -> None:
    """An admission webhook that changes, adds or takes away something."""
    planned = sent(tmp_path, job(resources={"limits": {"cpu": "2"}}))
    kept = deepcopy(planned)
    around: Any = kept
    for part in path[:-1]:
        around = around[part]
    around[path[-1]] = value
    [said] = differences(kept, planned)
    assert told in said


def test_an_amount_may_be_written_otherwise(tmp_path: Path) -> None:
    """A server stores 1 for 1000m; another amount is another job."""
    planned = sent(tmp_path, job(resources={"requests": {"cpu": "1000m", "memory": "1Gi"}}))
    kept = deepcopy(planned)
    asked = kept["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
    asked |= {"cpu": "1", "memory": "1073741824"}
    assert differences(kept, planned) == ()
    asked["cpu"] = "1001m"
    assert len(differences(kept, planned)) == 1


def test_a_container_that_was_added_is_named(tmp_path: Path) -> None:
    """As a mesh's webhook does."""
    planned = sent(tmp_path, job())
    kept = deepcopy(planned)
    kept["spec"]["template"]["spec"]["containers"].append({"name": "istio-proxy"})
    [said] = differences(kept, planned)
    assert said.startswith("spec.template.spec.containers: found")
