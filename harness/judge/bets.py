"""Bets against a shift: wealth that stays small as long as the shift is there, whenever one looks. Pure; numpy only.

A unit X is a paired difference, or the mean of a day's, in margins. Against "the shift is a margin or more" one bets
on psi(1 - X), psi clipping to -1 and 1 (Huber 1964): its mean is at most 0 where the claim holds and noise lies
symmetric about the shift, whatever its size. Wealth is then a supermartingale that begins at 1, so it ever reaches
1/alpha with a chance of at most alpha (Ville 1939; betting: Waudby-Smith and Ramdas 2024).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.model.betting import FRACTIONS, OWN_SHARE
from harness.statistics.results import Equivalence

Rows = NDArray[np.float64]
CLIP = 1.0
"""In margins, about the bound that is bet against. Wider clips need more units at usual noise (docs/method.md)."""
RESTARTS = 4
"""Campaigns at which bets on a difference begin anew, so that a late defect is seen; each has its share of alpha."""
OUTCOMES = tuple(Equivalence)
ROUNDING = 1e-12
_HALVINGS = 32


def highest(units: Rows, bound: Rows | float, side: int) -> Rows:
    """Give the highest wealth that bets against a shift at or beyond a bound ever had; 1 where nobody bet.

    Arguments as in `wealth`.
    """
    if units.shape[-1] == 0:
        return np.ones(units.shape[:-1])
    return np.asarray(np.maximum(wealth(units, bound, side).max(axis=-1), 1.0))


def wealth(units: Rows, bound: Rows | float, side: int) -> Rows:
    """Give the wealth after each unit; it begins at 1.

    Args:
        units: shape (..., n), in margins, in the order in which they came.
        bound: of shape (...), in margins.
        side: 1: against a shift of `bound` or more; -1: against one of `bound` or less.
    """
    gains = np.clip(side * (np.asarray(bound)[..., None] - units), -CLIP, CLIP)
    with np.errstate(over="ignore", under="ignore"):  # thousands of units: wealth without bound, or all of it lost
        paths = sum(np.multiply.accumulate(1 + share * gains, axis=-1) for share in FRACTIONS)
    return np.asarray(paths / len(FRACTIONS))


def _reaches(found: Rows, wanted: float) -> NDArray[np.bool_]:
    return np.asarray(found >= wanted * (1 - ROUNDING), dtype=np.bool_)


def equal(units: Rows, own: Rows, alpha: float) -> NDArray[np.bool_]:
    """Tell whether a shift of a margin or more is excluded on both sides: by all units, and by the newest image's own.

    Args:
        units: shape (k, n), of all images that count together.
        own: shape (k, m), pairs of the newest image, whatever the unit is.
        alpha: chance of ever saying so of a shift of a margin.
    """
    return no_more(units, own, alpha) & no_more(-units, -own, alpha)


def no_more(units: Rows, own: Rows, alpha: float) -> NDArray[np.bool_]:
    """Tell whether a shift of a margin or more upwards is excluded; shapes as in `equal`."""
    return _reaches(highest(units, 1, 1), 1 / alpha) & _reaches(highest(own, 1, 1), 1 / (OWN_SHARE * alpha))


def different(units: Rows, starts: Sequence[int], metrics: int, alpha: float) -> NDArray[np.bool_]:
    """Tell whether a shift within the margin is excluded: by all units of an identity, or by the last campaigns' alone.

    Args:
        units: shape (k, n), of one identity.
        starts: index of the first unit of each campaign, ascending.
        metrics: critical metrics that are judged together (Bonferroni; Vovk and Wang 2021).
        alpha: as in `equal`.
    """
    begins = [(0, metrics / alpha), *((start, RESTARTS * metrics / alpha) for start in starts[-RESTARTS:])]
    found = [_reaches(highest(units[..., start:], side, -side), wanted) for start, wanted in begins for side in (1, -1)]
    return np.asarray(np.logical_or.reduce(found))


def interval(units: Rows, alpha: float) -> tuple[Rows, Rows]:
    """Give the shifts that bets at this level do not exclude: the rule inverted, so it holds at every time at once.

    Infinite where so few units exclude nothing. Shapes as in `equal`.
    """
    ends = [_end(units * side, alpha) * side for side in (-1, 1)]
    return ends[0], ends[1]


def _end(units: Rows, alpha: float) -> Rows:
    """Halve down to the smallest bound from which on a shift that large is excluded."""
    if units.shape[-1] == 0:
        return np.full(units.shape[:-1], np.inf)
    low, high = units.min(axis=-1) - CLIP, units.max(axis=-1) + CLIP
    known = _reaches(highest(units, high, 1), 1 / alpha)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        excluded = _reaches(highest(units, middle, 1), 1 / alpha)
        low, high = np.where(excluded, low, middle), np.where(excluded, middle, high)
    return np.where(known, high, np.inf)


def decide(units: Rows, own: Rows, starts: Sequence[int], metrics: int, *, alpha: float) -> NDArray[np.int8]:
    """Decide k comparisons; indices into `OUTCOMES`. What is proven different is not equal.

    Args:
        units: shape (k, n), of all images that count together; those of the newest are the last.
        own: shape (k, m), pairs of the newest image.
        starts: index of the first unit of the newest image, and of each of its campaigns.
        metrics: critical metrics that are judged together.
        alpha: chance of ever claiming equality of a shift of a margin.
    """
    first = starts[0] if starts else units.shape[-1]
    differ = different(units[..., first:], [number - first for number in starts], metrics, alpha)
    codes = [OUTCOMES.index(literal) for literal in (Equivalence.DIFFERENT, Equivalence.EQUIVALENT)]
    chosen = np.select([differ, equal(units, own, alpha)], codes, OUTCOMES.index(Equivalence.INCONCLUSIVE))
    return np.asarray(chosen, dtype=np.int8)
