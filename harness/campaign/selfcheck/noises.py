"""What runs of weekly campaigns vary by: legacy and candidate, both of mean 0, in margins. Seeded; numpy only."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
PAIRS = 8
RUNS = PAIRS + 2
"""Of a side and a week; the last two are in no pair (A/A)."""


@dataclass(frozen=True, slots=True)
class Draw:
    """How much is drawn, from where."""

    random: np.random.Generator
    count: int
    """Repositories, times metrics."""
    days: int
    """Over which a week's pairs are spread."""
    weeks: int = 10

    def normal(self, *shape: int) -> Rows:
        """Draw independent normal numbers, one a run where no shape is given."""
        return self.random.normal(size=(self.count, *(shape or self.shape[1:])))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Repositories, weeks, runs."""
        return self.count, self.weeks, RUNS

    @property
    def day(self) -> NDArray[np.int64]:
        """Day of each run within its week."""
        return np.array([j * self.days // PAIRS for j in range(PAIRS)] + [0, self.days - 1])


Sides = tuple[Rows, Rows]
Noise = Callable[[Draw], Sides]
"""→ legacy and candidate, of shape (count, weeks, runs)."""


def normal(sd: float) -> Noise:
    """`sd`: of a paired difference."""
    return lambda draw: (sd / math.sqrt(2) * draw.normal(), sd / math.sqrt(2) * draw.normal())


def _both(side: Callable[[Draw], Rows]) -> Noise:
    return lambda draw: (side(draw), side(draw))


def _alone(values: Callable[[Draw], Rows], mean: float, sd: float) -> Noise:
    """On the candidate only; the long tail lies where the shift goes."""
    return lambda draw: (0.05 * draw.normal(), sd * (values(draw) - mean))


def _exponential(draw: Draw) -> Rows:
    return draw.random.exponential(1, draw.shape)


def _log_normal(draw: Draw) -> Rows:
    return np.asarray(np.exp(draw.normal()) / math.sqrt((math.e - 1) * math.e))


def _outliers(draw: Draw) -> Rows:
    wide = np.where(draw.random.random(draw.shape) < 0.02, 10, 1)  # noqa: PLR2004
    return np.asarray(0.25 * draw.normal() * wide)


def _days(sd: float) -> Noise:
    """An effect of each day on the candidate."""
    return lambda draw: (
        0.1 * draw.normal(),
        0.1 * draw.normal() + sd * draw.normal(draw.weeks, draw.days)[:, :, draw.day],
    )


def _time_of_day(draw: Draw) -> Sides:
    start = draw.random.uniform(0, 2 * np.pi, size=(draw.count, draw.weeks, draw.days))[:, :, draw.day]
    wave = 0.6 * np.sin(start + np.linspace(0, 2 * np.pi / 12, RUNS))
    return 0.15 * draw.normal(), 0.15 * draw.normal() + wave


def _chained(rho: float, sd: float) -> Noise:
    """Each run resembles the one before it on the same day (AR(1))."""

    def chain(draw: Draw) -> Rows:
        runs, day = draw.normal(), draw.day
        for j in range(1, PAIRS):
            if day[j] == day[j - 1]:
                runs[:, :, j] = rho * runs[:, :, j - 1] + math.sqrt(1 - rho**2) * runs[:, :, j]
        return sd * runs

    return _both(chain)


def _hosts(draw: Draw) -> Sides:
    """Every fifth host of the candidate is off by three margins."""
    hit = draw.random.random(draw.shape) < 0.2  # noqa: PLR2004
    return 0.15 * draw.normal(), 0.15 * draw.normal() - 0.6 + 3.0 * hit


def _t3(draw: Draw) -> Rows:
    return np.asarray(0.5 / math.sqrt(6) * draw.random.standard_t(3, draw.shape))


def _constant(sd: float) -> Noise:
    """Legacy never varies."""
    return lambda draw: (0 * draw.normal(), sd * draw.normal())


NOISES: Mapping[str, Noise] = {
    **{f"normal, sd {sd}": normal(sd) for sd in (0.25, 0.5, 0.75, 1.0, 1.5)},
    "t3, sd 0.5": _both(_t3),
    **{
        f"{name} on the candidate only, sd {sd}": _alone(values, mean, sd)
        for name, values, mean in (
            ("log-normal", _log_normal, 1 / math.sqrt(math.e - 1)),
            ("exponential", _exponential, 1.0),
        )
        for sd in (0.35, 0.7)
    },
    "2 % of all runs 10 times as far out": _both(_outliers),
    "rounded to half a margin": _both(lambda draw: np.round(0.7 * draw.normal()) / 2),
    "both sides drift by 4 margins": _both(lambda draw: np.linspace(-2, 2, RUNS) + 0.3 * draw.normal()),
    **{f"legacy constant, candidate sd {sd}": _constant(sd) for sd in (0.35, 0.7)},
}
DAILY_NOISES: Mapping[str, tuple[Noise, int]] = {
    "every fifth host off by 3 margins": (_hosts, 4),
    **{
        f"days differ by sd {sd}, {days} day{'s' * (days > 1)} a week": (_days(sd), days)
        for sd in (0.2, 0.35, 0.7)
        for days in (1, 2, 4, 8)
    },
    "time of day, 4 days a week": (_time_of_day, 4),
    "runs of a day resemble each other, 1 day a week": (_chained(0.7, 0.35), 1),
    "runs of a day resemble each other, 4 days a week": (_chained(0.7, 0.35), 4),
}
"""With the days of a week over which pairs are spread."""
