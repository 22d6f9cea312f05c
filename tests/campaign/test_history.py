"""What a campaign leaves in the ledger, what a later one reads of it, and what that one may then claim."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.campaign import conclude, evidence, history, story
from harness.campaign.selfcheck.world import POLICY, Draft, endpoints_of, observed, repository_of
from harness.model.carry import Cell, EndingCounts, JobSummary
from harness.model.clock import SystemClock, iso
from harness.model.event import Kind
from harness.model.finding import Outcome
from harness.model.job import ExpectedEnding, ShimMode, Side
from harness.model.observation import Observation
from harness.model.plan import ImageIdentity, Plan, Run
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.runner.plan import Header, make_plan
from harness.store import ledger
from harness.store.archive import Archive

AT = "2026-11-24T10:58:00Z"
WINE = replace(repository_of(POLICY), name="wine")
IMAGE = ImageIdentity("train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32, "sha256:base")


def planned(campaign: str, image: str = "9c", of: Repository = WINE, *, synthetic: bool = False) -> Plan:
    """Plan a campaign with an image on the declared base."""
    header = Header(campaign, AT, "tool", 7, "sha256:0")
    identity = replace(IMAGE, config_digest="sha256:" + image * 32)
    return make_plan(
        header, (of,), resolve=lambda *_: identity, endpoints=endpoints_of("wine", synthetic=synthetic), price=None
    )


def value(plan: Plan, run: Run, number: int, worse: float) -> Observation:
    """Leave a metric that varies a little on both sides, and equal outputs."""
    moved = 0.01 * (number % 7) + (worse if run.side is Side.CANDIDATE else 0.0)
    image = plan.identities["wine/train"].image.config_digest
    return observed(run, Draft(0.5 + moved, 100.0 + number % 3, image=image), "0" * 64)


def tallies(plan: Plan, worse: float = 0.0005) -> tuple[JobSummary, ...]:
    """Run every check over a campaign and count."""
    seen = {run.id: value(plan, run, number, worse) for number, run in enumerate(plan.runs)}
    repository = plan.repositories[0]
    return left_by(plan, repository, seen)


def left_by(plan: Plan, repository: Repository, seen: dict[str, Observation]) -> tuple[JobSummary, ...]:
    """Count what was seen of a campaign."""
    found = evidence.findings_of(Schedule.whole(plan), repository, seen, lambda _: None)  # type: ignore[arg-type]
    return history.tallies_of(Schedule.whole(plan), repository, seen, found)


def concluded(path: Path, plan: Plan, left: tuple[JobSummary, ...], kind: str = ledger.VERDICT) -> None:
    """Enter a campaign and what it left."""
    story.enter(plan, path, plan.created_at)
    ledger.append(path, kind, AT, repository="wine", campaign=plan.campaign, facts=history.facts(left))


def test_a_campaign_counts_its_pairs_and_runs_and_keeps_their_values() -> None:
    """Eight clean pairs and four candidate runs beside them; on the declared base, not on the image."""
    (found,) = tallies(planned("c1"))
    assert (found.clean, found.explained, found.unclean, found.false_success) == (8, 0, 0, 0)
    assert found.ends == EndingCounts(8, 0, 12, 0)
    assert found.standing.cell == Cell("sha256:base", "training", "ml.m5")
    assert found.alone == 4
    assert {name: len(each.pairs) for name, each in found.series.items()} == {"rmse": 8, "first-instruction": 8}
    assert {side: len(each["rmse"]) for side, each in found.repeats.items()} == {Side.LEGACY: 8, Side.CANDIDATE: 12}
    assert found.series["rmse"].margin == 1.0


def test_an_explained_legacy_false_failure_is_a_clean_state_pair() -> None:
    """A failed sidecar marked one legacy run failed; unexplained, the same pair is not clean."""
    plan = planned("c1")
    first = next(run for run in plan.runs if run.side is Side.LEGACY)
    for sidecar, wanted in ((True, (8, 1, 0)), (False, (7, 0, 1))):
        seen = {run.id: value(plan, run, number, 0.0005) for number, run in enumerate(plan.runs)}
        draft = Draft(0.5, 100.0, image=plan.identities["wine/train"].image.config_digest, ending=Kind.FAILED)
        seen[first.id] = observed(first, replace(draft, sidecar_failed=sidecar), "0" * 64)
        (left,) = left_by(plan, WINE, seen)
        assert (left.clean, left.explained, left.unclean) == wanted


def test_a_platform_caused_ending_voids_the_pair_and_counts_in_its_sides_rate() -> None:
    """No state pair for or against, its replacement is one, and the loss is the candidate's."""
    plan = planned("c1")
    first = next(run for run in plan.runs if run.side is Side.CANDIDATE)
    seen = {run.id: value(plan, run, number, 0.0005) for number, run in enumerate(plan.runs)}
    draft = Draft(0.5, 100.0, image=plan.identities["wine/train"].image.config_digest, lost=True)
    seen[first.id] = observed(first, draft, "0" * 64)
    (left,) = left_by(plan, WINE, seen)
    assert (left.clean, left.unclean, left.ends) == (7, 0, EndingCounts(8, 0, 12, 1))


def test_without_a_declared_base_the_image_is_its_own() -> None:
    """So no evidence outlives a new image."""
    header, images = Header("c1", AT, "tool", 7, ""), lambda *_: replace(IMAGE, base="")
    plan = make_plan(header, (WINE,), resolve=images, endpoints=endpoints_of("wine"), price=None)
    assert history.standing_of(plan, WINE, WINE.jobs[0]).cell.base == IMAGE.config_digest


@pytest.mark.parametrize(
    "changed",
    [
        {"time_limit_seconds": 1},
        {"retries": 5},
        {"expected": ExpectedEnding("failure", 3)},
        {"shim": ShimMode.OFF},
        {"sides": {side: replace(each, keep_alive_seconds=60) for side, each in WINE.jobs[0].sides.items()}},
        {"sides": {side: replace(each, scratch={"s": "/s"}) for side, each in WINE.jobs[0].sides.items()}},
    ],
    ids=lambda each: next(iter(each)),
)
def test_what_decides_how_a_run_ends_is_what_evidence_stands_on(changed: dict[str, Any]) -> None:
    """Pairs of before are then of another job, whatever else is the same."""
    before, after = (
        history.standing_of(planned("c1"), WINE, job) for job in (WINE.jobs[0], replace(WINE.jobs[0], **changed))
    )
    assert before.resources != after.resources


def test_a_campaign_that_crashed_before_it_was_entered_is_entered_when_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would count its own data as that of an earlier one."""
    archive = Archive(tmp_path / "c9")
    archive.save_plan(planned("c9"))

    def stops(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(story, "_driving", stops)
    with pytest.raises(KeyboardInterrupt):
        story.run(archive, story.Settings(tmp_path, SystemClock(), None, threading.Event()))  # type: ignore[arg-type]
    assert [(entry.kind, entry.campaign) for entry in ledger.read(tmp_path / story.LEDGER)] == [(ledger.CAMPAIGN, "c9")]


def test_pairs_of_earlier_campaigns_count_with_those_of_this_one(tmp_path: Path) -> None:
    """Eight of an older image and eight of this one; the claim is that of sixteen pairs."""
    path = tmp_path / "ledger.jsonl"
    concluded(path, planned("c1"), tallies(planned("c1")))
    newer = planned("c2", "aa")
    past = history.history_of(newer, WINE, history.before(ledger.read(path), "c2"))
    seen = {run.id: value(newer, run, number, 0.0005) for number, run in enumerate(newer.runs)}
    found = evidence.findings_of(Schedule.whole(newer), WINE, seen, lambda _: None, own=past.own)  # type: ignore[arg-type]
    (metric,) = (finding for finding in found if finding.check == "metrics.equivalence")
    assert metric.measure is not None
    assert (metric.outcome, metric.measure.pairs, metric.measure.pairs_all) == (Outcome.MATCH, 8, 16)
    (bad,) = (finding for finding in found if finding.check == "metrics.runs")
    assert bad.summary.startswith("None of 24 candidate runs is off by more than a margin from all 16 runs of legacy;")


def test_only_what_was_concluded_before_a_campaign_began_is_read(tmp_path: Path) -> None:
    """Judging c2 again after c3 gives the same; of a recomparison the last word counts."""
    path = tmp_path / "ledger.jsonl"
    good, bad = tallies(planned("c1")), tallies(planned("c1"), worse=3.0)
    concluded(path, planned("c1"), bad)
    ledger.append(path, ledger.RECOMPARISON, AT, repository="wine", campaign="c1", facts=history.facts(good))
    story.enter(planned("c2"), path, AT)
    concluded(path, planned("c3"), bad)
    entries = ledger.read(path)
    assert history.before(entries, "c2") == good
    assert history.before(entries, "c1") == ()


def test_synthetic_and_real_evidence_do_not_mix(tmp_path: Path) -> None:
    """A demo proves nothing for a real campaign, nor the other way."""
    path = tmp_path / "ledger.jsonl"
    concluded(path, planned("demo", synthetic=True), tallies(planned("demo", synthetic=True)))
    concluded(path, planned("c1"), tallies(planned("c1")))
    read = history.before(ledger.read(path), "none")
    told = {literal: history.history_of(planned("c2", synthetic=literal), WINE, read).own for literal in (False, True)}
    assert {each: [one.campaign for one in own] for each, own in told.items()} == {False: ["c1"], True: ["demo"]}


def test_other_repositories_are_added_up_by_cell() -> None:
    """Two campaigns of one, none of another family."""
    mine = tallies(planned("c1"))[0]
    beer = replace(mine, standing=replace(mine.standing, repository="beer"))
    far = replace(beer, standing=replace(beer.standing, cell=Cell("sha256:base", "training", "ml.c5")))
    (share,) = history.history_of(planned("c2"), WINE, (beer, far, beer)).others
    assert (share.repository, share.clean, share.ends) == ("beer", 24, EndingCounts(16, 0, 24, 0))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Keep a campaign on disk."""
    kept = Archive(tmp_path / "c2")
    plan = planned("c2")
    kept.save_plan(plan)
    kept.journal.write_text("", encoding="utf-8")
    for number, run in enumerate(plan.runs):
        kept.save_observation(value(plan, run, number, 0.0005))
    return kept


def test_a_verdict_that_rests_on_carried_pairs_stays_the_same_whatever_is_entered_later(
    archive: Archive, tmp_path: Path
) -> None:
    """What counted is stored beside the findings; judged again from there, byte for byte. Without a ledger: open."""
    path = tmp_path / "ledger.jsonl"
    concluded(path, planned("c1", "aa"), tallies(planned("c1", "aa")))
    story.enter(planned("c2"), path, AT)
    (verdict,) = conclude.conclude(planned("c2"), archive, SystemClock())
    assert [(carried.campaign, carried.clean) for carried in verdict.carried] == [("c1", 12)]
    assert verdict.state is not None
    assert (verdict.state.clean, verdict.decision.value) == (24, "GO")
    story.enter(planned("c3"), path, iso(SystemClock().now()))
    assert conclude.rejudge(archive) == (verdict,)
    path.unlink()
    (alone,) = conclude.rejudge(archive)
    assert (alone.decision.value, [reason.code for reason in alone.reasons]) == (
        "INCONCLUSIVE",
        ["inconclusive:unentered"],
    )
