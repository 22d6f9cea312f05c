"""Many metrics decided at once: the same rules as `decide_metric`, vectorised over comparisons.

Pure; numpy and scipy.special only. `decide_metric` is the specification, and a test holds both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, stdtr, stdtrit

from harness.judge.medians import sign_critical
from harness.judge.results import SAMPLE_MIN, Equivalence
from harness.judge.skew import skewed_alone
from harness.judge.spread import WIDER_ALPHA

Rows = NDArray[np.float64]
OUTCOMES = tuple(Equivalence)
_EQUIVALENT, _DIFFERENT, _INCONCLUSIVE = range(3)


@dataclass(frozen=True, slots=True)
class Decisions:
    """One entry for each comparison; all of shape (k,)."""

    outcome: NDArray[np.int8]
    """Index into `OUTCOMES`."""
    estimate: Rows
    low: Rows
    high: Rows
    p_different: Rows
    smallest_margin: Rows

    def outcomes(self) -> list[Equivalence]:
        """Name the outcomes."""
        return [OUTCOMES[each] for each in self.outcome]


def decide_metrics(
    legacy: Rows,
    candidate: Rows,
    margins: Rows,
    alpha: float,
    legacy_repeats: Rows,
    candidate_repeats: Rows,
    *,
    wider_alpha: float = WIDER_ALPHA,
) -> Decisions:
    """Decide k metrics of one campaign.

    Args:
        legacy: shape (k, n), n >= 2, by metric and pair, each metric in its own unit.
        candidate: the same shape.
        margins: shape (k,), resolved to the metric's unit.
        alpha: level of this look.
        legacy_repeats: shape (k, r), r >= 2; all legacy runs of the identity.
        candidate_repeats: shape (k, s), s >= 2.
        wider_alpha: level of the claim that the candidate is wider.

    Raises:
        ValueError: shapes that do not fit, a value that is not finite, or a margin below 0.
    """
    _check(legacy, candidate, margins, legacy_repeats, candidate_repeats)
    exact = (np.ptp(legacy_repeats, axis=1) == 0) & (np.ptp(candidate_repeats, axis=1) == 0)
    moved = candidate - legacy
    estimate = np.where(exact, moved[:, 0], moved.mean(axis=1))
    error, freedom = _errors(legacy, candidate, moved)
    error = np.where(exact, 0.0, error)
    width = error * stdtrit(freedom, 1 - alpha)
    low, high = estimate - width, estimate + width
    p_lower, p_upper, p_different = _p_values(estimate, error, freedom, margins)
    by_order, passes = _medians(moved, margins, alpha)
    noise = np.sqrt(2) * np.maximum(legacy_repeats.std(axis=1, ddof=1), candidate_repeats.std(axis=1, ddof=1))
    p_wider = _p_wider(legacy_repeats, candidate_repeats)
    wilder = (p_wider <= wider_alpha) & (np.ptp(candidate_repeats, axis=1) > margins)
    quiet = (noise <= margins) & ~wilder & ~skewed_alone(legacy_repeats, candidate_repeats, p_wider)
    equal = np.where(exact, np.abs(estimate) <= margins, (np.maximum(p_lower, p_upper) <= alpha) & passes & quiet)
    outcome = np.where(equal, _EQUIVALENT, np.where(_proven(p_different, alpha, p_lower, p_upper), _DIFFERENT, 2))
    smallest = np.maximum(np.maximum(-low, high), np.where(exact, 0.0, by_order))
    p_shown = np.where(exact, (np.abs(estimate) <= margins).astype(float), p_different)
    return Decisions(outcome.astype(np.int8), estimate, low, high, p_shown, smallest)


def _check(legacy: Rows, candidate: Rows, margins: Rows, legacy_repeats: Rows, candidate_repeats: Rows) -> None:
    tables = (legacy, candidate, legacy_repeats, candidate_repeats)
    shapes = [each.shape for each in tables]
    two = all(len(each) == 2 and each[1] >= SAMPLE_MIN for each in shapes)  # noqa: PLR2004 - rows and columns
    if not two or legacy.shape != candidate.shape or {each[0] for each in shapes} != {margins.size}:
        message = f"shapes do not fit: {shapes}, margins {margins.shape}"
        raise ValueError(message)
    if not all(np.isfinite(each).all() for each in (*tables, margins)) or (margins < 0).any():
        message = "not every value is a finite number, or a margin is below 0"
        raise ValueError(message)


def _errors(legacy: Rows, candidate: Rows, moved: Rows) -> tuple[Rows, Rows]:
    """Give standard error and degrees of freedom: paired where sides move together, else Welch's."""
    n = legacy.shape[1]
    one, other = legacy.var(axis=1, ddof=1) / n, candidate.var(axis=1, ddof=1) / n
    centred = legacy - legacy.mean(axis=1, keepdims=True), candidate - candidate.mean(axis=1, keepdims=True)
    paired = (centred[0] * centred[1]).sum(axis=1) > 0
    total = one + other
    squares = (one**2 + other**2) / (n - 1)
    welch = np.divide(total**2, squares, out=np.full_like(total, n - 1.0), where=squares > 0)
    error = np.where(paired, moved.std(axis=1, ddof=1) / np.sqrt(n), np.sqrt(total))
    return error, np.where(paired, n - 1.0, welch)


def _p_values(estimate: Rows, error: Rows, freedom: Rows, margins: Rows) -> tuple[Rows, Rows, Rows]:
    """Run both one-sided tests and the claim of a difference; without any spread the estimate is the effect."""
    still = error == 0
    scale = np.where(still, 1.0, error)
    return (
        np.where(still, estimate <= -margins, stdtr(freedom, -(estimate + margins) / scale)),
        np.where(still, estimate >= margins, stdtr(freedom, (estimate - margins) / scale)),
        np.where(still, np.abs(estimate) <= margins, stdtr(freedom, (margins - np.abs(estimate)) / scale)),
    )


def _proven(p_different: Rows, alpha: float, p_lower: Rows, p_upper: Rows) -> NDArray[np.bool_]:
    return (p_different <= alpha) & (np.maximum(p_lower, p_upper) > alpha)


def _medians(moved: Rows, margins: Rows, alpha: float) -> tuple[Rows, NDArray[np.bool_]]:
    """Run both sign tests; give the smallest margin that passes them, and whether this one does."""
    n = moved.shape[1]
    inside = np.minimum((moved > -margins[:, None]).sum(axis=1), (moved < margins[:, None]).sum(axis=1))
    passes = bdtrc(inside - 1, n, 0.5) <= alpha
    critical = sign_critical(n, alpha)
    if critical > n:
        return np.full(moved.shape[0], np.inf), passes
    ordered = np.sort(moved, axis=1)
    return np.maximum(-ordered[:, n - critical], ordered[:, critical - 1]), passes


def _p_wider(one: Rows, other: Rows) -> Rows:
    """Run the one-sided test of `compare_spread` that the other side is wider."""
    low = np.abs(one - np.median(one, axis=1, keepdims=True))
    high = np.abs(other - np.median(other, axis=1, keepdims=True))
    n, m = one.shape[1], other.shape[1]
    within = (low.var(axis=1) * n + high.var(axis=1) * m) / (n + m - 2)
    moved = high.mean(axis=1) - low.mean(axis=1)
    scale = np.sqrt(np.where(within > 0, within, 1.0) * (1 / n + 1 / m))
    return np.asarray(np.where(within > 0, stdtr(n + m - 2, -moved / scale), np.where(moved > 0, 0.0, 1.0)))
