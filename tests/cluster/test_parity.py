"""The sandbox gives the same truths as the real cluster: the same Jobs, the same words; the rest it refuses by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from cluster import provoking, recording
from cluster.outages import OUTAGES
from cluster.scenarios import SCENARIOS, Scenario, manifest
from cluster.scripted import SCRIPTED
from cluster.setting import GROUP, POLICIES, POLICY, VERSION
from cluster.words import words
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from sandboxed import IMAGE, half

from harness.sandbox import process
from harness.sandbox.faults import FaultFileError
from harness.sandbox.images import ImageStore

if TYPE_CHECKING:
    from cluster import own

SCALE = 0.05
EVERY = (*SCENARIOS, *SCRIPTED)
HELD = "finalizer-blocked"
"""Needs an admission policy beside the Job."""
REFUSED = {
    "policy-hits-sidecar": "podFailurePolicy",
    "policy-hits-main": "podFailurePolicy",
    "one-index-fails": "backoffLimitPerIndex",
    "both-indexes-fail": "backoffLimitPerIndex",
    "quorum": "successPolicy",
    "deletion-waited-for": "podReplacementPolicy",
    "evicted-for-disk": "sizeLimit",
    "evicted-done": "sizeLimit",
}
"""Jobs that the sandbox's API server refuses, by the word that it says."""
RELOCATED = {"last-retry-killed": "hard-codes /kept", "retried": "hard-codes /kept"}
"""And those that it refuses where the kernel gives it no namespaces."""
ISOLATION = process.detect()
REFUSED_HERE = REFUSED | (RELOCATED if ISOLATION is process.Isolation.RELOCATED else {})
FORGOTTEN = "forgotten"
"""The one outage that the sandbox has: its API server forgets versions."""
LOST_FROM_SIGHT = tuple(scenario for outage in OUTAGES if outage.name == FORGOTTEN for scenario in outage.scenarios)
WITHIN = tuple(scenario for scenario in EVERY if scenario.name not in {*REFUSED_HERE, HELD})


@dataclass(frozen=True, slots=True)
class Half:
    """What an outage asks of a cluster, as far as the sandbox has it: it forgets its versions, as a restart does."""

    kubeconfig: Path
    restart_api_server: Callable[[], None]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, recording.Recording]]:
    """Run the scenarios on the sandbox's API server, with real processes."""
    folder, images = tmp_path_factory.mktemp("sandbox"), ImageStore()
    image = images.add("demo/act", "1", IMAGE)
    with half(folder, images, SCALE, isolation=ISOLATION) as sandbox:
        parts = cast("own.Running", Half(folder / "kubeconfig", sandbox.objects.compact))
        seen = recording.record(parts.kubeconfig, "parity-scenarios", image.reference, WITHIN)
        for outage in OUTAGES:
            if outage.name == FORGOTTEN:
                seen |= provoking.provoke(parts, outage, image.reference, f"parity-{outage.name}")
        sys.stdout.write(table(seen))
        yield seen


def table(seen: dict[str, recording.Recording]) -> str:
    """Show every scenario: what the cluster gave, what the sandbox gave, or by which word it refuses it."""
    rows = [("scenario", "cluster", f"sandbox ({ISOLATION})", "equal")]
    for scenario in (*EVERY, *LOST_FROM_SIGHT):
        if scenario.name in seen:
            watched, listed = words(scenario, seen[scenario.name])
            equal = "yes" if (watched, listed) == (scenario.watched, scenario.listed) else "NO"
            rows.append((scenario.name, scenario.watched, watched, equal))
        else:
            word = POLICIES if scenario.name == HELD else REFUSED_HERE[scenario.name]
            rows.append((scenario.name, scenario.watched, "-", f"refused by name: {word}"))
    rows += [
        (scenario.name, scenario.watched, "-", f"refused by name: fault {outage.name}")
        for outage in OUTAGES
        for scenario in outage.scenarios
        if scenario.name not in seen
    ]
    return "\n" + "\n".join("  ".join(f"{cell:<22}" for cell in row).rstrip() for row in rows) + "\n"


@pytest.mark.parametrize("scenario", [*WITHIN, *LOST_FROM_SIGHT], ids=lambda each: each.name)
def test_the_sandbox_ends_as_the_cluster_does(scenario: Scenario, found: dict[str, recording.Recording]) -> None:
    """From the watch and from the list at the end."""
    assert words(scenario, found[scenario.name]) == (scenario.watched, scenario.listed)


@pytest.mark.parametrize("name", [*REFUSED, *RELOCATED])
def test_what_the_sandbox_cannot_do_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """501, with the word that says what it was; here without namespaces, as everywhere else it might run."""
    (scenario,) = (scenario for scenario in EVERY if scenario.name == name)
    images = ImageStore()
    image = images.add("demo/act", "1", IMAGE)
    with half(tmp_path, images, SCALE):
        api = config.new_client_from_config(str(tmp_path / "kubeconfig"))
        with pytest.raises(ApiException) as caught:
            client.BatchV1Api(api).create_namespaced_job("default", manifest(scenario, image.reference))
        api.close()
    assert (caught.value.status, {**REFUSED, **RELOCATED}[name] in str(caught.value.body)) == (501, True)


def test_an_admission_policy_is_refused_by_name(tmp_path: Path) -> None:
    """The one scenario that needs more than its Job."""
    with half(tmp_path, ImageStore(), SCALE):
        api = config.new_client_from_config(str(tmp_path / "kubeconfig"))
        with pytest.raises(ApiException) as caught:
            client.CustomObjectsApi(api).create_cluster_custom_object(GROUP, VERSION, POLICIES, POLICY)
        api.close()
    assert (caught.value.status, POLICIES in str(caught.value.body)) == (404, True)


@pytest.mark.parametrize("outage", [outage.name for outage in OUTAGES if outage.name != FORGOTTEN])
def test_an_outage_of_a_part_is_refused_by_name(outage: str, tmp_path: Path) -> None:
    """The sandbox has no parts that could be away one by one; a fault of that name is refused at its start."""
    with (
        pytest.raises(FaultFileError, match=outage),
        half(tmp_path, ImageStore(), SCALE, planned=[{"name": outage, "match": "any", "at": "ADDED"}]),
    ):
        pytest.fail("it was taken")
