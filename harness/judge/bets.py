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

from harness.judge.results import Equivalence

Rows = NDArray[np.float64]
FRACTIONS = (0.3, 0.7, 0.95)
"""Shares of the wealth that are bet on each unit; the wealth is the mean over them (Robbins 1970)."""
CLIP = 1.0
"""In margins, about the bound that is bet against. Wider clips need more units at usual noise (docs/judging.md)."""
RESTARTS = 4
"""Campaigns at which bets on a difference begin anew, so that a late defect is seen; each has its share of alpha."""
OWN_SHARE = 2.0
"""The newest image's own units must reach this share of alpha, beside all units together: 1 / (2 alpha)."""
OUTCOMES = tuple(Equivalence)
ROUNDING = 1e-12
_HALVINGS = 32


def highest(units: Rows, bound: Rows | float, side: int) -> Rows:
    """Give the highest wealth that bets against a shift at or beyond a bound ever had; 1 where nobody bet.

    Args:
        units: shape (..., n), in margins, in the order in which they came.
        bound: of shape (...), in margins.
        side: 1: against a shift of `bound` or more; -1: against one of `bound` or less.
    """
    if units.shape[-1] == 0:
        return np.ones(units.shape[:-1])
    gains = np.clip(side * (np.asarray(bound)[..., None] - units), -CLIP, CLIP)
    with np.errstate(over="ignore", under="ignore"):  # thousands of units: wealth without bound, or all of it lost
        paths = sum(np.multiply.accumulate(1 + share * gains, axis=-1) for share in FRACTIONS)
    return np.asarray(np.maximum(np.max(paths, axis=-1) / len(FRACTIONS), 1.0))


def _reaches(wealth: Rows, wanted: float) -> NDArray[np.bool_]:
    return np.asarray(wealth >= wanted * (1 - ROUNDING), dtype=np.bool_)


def equal(units: Rows, own: int, alpha: float) -> NDArray[np.bool_]:
    """Tell whether a shift of a margin or more is excluded on both sides: by all units, and by the newest image's own.

    Args:
        units: shape (k, n), of all images that count together.
        own: how many of the last units are of the newest image.
        alpha: chance of ever saying so of a shift of a margin.
    """
    newest = units[..., units.shape[-1] - own :]
    pooled = [_reaches(highest(units, side, side), 1 / alpha) for side in (1, -1)]
    alone = [_reaches(highest(newest, side, side), 1 / (OWN_SHARE * alpha)) for side in (1, -1)]
    return np.asarray(np.logical_and.reduce([*pooled, *alone]), dtype=np.bool_)


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


def decide(units: Rows, own: int, starts: Sequence[int], metrics: int, alpha: float) -> NDArray[np.int8]:
    """Decide k comparisons; indices into `OUTCOMES`. What is proven different is not equal.

    Args:
        units: shape (k, n), as in `equal`.
        own: how many of the last units are of the newest image.
        starts: index of the first unit of each campaign with the newest image, counted among its own units.
        metrics: critical metrics that are judged together.
        alpha: chance of ever claiming equality of a shift of a margin.
    """
    differ = different(units[..., units.shape[-1] - own :], starts, metrics, alpha)
    same = equal(units, own, alpha)
    codes = [OUTCOMES.index(each) for each in (Equivalence.DIFFERENT, Equivalence.EQUIVALENT)]
    return np.select([differ, same], codes, OUTCOMES.index(Equivalence.INCONCLUSIVE)).astype(np.int8)
