"""Repositories over ten weeks, judged after every unit of evidence by the judge's own bets and rates; vectorised.

A week has eight pairs and two more runs a side. A campaign of the gate costs 50 ms, so that a thousand repositories of
ten weeks cost hours; `tests/judge/test_weeks.py` holds both against each other, repository by repository.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.campaign.selfcheck.noises import PAIRS, RUNS, Draw, Noise, Rows
from harness.judge import bad_runs, bets, rates, units
from harness.model.betting import OWN_SHARE
from harness.model.policy import Policy

NEVER = math.inf
IN_ORDER = [PAIRS, PAIRS + 1, *range(PAIRS)]
"""A week's runs as they come: those in no pair first."""


@dataclass(frozen=True, slots=True)
class SimulatedFleet:
    """What is true of a repository, and how its evidence comes."""

    noise: Noise
    days: int = 4
    """A week's pairs are spread over so many."""
    shift: float = 0.0
    """Of the first metric, in margins."""
    bad_share: float = 0.0
    """Above 0: the shift sits in so many of the candidate's runs only, each off by `shift` / share."""
    metrics: int = 1
    weekly_images: bool = False
    since: int = 0
    """Week from which the candidate is shifted."""
    weeks: int = 10

    @property
    def pairs(self) -> int:
        """Of all weeks."""
        return self.weeks * PAIRS


@dataclass(frozen=True, slots=True)
class DecisionTimes:
    """When each repository was decided first, in pairs; infinite: never. Shape (repositories,)."""

    go: Rows
    no_go: Rows
    """A difference, or bad runs that are proven too frequent; also after a GO."""
    bounded_wrongly: NDArray[np.bool_]
    """Whether the printed bound of bad runs ever lay below their true share."""
    go_that_week: NDArray[np.bool_]
    """Whether the rule was GO at the end of week `since`."""


def simulate(world: SimulatedFleet, policy: Policy, repositories: int, random: np.random.Generator) -> DecisionTimes:
    """Judge so many repositories of one world under a policy's rule."""
    legacy, candidate = _drawn(world, repositories, random)
    found = [
        _decided(world, policy, legacy[chunk], candidate[chunk])
        for chunk in np.array_split(np.arange(len(legacy)), max(1, len(legacy) // (1000 * world.metrics)))
    ]
    return DecisionTimes(*(np.concatenate([getattr(ends, name) for ends in found]) for name in DecisionTimes.__slots__))


def _drawn(world: SimulatedFleet, repositories: int, random: np.random.Generator) -> tuple[Rows, Rows]:
    """Give both sides, of shape (repositories, metrics, weeks, runs)."""
    legacy, candidate = world.noise(Draw(random, repositories * world.metrics, world.days, world.weeks))
    shape = (repositories, world.metrics, world.weeks, RUNS)
    legacy, candidate = legacy.reshape(shape), candidate.reshape(shape)
    moved = np.full(shape, world.shift)
    if world.bad_share:
        hit = random.random((repositories, 1, world.weeks, RUNS)) < world.bad_share  # nosec B311 # numpy, seeded
        moved = np.broadcast_to(hit * world.shift / world.bad_share, shape).copy()
    moved[:, 1:] = 0
    moved[:, :, : world.since] = 0
    return legacy, candidate + moved


def _decided(world: SimulatedFleet, policy: Policy, legacy: Rows, candidate: Rows) -> DecisionTimes:
    each = PAIRS // world.days if policy.days > 1 else 1
    at = np.arange(each, world.pairs + 1, each)
    differences = (candidate - legacy)[..., :PAIRS].reshape(*legacy.shape[:2], world.pairs)
    values = means(differences, each)
    equal = np.logical_and.reduce(
        [_no_more(side * values, side * differences, world, policy, at=at) for side in (1, -1)]
    )
    runs, bad, bad_days = bad_counts(legacy, candidate, world, at)
    clean = rates.below(runs, bad, policy.bad_runs_max)
    go = equal.all(axis=1) & clean
    no_go = _different(values, world, policy, each).any(axis=1)
    k, n = (bad_days, np.ceil(at * world.days / PAIRS)) if policy.days > 1 else (bad, runs)
    no_go |= rates.above(n, k, policy.bad_runs_max) & (runs >= bad_runs.LEGACY_MIN)
    wrong = rates.below(runs, bad, world.bad_share) if world.bad_share else np.zeros_like(go)
    first_no, first_go = _first(no_go, at), _first(go, at)
    end = (world.since + 1) * PAIRS // each - 1
    return DecisionTimes(
        np.where(first_go < first_no, first_go, NEVER),
        first_no,
        np.asarray(wrong.any(axis=1), dtype=bool),
        np.asarray(go[:, end] & ~no_go[:, : end + 1].any(axis=1), dtype=bool),
    )


def means(differences: Rows, each: int) -> Rows:
    """Give the units: means of so many pairs that follow each other; clipped later, by the bets."""
    return np.asarray(differences.reshape(*differences.shape[:-1], -1, each).mean(axis=-1))


def _no_more(
    values: Rows, differences: Rows, world: SimulatedFleet, policy: Policy, *, at: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell after each unit whether a shift of a margin or more upwards is excluded."""
    pooled = np.maximum.accumulate(bets.wealth(values, np.array(1.0), 1), axis=-1) >= 1 / policy.alpha
    rows = differences.reshape(*differences.shape[:-1], world.weeks, PAIRS) if world.weekly_images else differences
    own = np.maximum.accumulate(bets.wealth(rows, np.array(1.0), 1), axis=-1).reshape(differences.shape)
    return np.asarray(pooled & (own[..., at - 1] >= 1 / (OWN_SHARE * policy.alpha)))


def _different(values: Rows, world: SimulatedFleet, policy: Policy, each: int) -> NDArray[np.bool_]:
    """Tell after each unit whether a shift within the margin is excluded; bets begin anew as the judge's do."""
    count, a_week = values.shape[-1], PAIRS // each
    gap = units.DAYS_APART if policy.days > 1 else units.PAIRS_APART
    found = np.zeros(values.shape, dtype=bool)
    for begin, end in _images(world, count, a_week):
        starts = list(units.apart(range(begin, end, a_week), gap))
        spans = [(begin, end, 1.0)]
        for number, start in enumerate(starts):
            later = starts[number + bets.RESTARTS : number + bets.RESTARTS + 1]
            spans.append((start, min([end, *later]), bets.RESTARTS))
        for first, last, share in spans:
            for side in (1, -1):
                rich = bets.wealth(values[..., first:last], np.array(float(side)), -side)
                reached = rich >= share * world.metrics / policy.alpha
                found[..., first:last] |= np.logical_or.accumulate(reached, axis=-1)
    return found


def _images(world: SimulatedFleet, count: int, a_week: int) -> Iterator[tuple[int, int]]:
    """Give first and last unit of each image."""
    if not world.weekly_images:
        yield 0, count
        return
    yield from ((begin, begin + a_week) for begin in range(0, count, a_week))


def bad_counts(legacy: Rows, candidate: Rows, world: SimulatedFleet, at: NDArray[np.int64]) -> tuple[Rows, Rows, Rows]:
    """Count candidate runs, bad ones, and days with one, when so many pairs are there; counted anew each time."""
    one, other = (side[..., IN_ORDER].reshape(*side.shape[:2], -1) for side in (legacy, candidate))
    days = np.array([j * world.days // PAIRS for j in range(PAIRS)] + [0, world.days - 1])[IN_ORDER]
    day = (np.arange(world.weeks)[:, None] * world.days + days).reshape(-1)
    runs = at + 2 * -(-at // PAIRS)
    bad, bad_days = [], []
    for count in runs:
        off = rates.off(other[..., :count], one[..., :count], np.ones(one.shape[:2])).any(axis=1)
        bad.append(off.sum(axis=-1))
        bad_days.append(
            (off.astype(np.float32) @ (day[:count, None] == np.arange(world.weeks * world.days)) > 0).sum(axis=-1)
        )
    return runs.astype(float), np.array(bad, dtype=float).T, np.array(bad_days, dtype=float).T


def _first(hit: NDArray[np.bool_], at: NDArray[np.int64]) -> Rows:
    return np.where(hit.any(axis=-1), at[hit.argmax(axis=-1)].astype(float), NEVER)
