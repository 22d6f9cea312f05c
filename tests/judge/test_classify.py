"""Samples into findings: each outcome with its sentence, and what can't be judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.cases import POLICY

from harness.judge.classify import metric_findings, startup_finding
from harness.judge.looks import Allowance
from harness.model.finding import Finding, NoiseClass, Outcome
from harness.model.job import Better, Metric
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
    (found,) = metric_findings("train", [(metric, sample(legacy, candidate, **changes))], POLICY, Allowance())
    return found


def test_a_metric_that_got_worse_says_value_interval_margin_pairs_and_that_it_is_not_noise() -> None:
    """The whole sentence, in the unit of the owner's margin."""
    found = one(LEGACY, tuple(each + 1.9 + (0.05 if n % 2 else -0.05) for n, each in enumerate(LEGACY)))
    assert found.outcome is Outcome.MISMATCH
    assert found.summary == (
        "Test RMSE rose by 1.9 % (96.7 % interval 1.85 to 1.95 %), which is worse; at most 1 % is allowed. 8 pairs. "
        "Not noise: A/A on both sides stays within 0.3 %. The interval lies outside the margin."
    )
    assert found.remedy.startswith("find what moves Test RMSE on the candidate; a margin of 1.9")
    assert (found.id, found.required, found.evidence) == ("metrics.equivalence/train/Test RMSE", True, ("runs/a",))


def test_a_metric_that_never_varies_and_agrees_is_a_match_without_a_test() -> None:
    """Three pairs are enough."""
    found = one((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert (found.outcome, found.rule) == (Outcome.MATCH, "exact")
    assert found.measure is not None
    assert found.measure.noise_class is NoiseClass.DETERMINISTIC
    assert found.summary == (
        "Test RMSE is the same on both sides; at most 1 % is allowed. 3 pairs. Runs of one side differ by up to 0 %."
    )


def test_an_absolute_margin_speaks_in_the_unit_of_the_metric() -> None:
    """And says what is better; nothing is said where neither direction is."""
    margin = replace(RMSE, margin_absolute=2.0, margin_relative=None)
    moved = tuple(each - 0.5 + (0.05 if n % 2 else -0.05) for n, each in enumerate(LEGACY))
    found = one(LEGACY, moved, margin)
    assert found.outcome is Outcome.MATCH
    fell = "Test RMSE fell by 0.5 (96.7 % interval -0.55 to -0.45), which is better; at most 2 is allowed."
    assert found.summary.startswith(fell)
    assert "better" not in one(LEGACY, moved, replace(margin, better=Better.NEITHER)).summary


def test_what_crosses_the_margin_is_inconclusive_and_asks_for_pairs() -> None:
    """Neither proven inside nor outside."""
    found = one(LEGACY, tuple(each + 0.9 + (0.3 if n % 2 else -0.3) for n, each in enumerate(LEGACY)))
    assert (found.outcome, "more pairs would decide Test RMSE" in found.remedy) == (Outcome.INCONCLUSIVE, True)


def test_the_same_mean_but_wilder_is_inconclusive_and_named() -> None:
    """Candidate runs lie further apart than legacy runs, and than the margin; control: the same spread is a match."""
    wild = tuple(100 + each for each in (0.9, -0.9, 0.8, -0.8, 0.7, -0.7, 0.6, -0.6))
    roomy = replace(RMSE, margin_relative=0.0125)
    found = one(LEGACY, wild, roomy)
    assert (found.outcome, "candidate runs lie further apart than legacy runs" in found.summary) == (
        Outcome.INCONCLUSIVE,
        True,
    )
    assert one(LEGACY, LEGACY[::-1], roomy).outcome is Outcome.MATCH


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"problems": ("pair p3: candidate never reported it",)}, "pair p3: candidate never reported it"),
        ({"legacy": (1.0,), "candidate": (1.0,), "pairs": ("p1",)}, "only 1 pairs have a value"),
        ({"legacy": (), "candidate": (), "pairs": ()}, "only 0 pairs have a value"),
        ({"candidate": (*LEGACY[:7], float("nan"))}, "not every value is a finite number"),
    ],
)
def test_what_cannot_be_judged_is_inconclusive_and_says_why(changes: dict[str, object], why: str) -> None:
    """A missing value, too few, none, NaN. Control: without the change it is a match."""
    (found,) = metric_findings("train", [(RMSE, replace(sample(LEGACY, LEGACY), **changes))], POLICY, Allowance())
    assert (found.outcome, why in found.summary) == (Outcome.INCONCLUSIVE, True)
    assert one(LEGACY, LEGACY).outcome is Outcome.MATCH


def test_a_metric_without_a_margin_decides_nothing() -> None:
    """Neither absolute nor relative."""
    assert "no usable margin" in one(LEGACY, LEGACY, replace(RMSE, margin_relative=None)).summary


def test_a_metric_that_is_not_critical_informs() -> None:
    """Whatever it found."""
    found = one(LEGACY, tuple(each + 9 for each in LEGACY), replace(RMSE, critical=False))
    assert (found.outcome, found.required) == (Outcome.MISMATCH, False)


def test_different_is_claimed_with_holm_over_all_metrics() -> None:
    """Just beyond the margin at a p of 0.012 a metric is different alone, and not as the weakest of ten."""
    moved = (1.1, 1.0, 1.2, 1.05, 0.98, 1.1, 1.12, 1.02)
    beyond = tuple(each + more for each, more in zip(LEGACY, moved, strict=True))
    alone = one(LEGACY, beyond)
    ten = metric_findings(
        "train", [(RMSE, sample(LEGACY, beyond))] * 1 + [(RMSE, sample(LEGACY, LEGACY))] * 9, POLICY, Allowance()
    )
    assert (alone.outcome, ten[0].outcome) == (Outcome.MISMATCH, Outcome.INCONCLUSIVE)


@given(st.permutations(range(8)))
def test_the_order_of_pairs_changes_nothing(order: list[int]) -> None:
    """Outcome and sentence."""
    candidate = tuple(each + 0.25 for each in LEGACY[::-1])
    found = one(tuple(LEGACY[n] for n in order), tuple(candidate[n] for n in order))
    assert found.summary == one(LEGACY, candidate).summary


# -- startup ----------------------------------------------------------------------------------------------------------

WAITS = (100.0, 101.0, 99.0, 102.0, 98.0, 100.0, 101.0, 99.0)


@pytest.mark.parametrize(
    ("factor", "outcome"), [(1.1, Outcome.MATCH), (0.5, Outcome.MATCH), (3.0, Outcome.MISMATCH), (1.62, "INCONCLUSIVE")]
)
def test_startup_may_be_slower_by_the_ratio_or_by_the_floor(factor: float, outcome: Outcome) -> None:
    """Slower by a tenth, faster, three times as slow, and about at the floor of 60 s."""
    slower = tuple(each * factor + (2 if n % 2 else -2) for n, each in enumerate(WAITS))
    found = startup_finding(
        "train", sample(WAITS, slower, unit="s", error_seconds=1.0), POLICY, Allowance(), synthetic=False
    )
    assert found.outcome == outcome


def test_startup_decides_where_the_policy_says_so_and_never_on_synthetic_times() -> None:
    """Required by `standard`, informing in `trial` and on the sandbox."""
    needed = replace(POLICY, startup_required=True)
    told = [
        startup_finding("train", sample(WAITS, WAITS), policy, Allowance(), synthetic=synthetic)
        for policy, synthetic in ((needed, False), (POLICY, False), (needed, True))
    ]
    assert [each.required for each in told] == [True, False, False]
    assert "synthetic" in told[2].summary


def test_a_run_that_nobody_saw_start_is_not_dropped() -> None:
    """Seven waits of eight: inconclusive, with the pair named."""
    lost = sample(WAITS[:7], WAITS[:7], problems=("pair p8: nobody saw the first instruction on candidate",))
    found = startup_finding("train", lost, POLICY, Allowance(), synthetic=False)
    assert (found.outcome, "pair p8" in found.summary) == (Outcome.INCONCLUSIVE, True)
