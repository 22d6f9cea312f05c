"""Which evidence of earlier campaigns counts: every change with what survives it, and what no history can do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.cases import JOB
from judge.standings import CHANGED, NOW, QUIET, STANDARD, share, standing_case, tally

from harness.judge.carry import carried, changes, claim_of, proven, startup_claim, to_be_tested
from harness.judge.gate import decide
from harness.judge.pooling import state_evidence
from harness.model.carry import Carried, Share, Tally
from harness.model.policy import Change, Survival
from harness.model.verdict import Decision

GO, INCONCLUSIVE, NO_GO = Decision.GO, Decision.INCONCLUSIVE, Decision.NO_GO
RANK = {NO_GO: 0, INCONCLUSIVE: 1, GO: 2}
CLAIM = {JOB.metrics[0].name: claim_of(JOB.metrics[0]), "first-instruction": startup_claim(STANDARD)}


def codes(of: object) -> list[str]:
    """List the codes of a verdict's reasons."""
    return [each.code for each in decide(of).reasons]  # type: ignore[arg-type]


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
    assert [(each.campaign, each.clean, each.unclean) for each in found] == [("c0", 0, 2), ("c1", 0, 1), ("c2", 6, 0)]
    other_base = tally("c1", CHANGED[Change.BASE], false_success=1)
    assert [each.clean for each in carried(STANDARD, NOW, [tally("c0"), other_base])] == [6, 0]


def test_a_false_success_of_the_same_image_is_no_go() -> None:
    """However many clean pairs came since; of another image the clean pairs since then decide."""
    since = [tally(f"c{n}") for n in range(2, 10)]
    same = tally("c1", clean=5, unclean=1, false_success=1)
    assert codes(standing_case(same, *since))[0] == "mismatch:carried-false-success"
    assert decide(standing_case(same, *since)).decision is NO_GO
    other = tally("c1", CHANGED[Change.CODE], clean=5, unclean=1, false_success=1)
    assert codes(standing_case(other, *since)) == ["go"]


# -- state pairs ------------------------------------------------------------------------------------------------------


def test_weekly_pairs_of_weekly_images_add_up_to_the_bound() -> None:
    """26 carried and 3 own pairs are 29; with one less it is not enough, and the sentence says how far it is."""
    weeks = [tally(f"c{n}", replace(NOW, image=f"sha256:{n}"), clean=2) for n in range(13)]
    verdict = decide(standing_case(*weeks))
    assert (verdict.decision, len(verdict.carried)) == (GO, 13)
    assert verdict.reasons[0].sentence == (
        "All required checks are clean in 3 pairs, 26 clean state pairs are carried over; the policy asks for 29."
    )
    short = decide(standing_case(*weeks[1:], tally("c13", clean=1)))
    assert (short.decision, short.reasons[0].code) == (INCONCLUSIVE, "inconclusive:state-pairs")
    assert short.reasons[0].sentence == (
        "28 clean and 0 unclean state pairs, carried ones included, bound the rate of disagreement at 10.1%; "
        "the policy asks for 9.8% (no other repository of the cell has pairs)."
    )


def test_one_unclean_pair_asks_for_46_and_not_for_29() -> None:
    """Clopper and Pearson: 1 of 46 is bounded at 9.9 %, 1 of 47 at 9.7 %; the bound of 0 of 29 is 9.8 %."""
    for clean, wanted in ((45, INCONCLUSIVE), (46, GO)):
        assert decide(standing_case(tally("c0", clean=clean - 3, unclean=1))).decision is wanted


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


# -- metrics ----------------------------------------------------------------------------------------------------------


def test_a_proof_is_carried_over_a_code_change_and_not_over_a_base_change() -> None:
    """What is carried still has to be confirmed."""
    for change, wanted in ((Change.CODE, {"rmse", "first-instruction"}), (Change.BASE, set())):
        assert proven(JOB, STANDARD, NOW, [tally("c0", CHANGED[change], proven=CLAIM)]) == wanted


def test_a_failed_confirmation_takes_the_proof_away() -> None:
    """The last test decides; a campaign that did not test changes nothing."""
    history = [tally("c0", proven=CLAIM), tally("c1", failed=("rmse",)), tally("c2")]
    assert proven(JOB, STANDARD, NOW, history[:1]) == {"rmse", "first-instruction"}
    assert proven(JOB, STANDARD, NOW, history) == {"first-instruction"}
    assert list(to_be_tested(JOB, STANDARD, NOW, history)) == ["rmse"]


def test_a_proof_of_another_margin_is_none() -> None:
    """The owner has widened or narrowed it since."""
    other = tally("c0", proven={**CLAIM, "rmse": claim_of(replace(JOB.metrics[0], margin_absolute=0.7))})
    assert proven(JOB, STANDARD, NOW, [other]) == {"first-instruction"}


def test_what_was_bit_identical_last_time_needs_no_level() -> None:
    """Until it varies: then the next campaign has to test it."""
    exact = tally("c0", proven={"first-instruction": startup_claim(STANDARD)}, exact=("rmse",))
    assert list(to_be_tested(JOB, STANDARD, NOW, [exact])) == []
    assert list(to_be_tested(JOB, STANDARD, NOW, [exact, tally("c1", failed=("rmse",))])) == ["rmse"]


# -- laws -------------------------------------------------------------------------------------------------------------

COUNTS = st.integers(0, 40)
STANDINGS = st.sampled_from([NOW, *CHANGED.values()])


@st.composite
def histories(draw: st.DrawFn) -> tuple[tuple[Tally, ...], tuple[Share, ...]]:
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
    history: tuple[tuple[Tally, ...], tuple[Share, ...]], data: st.DataObject
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
    history: tuple[tuple[Tally, ...], tuple[Share, ...]],
) -> None:
    """And where an own pair is unclean, it changes nothing at all."""
    own, others = history
    alone, pooled = (decide(standing_case(*own, others=each)) for each in ((), others))
    assert alone.decision is not NO_GO or pooled.decision is NO_GO
    if sum(each.unclean for each in pooled.carried):
        assert pooled.decision is alone.decision


@given(histories())
def test_what_does_not_survive_changes_nothing_but_the_list(
    history: tuple[tuple[Tally, ...], tuple[Share, ...]],
) -> None:
    """Campaigns on another base, kind or family are shown and do not count; they never raise a verdict either."""
    own, others = history
    kept = tuple(each for each in own if each.standing.cell == NOW.cell and each.standing.resources == NOW.resources)
    full, less = (decide(standing_case(*each, others=others)) for each in (own, kept))
    assert (full.state, len(full.carried) - len(less.carried)) == (less.state, len(own) - len(kept))
