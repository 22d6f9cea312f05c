"""One repository through a sandbox that commits every fault of watches, calls and events: the verdict stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.cli import sandboxes
from harness.sandbox import faults, stack
from harness.store import journal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]
PROJECT = Path(__file__).parents[2]
PLAN = (
    {"name": "throttle", "side": "legacy", "match": "digits-train", "at": "create jobs", "count": 2},
    {"name": "lost-reply", "side": "legacy", "match": "digits-train", "at": "create jobs"},
    {"name": "watch-lost", "side": "legacy", "match": "digits-train-01", "at": "ADDED"},
    {"name": "watch-freeze", "side": "legacy", "match": "digits-train-02", "at": "ADDED", "seconds": 2},
    {"name": "event-duplicate", "side": "legacy", "match": "digits", "at": "MODIFIED", "count": 4},
    {"name": "event-reorder", "side": "legacy", "match": "digits", "at": "MODIFIED", "count": 3},
    {"name": "throttle", "side": "candidate", "match": "digits-train", "count": 2},
    {"name": "lost-reply", "side": "candidate", "match": "digits-train"},
    {"name": "event-duplicate", "side": "candidate", "match": "digits", "count": 3, "copies": 2},
    {"name": "event-late", "side": "candidate", "match": "digits", "at": "Training", "delay_seconds": 2},
    {"name": "event-reorder", "side": "candidate", "match": "digits", "at": "Downloading"},
    {"name": "event-lost", "side": "candidate", "match": "digits", "at": "Training", "count": 1},
)


@dataclass(frozen=True)
class Ended:
    """A campaign that went through the faults."""

    root: Path
    sandbox: Path
    run: subprocess.CompletedProcess[str]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Give the journal's events of a kind."""
        records = journal.read(self.root / "journal.log").records
        events = [record["event"] for record in records if record.get("record") == "event"]
        return [event for event in events if isinstance(event, dict) and event["kind"] == kind]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """Run the repository whose legacy side fails falsely."""
    folder = tmp_path_factory.mktemp("nemesis")
    (folder / "plan.json").write_text(json.dumps({"faults": PLAN}), encoding="utf-8")
    # Relocated, so that the way without namespaces is walked too; the demo's own tests take the better one.
    options = ("--isolation", "relocated")
    found = stack.up(folder / "sandbox", images=sandboxes.demo_images(), nemesis=folder / "plan.json", options=options)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KUBE"))}
    try:
        run = subprocess.run(
            [sys.executable, "-m", "harness", "run", "digits", "--config", str(PROJECT / "repos.yaml"),
             "--reports", str(folder / "reports")],
            cwd=folder, env={**kept, **sandboxes.environment(found), "PYTHONPATH": str(PROJECT)},
            capture_output=True, text=True, timeout=1000, check=False,
        )  # fmt: skip
        (plan,) = (folder / "reports").glob("*/plan.json")
        yield Ended(plan.parent, folder / "sandbox", run)
    finally:
        stack.down(folder / "sandbox")


def test_the_verdict_is_the_one_without_faults(ended: Ended) -> None:
    """GO, with three explained false failures of the legacy side."""
    assert ended.run.returncode == 0, ended.run.stdout + ended.run.stderr
    said = json.loads((ended.root / "verdict" / "digits.json").read_bytes())
    assert (said["decision"], said["false_failures"]) == ("GO", 3)


def test_every_planned_fault_fired(ended: Ended) -> None:
    """Else the verdict would prove nothing."""
    planned = faults.load(ended.sandbox.parent / "plan.json", ended.sandbox)
    assert [fault.name for fault, count in faults.tally(planned, ended.sandbox) if not count] == []


def test_no_job_was_made_twice_although_replies_were_lost(ended: Ended) -> None:
    """The API servers' own records: one creation a name, and refusals of those that came again."""
    told = [json.loads(line) for line in (ended.sandbox / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    creates = [
        item
        for item in told
        if item["verb"] == "CreateTrainingJob"
        or (item["verb"] == "create" and item["resource"] == "jobs" and "dry_run" not in item)
    ]
    made = Counter(item["name"] for item in creates if item["status"] in {200, 201})
    assert set(made.values()) == {1}
    assert {409, 429} <= {item["status"] for item in creates if item["verb"] == "create"}


def test_a_lost_watch_is_a_gap_in_the_histories_and_on_the_page(ended: Ended) -> None:
    """Named by its reason; a fact that was heard twice stands there once."""
    told = [record for record in journal.read(ended.root / "journal.log").records if record.get("record") == "gap-over"]
    assert any("410 Expired" in str(mapping["reason"]) for mapping in told)
    page = (ended.root / "report" / "digits.html").read_text(encoding="utf-8")
    assert " s at the longest, closed since)" in page
    keys = Counter(
        (record["run"], record["event"]["key"])
        for record in journal.read(ended.root / "journal.log").records
        if record.get("record") == "event" and isinstance(record["event"], dict)
    )
    assert set(keys.values()) == {1}


def test_a_late_event_is_told_by_its_arrival(ended: Ended) -> None:
    """The service's own time lies before the moment it was heard by as much as it was held back."""
    waits = [event["received_seconds"] - event["at"]["seconds"] for event in ended.events("running")]
    assert max(waits) >= 2.0
