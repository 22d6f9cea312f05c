"""The level of a repository: paid for by every campaign, so that running again until green gains nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.cases import POLICY

from harness.judge import classify, looks
from harness.judge.looks import SPENT_REMEDY, Allowance, alpha_at_look, level_at
from harness.model.finding import Outcome
from harness.model.job import Better, Metric
from harness.model.policy import PRESETS, Policy
from harness.model.sample import PairedSample

SEED = 20261125
RMSE = Metric("rmse", "", Better.LOWER, 1.0, None)
PAIRS = 8
ONE_LOOK = replace(POLICY, looks=(8,))
"""All of the level at one look: here the two locks pass often enough at the margin to see what a retry adds."""
STEADY = (10.0, 10.1, 9.9, 10.05, 9.95, 10.0, 10.1, 9.9)


def sample(legacy: tuple[float, ...], candidate: tuple[float, ...]) -> PairedSample:
    """Pair values; every run of a side is also its A/A."""
    names = tuple(f"p{n}" for n in range(len(legacy)))
    return PairedSample("rmse", "", legacy, candidate, names, legacy, candidate, None, (), "log", ("runs/a",))


def false_go(policy: Policy, attempts: int, repositories: int) -> int:
    """Count repositories at the margin that some attempt finds equal; each campaign pays what it may spend."""
    passed = 0
    for number in range(repositories):
        random = np.random.default_rng([SEED, number])
        spent = 0.0
        for _ in range(attempts):
            legacy, candidate = random.normal(10, 0.3, (2, PAIRS))
            drawn = sample(tuple(map(float, legacy)), tuple(map(float, candidate + 1.0)))
            (found,) = classify.metric_findings("train", [(RMSE, drawn)], policy, Allowance(spent))
            spent += level_at(policy, spent)
            if found.outcome is Outcome.MATCH:
                passed += 1
                break
    return passed


@pytest.mark.parametrize(("policy", "repositories"), [(ONE_LOOK, 400), (POLICY, 400)])
def test_five_retries_keep_false_go_at_the_margin_below_the_level(policy: Policy, repositories: int) -> None:
    """Run again until green, five times; one planned look and three."""
    assert false_go(policy, 5, repositories) <= policy.alpha * repositories


def test_a_judge_that_gives_every_retry_the_same_level_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted weakening: no campaign pays."""
    monkeypatch.setattr(looks, "spent_reason", lambda _policy, _spent: "")
    assert false_go(ONE_LOOK, 5, 400) > ONE_LOOK.alpha * 400


@given(st.lists(st.tuples(st.sampled_from(sorted(PRESETS)), st.integers(1, 10)), min_size=1, max_size=40))
def test_no_series_of_campaigns_spends_more_than_the_level(plans: list[tuple[str, int]]) -> None:
    """Whatever was planned at each of them: more looks after the fact give nothing back."""
    spent = 0.0
    for preset, count in plans:
        spent += level_at(replace(PRESETS[preset], looks=tuple(range(1, count + 1))), spent)
    assert spent <= max(PRESETS[preset].alpha for preset, _ in plans) * (1 + 1e-6)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_as_many_campaigns_as_planned_looks_may_spend_and_no_more(preset: str) -> None:
    """Three looks: a third each, then nothing."""
    policy, spent, told = PRESETS[preset], 0.0, []
    for _ in range(5):
        told.append(level_at(policy, spent))
        spent += told[-1]
    share = policy.alpha / 3
    assert told == [share, share, share, 0.0, 0.0]
    assert alpha_at_look(policy) == share


def test_a_fourth_attempt_proves_nothing_equal_and_says_why() -> None:
    """INCONCLUSIVE with reason and remedy; control: the third of the same values is a match."""
    noisy = sample(STEADY, STEADY[::-1])
    third, fourth = (
        classify.metric_findings("train", [(RMSE, noisy)], POLICY, Allowance(n * alpha_at_look(POLICY)))[0]
        for n in (2, 3)
    )
    assert (third.outcome, fourth.outcome, fourth.remedy) == (Outcome.MATCH, Outcome.INCONCLUSIVE, SPENT_REMEDY)
    assert fourth.summary.endswith(
        "Earlier campaigns of this repository spent 0.05 of its level of 0.05, and what is left is less than one look, "
        "so running again proves nothing equal."
    )


def test_what_needs_no_test_spends_nothing_and_a_difference_stays_one() -> None:
    """Bit-identical values and values far beyond the margin are told alike at every attempt."""
    same = sample((10.0,) * PAIRS, (10.0,) * PAIRS)
    worse = sample(STEADY, tuple(each + 5 for each in STEADY))
    for spent in (0.0, POLICY.alpha):
        told = [
            classify.metric_findings("train", [(RMSE, each)], POLICY, Allowance(spent))[0] for each in (same, worse)
        ]
        assert [each.outcome for each in told] == [Outcome.MATCH, Outcome.MISMATCH]


def test_startup_pays_like_a_metric() -> None:
    """No slower as long as there is level; then not proven, and a wait a hundred times as long stays a mismatch."""
    slow = sample(STEADY, tuple(100 * each for each in STEADY))
    even = sample(STEADY, STEADY)
    told = [
        classify.startup_finding("train", each, POLICY, Allowance(spent), synthetic=False)
        for each, spent in ((even, 0.0), (even, POLICY.alpha), (slow, POLICY.alpha))
    ]
    assert [each.outcome for each in told] == [Outcome.MATCH, Outcome.INCONCLUSIVE, Outcome.MISMATCH]
    assert "Not proven: earlier campaigns of this repository spent" in told[1].summary
