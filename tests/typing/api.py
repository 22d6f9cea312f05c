"""How the public names are used; type-checked by `nox -s types`, never run."""

from __future__ import annotations

import threading
from pathlib import Path

import harness


def silent(step: object) -> None:
    """Show no progress."""
    del step


def campaign(config: Path, reports: Path) -> dict[str, harness.Decision]:
    """Run a new campaign over every repository of a file."""
    clock = harness.SystemClock()
    settings = harness.Settings(reports, clock, listener=silent, halt=threading.Event())
    repositories: tuple[harness.Repository, ...] = harness.load(config)
    archive: harness.Archive = harness.plan_campaign(harness.new_campaign_id(clock), repositories, "sha256:0", settings)
    return {verdict.repository: verdict.decision for verdict in harness.run(archive, settings)}


def again(root: Path) -> tuple[harness.Verdict, ...]:
    """Decide from what is stored."""
    return harness.rejudge(harness.Archive(root))


def records(data: bytes) -> tuple[harness.ExplainedJob, ...]:
    """Say what really happened."""
    return harness.explain("job.json", data, taken_seconds=0.0)


def two_places(left: Path, right: str) -> list[str]:
    """Compare without a campaign."""
    rule = harness.CompareRule("*", key=("id",), tolerance={"score": harness.Tolerance(absolute=1e-6)})
    found: harness.Comparison = harness.diff(left, right, [rule])
    return [member.summary for member in found.members]
