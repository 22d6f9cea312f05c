"""A spot run that was interrupted, resumed from its checkpoint and ended well is one run: neither void nor lost."""

from __future__ import annotations

from dataclasses import replace

from observed import CANDIDATE, IDENTITY, LEGACY, declared, observed
from sagemaker_cases import NORMAL, failed, training

from harness.campaign import evidence, history
from harness.campaign.selfcheck.world import POLICY, Draft, plan_of, repository_of
from harness.campaign.selfcheck.world import observed as drafted
from harness.compare.endings import truth_of
from harness.compare.pairs import loss, void_reason
from harness.judge.coverage import VOID_CHECK
from harness.model.carry import EndingCounts
from harness.model.job import Side
from harness.model.plan import Grade
from harness.model.schedule import Schedule
from harness.model.truth import Platform, Work
from harness.platforms.sagemaker import translate

RESUMED = training("Completed", "Starting", "Training", "Interrupted", *NORMAL)
CUT = failed("CapacityError: no spot capacity", "Starting", "Training", "Interrupted")


def test_a_resumed_spot_run_did_its_work_and_its_note_says_that_it_was_interrupted() -> None:
    """S05 stands beside the truth and is no class of failure."""
    found = truth_of(declared(), observed(CANDIDATE, reply=RESUMED))
    assert (found.work, found.platform) == (Work.OK, Platform.OK)
    assert found.also == ("S05",)


def test_it_is_neither_void_nor_lost_and_one_that_never_came_back_is_both() -> None:
    """The control: an interruption that ended the job for want of capacity."""
    job, legacy = declared(), observed(LEGACY)
    back = observed(CANDIDATE, reply=RESUMED)
    gone = observed(CANDIDATE, reply=CUT, outputs=(), record=None)
    assert (void_reason(job, IDENTITY, legacy, back), loss(job, IDENTITY, back)) == (None, "")
    void = void_reason(job, IDENTITY, legacy, gone)
    assert void is not None
    assert void[0] is CANDIDATE
    assert loss(job, IDENTITY, gone)


def test_it_counts_as_one_run_with_its_pair() -> None:
    """In the ledger: as many runs as were planned, none lost, every pair clean, none void."""
    repository = repository_of(POLICY)
    plan = plan_of(repository)
    seen = {run.id: drafted(run, Draft(0.5), "0" * 64) for run in plan.runs}
    pair = next(pair for pair in plan.pairs if pair.grade is Grade.LAUNCHED)
    spot = next(run for run in plan.runs if run.id in pair.runs and run.side is Side.CANDIDATE)
    shim = tuple(event for event in seen[spot.id].events if event.label == "first instruction")
    events = (*translate.events_from_describe(RESUMED, 1_800_000_200.0), *shim)
    seen[spot.id] = replace(seen[spot.id], events=events)
    schedule = Schedule.whole(plan)
    findings = evidence.findings_of(schedule, repository, seen, lambda _: None)  # type: ignore[arg-type]
    (left,) = history.tallies_of(schedule, repository, seen, findings)
    runs = {side: sum(run.side is side for run in plan.runs) for side in Side}
    assert left.ends == EndingCounts(runs[Side.LEGACY], 0, runs[Side.CANDIDATE], 0)
    launched = sum(pair.grade is Grade.LAUNCHED for pair in plan.pairs)
    assert (left.clean, left.unclean, [f for f in findings if f.check == VOID_CHECK]) == (launched, 0, [])
