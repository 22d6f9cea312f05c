"""Which evidence of earlier campaigns counts: every change with what survives it, and what no history can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.standings import CHANGED, NOW, QUIET, STANDARD, share, standing_case, tally

from harness.judge import pooling, rates
from harness.judge.carry import carried, changes, past_of
from harness.judge.gate import decide
from harness.judge.pooling import state_evidence
from harness.model.carry import Carried, CellContribution, EvidenceBasis, History, JobSummary
from harness.model.job import Side
from harness.model.policy import Change, Survival
from harness.model.sample import Earlier, PairValue, Repeat, Series, Stratum
from harness.model.verdict import Decision

GO, INCONCLUSIVE, NO_GO = Decision.GO, Decision.INCONCLUSIVE, Decision.NO_GO
RANK = {NO_GO: 0, INCONCLUSIVE: 1, GO: 2}


def codes(of: object) -> list[str]:
    """List the codes of a verdict's reasons."""
    return [reason.code for reason in decide(of).reasons]  # type: ignore[arg-type]


# -- the table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "clean", "why"),
    [
        (Change.CODE, 6, "state facts survive a change of code"),
        (Change.PARAMETERS, 6, "state facts survive a change of parameters"),
        (Change.INPUTS, 6, "state facts survive a change of inputs"),
        (Change.INSTANCE, 6, "state facts survive a change of instance"),
        (Change.RESOURCES, 0, "nothing survives a change of resources"),
        (Change.FAMILY, 0, "nothing survives a change of family"),
        (Change.KIND, 0, "nothing survives a change of kind"),
        (Change.BASE, 0, "nothing survives a change of base"),
    ],
)
def test_the_table_says_what_survives_a_change(change: Change, clean: int, why: str) -> None:
    """Each change alone, with the reason that the report shows."""
    then = CHANGED[change]
    assert changes(then, NOW) == (change,)
    assert carried(STANDARD, NOW, [tally("c0", then)]) == (Carried("c0", "train", (change,), clean, 0, why),)


def test_the_same_standing_carries_everything() -> None:
    """The control: nothing changed."""
    assert carried(STANDARD, NOW, [tally("c0")])[0] == Carried("c0", "train", (), 6, 0, "the same in all that counts")


def test_the_worst_of_several_changes_decides() -> None:
    """Code survives, the base does not."""
    then = replace(CHANGED[Change.BASE], image="sha256:other")
    (found,) = carried(STANDARD, NOW, [tally("c0", then)])
    assert (found.changes, found.clean, found.why) == (
        (Change.CODE, Change.BASE), 0, "nothing survives a change of base",
    )  # fmt: skip


def test_the_table_is_data() -> None:
    """An owner who wants every code change to start anew writes it; a change that no table names carries nothing."""
    strict = replace(STANDARD, carry={**STANDARD.carry, Change.CODE: Survival.NOTHING})
    for policy in (strict, replace(STANDARD, carry={})):
        assert carried(policy, NOW, [tally("c0", CHANGED[Change.CODE])])[0].clean == 0


def test_other_jobs_and_other_repositories_carry_nothing_as_own() -> None:
    """Same cell, same image."""
    strange = [tally("c0", replace(NOW, job="score")), tally("c0", replace(NOW, repository="beer"))]
    assert carried(STANDARD, NOW, strange) == ()


def test_a_false_success_ends_what_counts_for_and_leaves_what_counts_against() -> None:
    """Six pairs before it, five in its campaign, six after: only the last six count."""
    broken = tally("c1", CHANGED[Change.CODE], clean=5, unclean=1, false_success=1)
    found = carried(STANDARD, NOW, [tally("c0", unclean=2), broken, tally("c2")])
    assert [(carried.campaign, carried.clean, carried.unclean) for carried in found] == [
        ("c0", 0, 2),
        ("c1", 0, 1),
        ("c2", 6, 0),
    ]
    other_base = tally("c1", CHANGED[Change.BASE], false_success=1)
    assert [each.clean for each in carried(STANDARD, NOW, [tally("c0"), other_base])] == [6, 0]


def test_a_false_success_of_the_same_image_is_no_go() -> None:
    """However many clean pairs came since; of another image the clean pairs since then decide."""
    since = [tally(f"c{n}") for n in range(2, 14)]
    same = tally("c1", clean=5, unclean=1, false_success=1)
    assert codes(standing_case(same, *since))[0] == "mismatch:carried-false-success"
    assert decide(standing_case(same, *since)).decision is NO_GO
    other = tally("c1", CHANGED[Change.CODE], clean=5, unclean=1, false_success=1)
    assert codes(standing_case(other, *since)) == ["go"]


# -- state pairs ------------------------------------------------------------------------------------------------------


def test_weekly_pairs_of_weekly_images_add_up_to_the_bound() -> None:
    """27 carried and 3 own runs are 30; with one less it is not enough, and the sentence says how far it is."""
    weeks = [tally(f"c{n}", replace(NOW, image=f"sha256:{n}"), clean=2) for n in range(13)]
    weeks = [*weeks[:12], replace(weeks[12], alone=1)]
    verdict = decide(standing_case(*weeks))
    assert (verdict.decision, len(verdict.carried)) == (GO, 13)
    assert verdict.reasons[0].sentence == (
        "All required checks are clean in 3 pairs. 30 runs ended as they should: fewer than 9.8% can end "
        "wrongly; the policy asks for fewer than 10%."
    )
    short = decide(standing_case(*weeks[:12], tally("c13", clean=2)))
    assert (short.decision, short.reasons[0].code) == (INCONCLUSIVE, "inconclusive:state-pairs")
    assert short.reasons[0].sentence == (
        "29 runs ended as they should, so up to 10.2% of runs may end wrongly; "
        "the policy asks for fewer than 10% (no other repository of the cell has pairs)."
    )


def test_one_unclean_pair_asks_for_75_clean_runs_and_not_for_30() -> None:
    """76 runs with one bad one are as good as 30 without."""
    for clean, wanted in ((74, INCONCLUSIVE), (75, GO)):
        assert decide(standing_case(tally("c0", clean=clean - 3, unclean=1))).decision is wanted


def ever_enough(rate: float, campaigns: int = 39, pairs: int = 6, repositories: int = 2000) -> int:
    """Count repositories whose own pairs are ever enough at such a rate of disagreement."""
    random, found = np.random.default_rng(20261125), 0
    for _ in range(repositories):
        bad = random.binomial(pairs, rate, campaigns)
        before = bad.cumsum() - bad
        found += any(
            not bad[n] and state_evidence(STANDARD, (n + 1) * pairs - int(before[n]), int(before[n]), ()).enough
            for n in range(campaigns)
        )
    return found


def test_own_pairs_at_the_bound_are_enough_for_at_most_5_percent_however_often_they_are_looked_at() -> None:
    """A tenth of pairs disagree, six pairs every week; 120 of 2,000 is 5 % and two standard errors."""
    assert ever_enough(0.1) <= 120


def test_a_bound_that_forgets_failures_does_not_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted weakening: bad runs are dropped."""
    monkeypatch.setattr(pooling, "upper_bound", lambda runs, bad: rates.upper_bound(runs - bad, 0))
    assert ever_enough(0.1, repositories=200) > 40


def test_pairs_of_the_cell_fill_up_from_the_floor_of_own_pairs() -> None:
    """20 own pairs are the floor of `standard`; with 19 nothing is pooled."""
    others = (share("beer", 6), share("cider", 6))
    for own, wanted in ((16, INCONCLUSIVE), (17, GO)):
        assert decide(standing_case(tally("c0", clean=own), others=others)).decision is wanted
    pooled = decide(standing_case(tally("c0", clean=17), others=others)).state
    assert pooled is not None
    assert (pooled.clean, pooled.pooled, pooled.repositories) == (20, 12, 2)


def test_one_repository_brings_no_more_than_the_floor() -> None:
    """An hourly repository with a thousand pairs does not stand for its cell."""
    assert state_evidence(STANDARD, 20, 0, (share("beer", 1000),)).pooled == 20


def test_another_cell_is_not_pooled() -> None:
    """Another base image; control: the same."""
    own = tally("c0", clean=17)
    strange = (share("beer", 30, cell=CHANGED[Change.BASE].cell),)
    assert decide(standing_case(own, others=strange)).decision is INCONCLUSIVE
    assert decide(standing_case(own, others=(share("beer", 30),))).decision is GO


def test_a_cell_covers_no_own_failure() -> None:
    """However much the others bring."""
    others = tuple(share(f"r{n}", 1000) for n in range(9))
    assert decide(standing_case(tally("c0", clean=17, unclean=1), others=others)).decision is INCONCLUSIVE
    assert decide(standing_case(tally("c0", clean=17), others=others)).decision is GO


def test_a_cell_whose_repositories_differ_pools_nothing() -> None:
    """Six failures of one repository, none of five others; a failure here and there stops nobody."""
    alike = tuple(share(f"r{n}", 40, n % 2) for n in range(6))
    unlike = (share("bad", 40, 6), *(share(f"r{n}", 40) for n in range(5)))
    assert state_evidence(STANDARD, 20, 0, alike).enough
    found = state_evidence(STANDARD, 20, 0, unlike)
    assert (found.enough, found.why) == (
        False, "bad fails more than the others of its cell beyond chance, so that nothing is pooled",
    )  # fmt: skip


def test_runs_of_one_job_say_nothing_of_another() -> None:
    """40 of train and 12 of score are 52 of the repository, and score has too few; control: 30."""
    score = replace(NOW, job="score")
    for clean, enough in ((12, False), (30, True)):
        found = standing_case()
        left = (tally("c1", NOW, clean=3), tally("c1", score, clean=0))
        own = (tally("c0", NOW, clean=40), tally("c0", score, clean=clean))
        judgement = replace(found.judgement, tallies=left, history=History(own, ()))
        state = decide(replace(found, judgement=judgement)).state
        assert state is not None
        assert (state.job, state.clean, state.enough) == ("score", clean, enough)


# -- metrics ----------------------------------------------------------------------------------------------------------

SERIES = Series("rmse within 0.5", 0.5, (PairValue(10.0, 10.1, 0.0),))
RUN = Repeat(10.0, {Stratum.DAY: "2026-11-25"})
PLANNED = date(2026, 11, 26)


def measured(campaign: str, standing: EvidenceBasis) -> JobSummary:
    """Leave one pair, and one run a side."""
    return tally(campaign, standing, series={"rmse": SERIES}, repeats={side: {"rmse": (RUN,)} for side in Side})


@pytest.mark.parametrize(
    ("standing", "same"),
    [(NOW, True), (CHANGED[Change.INSTANCE], True), (CHANGED[Change.CODE], False), (CHANGED[Change.INPUTS], False)],
)
def test_pairs_count_on_where_their_change_survives_and_are_the_newest_images_own_where_nothing_counts(
    standing: EvidenceBasis,
    same: bool,  # noqa: FBT001
) -> None:
    """Another image, other inputs: they count together and not as its own."""
    assert past_of(STANDARD, NOW, [measured("c0", standing)], PLANNED).series == {"rmse": (Earlier(SERIES, same),)}


def test_pairs_on_another_base_or_of_another_job_count_nowhere() -> None:
    """Nothing survives."""
    gone = [measured("c0", CHANGED[Change.BASE]), measured("c1", replace(NOW, job="score"))]
    assert past_of(STANDARD, NOW, gone, PLANNED).series == {}


def test_runs_are_comparable_with_those_of_their_own_inputs() -> None:
    """Two campaigns on other images of the line, one on other inputs: its range is its own."""
    lines = past_of(
        STANDARD,
        NOW,
        [measured("c0", NOW), measured("c1", CHANGED[Change.CODE]), measured("c2", CHANGED[Change.INPUTS])],
        PLANNED,
    ).runs
    assert [len(line.values[Side.CANDIDATE]["rmse"]) for line in lines] == [2, 1]


def test_legacys_history_is_the_newest_hundred_runs_of_ninety_days_and_no_candidate_run_is_left_out() -> None:
    """One run is 91 days old, one 90, 98 are newer, and two come after them; the candidate's all count."""
    days = ("2026-08-27", "2026-08-28", *["2026-11-01"] * 98)
    runs = tuple(Repeat(float(number), {Stratum.DAY: day}) for number, day in enumerate(days))
    old = tally("c0", NOW, repeats={side: {"rmse": runs} for side in Side})
    (line,) = past_of(STANDARD, NOW, [old], PLANNED).runs
    kept = line.values[Side.LEGACY]["rmse"]
    assert (len(kept), kept[0].strata[Stratum.DAY]) == (99, "2026-08-28")
    (line,) = past_of(STANDARD, NOW, [old, measured("c1", NOW), measured("c2", CHANGED[Change.CODE])], PLANNED).runs
    assert [len(line.values[side]["rmse"]) for side in Side] == [100, 102]
    assert line.values[Side.LEGACY]["rmse"][-2:] == (RUN, RUN)


# -- laws -------------------------------------------------------------------------------------------------------------

COUNTS = st.integers(0, 40)
STANDINGS = st.sampled_from([NOW, *CHANGED.values()])


@st.composite
def histories(draw: st.DrawFn) -> tuple[tuple[JobSummary, ...], tuple[CellContribution, ...]]:
    """Draw earlier campaigns, good and bad, on the same and on other standings, and what a cell brings."""
    own = tuple(
        tally(f"c0{n}", draw(STANDINGS), clean=draw(COUNTS), unclean=draw(st.integers(0, 2)), false_success=bad)
        for n in range(draw(st.integers(1, 4)))
        for bad in (int(draw(st.integers(0, 9)) == 0),)
    )
    others = tuple(
        share(f"r{n}", draw(COUNTS), draw(st.integers(0, 2)), ends=QUIET) for n in range(draw(st.integers(0, 4)))
    )
    return own, others


@given(histories(), st.data())
def test_one_more_bad_own_pair_never_raises_a_verdict(
    history: tuple[tuple[JobSummary, ...], tuple[CellContribution, ...]], data: st.DataObject
) -> None:
    """Unclean, or a false success; in any campaign."""
    own, others = history
    place = data.draw(st.integers(0, len(own) - 1))
    cut = data.draw(st.integers(0, 1))
    worse = replace(own[place], unclean=own[place].unclean + 1, false_success=own[place].false_success + cut)
    before = decide(standing_case(*own, others=others)).decision
    after = decide(standing_case(*own[:place], worse, *own[place + 1 :], others=others)).decision
    assert RANK[after] <= RANK[before]


@given(histories())
def test_what_others_bring_never_turns_no_go_into_anything_else(
    history: tuple[tuple[JobSummary, ...], tuple[CellContribution, ...]],
) -> None:
    """And where an own pair is unclean, it changes nothing at all."""
    own, others = history
    alone, pooled = (decide(standing_case(*own, others=row)) for row in ((), others))
    assert alone.decision is not NO_GO or pooled.decision is NO_GO
    if sum(carried.unclean for carried in pooled.carried):
        assert pooled.decision is alone.decision


@given(histories())
def test_what_does_not_survive_changes_nothing_but_the_list(
    history: tuple[tuple[JobSummary, ...], tuple[CellContribution, ...]],
) -> None:
    """Campaigns on another base, kind or family are shown and do not count; they never raise a verdict either."""
    own, others = history
    kept = tuple(
        tally for tally in own if tally.standing.cell == NOW.cell and tally.standing.resources == NOW.resources
    )
    full, less = (decide(standing_case(*row, others=others)) for row in (own, kept))
    assert (full.state, len(full.carried) - len(less.carried)) == (less.state, len(own) - len(kept))
