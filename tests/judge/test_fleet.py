"""The fleet's simulation in small: sound repositories pass, bad ones do not, and a weaker judge would show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from judge.standings import NOW, tally

from harness.campaign.selfcheck import fleets, measure, table, trials
from harness.campaign.selfcheck.defects import FACTS
from harness.campaign.selfcheck.fleet import CADENCES, Fault, Member, Story, members
from harness.judge import standing
from harness.judge.pooling import state_evidence
from harness.model.carry import Cell, CellContribution, EndingCounts, JobSummary, StateEvidence
from harness.model.policy import Policy
from harness.model.verdict import Decision

SEED = 20261125
WEEKLY = Member("r", "weekly", 0, "ml.m5", 0, 99, "")
GO = Decision.GO


def sibling(lost: int = 40) -> JobSummary:
    """Leave 30 clean pairs in the cell of `WEEKLY`, and as many runs as a fleet has after some weeks."""
    cell = Cell(WEEKLY.image(0).base, "training", "ml.m5")
    return tally("c", replace(NOW, repository="other", cell=cell), clean=30, ends=EndingCounts(4000, 40, 4000, lost))


def told(
    folder: Path, fault: Fault, campaigns: int, *, member: Member = WEEKLY, seed: int = 1, lost: int = 40
) -> list[Decision]:
    """Run a repository's first campaigns."""
    story = Story(member, seed, folder)
    return [story.campaign(number, fault, [sibling(lost)]).decision for number in list(member.begins())[:campaigns]]


@pytest.mark.parametrize("noise", ["", "normal"])
def test_a_sound_repository_with_a_new_image_every_week_reaches_go(tmp_path: Path, noise: str) -> None:
    """Not in its first campaign, whose pairs are too few; by the seventh, as six days are the fewest."""
    decisions = told(tmp_path, Fault(), 7, member=replace(WEEKLY, noise=noise))
    assert decisions[0] is Decision.INCONCLUSIVE
    assert GO in decisions


def test_a_new_base_starts_anew(tmp_path: Path) -> None:
    """GO in the sixth campaign; where the base moves before it, not."""
    assert told(tmp_path, Fault(), 6)[5] is GO
    assert told(tmp_path, Fault(), 6, member=replace(WEEKLY, moves=3))[5] is Decision.INCONCLUSIVE


@pytest.mark.parametrize(
    "fault",
    [Fault(change=FACTS["flipped label"]), Fault(change=FACTS["false success"]), Fault(shift=1.5)],
)
def test_an_image_with_a_defect_is_not_go_whatever_came_before(tmp_path: Path, fault: Fault) -> None:
    """Seven sound images, then the defect; control: the eighth without it."""
    for last, wanted in ((fault, False), (Fault(), True)):
        story = Story(replace(WEEKLY, noise="normal"), 1, tmp_path)
        begins = list(WEEKLY.begins())[:8]
        before = [story.campaign(number, Fault(), [sibling()]).decision for number in begins[:7]]
        assert GO in before
        assert (story.campaign(begins[7], last, [sibling()]).decision is GO) is wanted


def test_a_bad_repository_is_not_covered_by_its_cell(tmp_path: Path) -> None:
    """Every pair, or half of them."""
    for share in (1.0, 0.5):
        assert GO not in told(tmp_path, Fault(change=FACTS["false failure"], share=share), 8)


def test_a_platform_that_loses_more_runs_stops_every_repository_of_its_family(tmp_path: Path) -> None:
    """5 % against 1 % in 4,000 runs of the fleet; this repository itself loses none more."""
    assert set(told(tmp_path, Fault(), 6, lost=200)) == {Decision.NO_GO}


def test_a_judge_that_forgets_own_failures_would_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted weakening: a tenth of the pairs disagree, and only clean pairs are carried."""
    fault = Fault(change=FACTS["false failure"], share=0.1)

    def went() -> int:
        return sum(GO in told(tmp_path, fault, 8, seed=seed) for seed in range(4))

    strong = went()

    def forgetful(
        policy: Policy, clean: int, _: int, others: tuple[CellContribution, ...], *, by_bets: bool = True
    ) -> StateEvidence:
        return state_evidence(policy, clean, 0, others, by_bets=by_bets)

    monkeypatch.setattr(standing, "state_evidence", forgetful)
    assert went() > strong


def test_a_fleet_has_every_cadence_alike_often_and_is_the_same_for_one_seed() -> None:
    """120 repositories; begins within 39 weeks."""
    fleet = members(SEED)
    assert fleet == members(SEED) != members(SEED + 1)
    assert {name: sum(member.cadence == name for member in fleet) for name in CADENCES} == dict.fromkeys(CADENCES, 24)
    counts = {member.cadence: len(list(member.begins())) for member in fleet}
    assert (counts["hourly"], counts["daily"], counts["weekly"]) == (78, 39, 39)
    assert (counts["fortnightly"] in {76, 80}, counts["monthly"] in {36, 40}) == (True, True)


def test_rows_are_counted_by_their_best_campaign() -> None:
    """One GO is a GO, and too few sound ones break a limit."""
    assert fleets._ended([Decision.NO_GO, GO, Decision.NO_GO]) == trials.Count(1, go=1)
    row = fleets.ROWS[0]
    few = measure._result(row, [trials.Count(72, go=60, inconclusive=12)])
    assert few.broken == ("60 GO of 72, at least 65",)
    assert measure._result(row, [trials.Count(72, go=70, inconclusive=2)]).broken == ()


def test_the_page_names_seed_version_date_and_every_limit() -> None:
    """And where one is broken."""
    text = table.fleet_page(
        [measure._result(fleets.ROWS[0], [trials.Count(72, go=60, inconclusive=12)])], 1, "t 0", "d"
    )
    assert "seed 1, t 0, d. LIMITS ARE BROKEN" in text
    assert "| sound, hourly | 72 | 60 | 72.7% to 91.1% | 0 | 12 | **broken: 60 GO of 72, at least 65** |" in text
