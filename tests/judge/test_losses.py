"""Platform-caused endings as a rate a side: what is no worse, what is worse, and what is too thin to say."""

from __future__ import annotations

import numpy as np
import pytest
from judge.standings import CHANGED, STANDARD, share, standing_case, tally

from harness.judge import losses
from harness.judge.gate import decide
from harness.judge.losses import loss_rate
from harness.model.carry import Ends
from harness.model.finding import Outcome
from harness.model.policy import PRESETS, Change, Policy
from harness.model.verdict import Decision
from harness.statistics.counts import more_than_share

MATCH, INCONCLUSIVE, MISMATCH = Outcome.MATCH, Outcome.INCONCLUSIVE, Outcome.MISMATCH


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        (Ends(600, 6, 600, 6), MATCH),
        (Ends(400, 4, 400, 20), INCONCLUSIVE),
        (Ends(2000, 20, 2000, 100), MISMATCH),
        (Ends(400, 40, 400, 4), MATCH),
        (Ends(30, 0, 30, 0), INCONCLUSIVE),
        (Ends(30, 0, 30, 15), MISMATCH),
        (Ends(0, 0, 0, 0), INCONCLUSIVE),
    ],
)
def test_the_candidate_must_be_proven_no_worse(ends: Ends, outcome: Outcome) -> None:
    """1 % a side; 5 % against 1 % in few and many runs; a legacy that is worse; thin evidence; half lost; none."""
    found = loss_rate(STANDARD, ends, ())
    assert found is not None
    assert found.outcome is outcome


def test_trial_does_not_ask() -> None:
    """8 pairs say nothing of a rate of one per cent."""
    assert loss_rate(PRESETS["trial"], Ends(8, 0, 8, 3), ()) is None


def test_runs_of_the_same_kind_and_family_are_added_whatever_their_image() -> None:
    """Platforms lose runs, images do not; another family is another platform."""
    newer, family = CHANGED[Change.BASE].cell, CHANGED[Change.FAMILY].cell
    for cell, wanted in ((newer, Decision.GO), (family, Decision.INCONCLUSIVE)):
        others = (share("beer", 0, cell=cell, ends=Ends(600, 6, 600, 6)),)
        verdict = decide(standing_case(tally("c0", clean=30), others=others, ends=Ends(9, 0, 9, 0)))
        assert verdict.decision is wanted


def test_a_candidate_that_loses_more_is_no_go_and_the_sentence_has_the_counts() -> None:
    """5 % against 1 %, over the fleet."""
    verdict = decide(standing_case(tally("c0", clean=30), ends=Ends(2000, 20, 2000, 100)))
    assert (verdict.decision, verdict.reasons[0].code) == (Decision.NO_GO, "mismatch:platform-losses")
    assert verdict.reasons[0].sentence.startswith(
        "Platforms cut 20 of 2006 legacy and 100 of 2006 candidate runs; "
        "the difference is at most 5.4%, allowed are 2.0%:"
    )


def test_a_repository_that_loses_more_than_the_fleet_is_not_covered_by_it() -> None:
    """Six of 40 where the fleet loses one per cent; two of 40 may be chance."""
    fleet = (share("others", 0, ends=Ends(4000, 40, 4000, 40)),)
    for lost, wanted in ((6, INCONCLUSIVE), (2, MATCH)):
        found = loss_rate(STANDARD, Ends(40, 0, 40, lost), fleet)
        assert found is not None
        assert found.outcome is wanted


def test_the_share_of_failures_is_the_exact_test_of_two_by_two_tables() -> None:
    """Fisher's lady tasting tea: four of four right by chance in 1 of 70, three or more in 17 of 70."""
    assert [more_than_share(n, 4, 4, 8) for n in (4, 3)] == pytest.approx([1 / 70, 17 / 70])


def ever_passed(policy: Policy, fleets: int) -> int:
    """Count fleets that pass at any of 39 weekly looks: 40 runs a side and week, 3 % lost against 1 %."""
    random, passed = np.random.default_rng(20261125), 0
    for _ in range(fleets):
        lost = random.binomial(40, ((0.01,), (0.03,)), (2, 39)).cumsum(axis=1)
        weeks = (Ends(40 * (n + 1), int(lost[0, n]), 40 * (n + 1), int(lost[1, n])) for n in range(39))
        found = (loss_rate(policy, week, ()) for week in weeks)
        passed += any(loss_rate is not None and loss_rate.outcome is MATCH for loss_rate in found)
    return passed


def test_weekly_looks_at_a_candidate_at_the_margin_keep_the_level() -> None:
    """Exactly two points worse, which is the margin: at most 5 % of 400 fleets."""
    assert ever_passed(STANDARD, 400) <= 20


def test_a_rate_that_is_looked_at_every_week_at_the_full_level_does_not_keep_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted weakening."""
    monkeypatch.setattr(losses, "LOOKS_SHARE", 1)
    assert ever_passed(STANDARD, 200) > 10
