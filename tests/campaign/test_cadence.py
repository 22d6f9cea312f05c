"""A campaign of a job that retrains every quarter of an hour, from its first start to its verdict, on a fast clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from build import job as kubernetes_job
from build import pod
from observed import CANDIDATE, IDENTITY, LEGACY, declared, observed, record
from report.campaign_sample import repository
from runner.simulated import LENGTH, Simulation
from sagemaker_cases import NORMAL, T0, training

from harness.campaign import evidence
from harness.campaign.checks import requirements_of
from harness.campaign.selfcheck.world import endpoints_of
from harness.judge.gate import Case, decide
from harness.model.event import OUTLASTED, SLOT
from harness.model.finding import Outcome
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, Judgement, Verdict
from harness.runner import inbox
from harness.runner.plan import Header, make_plan

AT = "2026-11-24T10:58:00Z"
_WINE = repository("wine", "owner", "demo", (replace(declared(), cadence_seconds=900),))
WINE = replace(_WINE, policy=replace(_WINE.policy, pairs=3, repeats=3))
PLAN = make_plan(
    Header("c1", AT, "tool", 7, "sha256:0"),
    (WINE,),
    resolve=lambda *_: IDENTITY.image,
    endpoints=endpoints_of("wine"),
    price=None,
)
SECOND = next(run.id for run in PLAN.runs if "-02-candidate" in run.id)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fold look often: time is simulated."""
    monkeypatch.setattr(inbox, "_TICK_SECONDS", 0.001)


def campaign(root: Path, lengths: Mapping[str, float], plan: Plan = PLAN) -> tuple[Verdict, dict[str, Outcome]]:
    """Drive every pair; give the verdict, and the outcome of every check of the cadence."""
    driven = Simulation(root, plan, lengths)
    driven.drive()
    seen = {name: whole(each, lengths.get(name, LENGTH)) for name, each in driven.seen().items()}
    found = evidence.findings_of(Schedule.whole(plan), WINE, seen, lambda _: None)
    judgement = Judgement("parity.judgement/1", "wine", "c1", AT, "tool", {}, 1, found)
    told = {finding.subject: finding.outcome for finding in found if finding.check.startswith("cadence")}
    return decide(Case(Schedule.whole(plan), WINE, judgement, (), {}, required=requirements_of(WINE))), told


def whole(driven: Observation, length: float) -> Observation:
    """Put what a good run of this length leaves behind around the notes that the fold made."""
    notes = tuple(event for event in driven.events if event.label in {SLOT, OUTLASTED})
    facts: dict[str, Any] = {"more_events": notes, "record": record(run=driven.run.id)}
    if driven.run.side is LEGACY:
        story = kubernetes_job(f"complete@{length:.0f}"), pod(f"main 2-{length - 1:.0f} 0")
        return replace(observed(LEGACY, *story, **facts), run=driven.run)
    reply = training("Completed", *NORMAL)
    *before, last = reply["SecondaryStatusTransitions"]
    last = {**last, "StartTime": T0 + length}
    reply |= {"SecondaryStatusTransitions": [*before, last], "LastModifiedTime": T0 + length}
    return replace(observed(CANDIDATE, reply=reply, **facts), run=driven.run)


def test_three_cycles_in_their_slots_are_go(tmp_path: Path) -> None:
    """The control: the rhythm is required, and is kept."""
    verdict, cadence = campaign(tmp_path, {})
    assert (verdict.decision, [reason.code for reason in verdict.reasons]) == (Decision.GO, ["go"]), verdict.reasons
    assert cadence == {"train/cadence": Outcome.MATCH}


def test_a_cycle_that_overruns_its_slot_is_no_go(tmp_path: Path) -> None:
    """One of three, on the candidate alone: nothing could be started in the slot after it."""
    verdict, _ = campaign(tmp_path, {SECOND: 950.0})
    assert verdict.decision is Decision.NO_GO
    assert [reason.code for reason in verdict.reasons] == ["mismatch:cadence.slot"]
    assert verdict.reasons[0].sentence == (
        "the cycle does not fit its slot of 900 s: pair wine-train-02: 950.0 s on candidate, "
        "and nothing was started in slot 3; the other side fits."
    )


def test_made_up_platforms_inform(tmp_path: Path) -> None:
    """The same overrun on a sandbox decides nothing, and is told all the same."""
    verdict, cadence = campaign(tmp_path, {SECOND: 950.0}, replace(PLAN, synthetic=True, realities={}))
    assert (verdict.decision, cadence) == (Decision.GO, {"train/cadence": Outcome.MISMATCH})
