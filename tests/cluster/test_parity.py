"""The sandbox gives the same truths as the real cluster: the same Jobs, the same table of words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import recording
from cluster.scenarios import SCENARIOS, Scenario, manifest
from cluster.scripted import SCRIPTED
from cluster.words import words
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from sandboxed import IMAGE, half

from harness.sandbox.images import ImageStore

SCALE = 0.05
EVERY = (*SCENARIOS, *SCRIPTED)
BEYOND = {
    "child-oom": "without a container nothing limits memory",
    "main-oom": "without a container nothing limits memory",
    "last-retry-killed": "the job hard-codes a path, which relocated processes do not have",
    "retried": "the job hard-codes a path, which relocated processes do not have",
}
"""What the sandbox cannot do when it relocates, and why."""
REFUSED = {
    "policy-hits-sidecar": "podFailurePolicy",
    "one-index-fails": "backoffLimitPerIndex",
    "quorum": "successPolicy",
    "deletion-waited-for": "podReplacementPolicy",
    "evicted-for-disk": "sizeLimit",
    "evicted-done": "sizeLimit",
}
"""What the sandbox's API server refuses, by the word that it says."""
WITHIN = tuple(each for each in EVERY if each.name not in {*BEYOND, *REFUSED})


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, recording.Recording]]:
    """Run the scenarios on the sandbox's API server, with real processes."""
    folder, images = tmp_path_factory.mktemp("sandbox"), ImageStore()
    image = images.add("demo/act", "1", IMAGE)
    with half(folder, images, SCALE):
        seen = recording.record(folder / "kubeconfig", "parity-scenarios", image.reference, WITHIN)
        sys.stdout.write(table(seen))
        yield seen


def table(seen: dict[str, recording.Recording]) -> str:
    """Show every scenario: what the cluster gave, what the sandbox gave, and what is beyond it."""
    rows = [("scenario", "cluster", "sandbox", "equal")]
    for each in EVERY:
        if each.name in BEYOND:
            rows.append((each.name, each.watched, "-", BEYOND[each.name]))
        elif each.name in REFUSED:
            rows.append((each.name, each.watched, "-", f"refused by name: {REFUSED[each.name]}"))
        else:
            watched, listed = words(each, seen[each.name])
            equal = "yes" if (watched, listed) == (each.watched, each.listed) else "NO"
            rows.append((each.name, each.watched, watched, equal))
    return "\n" + "\n".join("  ".join(f"{cell:<20}" for cell in row).rstrip() for row in rows) + "\n"


@pytest.mark.parametrize("scenario", WITHIN, ids=lambda each: each.name)
def test_the_sandbox_ends_as_the_cluster_does(scenario: Scenario, found: dict[str, recording.Recording]) -> None:
    """From the watch and from the list at the end."""
    assert words(scenario, found[scenario.name]) == (scenario.watched, scenario.listed)


@pytest.mark.parametrize("scenario", [each for each in EVERY if each.name in REFUSED], ids=lambda each: each.name)
def test_what_the_sandbox_cannot_do_is_refused_by_name(scenario: Scenario, tmp_path: Path) -> None:
    """501, with the word that says what it was."""
    images = ImageStore()
    image = images.add("demo/act", "1", IMAGE)
    with half(tmp_path, images, SCALE):
        api = config.new_client_from_config(str(tmp_path / "kubeconfig"))
        with pytest.raises(ApiException) as caught:
            client.BatchV1Api(api).create_namespaced_job("default", manifest(scenario, image.reference))
        api.close()
    assert (caught.value.status, REFUSED[scenario.name] in str(caught.value.body)) == (501, True)
