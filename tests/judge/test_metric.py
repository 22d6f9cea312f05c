"""One metric decided over the pairs of all campaigns: its unit, its margin, its images, and the exact rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.judge.carry import claim_of
from harness.judge.classify import JudgingContext, metric_findings
from harness.judge.margin import Margin
from harness.judge.metric import MetricDecision, decide_metric, series_of
from harness.judge.units import apart, units_of
from harness.model.metric import Better, Metric
from harness.model.policy import PRESETS
from harness.model.sample import Earlier, PairedSample, PairValue, Series
from harness.statistics.results import Equivalence
from harness.statistics.serial import resemblance

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


# -- days that resemble the day before --------------------------------------------------------------------------------


def _days(values: Sequence[float]) -> str:
    """Judge two pairs a day under `standard`, and give what is said."""
    past = [earlier(value, value, day=float(day)) for day, value in enumerate(values[:-1])]
    now = sample(values[-1], values[-1], day=float(len(values)))
    metric = Metric("m", "m=(.*)", Better.LOWER, 1.0, None)
    past = [replace(prior, series=replace(prior.series, claim=claim_of(metric))) for prior in past]
    (found,) = metric_findings("train", [(metric, now)], STANDARD, JudgingContext({"m": tuple(past)}))
    return found.summary


def test_days_that_resemble_the_day_before_are_named_with_the_cure() -> None:
    """A slow wave over 24 days; the same values in another order say nothing."""
    wave = [0.5 * math.sin(day / 4) for day in range(24)]
    said = "Days resemble the day before (correlation 0.9"
    assert said in _days(wave)
    assert _days(wave).endswith("let a week lie between the days that count.")
    assert "Days resemble" not in _days([*np.random.default_rng(3).permutation(wave)])


def test_independent_days_are_rarely_said_to_resemble_each_other_and_chained_ones_mostly_are() -> None:
    """5 % of 200 and chance; of 40 days with a correlation of 0.7, 8 of 10."""
    random, counts = np.random.default_rng(14), []
    for rho in (0.0, 0.7):
        found = 0
        for _ in range(200):
            days = random.normal(size=40)
            for day in range(1, 40):
                days[day] = rho * days[day - 1] + math.sqrt(1 - rho**2) * days[day]
            found += resemblance(days)[1] <= 0.05
        counts.append(found)
    assert counts[0] <= 20
    assert counts[1] >= 160


def test_few_days_or_days_that_are_all_the_same_are_not_asked() -> None:
    """Seven say nothing of their order."""
    assert resemblance([0.1 * day for day in range(7)]) == (0.0, 1.0)
    assert resemblance([0.3] * 12) == (0.0, 1.0)


# -- the exact rule ---------------------------------------------------------------------------------------------------


def _never_varies(legacy: float, candidate: float, margin: float) -> MetricDecision:
    repeats = (legacy,) * 3, (candidate,) * 3
    same = PairedSample("m", "", *repeats, ("a", "b", "c"), *repeats, None, (), "", (), (0.0, 60.0, 120.0))
    return decide_metric(same, Margin(margin), TRIAL)


@pytest.mark.parametrize(
    ("legacy", "candidate", "outcome", "shift"),
    [
        (0.93, 0.91, EQUIVALENT, -0.02),
        (0.95, 0.93, EQUIVALENT, -0.02),
        (0.97, 0.95, EQUIVALENT, -0.02),
        (0.93, 0.9099, DIFFERENT, -0.0201),
        (0.95, 0.9701, DIFFERENT, 0.0201),
    ],
)
def test_decimals_are_compared_as_they_were_written(
    legacy: float, candidate: float, outcome: Equivalence, shift: float
) -> None:
    """The same difference has the same verdict, whatever binary numbers make of it."""
    reason = "every run of one side gave the same value, and the sides differ"
    assert _never_varies(legacy, candidate, 0.02) == MetricDecision(
        outcome, shift, shift, shift, 0.02, None, "exact", reason, 3, 1
    )


def test_a_metric_that_never_varies_needs_its_days_under_standard_and_a_difference_does_not() -> None:
    """Four days; on the first the advice is three more."""
    repeats = (0.5,) * 3
    same = PairedSample("m", "", repeats, repeats, ("a", "b", "c"), repeats, repeats, None, (), "", (), (0.0,) * 3)
    found = decide_metric(same, Margin(0.1), STANDARD)
    assert (found.outcome, found.reason, found.units_needed) == (INCONCLUSIVE, "1 of 4 days are there", 3)
    past = [Earlier(Series("", 0.1, (PairValue(0.5, 0.5, day * DAY),)), same=True) for day in (-3, -2, -1)]
    assert decide_metric(same, Margin(0.1), STANDARD, earlier=past).outcome is EQUIVALENT
    assert decide_metric(replace(same, candidate=(0.9,) * 3, candidate_repeats=(0.9,) * 3), Margin(0.1), STANDARD
                         ).outcome is DIFFERENT  # fmt: skip
