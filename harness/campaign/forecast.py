"""How long until GO, and what runs prove: the judge's own rule, simulated on sound repositories. Pure, seeded.

A sound repository has no shift and no wrong ending, and noise that is normal and of one size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from harness.judge import bets, rates
from harness.model.betting import OWN_SHARE, fewest_units
from harness.model.policy import Change, Policy, Survival

TRIALS = 200
SHARE = 0.8
"""Of sound repositories that are GO by then."""
HORIZONS = (4, 16)
"""Weeks that are simulated; where the first are not enough, the second."""
WEEKS_MAX = HORIZONS[-1]
"""Longer than that is called never."""
USUAL_NOISE = 0.5
"""Standard deviation of a paired difference, in margins, where no campaign has measured it."""
METRICS_MAX = 10
_SEED = 14
_NEVER = 10**6
Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a job's image and its base change."""

    title: str
    image_weeks: float
    """Weeks an image lives; 0: each campaign has another one."""
    base_weeks: float = math.inf
    """Weeks a declared base lives; nothing survives its change."""
    cures: tuple[tuple[str, Cadence], ...] = ()
    """What to do where GO is never reached, and the cadence that it leads to; the mildest first."""


FROZEN = Cadence("the same image all the time", math.inf)
_WEEKLY = Cadence("an image a week", 1)
_KEEP = (("keep one image until GO", FROZEN),)
_KEEP_BASE = (("keep one base until GO", _WEEKLY), *_KEEP)
_DECLARE = (("declare the base that the images share (key base)", _WEEKLY), *_KEEP)
CADENCES = (
    FROZEN,
    replace(_WEEKLY, cures=_KEEP),
    Cadence("an image a day", 0, cures=(("build one image a week until GO", _WEEKLY), *_KEEP)),
    Cadence("an image a commit", 0, cures=(("build one image a week until GO", _WEEKLY), *_KEEP)),
    Cadence("a base rebuilt every month", 1, 4, _KEEP_BASE),
    Cadence("a base rebuilt every week", 1, 1, _KEEP_BASE),
    Cadence("no declared base, an image a week", 1, 1, _DECLARE),
    Cadence("no declared base, an image a commit", 0, 0, _DECLARE),
)
"""A campaign pins the image that it begins with, so images that come faster than campaigns are one a campaign."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the simulation has to know of a job besides its policy."""

    noise: float = USUAL_NOISE
    """Standard deviation of a paired difference, in margins; 0: all runs are the same."""
    metrics: int = 1
    """Critical ones."""
    startup: bool = False
    """The time to the first instruction decides."""
    campaigns_a_week: int = 1
    """Each on a day of its own."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When 80 % of sound repositories are GO."""

    cadence: Cadence
    campaigns: int | None
    """None: never within WEEKS_MAX."""
    weeks: int | None


def candidate_runs(policy: Policy, work: Work) -> int:
    """Count the candidate runs of one campaign that count."""
    if work.noise:
        return policy.pairs + policy.first_repeats
    return policy.first_pairs + policy.first_repeats + policy.counted_runs


def bound_of(runs: int, bad: int = 0) -> float:
    """Give the rate of bad runs that so many candidate runs exclude: 27 % after 10 without a bad one."""
    return rates.upper_bound(runs, bad)


def forecast(policy: Policy, work: Work, cadence: Cadence = FROZEN) -> Forecast:
    """Say how long GO takes under one cadence of images."""
    known = replace(work, noise=math.ceil(10 * work.noise) / 10, metrics=max(1, min(work.metrics, METRICS_MAX)))
    survives = policy.carry.get(Change.CODE) is Survival.STATE
    lives = (cadence.image_weeks, cadence.base_weeks if survives else cadence.image_weeks)
    for weeks in HORIZONS:
        needed = int(np.quantile(_first_go(_Rule.of(policy, known, weeks), known, lives), SHARE, method="higher"))
        if needed < _NEVER:
            return Forecast(cadence, needed, math.ceil(needed / work.campaigns_a_week))
    return Forecast(cadence, None, None)


def cure_of(policy: Policy, work: Work, cadence: Cadence) -> tuple[str, Forecast] | None:
    """Find the mildest cure of a cadence that is never GO, with what it leads to; None: nothing here cures it."""
    for title, better in cadence.cures:
        found = forecast(policy, work, better)
        if found.weeks is not None:
            return title, found
    for pairs in (2 * policy.pairs, 4 * policy.pairs):
        found = forecast(replace(policy, pairs=pairs), work, cadence)
        if found.weeks is not None:
            return f"run {pairs} pairs in each campaign (policy.pairs)", found
    return None


@dataclass(frozen=True, slots=True)
class _Rule:
    """The numbers of a policy that the simulation uses."""

    alpha: float
    days: int
    a_week: int
    pairs: int
    runs: int
    """Candidate runs a campaign."""
    bad_runs_max: float
    campaigns: int

    @classmethod
    def of(cls, policy: Policy, work: Work, weeks: int) -> _Rule:
        pairs = policy.pairs if work.noise else policy.first_pairs
        runs, a_week = candidate_runs(policy, work), work.campaigns_a_week
        return cls(policy.alpha, policy.days, a_week, pairs, runs, policy.bad_runs_max, a_week * weeks)


@lru_cache(maxsize=512)
def _first_go(rule: _Rule, work: Work, lives: tuple[float, float]) -> NDArray[np.int64]:
    """Give the number of campaigns after which each simulated repository is GO first; _NEVER: it is not.

    `lives`: weeks that an image and a base live.
    """
    images, bases = (_lives(rule, weeks) for weeks in lives)
    go = _clean(rule, work, bases) & _enough(rule, work, images, bases)
    if work.noise:
        legacy, candidate = _drawn(rule, work)
        differences = (candidate - legacy)[..., : rule.pairs]
        go = go & _equal(rule, differences, images, bases).all(axis=1) & _few_bad(rule, legacy, candidate, bases)
    return np.where(go.any(axis=-1), go.argmax(axis=-1) + 1, _NEVER)


def _lives(rule: _Rule, weeks: float) -> list[tuple[int, int]]:
    """Give first and last campaign of each image, or of each base."""
    length = rule.campaigns if math.isinf(weeks) else max(1, round(weeks * rule.a_week))
    return [(first, min(first + length, rule.campaigns)) for first in range(0, rule.campaigns, length)]


def _since(lives: list[tuple[int, int]]) -> NDArray[np.int64]:
    """Count the campaigns of the present life, this one included."""
    return np.concatenate([np.arange(1, last - first + 1) for first, last in lives])


def _clean(rule: _Rule, work: Work, bases: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Tell where enough runs ended as they should, and were cut by no platform."""
    clean = rates.below((_since(bases) * rule.runs).astype(float), 0.0, rule.bad_runs_max)
    return np.broadcast_to(clean, (TRIALS if work.noise else 1, rule.campaigns))


def _enough(rule: _Rule, work: Work, images: list[tuple[int, int]], bases: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Tell where there are the policy's days, and where startup decides as many pairs as its bets need."""
    campaigns = _since(bases)
    enough = campaigns >= rule.days
    if work.startup:
        units = campaigns if rule.days > 1 else campaigns * rule.pairs
        own = _since(images) * rule.pairs
        enough &= (units >= fewest_units(1 / rule.alpha)) & (own >= fewest_units(1 / (OWN_SHARE * rule.alpha)))
    return enough[None, :]


def _drawn(rule: _Rule, work: Work) -> tuple[Rows, Rows]:
    """Draw both sides' runs, of shape (trials, metrics, campaigns, runs), in margins."""
    random = np.random.default_rng([_SEED, rule.runs])  # numpy, seeded: simulated data
    shape = (2, TRIALS, work.metrics, rule.campaigns, rule.runs)
    found = random.normal(0.0, work.noise / math.sqrt(2), shape)
    return found[0], found[1]


def _equal(
    rule: _Rule, differences: Rows, images: list[tuple[int, int]], bases: list[tuple[int, int]]
) -> NDArray[np.bool_]:
    """Tell after each campaign whether a shift is excluded: by all pairs on this base, and by the image's own."""
    units = differences.mean(axis=-1, keepdims=True) if rule.days > 1 else differences
    every = _reached(units, bases, 1 / rule.alpha)
    return every & _reached(differences, images, 1 / (OWN_SHARE * rule.alpha))


def _reached(units: Rows, lives: list[tuple[int, int]], wanted: float) -> NDArray[np.bool_]:
    """Tell after each campaign whether bets against a shift either way have won so much in the present life."""
    found = np.zeros(units.shape[:-1], dtype=bool)
    in_campaign = units.shape[-1]
    for first, last in lives:
        row = units[:, :, first:last].reshape(*units.shape[:2], -1)
        sides = [np.maximum.accumulate(bets.wealth(side * row, 1.0, 1), axis=-1) for side in (1, -1)]
        found[:, :, first:last] = (np.minimum(*sides) >= wanted * (1 - bets.ROUNDING))[
            ..., in_campaign - 1 :: in_campaign
        ]
    return found


def _few_bad(rule: _Rule, legacy: Rows, candidate: Rows, bases: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Tell after each campaign whether bad runs are proven rare; all of them are counted anew each time."""
    found = np.zeros((legacy.shape[0], rule.campaigns), dtype=bool)
    for first, last in bases:
        for end in range(first + 1, last + 1):
            one, other = (side[:, :, first:end].reshape(*side.shape[:2], -1) for side in (legacy, candidate))
            bad = rates.off(other, one, np.ones(one.shape[:2])).any(axis=1).sum(axis=-1)
            found[:, end - 1] = rates.below(float((end - first) * rule.runs), bad.astype(float), rule.bad_runs_max)
    return found
