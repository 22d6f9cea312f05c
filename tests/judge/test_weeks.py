"""Repositories over weeks: the judge of the campaigns decides as the vectorised one, and planted faults turn it red."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from harness.campaign.selfcheck import measure, weekly, weeks
from harness.campaign.selfcheck.noises import PAIRS, normal
from harness.campaign.selfcheck.weeks import SimulatedFleet, simulate
from harness.judge import bad_runs, bets, rates
from harness.judge.bets import OUTCOMES
from harness.judge.margin import Margin
from harness.judge.metric import decide_metric
from harness.model.carry import Runs
from harness.model.finding import Outcome
from harness.model.job import Side
from harness.model.policy import PRESETS, Policy
from harness.model.sample import Earlier, PairedSample, PairValue, Repeat, Series, Stratum
from harness.statistics.results import Equivalence

SEED = 20261125
DAY = 86_400.0


def broken(name: str, trials: int = weekly.TRIALS) -> tuple[str, ...]:
    """Run one row and list the limits it breaks."""
    row = next(row for row in weekly.ROWS if row.name == name)
    return measure._result(row, [weekly.count(row, SEED, 0, trials)]).broken


# -- the judge of the campaigns ---------------------------------------------------------------------------------------


def _sample(legacy: np.ndarray, candidate: np.ndarray, week: int, days: int) -> PairedSample:
    """Give one week's pairs and runs as the campaign would read them."""
    moments = tuple((7 * week + j * days // PAIRS) * DAY for j in range(PAIRS))
    rows = [tuple(map(float, side)) for side in (legacy, candidate)]
    pairs = tuple(f"{week}-{j}" for j in range(PAIRS))
    return PairedSample("m", "", rows[0][:PAIRS], rows[1][:PAIRS], pairs, *rows, None, (), "", (), moments)


def _runs(side: np.ndarray, days: int) -> tuple[Repeat, ...]:
    day = [*(j * days // PAIRS for j in range(PAIRS)), 0, days - 1]
    return tuple(
        Repeat(float(value), {Stratum.DAY: f"2026-01-{1 + week:02d}.{day[number]}"})
        for week, row in enumerate(side)
        for number, value in enumerate(row)
    )


@pytest.mark.parametrize("preset", ["trial", "standard"])
@pytest.mark.parametrize("shift", [0.0, 1.0, 1.6])
def test_campaigns_are_judged_as_the_vectorised_rule_judges_them(preset: str, shift: float) -> None:
    """Forty repositories of three weeks: equality, difference and bad runs, week by week."""
    policy = PRESETS[preset]
    world = SimulatedFleet(normal(0.7), shift=shift, weeks=3)
    random = np.random.default_rng(SEED)
    legacy, candidate = weeks._drawn(world, 40, random)
    told = weeks._decided(world, policy, legacy, candidate)
    for number in range(40):
        one, other = legacy[number, 0], candidate[number, 0]
        found = [_judged(one, other, week, world.days, preset) for week in range(world.weeks)]
        ends = [(week + 1) * PAIRS for week in range(world.weeks)]
        assert [Outcome.MATCH is outcome for outcome in found] == [told.go[number] <= end for end in ends]


def _judged(one: np.ndarray, other: np.ndarray, week: int, days: int, preset: str) -> Outcome:
    """Judge a week with all that came before it; proven once is proven."""
    policy = PRESETS[preset]
    samples = [_sample(one[number], other[number], number, days) for number in range(week + 1)]
    past = [
        Earlier(Series("", 1.0, tuple(map(PairValue, sample.legacy, sample.candidate, sample.submitted))), same=True)
        for sample in samples[:-1]
    ]
    decided = decide_metric(samples[-1], Margin(absolute=1.0), policy, earlier=past)
    values = {Side.LEGACY: {"m": _runs(one[: week + 1], days)}, Side.CANDIDATE: {"m": _runs(other[: week + 1], days)}}
    counted = bad_runs.count((Runs(values),), {"m": bad_runs.AllowedRange(1.0)})
    clean = bad_runs.finding("j", counted, policy).outcome
    equal = decided.outcome is Equivalence.EQUIVALENT
    return Outcome.MATCH if equal and clean is Outcome.MATCH else Outcome.INCONCLUSIVE


def test_the_vectorised_rule_needs_no_days_beyond_those_that_evidence_needs() -> None:
    """`standard` asks for four days, and six are the fewest that prove anything."""
    ends = simulate(SimulatedFleet(normal(0.1)), PRESETS["standard"], 50, np.random.default_rng(1))
    assert ends.go.min() >= 6 * 2
    assert OUTCOMES[0] is Equivalence.EQUIVALENT


# -- planted faults ---------------------------------------------------------------------------------------------------


def _wider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bets, "CLIP", 5.0)


def _clipped_before_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    real = weeks._no_more

    def early(
        values: np.ndarray, differences: np.ndarray, world: SimulatedFleet, policy: Policy, *, at: np.ndarray
    ) -> object:
        each = differences.shape[-1] // values.shape[-1]
        return real(weeks.means(np.clip(differences, 0, 2), each), differences, world, policy, at=at)

    monkeypatch.setattr(weeks, "_no_more", early)


def _pairs_as_days(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("standard",):
        monkeypatch.setitem(PRESETS, name, replace(PRESETS[name], days=1))


def _kept_over_images(monkeypatch: pytest.MonkeyPatch) -> None:
    real = weeks._no_more

    def kept(
        values: np.ndarray, differences: np.ndarray, world: SimulatedFleet, policy: Policy, *, at: np.ndarray
    ) -> object:
        return real(values, differences, replace(world, weekly_images=False), policy, at=at)

    monkeypatch.setattr(weeks, "_no_more", kept)


def _dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    real = rates.below
    monkeypatch.setattr(rates, "below", lambda runs, bad, rate: real(runs - bad, 0 * bad, rate))


def _threshold_10(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "WANTED", 10.0)
    monkeypatch.setitem(PRESETS, "trial", replace(PRESETS["trial"], alpha=0.1))


def _pairs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    real = weeks.bad_counts

    def of_pairs(legacy: np.ndarray, candidate: np.ndarray, world: SimulatedFleet, at: np.ndarray) -> object:
        runs, bad, bad_days = real(legacy, np.where(np.arange(10) < PAIRS, candidate, legacy), world, at)
        return runs, bad, bad_days

    monkeypatch.setattr(weeks, "bad_counts", of_pairs)


@pytest.mark.parametrize(
    ("fault", "row"),
    [
        (_wider, "off by 1 margin, `trial`: normal, sd 1.5"),
        (_clipped_before_the_mean, "sound, 1 day a week, sd 1.0"),
        (_pairs_as_days, "off by 1 margin: days differ by sd 0.35, 1 day a week"),
        (_kept_over_images, "image a week, off by 1 margin from week 6 on, sd 0.5"),
        (_dropped, "10% of runs bad, `standard`"),
        (_pairs_only, "10% of runs bad, `standard`"),
        (_threshold_10, "off by 1 margin, `trial`: normal, sd 1.0"),
    ],
    ids=["wider clip", "clip before the mean", "pairs as days", "bets over images", "bad runs dropped",
         "lock on pairs only", "threshold 10"],
)  # fmt: skip
def test_a_judge_with_a_planted_fault_breaks_a_limit(
    fault: Callable[[pytest.MonkeyPatch], None], row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And keeps it without the fault."""
    assert broken(row) == ()
    fault(monkeypatch)
    assert broken(row) != ()


@pytest.mark.parametrize("row", [row.name for row in weekly.ROWS])
def test_a_seeded_tenth_of_the_rows_keeps_its_limits(row: str) -> None:
    """The page has all of them."""
    assert broken(row, 60) == ()
