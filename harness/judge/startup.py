"""The time to the first instruction: no slower than the policy's ratio or floor allows, by one-sided bets. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, inf, isfinite, log, log1p

import numpy as np

from harness.judge.bets import different, interval, no_more
from harness.judge.carry import FIRST_INSTRUCTION, startup_claim
from harness.judge.classify import spread_of
from harness.judge.metric import BY_DAY, BY_PAIR
from harness.judge.units import Units, kept, units_of
from harness.model.finding import Dimension, Finding, Measure, Outcome
from harness.model.policy import Policy
from harness.model.sample import Earlier, PairedSample, PairValue, Series
from harness.model.wording import counted

CHECK = "startup.noninferiority"


def startup_series(sample: PairedSample, policy: Policy, earlier: Sequence[Earlier]) -> Series:
    """Keep a sample's pairs with what is allowed, as a logarithm: the ratio, or the floor beside legacy's median.

    An earlier campaign of the same image froze it.
    """
    middle = sorted(sample.legacy)[len(sample.legacy) // 2]
    allowed = max(log(policy.startup_ratio_max), log1p(policy.startup_floor_seconds / middle))
    return kept(sample, startup_claim(policy), earlier, lambda: allowed)


def _slower(pair: PairValue) -> float:
    """Give the logarithm of the ratio; a run that never started took for ever."""
    if pair.legacy == inf and pair.candidate == inf:
        return inf
    return log(pair.candidate) - log(pair.legacy) if isfinite(pair.candidate) else inf


def startup_finding(
    job: str, sample: PairedSample, policy: Policy, earlier: Sequence[Earlier] = (), *, synthetic: bool
) -> Finding:
    """Judge the time to the first instruction over all pairs that count; better is always good."""
    needed = policy.startup_required and not synthetic
    told = Finding(
        check=CHECK,
        dimension=Dimension.STARTUP,
        subject=f"{job}/{FIRST_INSTRUCTION}",
        pair=None,
        required=needed,
        outcome=Outcome.INCONCLUSIVE,
        summary="",
        remedy="run with the shim so that the first instruction is seen, in enough pairs that start cold",
        evidence=sample.evidence,
    )
    if sample.problems or not sample.pairs:
        why = "; ".join(sample.problems[:3]) or "no pair has a value"
        return replace(told, summary=f"time to first instruction could not be judged: {why}")
    series = startup_series(sample, policy, earlier)
    known = tuple(prior for prior in earlier if prior.series.claim == series.claim)
    units = units_of(series, known, by_day=policy.days > 1, measure=_slower)
    outcome = _outcome(units, policy)
    legacy, candidate = _medians(sample)
    made = " Startup times of the sandbox are synthetic, so they decide nothing." if synthetic else ""
    return replace(
        told,
        outcome=outcome,
        rule=BY_DAY if policy.days > 1 else BY_PAIR,
        summary=(
            f"First instruction after {candidate:.1f} s on the candidate against {legacy:.1f} s "
            f"(medians of {counted(len(sample.pairs), 'pair')}); allowed is {policy.startup_ratio_max:g} times legacy "
            f"or {policy.startup_floor_seconds:g} s more.{_bound(units, series, policy)}{made}"
        ),
        measure=_measure(sample, units, policy, series.margin),
        remedy="" if outcome is Outcome.MATCH else "a warm pool, a smaller image, or an owner who accepts the wait",
    )


def _medians(sample: PairedSample) -> tuple[float, float]:
    legacy, candidate = (sorted(row)[len(row) // 2] for row in (sample.legacy, sample.candidate))
    return legacy, candidate


def _measure(sample: PairedSample, units: Units, policy: Policy, scale: float) -> Measure:
    legacy, candidate = _medians(sample)
    return Measure(
        unit="s",
        legacy=legacy,
        candidate=candidate,
        difference=candidate - legacy,
        pairs=len(sample.pairs),
        pairs_all=units.pairs,
        days=units.days,
        margin_text=f"{policy.startup_ratio_max:g} x or {policy.startup_floor_seconds:g} s",
        error=sample.error_seconds,
        noise_legacy=spread_of(sample.legacy_repeats),
        noise_candidate=spread_of(sample.candidate_repeats),
        series_legacy=sample.legacy,
        series_candidate=sample.candidate,
        submitted=sample.submitted,
        scale=scale,
    )


def _outcome(units: Units, policy: Policy) -> Outcome:
    rows, own = units.values[None, :], units.own[None, :]
    first = units.starts[0]
    slower = np.maximum(rows[:, first:], 0.0)  # what is faster is no difference
    if different(slower, [number - first for number in units.starts], 1, policy.alpha)[0]:
        return Outcome.MISMATCH
    enough = units.days >= policy.days and bool(no_more(rows, own, policy.alpha)[0])
    return Outcome.MATCH if enough else Outcome.INCONCLUSIVE


def _bound(units: Units, series: Series, policy: Policy) -> str:
    """Say up to where this evidence leaves it possible that the candidate is slower."""
    high = float(interval(units.values[None, :], policy.alpha)[1][0]) * series.margin
    over = f"{counted(units.pairs, 'pair')} on {counted(units.days, 'day')}"
    if not isfinite(high):
        return f" {over} do not say yet how much slower it may be."
    return f" On average it is at most {exp(high):.3g} times legacy, by {over}."
