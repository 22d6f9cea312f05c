"""Faults of campaigns and ledgers whose evidence is in a bucket, carried on here or on another host."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from faults import elsewhere, ledgers
from faults.campaign import Scene
from faults.case import Case
from faults.scripted import elsewhere_resumed, undisturbed
from faults.seam import Strike, What

SHARED = "kill -9 at each kind of step, evidence in a bucket"
SHARED_ELSEWHERE = "kill -9 at each kind of step, evidence in a bucket, taken up by another host"
SHARED_INT = "SIGINT at each kind of step, evidence in a bucket"


def cases(seed: int, folder: Path) -> Iterator[Case]:
    """All faults of one seed over a bucket."""
    with elsewhere.bucket() as url:
        here = folder / f"undisturbed-shared-{seed}"
        steps = undisturbed(Scene(here, elsewhere.prefix(), elsewhere.settings(url, here / "spool")), seed)
        yield from ledgers.shared_cases(seed, url)
        draw = random.Random(seed)
        for kind in dict.fromkeys(steps):
            chosen = draw.randrange(steps.count(kind))
            strike, interrupt = (Strike(what, chosen, kind) for what in (What.KILL, What.INT))
            for row, run in (
                (SHARED, partial(elsewhere_resumed, seed, strike, url, same=True)),
                (SHARED_ELSEWHERE, partial(elsewhere_resumed, seed, strike, url)),
                (SHARED_INT, partial(elsewhere_resumed, seed, interrupt, url, same=True)),
            ):
                yield Case(row, seed, kind, run, at=f"{chosen}")
