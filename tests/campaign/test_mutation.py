"""A GO rests on each item of its evidence: take any one away, and no GO is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from judge import cases
from judge.standings import QUIET, STANDARD, share, standing_case, tally
from judge.test_rulings import output, ruling

from harness.campaign import evidence
from harness.campaign.checks import requirements_of
from harness.campaign.conclude import RULE
from harness.campaign.selfcheck.world import (
    BASE,
    POLICY,
    SUBMITTED_AT,
    Draft,
    keep,
    observed,
    plan_of,
    repository_of,
)
from harness.judge.gate import Case, decide
from harness.model.carry import EndingCounts
from harness.model.event import Kind
from harness.model.finding import Dimension
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Grade
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, Judgement, LedgerPrefix

# -- what was observed ------------------------------------------------------------------------------------------------

REPOSITORY = repository_of(replace(POLICY, pairs=6, bad_runs_max=0.41))
PLAN = plan_of(REPOSITORY)
Change = Callable[[Observation], Observation | None]


def without(kind: Kind) -> Change:
    """Take the events of one kind away."""
    return lambda run: replace(run, events=tuple(event for event in run.events if event.kind is not kind))


def told(**changes: object) -> Change:
    """Change what the shim's record says."""
    return lambda run: replace(run, record=replace(run.record, **changes))  # type: ignore[type-var]


def files(**changes: object) -> Change:
    """Change what was found of the output."""
    return lambda run: replace(run, outputs=tuple(replace(output, **changes) for output in run.outputs))  # type: ignore[arg-type]


NEEDED: dict[str, Change] = {
    "the whole run": lambda _: None,
    "the submission": without(Kind.SUBMITTED),
    "the first instruction": without(Kind.FIRST_INSTRUCTION),
    "the last word of the platform": without(Kind.SUCCEEDED),
    "the shim's record": lambda run: replace(run, record=None),
    "parameters": told(parameters={}),
    "environment": told(environment={}),
    "libraries": told(libraries={}),
    "process": told(process={}),
    "inputs": told(inputs={}),
    "outputs": lambda run: replace(run, outputs=()),
    "files of an output": files(files=()),
    "metrics": lambda run: replace(run, metrics={}),
}
TWICE: dict[str, Change] = {
    "running": without(Kind.RUNNING),
    "the record's exit code": told(exit_code=None),
    "the record's first instruction": told(first_instruction_seconds=None),
    "the image from inside": told(image_config_digest=None),
}
"""What a second witness tells as well: the end by the container and the platform, the first instruction by its event,
the image by its pin."""


def judged(folder: Path, side: Side = Side.LEGACY, change: Change = lambda run: run) -> Case:
    """Run all checks of a sound campaign after one run of a side was changed."""
    digest = keep(folder, BASE)
    seen: dict[str, Observation] = {run.id: observed(run, Draft(10.0), digest) for run in PLAN.runs}
    pair = next(pair for pair in PLAN.pairs if pair.grade is Grade.LAUNCHED)
    run = next(run for run in pair.runs if seen[run].run.side is side)
    changed = change(seen.pop(run))
    if changed is not None:
        seen[run] = changed
    found = evidence.findings_of(Schedule.whole(PLAN), REPOSITORY, seen, lambda name: folder / name)
    head = ("parity.judgement/1", REPOSITORY.name, PLAN.campaign, SUBMITTED_AT, "selfcheck")
    return Case(
        Schedule.whole(PLAN),
        REPOSITORY,
        Judgement(*head, evidence={}, attempts=1, findings=found, rule=RULE),
        (),
        {},
        required=requirements_of(REPOSITORY),
    )


def decided(folder: Path, side: Side, change: Change) -> Decision:
    """Judge it."""
    return decide(judged(folder, side, change)).decision


def test_the_campaign_is_go(tmp_path: Path) -> None:
    """The control of all below."""
    assert decide(judged(tmp_path)).decision is Decision.GO


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("what", list(NEEDED))
def test_no_observation_of_a_run_is_dispensable(tmp_path: Path, side: Side, what: str) -> None:
    """One run of one side lacks it."""
    assert decided(tmp_path, side, NEEDED[what]) is not Decision.GO


def test_the_end_of_legacys_container_is_not_dispensable(tmp_path: Path) -> None:
    """Only legacy has one: the work is unknown without it."""
    assert decided(tmp_path, Side.LEGACY, without(Kind.EXITED)) is not Decision.GO


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("what", list(TWICE))
def test_what_two_witnesses_tell_may_be_lost_once(tmp_path: Path, side: Side, what: str) -> None:
    """So the rest above means something: not every loss is INCONCLUSIVE."""
    assert decided(tmp_path, side, TWICE[what]) is Decision.GO


def test_no_finding_that_decides_is_dispensable(tmp_path: Path) -> None:
    """Each of all that the checks said, each pair for itself; what only informs may go."""
    whole = judged(tmp_path)
    found = whole.judgement.findings
    left = [
        each.id
        for n, each in enumerate(found)
        if decide(replace(whole, judgement=replace(whole.judgement, findings=(*found[:n], *found[n + 1 :])))).decision
        is Decision.GO
    ]
    assert left == [finding.id for finding in found if not finding.required]
    assert len(left) < len(found) / 2


# -- what is judged ---------------------------------------------------------------------------------------------------


def resting() -> Case:
    """Make a GO that needs earlier campaigns, the cell, the rate of losses, a ruling and a cadence."""
    own = tuple(tally(f"c0{n}") for n in range(3))
    found = standing_case(*own, others=(share("a", 8), share("b", 8, ends=EndingCounts(8, 0, 8, 0))))
    rhythm = replace(cases.JOB, cadence_seconds=900)
    policy = replace(found.repository.policy, state_pairs_own=STANDARD.state_pairs_own)
    slot = cases.finding("cadence.slot", Dimension.STARTUP, "train/cadence")
    differs = output()
    judgement = replace(
        found.judgement,
        findings=(*cases.clean(), slot, differs),
        prefix=LedgerPrefix(rulings=(ruling(differs),)),
    )
    of = replace(found.repository, jobs=(rhythm,), policy=policy)
    return replace(found, repository=of, judgement=judgement, required=requirements_of(of))


def lacking() -> dict[str, Case]:
    """Take each item away in turn."""
    whole = resting()
    of = whole.judgement
    made: dict[str, Case] = {}
    for n, each in enumerate(of.findings[:-1]):
        made[f"finding {each.id}"] = replace(
            whole, judgement=replace(of, findings=(*of.findings[:n], *of.findings[n + 1 :]))
        )
    for n, tally_ in enumerate(of.history.own):
        own = (*of.history.own[:n], *of.history.own[n + 1 :])
        made[f"campaign {tally_.campaign}"] = replace(
            whole, judgement=replace(of, history=replace(of.history, own=own))
        )
    for n, share_ in enumerate(of.history.others):
        others = (*of.history.others[:n], *of.history.others[n + 1 :])
        less = replace(of.history, others=others)
        made[f"share of {share_.repository}"] = replace(whole, judgement=replace(of, history=less))
    made["ruling"] = replace(whole, judgement=replace(of, prefix=LedgerPrefix()))
    made["runs that tell the rate of losses"] = replace(
        whole, judgement=replace(of, tallies=tuple(replace(tally, ends=EndingCounts()) for tally in of.tallies))
    )
    made["evidence files"] = replace(whole, damaged=("runs/p1-legacy/observation.json: gone",))
    return made


def test_a_go_may_rest_on_carried_pooled_and_ruled_evidence() -> None:
    """The control: 3 pairs of its own, 18 carried, 16 pooled, one ruling, and a rate of losses from 400 runs a side."""
    verdict = decide(resting())
    assert [reason.code for reason in verdict.reasons] == ["go"]
    assert QUIET.legacy_runs == 400
    assert (verdict.pairs.clean, sum(carried.clean for carried in verdict.carried), verdict.rulings) == (
        3,
        18,
        {"R-1": 1},
    )


@pytest.mark.parametrize("item", list(lacking()))
def test_no_item_that_a_go_rests_on_is_dispensable(item: str) -> None:
    """Findings of every kind, campaigns, shares, rulings, runs, files: the number of GOs left is 0."""
    assert decide(lacking()[item]).decision is not Decision.GO
