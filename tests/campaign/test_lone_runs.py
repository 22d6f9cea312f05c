"""Candidate runs in no pair are runs of the candidate: what they leave is compared, and counts in later campaigns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from judge.standings import CHANGED, NOW, STANDARD, standing_case, tally

from harness.campaign import evidence, history
from harness.campaign.checks import requirements_of
from harness.campaign.conclude import RULE
from harness.campaign.selfcheck import trials
from harness.campaign.selfcheck.defects import FACTS, Row
from harness.campaign.selfcheck.world import POLICY, SUBMITTED_AT, keep, observed, plan_of, repository_of
from harness.judge.carry import carried
from harness.judge.gate import Case, decide
from harness.model.finding import Dimension, Outcome, Waiver
from harness.model.job import Side
from harness.model.plan import COMPARED
from harness.model.policy import Change
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, Judgement

GO, INCONCLUSIVE, NO_GO = Decision.GO, Decision.INCONCLUSIVE, Decision.NO_GO


def struck(folder: Path, fact: str = "", runs: int = 1) -> Case:
    """Judge a campaign of a job that repeats itself, of which a fault strikes the last candidate runs in no pair."""
    repository = repository_of(POLICY)
    plan = plan_of(repository)
    drafts = trials.drafts_of(Row("bit-identical", 1, 1.0), plan, np.random.default_rng(1))
    paired = {run for pair in plan.pairs if pair.grade in COMPARED for run in pair.runs}
    lone = [run.id for run in plan.runs if run.side is Side.CANDIDATE and run.id not in paired]
    for run in lone[-runs:] if fact else ():
        drafts[run] = FACTS[fact](drafts[run])
    seen = {run.id: observed(run, drafts[run.id], keep(folder, drafts[run.id].rows)) for run in plan.runs}
    schedule = Schedule.whole(plan)
    findings = evidence.findings_of(schedule, repository, seen, lambda name: folder / name)
    left = history.tallies_of(schedule, repository, seen, findings)
    head = ("parity.judgement/1", repository.name, plan.campaign, SUBMITTED_AT, "selfcheck")
    judgement = Judgement(*head, evidence={}, attempts=1, findings=findings, tallies=left, rule=RULE)
    return Case(schedule, repository, judgement, (), {}, required=requirements_of(repository))


@pytest.mark.parametrize(
    ("fact", "decision"),
    [
        ("", GO),
        ("one-ULP cell", NO_GO),
        ("swapped rows", NO_GO),
        ("dropped partition", NO_GO),
        ("dtype narrowing", NO_GO),
        ("flipped label", NO_GO),
        ("late artifact", NO_GO),
        ("undeclared output", INCONCLUSIVE),
        ("renamed metric", INCONCLUSIVE),
    ],
)
def test_a_fault_of_one_run_in_no_pair_is_seen_as_it_is_in_a_pair(
    tmp_path: Path, fact: str, decision: Decision
) -> None:
    """Of nine candidate runs that `trial` counts, four are in no pair."""
    assert decide(struck(tmp_path, fact)).decision is decision


def test_a_finding_says_how_many_runs_in_no_pair_differ_and_rests_on_them(tmp_path: Path) -> None:
    """Two of the four; the first evidence is the legacy run that they are held against."""
    case = struck(tmp_path, "dropped partition", runs=2)
    (found,) = (f for f in case.judgement.findings if f.check == "outputs.files" and f.pair is None)
    assert (found.outcome, found.subject, len(found.evidence)) == (Outcome.MISMATCH, "train/rows", 3)
    assert found.summary.startswith("Of 4 candidate runs in no pair, 2: ")
    assert case.judgement.tallies[0].differing == (("rows",), ("rows",))


def test_a_judgement_without_a_word_on_their_outputs_is_inconclusive_but_one_from_before_keeps_its_verdict(
    tmp_path: Path,
) -> None:
    """Since `bets/2` it is asked for."""
    whole = struck(tmp_path)
    findings = tuple(f for f in whole.judgement.findings if f.pair or f.dimension is not Dimension.OUTPUTS)
    for rule, decision in ((RULE, INCONCLUSIVE), ("bets/1", GO)):
        judgement = replace(whole.judgement, findings=findings, rule=rule)
        assert decide(replace(whole, judgement=judgement)).decision is decision


def test_a_waiver_of_an_output_in_any_pair_covers_runs_in_no_pair(tmp_path: Path) -> None:
    """What ends with `/*` names every pair; another output stays."""
    whole = struck(tmp_path, "dropped partition")
    for scope, decision in (("outputs.files/train/rows/*", GO), ("outputs.files/train/other/*", NO_GO)):
        waiver = Waiver("w1", "ada", "known", scope, date(2027, 1, 31))
        repository = replace(whole.repository, waivers=(waiver,))
        assert decide(replace(whole, repository=repository)).decision is decision


# -- later campaigns --------------------------------------------------------------------------------------------------

SAME = {"rows": "by these rules"}


def test_outputs_that_differed_in_an_earlier_campaign_of_the_same_image_count_against() -> None:
    """Running again until one campaign is clean passes nothing; by other rules it is another output."""
    found = standing_case(tally("c0", clean=30, outputs=SAME, differing=(("rows",),)))
    for now, decision in ((SAME, INCONCLUSIVE), ({"rows": "by others"}, GO), ({}, GO)):
        left = tuple(replace(tally, outputs=now) for tally in found.judgement.tallies)
        assert decide(replace(found, judgement=replace(found.judgement, tallies=left))).decision is decision


def test_a_run_whose_difference_was_accepted_counts_for() -> None:
    """The outputs that `carried` is given are those whose differences nobody accepted."""
    earlier = [tally("c0", clean=30, outputs=SAME, differing=(("rows",), ("rows",)))]
    for outputs, counts in ((SAME, (28, 2)), ({}, (30, 0))):
        (found,) = carried(STANDARD, NOW, earlier, outputs)
        assert (found.clean, found.unclean) == counts


def test_outputs_of_another_image_differed_by_what_was_mended_since() -> None:
    """Wrong endings count on over images, as the bound on them does."""
    earlier = tally("c0", CHANGED[Change.CODE], clean=7, unclean=1, outputs=SAME, differing=(("rows",),) * 7)
    (found,) = carried(STANDARD, NOW, [earlier], SAME)
    assert (found.clean, found.unclean) == (7, 1)
