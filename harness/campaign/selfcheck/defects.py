"""The catalogue: what is seeded into campaigns, how often, and how many GOs may be left."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from harness.campaign.selfcheck.world import BASE, MARGIN, Draft
from harness.config.defaults import metric_regex
from harness.model.event import Kind
from harness.model.observation import Typed

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]
Change = Callable[[Draft], Draft]
Pair = tuple[Change, ...]
"""What legacy's runs do, and what the candidate's do."""


_WIDE_SHARE, _WIDE = 0.1, 4.0


def _mixture(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Draw runs of which one in ten is four times as wide as the others."""
    wide = np.where(random.random(n) < _WIDE_SHARE, _WIDE, 1.0)  # nosec B311 # numpy, seeded: simulated data
    scale = math.sqrt(1 - _WIDE_SHARE + _WIDE_SHARE * _WIDE**2)
    return np.asarray(random.normal(0, 1, n) * wide / scale, dtype=np.float64)


NOISE: Mapping[str, Draw] = {
    "normal": lambda random, n: random.normal(0, 1, n),
    "t3": lambda random, n: random.standard_t(3, n) / math.sqrt(3),
    "log-normal": lambda random, n: (random.lognormal(0, 0.5, n) - math.exp(0.125)) / 0.6039,
    "exponential": lambda random, n: random.exponential(1, n) - 1,
    "mixture": _mixture,
}
"""Noise of a run around its mean, all with standard deviation 1."""


def _far_tail(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Draw log-normal runs with sigma 1: mean 0, standard deviation 1, a tail far longer than that of `log-normal`."""
    drawn = random.lognormal(0, 1, n) - math.exp(0.5)
    return np.asarray(drawn / math.sqrt((math.e - 1) * math.e), dtype=np.float64)


ALONE: Mapping[str, Draw] = {
    "exponential": NOISE["exponential"],
    "log-normal": NOISE["log-normal"],
    "far log-normal": _far_tail,
}
"""Skewed noise of the candidate only. Its tail points away from legacy, which is the side that lets more pass."""
LEGACY_CALM = 0.1
"""Legacy's noise as a share of the candidate's where the candidate's is its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what is seeded, and what may come of it."""

    name: str
    trials: int
    go_max: float
    """Largest share of GO that passes; 1: any."""
    no_go_max: float = 1.0
    inconclusive_max: float = 1.0
    noise: str = "normal"
    candidate_noise: str = ""
    """Where the candidate's noise is of another kind; empty: both sides share it."""
    noise_share: float = 0.0
    """Standard deviation of a run's metric as a share of the margin; 0: bit-identical runs."""
    shift: float = 0.0
    """Mean of the candidate's metric, in margins."""
    slower: float = 1.0
    """Factor on the candidate's startup."""
    change: Change | None = None
    """Of one candidate run, drawn at random."""
    both: Pair | None = None
    """Of every run, legacy's and the candidate's: what both sides write, and read wrong, is the same on neither."""
    coverage: bool = False
    """Whether the interval must cover what it says at least."""
    go_min: float = 0.0
    """Smallest share of GO that passes."""
    pairs: int = 8

    @property
    def sound(self) -> bool:
        """Tell whether both sides are the same and only noise is seeded."""
        return self.coverage and self.shift == 0

    @property
    def margin(self) -> bool:
        """Tell whether the metric lies exactly at the margin under normal noise that both sides share."""
        return self.coverage and self.shift == 1 and self.noise == "normal"


AT_MARGIN = 0.064
"""64 of 1,000: the upper 99 % limit of a rate of 5 % (binomial 0.05, 1,000: mean 50, three standard errors 20)."""
SHARED = 0.35
"""Noise at which 8 pairs can tell: a difference of two runs has a standard deviation of half a margin."""
SOUND = 0.18
"""Noise of a sound repository: a difference of two runs has a standard deviation of a quarter of the margin."""


def _rows() -> tuple[Row, ...]:
    sound = [
        Row(f"nothing ({name} noise)", 120, 1.0, 0.01, 0.10, name, noise_share=SOUND, coverage=True) for name in NOISE
    ]
    at_margin = [
        Row(
            f"metric shifted by 1 margin ({name} noise)",
            1000 if name == "normal" else 300,
            AT_MARGIN,
            noise=name,
            noise_share=SHARED,
            shift=1.0,
            coverage=True,
        )
        for name in NOISE
    ]
    beyond = [
        Row("metric shifted by 1.5 margins", 300, 0.0, noise_share=SOUND, shift=1.5),
        Row("metric shifted by 2 margins", 300, 0.0, noise_share=SHARED, shift=2.0),
        Row("metric shifted by 1.5 margins (no noise)", 300, 0.0, shift=1.5),
    ]
    one_sided = [
        Row(
            f"metric shifted by 1 margin ({name} noise on the candidate only), {pairs} pairs",
            trials,
            AT_MARGIN,
            pairs=pairs,
            candidate_noise=name,
            noise_share=SHARED,
            shift=1.0,
        )
        for name, pairs, trials in (
            ("exponential", 8, 600),
            ("exponential", 24, 600),
            ("log-normal", 8, 300),
            ("far log-normal", 24, 200),
        )
    ]
    startup = [
        Row("startup slower by 10 % (allowed: 25 %)", 100, 1.0, slower=1.10),
        Row("startup slower by 25 % (exactly the limit)", 300, AT_MARGIN, slower=1.25),
        Row("startup slower by 50 %", 300, 0.0, slower=1.50),
    ]
    facts = [Row(name, 300, 0.0, change=change) for name, change in FACTS.items()]
    read = [Row(name, 300, 0.0, both=both) for name, both in READINGS.items()]
    return (*sound, *at_margin, *beyond, *one_sided, *startup, *facts, *read)


def _logs(legacy: str, candidate: str, regex: str = metric_regex("rmse")) -> Pair:
    """Let each side print a line of its own, which an expression reads."""
    return tuple(partial(_printing, log=log, regex=regex) for log in (legacy, candidate))


def _printing(run: Draft, *, log: str, regex: str) -> Draft:
    return replace(run, log=log, regex=regex)


_REVERSED = '[{"x":0.3},{"x":0.2},{"x":0.1}]'
READINGS: Mapping[str, Pair] = {
    "decimal comma: 0,345 and 0,912": _logs("rmse=0,345\n", "rmse=0,912\n"),
    "thousands: 1,234.5 and 1,999.5": _logs("rmse=1,234.5\n", "rmse=1,999.5\n"),
    "exponent: 9.1e-05 and 9.1": _logs(
        "{'rmse': 9.1e-05, 'epoch': 3.0}\n", "{'rmse': 9.1, 'epoch': 3.0}\n", "'rmse': ([0-9.]*)"
    ),
    "last value nan": _logs("rmse: 0.4310\nrmse: 0.4310\n", "rmse: 0.4310\nrmse: nan\n", "rmse: ([0-9.]+)"),
    "sign: 7.5 and -7.5": _logs("rmse: 7.5\n", "rmse: 7.5\nrmse: -7.5\n", "rmse: ([0-9.]+)"),
    "another metric of the line: rmse and val_rmse": _logs(
        "rmse: 11.0 - val_rmse: 20.0\n", "rmse: 20.0 - val_rmse: 11.0\n", "rmse: ([0-9.]+)"
    ),
    "predictions in reverse order": (
        lambda run: replace(run, rows='[{"x":0.1},{"x":0.2},{"x":0.3}]'),
        lambda run: replace(run, rows=_REVERSED),
    ),
}
"""What a number or a row says is lost where it is read in part: GO with five real differences came of it."""


FACTS: Mapping[str, Change] = {
    "one-ULP cell": lambda run: replace(run, rows=BASE.replace("0.3", repr(math.nextafter(0.3, 1.0)))),
    "swapped rows": lambda run: replace(
        run, rows='[{"id":2,"x":0.2,"label":"b"},{"id":1,"x":0.1,"label":"a"},{"id":3,"x":0.3,"label":"a"}]'
    ),
    "dropped partition": lambda run: replace(run, partitions=run.partitions[:1]),
    "dtype narrowing": lambda run: replace(run, rows=BASE.replace("0.1", repr(float(np.float32(0.1))))),
    "flipped label": lambda run: replace(run, rows=BASE.replace('"b"', '"a"')),
    "stale input": lambda run: replace(run, input="sha256:" + "3" * 64),
    "lost event": lambda run: replace(run, ending=None),
    "false failure": lambda run: replace(run, ending=Kind.FAILED),
    "false success": lambda run: replace(run, exit_code=1),
    "late artifact": lambda run: replace(run, arrived=False),
    "parameter truncated": lambda run: replace(run, parameter=Typed("int", 0)),
    "parameter retyped": lambda run: replace(run, parameter=Typed("str", "3")),
    "undeclared output": lambda run: replace(run, undeclared=True),
    "renamed metric": lambda run: replace(run, metric="RMSE"),
    "metric shifted by 1.5 margins in one run": lambda run: replace(run, value=run.value + 1.5 * MARGIN),
}
"""Seeded into one candidate run of a campaign without noise: one pair of eight shows it."""
ROWS = _rows()
