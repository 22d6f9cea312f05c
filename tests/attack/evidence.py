"""Hostile evidence: files of a finished campaign that are no longer what any writer of ours would write."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from attack import nasty
from attack.case import Case
from attack.documents import told

from harness.campaign import conclude, story
from harness.campaign.selfcheck.world import BASE, POLICY, Draft, keep, observed, plan_of, repository_of
from harness.model.clock import SystemClock
from harness.store.archive import Archive
from harness.store.journal import Journal

CAMPAIGN = "selfcheck"
COMMANDS = (
    ("gate", CAMPAIGN, "--allow-synthetic"),
    ("rejudge", CAMPAIGN),
    ("explain-verdict", CAMPAIGN, "--campaign", CAMPAIGN),
    ("report", CAMPAIGN),
    ("report", CAMPAIGN, "--format", "junit"),
)
PAGES = rf"reports/{CAMPAIGN}/report(/.*)?"


def finished(reports: Path) -> None:
    """Keep a campaign that is GO, made by the writers of the harness and no platform."""
    plan = plan_of(repository_of(POLICY, CAMPAIGN), CAMPAIGN)
    archive = Archive(reports / CAMPAIGN)
    archive.save_plan(plan)
    with Journal(archive.journal) as journal:
        journal.append([{"record": "note", "text": "a journal with nothing in it could not be spoiled"}])
    digest = keep(archive.root, BASE)
    story.enter(plan, reports / story.LEDGER, plan.created_at)
    for run in plan.runs:
        archive.save_observation(observed(run, Draft(10.0), digest))
    (verdict,) = conclude.conclude(plan, archive, SystemClock())
    assert verdict.decision.value == "GO", verdict


def files_of(tree: Path) -> list[str]:
    """Name one file of each kind of evidence."""
    root = tree / "reports" / CAMPAIGN
    runs = sorted(root.glob("runs/*/observation.json"))
    kinds = [
        root / "plan.json",
        root / "judgement" / f"{CAMPAIGN}.json",
        root / "verdict" / f"{CAMPAIGN}.json",
        *runs[:2],
    ]
    return [path.relative_to(tree).as_posix() for path in kinds]


def spoiled(tree: Path, draw: random.Random, count: int) -> Iterator[Case]:
    """Spoil one file, then run a command over the campaign: it ends, and it is no GO."""
    names = files_of(tree)
    ledger = f"reports/{story.LEDGER}"
    for _ in range(count):
        name = draw.choice([*names, ledger, f"reports/{CAMPAIGN}/journal.log"])
        words = draw.choice(COMMANDS)
        data = (tree / name).read_bytes()
        if name in names:
            kind, changed = nasty.spoiled(json.loads(data), draw)
        else:
            kind = draw.choice(sorted(nasty.BYTES))
            changed = nasty.BYTES[kind](data or b"x", draw)
        # A report is made anew of what is left; the others decide.
        codes = frozenset({0, 2, 3, 4}) if words[0] == "report" else frozenset({1, 2, 3, 4})
        yield Case(
            "evidence", f"{words[0]}, {Path(name).name}: {kind}", told(*words), {name: changed}, tree, codes, PAGES
        )
