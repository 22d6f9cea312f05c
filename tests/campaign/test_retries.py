"""The same evidence judged at the level that the ledger leaves it: by real campaigns, by synthetic ones, and again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from report.campaign_sample import job, observation, repository

from harness.campaign import conclude, story
from harness.campaign.schedules import load_schedule
from harness.campaign.selfcheck.world import endpoints_of
from harness.model.finding import Outcome
from harness.model.job import Side
from harness.model.observation import MetricPoint
from harness.model.plan import ImageIdentity, Plan
from harness.runner.plan import Header, make_plan
from harness.store import ledger
from harness.store.archive import Archive

AT = "2026-11-24T10:58:00Z"
WINE = repository("wine", "owner", "demo", (job("train", "rmse", 0.1, outputs=("model",)),))
IMAGE = ImageIdentity("train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32)
SHARE = repr(0.05 / 3)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Keep a campaign whose metric varies a little on both sides."""
    kept = Archive(tmp_path / "c4")
    plan = planned()
    kept.save_plan(plan)
    kept.journal.write_text("", encoding="utf-8")
    for number, run in enumerate(plan.runs):
        moved = 0.001 * (number % 7) + (0.0005 if run.side is Side.CANDIDATE else 0.0)
        seen = replace(observation(run, {}), metrics={"rmse": (MetricPoint(0.5 + moved, 0),)}, files={})
        kept.save_observation(seen)
    return kept


def planned(*, synthetic: bool = False) -> Plan:
    """Plan the fourth campaign."""
    header = Header("c4", AT, "tool", 7, "sha256:0")
    return make_plan(header, (WINE,), lambda *_: IMAGE, endpoints_of("wine", synthetic=synthetic), None)


def metric_outcome(archive: Archive, path: Path, *, synthetic: bool = False) -> Outcome:
    """Judge what is stored by a ledger."""
    schedule = load_schedule(archive, planned(synthetic=synthetic))
    judgement = conclude.judge(schedule, WINE, archive, AT, ledger.read(path))
    return next(each.outcome for each in judgement.findings if each.check == "metrics.equivalence")


def filled(path: Path, campaigns: tuple[str, ...], spends: str) -> Path:
    """Enter campaigns of one level."""
    for each in campaigns:
        ledger.append(path, ledger.CAMPAIGN, AT, "wine", each, {ledger.SPENDS: spends})
    return path


def test_a_campaign_enters_what_it_may_spend_before_it_runs(tmp_path: Path) -> None:
    """A third of the level three times, then nothing; a synthetic one in between enters nothing, a resumed one once."""
    path = tmp_path / "ledger.jsonl"
    for name, synthetic in (("c1", False), ("s1", True), ("c2", False), ("c2", False), ("c3", False), ("c4", False)):
        story.enter(replace(planned(synthetic=synthetic), campaign=name), path, AT)
    told = [(each.campaign, each.facts[ledger.SPENDS]) for each in ledger.read(path)]
    assert told == [("c1", SHARE), ("s1", "0.0"), ("c2", SHARE), ("c3", SHARE), ("c4", "0.0")]


def test_the_fourth_real_campaign_proves_nothing_equal(archive: Archive, tmp_path: Path) -> None:
    """Three shares are spent; control: after two the same evidence is a match."""
    two = filled(tmp_path / "two.jsonl", ("c1", "c2", "c4"), SHARE)
    three = filled(tmp_path / "three.jsonl", ("c1", "c2", "c3", "c4"), SHARE)
    assert [metric_outcome(archive, each) for each in (two, three)] == [Outcome.MATCH, Outcome.INCONCLUSIVE]


def test_synthetic_campaigns_neither_spend_nor_pay(archive: Archive, tmp_path: Path) -> None:
    """A demo run often says what it said, and takes nothing from a real campaign that follows."""
    demos = filled(tmp_path / "demos.jsonl", tuple(f"demo{n}" for n in range(9)), "0.0")
    spent = filled(tmp_path / "spent.jsonl", ("c1", "c2", "c3", "c4"), SHARE)
    assert metric_outcome(archive, demos) is Outcome.MATCH
    assert metric_outcome(archive, spent, synthetic=True) is Outcome.MATCH


def test_judging_again_after_later_campaigns_gives_the_same(archive: Archive, tmp_path: Path) -> None:
    """What began later has spent nothing of this campaign's level."""
    path = filled(tmp_path / "ledger.jsonl", ("c4", "c5", "c6", "c7"), SHARE)
    assert metric_outcome(archive, path) is Outcome.MATCH
