"""Samples into findings: each outcome with its sentence, and what can't be judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.cases import POLICY

from harness.judge.classify import metric_findings
from harness.judge.startup import startup_finding
from harness.model.finding import Finding, NoiseClass, Outcome
from harness.model.metric import Better, Metric
from harness.model.sample import PairedSample

RMSE = Metric("Test RMSE", "", Better.LOWER, None, 0.01)
LEGACY = (100.0, 100.1, 99.9, 100.05, 99.95, 100.0, 100.1, 99.9)
PAIRS = tuple(f"p{n}" for n in range(8))


def sample(legacy: tuple[float, ...], candidate: tuple[float, ...], **changes: object) -> PairedSample:
    """Pair values; every run of a side is also its A/A."""
    made = PairedSample(
        "Test RMSE", "", legacy, candidate, PAIRS[: len(legacy)], legacy, candidate, None, (), "log", ("runs/a",)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def one(legacy: tuple[float, ...], candidate: tuple[float, ...], metric: Metric = RMSE, **changes: object) -> Finding:
    """Judge a single metric."""
    (found,) = metric_findings("train", [(metric, sample(legacy, candidate, **changes))], POLICY)
    return found


def test_a_metric_that_got_worse_says_value_interval_margin_pairs_and_that_it_is_not_noise() -> None:
    """The whole sentence, in the unit of the owner's margin."""
    found = one(LEGACY, tuple(each + 1.9 + (0.05 if n % 2 else -0.05) for n, each in enumerate(LEGACY)))
    assert found.outcome is Outcome.MISMATCH
    assert found.summary == (
        "Test RMSE rose by 1.9 % (possible is 1.29 to 2.51 %), which is worse; at most 1 % is allowed. "
        "8 pairs on 1 day. Not noise: A/A on both sides stays within 0.3 %."
    )
    assert found.remedy == "find what moves Test RMSE on the candidate"
    assert (found.id, found.required, found.evidence) == ("metrics.equivalence/train/Test RMSE", True, ("runs/a",))


def test_a_metric_that_never_varies_and_agrees_is_a_match_without_a_test() -> None:
    """Three pairs are enough."""
    found = one((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert (found.outcome, found.rule) == (Outcome.MATCH, "exact")
    assert found.measure is not None
    assert found.measure.noise_class is NoiseClass.DETERMINISTIC
    assert found.summary == (
        "Test RMSE is the same on both sides; at most 1 % is allowed. 3 pairs on 1 day. "
        "Runs of one side differ by up to 0 %."
    )


def test_an_absolute_margin_speaks_in_the_unit_of_the_metric() -> None:
    """What may be no shift at all is called none; else it says what is better, where a direction is."""
    margin = replace(RMSE, margin_absolute=2.0, margin_relative=None)
    moved = tuple(each - 0.5 + (0.05 if n % 2 else -0.05) for n, each in enumerate(LEGACY))
    found = one(LEGACY, moved, margin)
    assert found.outcome is Outcome.MATCH
    none = (
        "Test RMSE: no shift is shown; the pairs differ by -0.5 on average (possible is -1.72 to 0.722); at most 2 is"
    )
    assert found.summary.startswith(none)
    surely = one(LEGACY, tuple(number - 3.0 for number in LEGACY), margin)
    assert surely.summary.startswith("Test RMSE fell by 3")
    assert "better" not in one(LEGACY, moved, replace(margin, better=Better.NEITHER)).summary


def test_what_crosses_the_margin_is_inconclusive_and_asks_for_pairs() -> None:
    """Neither proven inside nor outside."""
    found = one(LEGACY, tuple(each + 0.6 + (0.3 if n % 2 else -0.3) for n, each in enumerate(LEGACY)))
    assert (found.outcome, "would decide Test RMSE" in found.remedy) == (Outcome.INCONCLUSIVE, True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"problems": ("pair p3: candidate never reported it",)}, "pair p3: candidate never reported it"),
        ({"legacy": (), "candidate": (), "pairs": ()}, "no pair has a value"),
        ({"candidate": (*LEGACY[:7], float("nan"))}, "not every value is a finite number"),
    ],
)
def test_what_cannot_be_judged_is_inconclusive_and_says_why(changes: dict[str, object], why: str) -> None:
    """A missing value, none, NaN. Control: without the change it is a match."""
    (found,) = metric_findings("train", [(RMSE, replace(sample(LEGACY, LEGACY), **changes))], POLICY)
    assert (found.outcome, why in found.summary) == (Outcome.INCONCLUSIVE, True)
    assert one(LEGACY, LEGACY).outcome is Outcome.MATCH


def test_a_metric_without_a_margin_decides_nothing() -> None:
    """Neither absolute nor relative."""
    assert "no usable margin" in one(LEGACY, LEGACY, replace(RMSE, margin_relative=None)).summary


def test_a_metric_that_is_not_critical_informs() -> None:
    """Whatever it found."""
    found = one(LEGACY, tuple(number + 9 for number in LEGACY), replace(RMSE, critical=False))
    assert (found.outcome, found.required) == (Outcome.MISMATCH, False)


def test_a_difference_of_many_metrics_needs_more_proof() -> None:
    """Six pairs beyond the margin are enough for one metric, and not for the weakest of ten."""
    beyond = tuple(number + 1.9 for number in LEGACY[:6])
    alone = one(LEGACY[:6], beyond)
    ten = metric_findings("train", [(RMSE, sample(LEGACY[:6], beyond)), *[(RMSE, sample(LEGACY, LEGACY))] * 9], POLICY)
    assert (alone.outcome, ten[0].outcome) == (Outcome.MISMATCH, Outcome.INCONCLUSIVE)


@given(st.permutations(range(8)))
def test_the_order_of_pairs_of_one_moment_changes_nothing(order: list[int]) -> None:
    """Outcome and sentence; pairs whose submission nobody saw are ordered by their values."""
    candidate = tuple(number + 0.25 for number in LEGACY[::-1])
    found = one(tuple(LEGACY[n] for n in order), tuple(candidate[n] for n in order))
    assert found.summary == one(LEGACY, candidate).summary


# -- a candidate that is better ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("better", list(Better))
@pytest.mark.parametrize("sign", [1, -1])
def test_a_metric_beyond_its_margin_differs_even_where_it_is_better(better: Better, sign: int) -> None:
    """Better numbers that nobody can explain are a leak, other data or another model; only the owner accepts them."""
    margin = replace(RMSE, margin_absolute=0.5, margin_relative=None, better=better)
    moved = tuple(each + 2 * sign + (0.05 if n % 2 else -0.05) for n, each in enumerate(LEGACY))
    found = one(LEGACY, moved, margin)
    wanted = (better, sign) in {(Better.HIGHER, 1), (Better.LOWER, -1)}
    assert found.outcome is Outcome.MISMATCH
    assert ("its owner rules on it" in found.remedy, ", which is better" in found.summary) == (wanted, wanted)


def test_a_duration_that_is_better_is_a_match_however_much() -> None:
    """One-sided, because only worse matters: a tenth of the wait; control: ten times the wait."""
    for factor, wanted in ((0.1, Outcome.MATCH), (10.0, Outcome.MISMATCH)):
        waits = sample(WAITS, tuple(wait * factor for wait in WAITS), unit="s")
        assert startup_finding("train", waits, POLICY, synthetic=False).outcome is wanted


# -- startup ----------------------------------------------------------------------------------------------------------

WAITS = (100.0, 101.0, 99.0, 102.0, 98.0, 100.0, 101.0, 99.0)


@pytest.mark.parametrize(
    ("factor", "outcome"), [(1.1, Outcome.MATCH), (0.5, Outcome.MATCH), (3.0, Outcome.MISMATCH), (1.5, "INCONCLUSIVE")]
)
def test_startup_may_be_slower_by_the_ratio_or_by_the_floor(factor: float, outcome: Outcome) -> None:
    """Slower by a tenth, faster, three times as slow, and not far from the floor of 60 s."""
    slower = tuple(each * factor + (2 if n % 2 else -2) for n, each in enumerate(WAITS))
    found = startup_finding("train", sample(WAITS, slower, unit="s", error_seconds=1.0), POLICY, synthetic=False)
    assert found.outcome == outcome


def test_startup_decides_where_the_policy_says_so_and_never_on_synthetic_times() -> None:
    """Required by `standard`, informing in `trial` and on the sandbox."""
    needed = replace(POLICY, startup_required=True)
    told = [
        startup_finding("train", sample(WAITS, WAITS), policy, synthetic=synthetic)
        for policy, synthetic in ((needed, False), (POLICY, False), (needed, True))
    ]
    assert [finding.required for finding in told] == [True, False, False]
    assert "synthetic" in told[2].summary


def test_a_run_that_nobody_saw_start_is_not_dropped() -> None:
    """Seven waits of eight: inconclusive, with the pair named."""
    lost = sample(WAITS[:7], WAITS[:7], problems=("pair p8: nobody saw the first instruction on candidate",))
    found = startup_finding("train", lost, POLICY, synthetic=False)
    assert (found.outcome, "pair p8" in found.summary) == (Outcome.INCONCLUSIVE, True)
