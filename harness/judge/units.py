"""Pairs of all campaigns → units of evidence, in margins and in time's order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judge.days import days_of
from harness.model.sample import Earlier, PairedSample, PairValue, Series

Measure = Callable[[PairValue], float]
"""A pair's difference, in the unit of its margin."""

FAR = 1e6
"""Margins; further off is all the same."""
PAIRS_APART, DAYS_APART = 8, 4
"""Units between two campaigns from which bets on a difference begin anew: a week's."""


@dataclass(frozen=True, slots=True)
class Units:
    """What one metric's bets are made on."""

    values: NDArray[np.float64]
    """Shape (n,), in margins: each a pair, or the mean of a day's pairs."""
    own: NDArray[np.float64]
    """Shape (m,), in margins: pairs of the newest image."""
    starts: tuple[int, ...]
    """Index of the first unit of the newest image, and of later campaigns of it from which bets begin anew."""
    pairs: int
    days: int


def difference(pair: PairValue) -> float:
    """Give candidate minus legacy."""
    return pair.candidate - pair.legacy


def kept(sample: PairedSample, claim: str, earlier: Sequence[Earlier], resolve: Callable[[], float]) -> Series:
    """Keep a sample's pairs with the margin that an earlier campaign of the same image froze, else a resolved one.

    Raises:
        ValueError: `resolve` finds no usable margin.
    """
    frozen = [prior.series.margin for prior in earlier if prior.same and prior.series.claim == claim]
    moments = sample.submitted or (0.0,) * len(sample.pairs)
    values = zip(sample.legacy, sample.candidate, moments, strict=True)
    return Series(claim, frozen[0] if frozen else resolve(), tuple(PairValue(*row) for row in values))


def units_of(now: Series, earlier: Sequence[Earlier], *, by_day: bool, measure: Measure = difference) -> Units:
    """Put all pairs that count in time's order, those of this campaign and of earlier ones."""
    campaigns = enumerate([*earlier, Earlier(now, same=True)])
    found = sorted(
        (pair.submitted, number, of.same, _in_margins(measure(pair), of.series.margin))
        for number, of in campaigns
        for pair in of.series.pairs
    )
    days = days_of([moment for moment, *_ in found])
    places = days if by_day else tuple(range(len(found)))
    values = np.array([_mean([x for place, (*_, x) in zip(places, found, strict=True) if place == unit])
                       for unit in range(len(set(places)))], dtype=np.float64)  # fmt: skip
    first: dict[int, int] = {}
    for place, (_, number, same, _) in zip(places, found, strict=True):
        if same:
            first.setdefault(number, place)
    own = np.array([x for *_, same, x in found if same], dtype=np.float64)
    starts = tuple(apart(sorted(set(first.values())), DAYS_APART if by_day else PAIRS_APART))
    return Units(values, own, starts, len(found), len(set(days)))


def apart(starts: Sequence[int], units: int) -> Iterator[int]:
    """Keep starts that lie so many units after the one kept before: a bet on fewer could not win."""
    last = None
    for start in starts:
        if last is None or start - last >= units:
            yield start
            last = start


def _in_margins(value: float, margin: float) -> float:
    """Give a difference in margins; where nothing is allowed, and of a run that never ended, it is very many."""
    found = value / margin if margin > 0 else value and float(np.copysign(FAR, value))
    return max(-FAR, min(FAR, found))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
