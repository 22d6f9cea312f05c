"""A/A by stratum over campaigns: the same identity counts, whenever and wherever it ran, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report.campaign_sample import job, observation, repository

from harness.campaign import history, repeats
from harness.campaign.selfcheck.world import endpoints_of
from harness.model.carry import JobSummary
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.finding import Finding, Outcome
from harness.model.job import Side
from harness.model.observation import MetricPoint, Observation
from harness.model.plan import ImageIdentity, Plan
from harness.model.repository import Repository
from harness.model.sample import Stratum
from harness.model.schedule import Schedule
from harness.runner.plan import Header, make_plan
from harness.store import codec

WINE = repository("wine", "owner", "demo", (job("train", "rmse", 0.1, outputs=("model",)),))
DAY_SECONDS = 86_400


def planned(name: str, image: str = "1", of: Repository = WINE) -> Plan:
    """Plan one campaign."""
    identity = ImageIdentity(f"train@sha256:{image}", f"sha256:{image}")
    return make_plan(
        Header(name, "2026-11-24T10:58:00Z", "tool", 7, ""),
        (of,),
        resolve=lambda *_: identity,
        endpoints=endpoints_of("wine"),
        price=None,
    )


def seen(plan: Plan, day: int, value: float) -> dict[str, Observation]:
    """All runs of a plan, submitted on one day, each with one value."""
    at = Time(1_780_272_000.0 + day * DAY_SECONDS, ClockName.SERVICE)
    told = (Event("submitted", Kind.SUBMITTED, Witness.CONTROL_PLANE, at, at.seconds),)
    return {
        run.id: replace(observation(run, {}), events=told, metrics={"rmse": (MetricPoint(value, 0),)})
        for run in plan.runs
    }


def left(plan: Plan, day: int, value: float) -> tuple[JobSummary, ...]:
    """Give what a campaign leaves, as the ledger gives it back."""
    tallies = history.tallies_of(Schedule.whole(plan), WINE, seen(plan, day, value), ())
    return codec.decode(codec.encode(tallies), tuple[JobSummary, ...], "ledger")


def told(plan: Plan, *earlier: JobSummary, of: Repository = WINE) -> Finding:
    """Judge a campaign of day 9 with value 1.0."""
    (found,) = repeats.findings_of(Schedule.whole(plan), of, seen(plan, 9, 1.0), earlier)
    return found


def test_a_later_campaign_of_the_same_identity_answers_for_days() -> None:
    """One campaign sees one day and tells nothing; with those before it there are three."""
    alone = told(planned("c3"))
    assert (alone.outcome, alone.required) == (Outcome.INCONCLUSIVE, False)
    before = (*left(planned("c1"), 1, 1.0), *left(planned("c2"), 2, 1.0))
    same = told(planned("c3"), *before)
    assert same.outcome is Outcome.MATCH
    runs = sum(len(mine["rmse"]) for tally in before for mine in tally.repeats.values())
    assert same.summary.endswith(f" {runs} runs are of earlier campaigns with the same identity.")
    moved = told(planned("c3"), *left(planned("c1"), 1, 1.0), *left(planned("c2"), 2, 1.5))
    assert moved.outcome is Outcome.MISMATCH
    assert "day on legacy: means up to 0.5 apart" in moved.summary


def test_another_image_is_another_identity_and_another_instance_is_a_stratum() -> None:
    """What differs but the place is no A/A."""
    assert told(planned("c2"), *left(planned("c1", "2"), 1, 1.5)) == told(planned("c2"))
    candidate = replace(WINE.jobs[0].sides[Side.CANDIDATE], instance_type="ml.c5.xlarge")
    sides = {**WINE.jobs[0].sides, Side.CANDIDATE: candidate}
    other = replace(WINE, jobs=(replace(WINE.jobs[0], sides=sides),))
    assert told(planned("c2", of=other), *left(planned("c1"), 1, 1.5), of=other).outcome is Outcome.MISMATCH


def test_what_a_campaign_leaves_has_each_runs_value_and_strata() -> None:
    """By side and metric."""
    (tally,) = left(planned("c1"), 1, 0.5)
    (first, *_) = tally.repeats[Side.CANDIDATE]["rmse"]
    assert (first.value, first.strata) == (0.5, {Stratum.DAY: "2026-06-02"})


def test_a_crash_there_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One informing INCONCLUSIVE."""

    def broken(*_: object) -> Finding:
        message = "planted"
        raise ValueError(message)

    monkeypatch.setattr(repeats, "strata_finding", broken)
    crashed = told(planned("c1"))
    assert (crashed.check, crashed.outcome, crashed.required) == ("noise.crashed", Outcome.INCONCLUSIVE, False)
