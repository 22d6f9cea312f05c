"""Which pairs a stored campaign has: from its journal's amendments, or, made before there were any, from what ran."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from campaign.team import Team
from report.campaign_sample import job, observation, repository

from harness.campaign import conclude
from harness.campaign.schedules import load_schedule, observations, schedule_before_amendments
from harness.compare import pairs
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Grade, ImageIdentity
from harness.model.schedule import Cause, Replacement, Schedule, Wave
from harness.model.verdict import Decision
from harness.runner.plan import Header, make_plan
from harness.store.archive import Archive
from harness.store.journal import Journal
from harness.store.schedules import record_of

_WINE = repository("wine", "owner", "demo", (job("train", "rmse", 0.1, outputs=("model",)),))
WINE = replace(_WINE, policy=replace(_WINE.policy, pairs=4, repeats=2, startup_required=False))
IMAGE = ImageIdentity("train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32)
PLAN = make_plan(
    Header("c1", "2026-11-24T10:58:00Z", "tool", 7, "sha256:0"),
    (WINE,),
    resolve=lambda *_: IMAGE,
    endpoints={},
    price=None,
)
FIRST, SECOND, _, LATER = (pair for pair in PLAN.pairs if pair.grade is Grade.LAUNCHED)


def seen(*of: str) -> dict[str, Observation]:
    """What was seen of these pairs."""
    return {
        run.id: observation(run, {})
        for pair in PLAN.pairs
        for run in PLAN.runs
        if pair.id in of and run.id in pair.runs
    }


def test_a_journal_without_amendments_gives_the_waves_and_replacements_of_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second wave ran where any run of it was seen; each void pair was replaced once, its replacement never."""

    def voided(job_: object, identity: object, legacy: Observation, candidate: Observation) -> tuple[Side, str] | None:
        del job_, identity, candidate
        return (Side.LEGACY, "cut") if legacy.run.id in FIRST.runs else None

    monkeypatch.setattr(pairs, "void_reason", voided)
    assert schedule_before_amendments(PLAN, seen(SECOND.id)) == Schedule(PLAN)
    schedule = schedule_before_amendments(PLAN, seen(FIRST.id, SECOND.id, LATER.id))
    wave, replacement = schedule.amendments
    assert wave == Wave(2, (LATER.id,), "runs of it were seen; the journal holds no amendments")
    assert isinstance(replacement, Replacement)
    assert (replacement.pair.id, replacement.cause) == (f"{FIRST.id}-r", Cause.VOID)


def test_a_journal_with_amendments_is_believed_whatever_was_seen(tmp_path: Path) -> None:
    """Runs of a wave that was not journaled are in no pair."""
    archive = Archive(tmp_path)
    for stored in seen(FIRST.id, SECOND.id, LATER.id).values():
        archive.save_observation(replace(stored, files={}))
    begun = Wave(1, (FIRST.id, SECOND.id), "always runs")
    with Journal(archive.journal) as journal:
        journal.append([{"record": "intent", "run": FIRST.runs[0]}, record_of(begun)])
    schedule = load_schedule(archive, PLAN)
    assert schedule == Schedule(PLAN, (begun,))
    assert set(observations(schedule, archive.load_observation)) == {*FIRST.runs, *SECOND.runs}


def test_a_forged_amendment_is_damage_and_never_go(team: Team) -> None:
    """It names a pair that nobody planned; control: the same campaign without it has no such reason."""
    archive = Archive(team.reports / "c1")
    assert "inconclusive:evidence" not in [reason.code for reason in team.campaign("c1", 0.5).reasons]
    with Journal(archive.journal) as journal:
        journal.append([record_of(Wave(2, ("nobody",), "forged"))])
    (verdict,) = conclude.rejudge(archive)
    assert verdict.decision is Decision.INCONCLUSIVE
    (damage,) = (reason.sentence for reason in verdict.reasons if reason.code == "inconclusive:evidence")
    assert "pairs that are not in the plan: nobody" in damage
