"""Runs that are off by more than a margin: counted, named, bounded, and too frequent only where that is proven."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judge.cases import POLICY

from harness.judge.bad_runs import AllowedRange, count, finding, joined
from harness.model.carry import Runs
from harness.model.finding import Finding, Outcome
from harness.model.job import Side
from harness.model.policy import PRESETS, Policy
from harness.model.sample import Repeat, Stratum

TRIAL, STANDARD = PRESETS["trial"], PRESETS["standard"]


def runs(*values: float, day: int = 1) -> tuple[Repeat, ...]:
    """Run once for each value."""
    return tuple(Repeat(value, {Stratum.DAY: f"2026-11-{day:02d}"}) for value in values)


def line(legacy: tuple[Repeat, ...], candidate: tuple[Repeat, ...], name: str = "rmse") -> Runs:
    """Put runs of both sides together."""
    return Runs({Side.LEGACY: {name: legacy}, Side.CANDIDATE: {name: candidate}})


def told(legacy: tuple[Repeat, ...], candidate: tuple[Repeat, ...], policy: Policy = TRIAL) -> Finding:
    """Judge one metric with a margin of 1."""
    return finding("train", count([line(legacy, candidate)], {"rmse": AllowedRange(1.0)}), policy)


def test_nine_runs_of_which_none_is_off_prove_fewer_than_three_in_ten() -> None:
    """Eight do not, and one more is asked for."""
    found = told(runs(10.0, 10.5), runs(*[11.4] * 9))
    assert (found.outcome, found.id) == (Outcome.MATCH, "metrics.runs/train/bad-runs")
    assert found.summary == (
        "None of 9 candidate runs is off by more than a margin from all 2 runs of legacy; "
        "so fewer than 29.1% of runs can be, and the policy asks for fewer than 30%. "
        "They ran on 1 day and on hosts that no platform names. "
        "Legacy's range is that of its runs: 2 on 2026-11-01."
    )
    short = told(runs(10.0, 10.5), runs(*[11.4] * 8))
    assert (short.outcome, short.remedy) == (Outcome.INCONCLUSIVE, "run 1 more candidate run, none of them bad")


def test_a_bad_run_that_was_seen_is_named_and_asks_for_23_runs() -> None:
    """With its value, legacy's range and its day."""
    found = told(runs(10.0, 10.5), (*runs(*[10.0] * 21), *runs(11.6, day=7)))
    assert (found.outcome, found.remedy) == (Outcome.INCONCLUSIVE, "run 1 more candidate run, none of them bad")
    (seen,) = found.samples
    assert (seen.where, seen.legacy, seen.candidate, seen.note) == ("rmse", "10 to 10.5", "11.6", "2026-11-07")
    assert told(runs(10.0, 10.5), (*runs(*[10.0] * 22), *runs(11.6))).outcome is Outcome.MATCH


def test_too_many_is_no_go_from_ten_legacy_runs_on() -> None:
    """Nine of ten are off; with nine legacy runs their range may yet be too narrow."""
    off = (*runs(10.0), *runs(*[20.0] * 9))
    assert told(runs(*[10.0] * 10), off).outcome is Outcome.MISMATCH
    assert told(runs(*[10.0] * 9), off).outcome is Outcome.INCONCLUSIVE


def test_by_days_many_bad_runs_of_one_day_are_one_bad_day() -> None:
    """Ten bad runs on one day of two prove nothing too frequent; on ten days they do."""
    standard = replace(POLICY, days=4, bad_runs_max=0.1)
    one_day = (*runs(*[10.0] * 10, day=2), *runs(*[20.0] * 10, day=1))
    spread = tuple(run for day in range(1, 11) for run in runs(20.0, day=day))
    assert told(runs(*[10.0] * 10), one_day, standard).outcome is Outcome.INCONCLUSIVE
    assert told(runs(*[10.0] * 10), spread, standard).outcome is Outcome.MISMATCH


def test_a_range_of_legacy_in_which_nothing_could_be_off_blocks() -> None:
    """Wider than six margins; control: six."""
    found = told(runs(0.0, 6.1), runs(*[3.0] * 9))
    assert (found.outcome, "more than 6 margins apart in rmse" in found.summary) == (Outcome.INCONCLUSIVE, True)
    assert told(runs(0.0, 6.0), runs(*[3.0] * 9)).outcome is Outcome.MATCH


def test_a_run_is_bad_where_any_of_its_metrics_is() -> None:
    """Two metrics, one bad run in each: at most two bad runs, at least one."""
    both = Runs(
        {
            Side.LEGACY: {"a": runs(10.0), "b": runs(10.0)},
            Side.CANDIDATE: {"a": runs(10.0, 20.0), "b": runs(20.0, 10.0)},
        }
    )
    counted = count([both], {"a": AllowedRange(1.0), "b": AllowedRange(1.0)})
    assert (counted.runs, counted.bad, counted.bad_surely) == (2, 2, 1)


def test_runs_of_other_inputs_are_held_against_their_own_legacy() -> None:
    """And count together."""
    lines = [line(runs(10.0), runs(10.0)), line(runs(90.0), runs(90.5, 99.0))]
    counted = count(lines, {"rmse": AllowedRange(1.0)})
    assert (counted.runs, counted.bad, counted.legacy) == (3, 1, 2)


def test_a_difference_that_is_proven_makes_no_run_bad_by_itself() -> None:
    """It is a finding of its own; a run that is off from all others still is."""
    shifted = [line(runs(10.0), runs(15.0, 15.1, 25.0))]
    assert count(shifted, {"rmse": AllowedRange(1.0)}).bad == 3
    assert count(shifted, {"rmse": AllowedRange(1.0, 5.0)}).bad == 1


@pytest.mark.parametrize("lines", [(), (line(runs(10.0), runs(10.0)),)])
def test_this_campaigns_runs_join_those_that_are_comparable(lines: tuple[Runs, ...]) -> None:
    """With earlier ones, and without any."""
    here = {side: {"rmse": runs(10.0, 11.0)} for side in Side}
    (first,) = joined(lines, here)
    assert len(first.values[Side.CANDIDATE]["rmse"]) == 2 + len(lines)


def test_a_history_of_fifty_runs_with_one_outlier_of_twenty_margins_widens_nothing_unseen() -> None:
    """The finding names the days of the runs and blocks; without the outlier a run that is off is seen."""
    history = runs(*[10.0] * 49, 30.0)
    hidden = told(history, runs(*[10.0] * 8, 25.0))
    assert (hidden.outcome, "more than 6 margins apart in rmse" in hidden.summary) == (Outcome.INCONCLUSIVE, True)
    seen = told(history[:49], runs(*[10.0] * 8, 25.0))
    assert (seen.samples[0].candidate, seen.summary.startswith("1 of 9 candidate runs is off")) == ("25", True)


def test_the_runs_that_bound_legacys_range_are_listed_by_day() -> None:
    """Of this line of images; a run whose day nobody saw too."""
    dated = (Repeat(10.0, {Stratum.DAY: "2026-11-24"}), Repeat(10.1, {Stratum.DAY: "2026-11-24"}), Repeat(10.2, {}))
    found = told(dated, runs(*[10.0] * 9))
    assert "Legacy's range is that of its runs: 1 on an unknown day, 2 on 2026-11-24." in found.summary


def test_a_bound_on_days_stands_beside_the_bound_on_runs_and_hosts_are_counted() -> None:
    """Runs that fail together on bad days: 30 clean runs on six days say little of days."""
    clean = tuple(
        Repeat(10.0, {Stratum.DAY: f"2026-11-0{1 + n % 6}", Stratum.NODE: f"node-{n % 3}"}) for n in range(30)
    )
    bad = (*clean[:-1], Repeat(20.0, clean[-1].strata))
    for found, days in (
        (clean, "none had one, so that fewer than 40% of days can be bad ones,"),
        (bad, "1 had one, so that fewer than 76% of days can be bad ones,"),
    ):
        said = told(runs(10.0, 10.5), found, STANDARD).summary
        assert f"They ran on 6 days, of which {days} and on 3 known hosts." in said
