"""Carry one campaign on the paper platform to its verdict: a program of its own, so that its plug-ins are its own.

Usage: campaign.py REPOS.YAML REPORTS
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from harness.backends.connecting import CONNECTORS, Opening
from harness.backends.witnesses import open_witnesses
from harness.campaign import conclude, story
from harness.config.load import load
from harness.model.clock import SystemClock
from harness.model.job import Side
from harness.model.plan import ImageIdentity
from harness.model.schedule import Schedule
from harness.runner.context import RunnerContext
from harness.runner.drive import Drive
from harness.runner.plan import Header, job_prefix, make_plan
from harness.scrub.scrubber import Scrubber
from harness.store.archive import Archive

IMAGE = ImageIdentity("desk/words@sha256:" + "0" * 64, "sha256:" + "1" * 64)


def main(config: Path, reports: Path) -> int:
    """Plan, drive, judge; give the code of the verdict."""
    clock, repositories = SystemClock(), load(config)
    sides = [(repository, side) for repository in repositories for side in Side]
    opening = Opening("c1", job_prefix("c1"), "", clock, _nothing, _nothing)
    backends = CONNECTORS.get("paper").connect(opening, sides)
    endpoints = {f"{name}/{side.value}": backend.describe() for (name, side), backend in backends.items()}
    header = Header("c1", "2026-11-24T10:58:00Z", "door", 7, "sha256:0")
    plan = make_plan(header, repositories, resolve=lambda *_: IMAGE, endpoints=endpoints, price=None)
    archive = Archive(reports / "c1")
    archive.save_plan(plan)
    story.enter(plan, archive.ledger, plan.created_at)
    with archive.writing(clock) as kept, kept.open_journal() as journal:
        halt, witnesses = threading.Event(), open_witnesses(plan, clock)
        world = RunnerContext(
            plan, backends, kept, journal, clock, Scrubber(), lambda _: None, lambda _: None, halt, witnesses=witnesses
        )
        drive = Drive(world)
        with drive.open():
            drive.run(Schedule(plan))
        verdicts = conclude.conclude(plan, kept, clock)
    for verdict in verdicts:
        print(verdict.decision.value, *(reason.sentence for reason in verdict.reasons), sep="\n  ")  # noqa: T201 - its answer
    return conclude.exit_code(verdicts)


def _nothing(*_: object) -> None:
    """Paper needs no account and no staging."""


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
