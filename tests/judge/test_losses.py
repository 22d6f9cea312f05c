"""Platform-caused endings as a rate a side: what is rare enough, what is worse, and what is too thin to say."""

from __future__ import annotations

import numpy as np
import pytest
from judge.standings import CHANGED, STANDARD, share, standing_case, tally

from harness.judge import losses, rates
from harness.judge.gate import decide
from harness.judge.losses import loss_rate
from harness.model.carry import EndingCounts
from harness.model.finding import Outcome
from harness.model.policy import PRESETS, Change
from harness.model.verdict import Decision
from harness.statistics.counts import excess_evidence, more_than_share

MATCH, INCONCLUSIVE, MISMATCH = Outcome.MATCH, Outcome.INCONCLUSIVE, Outcome.MISMATCH


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        (EndingCounts(30, 0, 30, 0), MATCH),
        (EndingCounts(29, 0, 29, 0), INCONCLUSIVE),
        (EndingCounts(75, 0, 75, 1), INCONCLUSIVE),
        (EndingCounts(76, 0, 76, 1), MATCH),
        (EndingCounts(600, 6, 600, 6), MATCH),
        (EndingCounts(3000, 30, 3000, 150), MISMATCH),
        (EndingCounts(400, 40, 400, 4), MATCH),
        (EndingCounts(30, 0, 30, 15), MISMATCH),
        (EndingCounts(0, 0, 0, 0), INCONCLUSIVE),
    ],
)
def test_the_candidate_must_be_proven_to_lose_few_runs_and_not_be_proven_worse(
    ends: EndingCounts, outcome: Outcome
) -> None:
    """30 runs without a loss, 76 with one; 1 % a side; 5 % against 1 %; a legacy that is worse; half lost; none."""
    found = loss_rate(STANDARD, ends, ())
    assert found is not None
    assert found.outcome is outcome


def test_trial_does_not_ask() -> None:
    """8 pairs say nothing of a rate of one per cent."""
    assert loss_rate(PRESETS["trial"], EndingCounts(8, 0, 8, 3), ()) is None


def test_runs_of_the_same_kind_and_family_are_added_whatever_their_image() -> None:
    """Platforms lose runs, images do not; another family is another platform."""
    newer, family = CHANGED[Change.BASE].cell, CHANGED[Change.FAMILY].cell
    for cell, wanted in ((newer, Decision.GO), (family, Decision.INCONCLUSIVE)):
        others = (share("beer", 0, cell=cell, ends=EndingCounts(600, 6, 600, 6)),)
        verdict = decide(standing_case(tally("c0", clean=30), others=others, ends=EndingCounts(9, 0, 9, 0)))
        assert verdict.decision is wanted


def test_a_candidate_that_loses_more_is_no_go_and_the_sentence_has_the_counts() -> None:
    """5 % against 1 %, over the fleet."""
    verdict = decide(standing_case(tally("c0", clean=30), ends=EndingCounts(3000, 30, 3000, 150)))
    assert (verdict.decision, verdict.reasons[0].code) == (Decision.NO_GO, "mismatch:platform-losses")
    assert verdict.reasons[0].sentence == (
        "Platforms cut 30 of 3006 legacy and 150 of 3006 candidate runs, so fewer than 9.3% can be cut; the policy "
        "asks for fewer than 10%: the candidate's platform cuts more runs than legacy's by more than the 2 points "
        "that are allowed."
    )


def test_too_few_runs_say_how_rare_losses_are_known_to_be() -> None:
    """Six runs without a loss."""
    verdict = decide(standing_case(tally("c0", clean=30, ends=EndingCounts()), ends=EndingCounts(6, 0, 6, 0)))
    (reason,) = verdict.reasons
    assert reason.sentence == (
        "Platforms cut 0 of 6 legacy and 0 of 6 candidate runs, so fewer than 40.3% can be cut; the policy asks for "
        "fewer than 10%: too few runs to say more."
    )


def test_a_repository_that_loses_more_than_the_fleet_is_not_covered_by_it() -> None:
    """Six of 40 where the fleet loses one per cent; two of 40 may be chance."""
    fleet = (share("others", 0, ends=EndingCounts(4000, 40, 4000, 40)),)
    for lost, wanted in ((6, INCONCLUSIVE), (2, MATCH)):
        found = loss_rate(STANDARD, EndingCounts(40, 0, 40, lost), fleet)
        assert found is not None
        assert found.outcome is wanted


def test_the_share_of_failures_is_the_exact_test_of_two_by_two_tables() -> None:
    """Fisher's lady tasting tea: four of four right by chance in 1 of 70, three or more in 17 of 70."""
    assert [more_than_share(n, 4, 4, 8) for n in (4, 3)] == pytest.approx([1 / 70, 17 / 70])


# -- over weeks -------------------------------------------------------------------------------------------------------


def ever(outcome: Outcome, shares: tuple[float, float], repositories: int, looks: int, runs: int) -> int:
    """Count repositories of which it is ever said in so many looks, so many runs apart; `shares` of runs are lost."""
    random, count = np.random.default_rng(20261125), 0
    for _ in range(repositories):
        lost = random.binomial(runs, ((shares[0],), (shares[1],)), (2, looks)).cumsum(axis=1)
        ends = (EndingCounts(runs * (n + 1), int(lost[0, n]), runs * (n + 1), int(lost[1, n])) for n in range(looks))
        found = (loss_rate(STANDARD, look, ()) for look in ends)
        count += any(rate is not None and rate.outcome is outcome for rate in found)
    return count


def test_a_sound_lone_weekly_repository_passes_within_eight_weeks() -> None:
    """Ten runs a side and week, 1 % lost: 85 % do; by two proportions at a tenth of the level none did."""
    assert ever(MATCH, (0.01, 0.01), 200, 8, 10) >= 170


def test_a_candidate_that_loses_the_share_that_the_policy_names_keeps_the_level() -> None:
    """10 % on both sides, 12 looks 5 runs apart: at most 5 % of 200 are ever called rare."""
    assert ever(MATCH, (0.1, 0.1), 200, 12, 5) <= 10


def test_a_fifth_of_the_evidence_for_losses_does_not_keep_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted weakening."""
    monkeypatch.setattr(rates, "WANTED", 4.0)
    assert ever(MATCH, (0.1, 0.1), 200, 12, 5) > 10


def test_a_candidate_that_loses_two_points_more_is_rarely_called_worse() -> None:
    """Which is the margin: at most 5 % of 100 fleets in 10 looks."""
    assert ever(MISMATCH, (0.01, 0.03), 100, 10, 300) <= 5


def test_a_candidate_that_loses_four_points_more_is_found() -> None:
    """5 % against 1 % over a fleet of 120 repositories of ten runs a week: within four weeks in 9 of 10."""
    assert ever(MISMATCH, (0.01, 0.05), 50, 4, 1200) >= 45


# -- evidence of two rates --------------------------------------------------------------------------------------------


def test_the_evidence_of_an_excess_is_at_most_one_on_average_where_there_is_none() -> None:
    """By the whole sum over all outcomes of 12 runs a side, at the margin and within it: no simulation."""
    for one, other, margin in ((0.1, 0.12, 0.02), (0.05, 0.05, 0.02), (0.3, 0.5, 0.2), (0.0, 0.02, 0.02)):
        chances = [[_chance(k, 12, rate) for k in range(13)] for rate in (one, other)]
        expected = sum(
            chances[0][a] * chances[1][b] * excess_evidence((a, 12), (b, 12), margin)
            for a in range(13)
            for b in range(13)
        )
        assert expected <= 1.0


def _chance(count: int, runs: int, rate: float) -> float:
    ways = np.prod([(runs - n) / (n + 1) for n in range(count)])
    return float(ways * rate**count * (1 - rate) ** (runs - count))


def test_evidence_without_runs_is_none() -> None:
    """And one lost run of one is little."""
    assert excess_evidence((0, 0), (0, 0), 0.02) == pytest.approx(1.0)
    assert excess_evidence((0, 1), (1, 1), 0.02) < 20
    assert losses.NOT_ASKED == 1.0
