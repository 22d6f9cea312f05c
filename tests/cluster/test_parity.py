"""The sandbox gives the same truths as the real cluster: the same Jobs, the same table of words."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from cluster import recording
from cluster.scenarios import SCENARIOS, Scenario
from cluster.words import words
from sandboxed import IMAGE, half

from harness.sandbox.images import ImageStore

SCALE = 0.05
BEYOND = {
    "child-oom": "without a container nothing limits memory",
    "last-retry-killed": "the job hard-codes a path, which relocated processes do not have",
}
"""What the sandbox cannot do when it relocates, and why."""
WITHIN = tuple(each for each in SCENARIOS if each.name not in BEYOND)


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
    for each in SCENARIOS:
        if each.name in BEYOND:
            rows.append((each.name, each.watched, "-", BEYOND[each.name]))
        else:
            watched, listed = words(each, seen[each.name])
            equal = "yes" if (watched, listed) == (each.watched, each.listed) else "NO"
            rows.append((each.name, each.watched, watched, equal))
    return "\n" + "\n".join("  ".join(f"{cell:<20}" for cell in row).rstrip() for row in rows) + "\n"


@pytest.mark.parametrize("scenario", WITHIN, ids=lambda each: each.name)
def test_the_sandbox_ends_as_the_cluster_does(scenario: Scenario, found: dict[str, recording.Recording]) -> None:
    """From the watch and from the list at the end."""
    assert words(scenario, found[scenario.name]) == (scenario.watched, scenario.listed)
