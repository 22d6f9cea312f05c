"""One metric decided over the pairs of all campaigns: its unit, its margin, its images, and the exact rule."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.judge.margin import Margin
from harness.judge.metric import decide_metric, series_of
from harness.judge.units import apart, units_of
from harness.model.policy import PRESETS
from harness.model.sample import Earlier, PairedSample, PairValue, Series
from harness.statistics.results import Equivalence

DAY = 86_400.0
TRIAL, STANDARD = PRESETS["trial"], PRESETS["standard"]
EQUIVALENT, DIFFERENT, INCONCLUSIVE = Equivalence


def sample(*differences: float, day: float = 0.0, legacy: float = 10.0, alone: tuple[float, ...] = ()) -> PairedSample:
    """Pair runs that differ so much; `alone`: legacy runs in no pair."""
    one = tuple(legacy + 0.01 * n for n in range(len(differences)))
    other = tuple(value + moved for value, moved in zip(one, differences, strict=True))
    pairs = tuple(f"p{n}" for n in range(len(one)))
    moments = tuple(day * DAY + 60.0 * n for n in range(len(one)))
    return PairedSample("m", "", one, other, pairs, (*one, *alone), other, None, (), "", (), moments)


def earlier(*differences: float, day: float, same: bool = True, margin: float = 1.0, claim: str = "") -> Earlier:
    """Leave a campaign's pairs."""
    values = tuple(PairValue(10.0, 10.0 + moved, day * DAY) for moved in differences)
    return Earlier(Series(claim, margin, values), same)


def test_pairs_of_all_campaigns_count_together() -> None:
    """Three pairs prove nothing, nor do three more; together six do."""
    three = sample(0.0, 0.1, -0.1)
    assert decide_metric(three, Margin(1.0), TRIAL).outcome is INCONCLUSIVE
    found = decide_metric(three, Margin(1.0), TRIAL, earlier=[earlier(0.0, 0.1, -0.1, 0.0, day=-7)])
    assert (found.outcome, found.pairs, found.days) == (EQUIVALENT, 7, 2)


def test_pairs_of_another_claim_do_not_count() -> None:
    """Its margin was another one."""
    past = [earlier(*[0.0] * 8, day=-7, claim="m within 9")]
    assert decide_metric(sample(0.0, 0.1, -0.1), Margin(1.0), TRIAL, claim="m within 1", earlier=past).pairs == 3


def test_the_newest_image_must_show_pairs_of_its_own() -> None:
    """However many there are of the images before; five are the fewest."""
    past = [earlier(*[0.0] * 40, day=-7, same=False)]
    few = decide_metric(sample(0.0, 0.1, 0.0, 0.0), Margin(1.0), TRIAL, earlier=past)
    assert few.outcome is INCONCLUSIVE
    assert few.reason == "earlier images pass, and the newest image has too few pairs of its own"
    assert decide_metric(sample(0.0, 0.1, 0.0, 0.0, 0.0), Margin(1.0), TRIAL, earlier=past).outcome is EQUIVALENT


def test_the_pairs_of_a_day_are_one_unit_under_standard() -> None:
    """Eight pairs of one day prove nothing; six days of two pairs do, and the means count, not the pairs."""
    assert decide_metric(sample(*[0.1, -0.1] * 4), Margin(1.0), STANDARD).outcome is INCONCLUSIVE
    past = [earlier(1.5, -1.5, day=float(day)) for day in range(6)]
    found = decide_metric(sample(1.5, -1.5, day=6.0), Margin(1.0), STANDARD, earlier=past)
    assert (found.outcome, found.rule, found.days, found.pairs) == (INCONCLUSIVE, "days", 7, 14)
    calm = [earlier(0.5, -0.5, day=float(day)) for day in range(6)]
    assert decide_metric(sample(0.5, -0.5, day=6.0), Margin(1.0), STANDARD, earlier=calm).outcome is EQUIVALENT


def test_a_difference_of_the_newest_image_is_found_whatever_came_before() -> None:
    """Bets on a difference begin anew with each image."""
    past = [earlier(*[0.0] * 40, day=-7, same=False)]
    assert decide_metric(sample(*[2.0] * 6), Margin(1.0), TRIAL, earlier=past).outcome is DIFFERENT


def test_the_margin_is_frozen_with_the_image() -> None:
    """An earlier campaign's counts on; else it is taken of legacy runs that are in no pair."""
    relative = Margin(relative=0.1)
    assert series_of(sample(0.0, 0.0), "", relative, [earlier(0.0, day=-7, margin=3.0)]).margin == 3.0
    assert series_of(sample(0.0, 0.0), "", relative, [earlier(0.0, day=-7, same=False)]).margin != 1.0
    assert series_of(sample(0.0, 0.0, alone=(20.0, 22.0)), "", relative, []).margin == pytest.approx(2.1)


def test_what_is_possible_says_when_nothing_is_excluded() -> None:
    """Two pairs leave any shift possible, and the advice is what the fewest pairs lack."""
    found = decide_metric(sample(0.0, 0.1), Margin(1.0), TRIAL)
    assert (found.low, found.high, found.reason) == (-math.inf, math.inf, "too few pairs to exclude any shift")
    assert found.units_needed == 5


def test_a_metric_that_never_varies_is_compared_exactly_whatever_was_before() -> None:
    """At once, as decimals as they were written."""
    same = PairedSample("m", "", (0.93,) * 3, (0.91,) * 3, ("a", "b", "c"), (0.93,) * 3, (0.91,) * 3, None, (), "")
    assert decide_metric(same, Margin(0.02), TRIAL).outcome is EQUIVALENT
    assert decide_metric(same, Margin(0.0199), TRIAL).outcome is DIFFERENT
    one_off = replace(same, candidate=(0.91, 0.91, 0.5))
    assert decide_metric(one_off, Margin(0.02), TRIAL).rule == "pairs"


def test_a_margin_of_nothing_lets_no_difference_pass() -> None:
    """And no difference is none."""
    assert decide_metric(sample(*[0.0] * 8), Margin(0.0), TRIAL).outcome is EQUIVALENT
    assert decide_metric(sample(*[0.001] * 8), Margin(0.0), TRIAL).outcome is DIFFERENT


def test_units_come_in_the_order_of_submission_and_starts_lie_a_week_apart() -> None:
    """By pair, eight units; by day, four."""
    now = Series("", 1.0, tuple(PairValue(0.0, float(n), 10 * DAY) for n in range(3)))
    past = [earlier(5.0, day=12.0), earlier(1.0, 3.0, day=1.0)]
    found = units_of(now, past, by_day=True)
    assert found.values.tolist() == [2.0, 1.0, 5.0]
    assert (found.pairs, found.days, found.starts) == (6, 3, (0,))
    assert list(apart([0, 3, 8, 9, 16, 30], 8)) == [0, 8, 16, 30]


def test_advice_is_kept_by_four_of_five_sound_repositories() -> None:
    """300 that 8 pairs of noise of three quarters of a margin leave undecided."""
    random, asked, kept = np.random.default_rng(7), 0, 0
    while asked < 300:
        units = random.normal(0, 0.75, 200)
        found = decide_metric(sample(*units[:8]), Margin(1.0), TRIAL)
        if found.outcome is INCONCLUSIVE and found.units_needed is not None:
            asked += 1
            later = decide_metric(sample(*units[: 8 + found.units_needed]), Margin(1.0), TRIAL)
            kept += later.outcome is EQUIVALENT
    assert kept / asked >= 0.8
