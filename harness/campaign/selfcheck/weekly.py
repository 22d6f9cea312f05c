"""Rows of repositories over weeks: what the rule promises of shifts, bad runs, sound ones and late defects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from harness.campaign.selfcheck.defects import Row
from harness.campaign.selfcheck.noises import DAILY_NOISES, NOISES, PAIRS, normal
from harness.campaign.selfcheck.trials import Count
from harness.campaign.selfcheck.weeks import DecisionTimes, SimulatedFleet, simulate
from harness.model.policy import PRESETS

TRIALS = 1000
GO, THAT_WEEK, NO_GO, BOUND = "GO", "GO in the week of the defect", "NO-GO", "printed bound below the truth"
AT_MARGIN, AT_MARGIN_TRIAL, AT_BOUND = 0.036, 0.055, 0.064
SDS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class WeekRow(Row):
    """Repositories of one world under one preset."""

    world: SimulatedFleet = SimulatedFleet(normal(0.5))  # noqa: RUF009 - a frozen value
    preset: str = "standard"
    counts: str = GO
    """What is counted as `go`."""
    weeks: int = 10
    """Within which it must have come."""
    after: int = 0
    """Pairs after which a NO-GO counts."""
    pairs_max: float = 0.0
    """Largest mean number of pairs to NO-GO; 0: any."""


def count(row: WeekRow, seed: int, first: int, last: int) -> Count:
    """Judge repositories `first` to `last` (without it) of a row; the seed is the chunk's."""
    key = int.from_bytes(hashlib.sha256(row.name.encode()).digest()[:4], "big")
    ends = simulate(row.world, PRESETS[row.preset], last - first, np.random.default_rng([seed, key, first]))
    hit = _hits(row, ends)
    pairs = float(np.minimum(ends.no_go, row.world.pairs).sum())
    return Count(last - first, go=int(hit.sum()), inconclusive=int((~hit).sum()), pairs=pairs)


def _hits(row: WeekRow, ends: DecisionTimes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if row.counts == THAT_WEEK:
        return ends.go_that_week
    if row.counts == BOUND:
        return ends.bounded_wrongly
    times = ends.no_go if row.counts == NO_GO else ends.go
    return (times > row.after) & (times <= row.after + row.weeks * PAIRS)


def _at_margin() -> Iterator[WeekRow]:
    worlds = {name: SimulatedFleet(noise, shift=1.0) for name, noise in NOISES.items()}
    worlds |= {f"{n} metrics, sd 0.5": SimulatedFleet(normal(0.5), shift=1.0, metrics=n) for n in (3, 5, 10)}
    daily = {name: SimulatedFleet(noise, days=days, shift=1.0) for name, (noise, days) in DAILY_NOISES.items()}
    for name, world in {**worlds, **daily}.items():
        yield WeekRow(f"off by 1 margin: {name}", TRIALS, AT_MARGIN, world=world)
        yield WeekRow(f"off by 1.5 margins: {name}", TRIALS, 0.002, world=replace(world, shift=1.5))
    for name, world in worlds.items():
        yield WeekRow(f"off by 1 margin, `trial`: {name}", TRIALS, AT_MARGIN_TRIAL, world=world, preset="trial")
    for name, world in daily.items():
        yield WeekRow(f"off by 1 margin, `trial`: {name}", TRIALS, 1.0, world=world, preset="trial")


def _bad_runs() -> Iterator[WeekRow]:
    for preset in PRESETS:
        bound = PRESETS[preset].bad_runs_max
        for share, most in ((bound, AT_BOUND), (2 * bound, 0.005), (0.02, 1.0), (0.05, 1.0)):
            if most == 1 and share == bound:
                continue
            world = SimulatedFleet(normal(0.14), shift=1.0, bad_share=share)
            name = f"{share:.0%} of runs bad, `{preset}`"
            yield WeekRow(name, TRIALS, most, world=world, preset=preset)
            yield WeekRow(f"{name}: {BOUND}", TRIALS, AT_BOUND, world=world, preset=preset, counts=BOUND)


def _sound() -> Iterator[WeekRow]:
    frozen = {f"sd {sd}": SimulatedFleet(normal(sd)) for sd in SDS}
    frozen |= {f"{n} metrics, sd 0.5": SimulatedFleet(normal(0.5), metrics=n) for n in (3, 5, 10)}
    for name, world in frozen.items():
        yield WeekRow(f"sound, {name}: in 4 weeks", TRIALS, 1.0, go_min=0.9, world=world, weeks=4)
        yield WeekRow(f"sound, {name}: in 8 weeks", TRIALS, 1.0, go_min=0.98, world=world, weeks=8)
    for sd in SDS:
        weekly = SimulatedFleet(normal(sd), weekly_images=True)
        least = 0.97 if sd < 1 else 0.85
        yield WeekRow(f"sound, image a week, sd {sd}", TRIALS, 1.0, go_min=least, world=weekly, weeks=8)
        one_day = SimulatedFleet(normal(sd), days=1)
        yield WeekRow(f"sound, 1 day a week, sd {sd}", TRIALS, 1.0, go_min=0.95, world=one_day, weeks=8)
        critical = WeekRow(f"sound, `critical`, sd {sd}", TRIALS, 1.0, world=frozen[f"sd {sd}"], preset="critical")
        yield replace(critical, weeks=8, go_min=0.9 if sd < 1 else 0.0)
        trial = WeekRow(f"sound, `trial`'s first campaign, sd {sd}", TRIALS, 1.0, world=frozen[f"sd {sd}"])
        yield replace(trial, preset="trial", weeks=1, go_min=0.8 if sd <= 0.5 else 0.0)  # noqa: PLR2004


def _differences() -> Iterator[WeekRow]:
    for preset, mean, within in (("trial", 10.0, 2), ("standard", 14.0, 3)):
        for sd in SDS:
            name = f"`{preset}`, sd {sd}"
            sound = WeekRow(f"sound, {name}: {NO_GO}", 600, 0.01, world=SimulatedFleet(normal(sd)), preset=preset)
            yield replace(sound, counts=NO_GO)
            off = replace(sound, name=f"off by 2 margins, {name}: {NO_GO}", go_max=1.0, trials=TRIALS, counts=NO_GO)
            limit = mean if sd < 1 else 0.0
            yield replace(off, world=SimulatedFleet(normal(sd), shift=2.0), pairs_max=limit)
            late = SimulatedFleet(normal(sd), shift=2.0, since=10, weeks=14)
            name = f"off by 2 margins after 80 good pairs, {name}: {NO_GO} within {within * PAIRS} pairs"
            least = 0.9 if sd < 1 else 0.0
            yield replace(off, name=name, world=late, after=10 * PAIRS, weeks=within, go_min=least)


def _images() -> Iterator[WeekRow]:
    for sd in SDS:
        every = SimulatedFleet(normal(sd), shift=1.0, weekly_images=True)
        yield WeekRow(f"image a week, all off by 1 margin, sd {sd}", TRIALS, 0.02, world=every)
        newest = replace(every, since=5)
        name = f"image a week, off by 1 margin from week 6 on, sd {sd}"
        yield WeekRow(name, TRIALS, 0.03, world=newest, counts=THAT_WEEK)


ROWS: tuple[WeekRow, ...] = (*_at_margin(), *_bad_runs(), *_sound(), *_differences(), *_images())
