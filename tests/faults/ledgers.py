"""Eight writers on one ledger, some of them killed: one chain, every acknowledged entry in it, each once."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import forked
from faults import elsewhere, seam
from faults.case import Case

from harness.store import ledger
from harness.store.reports import open_reports

ROW = "eight writers on one ledger, three of them killed"
SHARED = "eight writers on one ledger in a bucket, three of them killed"
WRITERS, KILLED, ENTRIES = 8, 3, 12
BOUNDS = forked.Bounds(cpu_seconds=60, wall_seconds=120.0)


def cases(seed: int, folder: Path) -> Iterator[Case]:
    """Five trials a seed."""
    del folder
    for number in range(5):
        yield Case(ROW, seed, f"{number}", partial(written, f"{seed} {number}", ""))


def shared_cases(seed: int, url: str) -> Iterator[Case]:
    """Two trials a seed over a bucket."""
    for number in range(2):
        yield Case(SHARED, seed, f"{number}", partial(written, f"{seed} {number}", url))


def written(seed: str, url: str, folder: Path) -> list[str]:
    """Let them write, in a folder or in the bucket of that server; compare what each was told with what is there."""
    draw = random.Random(seed)
    place = elsewhere.prefix() if url else str(folder / "reports")
    settings = elsewhere.settings(url, folder / "spool") if url else {}
    strikes = [seam.Strike(seam.What.KILL, draw.randrange(2, 40)) if n < KILLED else None for n in range(WRITERS)]
    children = [
        forked.start(partial(_write, place, settings, number, strike), folder / f"writer-{number}", BOUNDS)
        for number, strike in enumerate(strikes)
    ]
    ended = [child.wait(BOUNDS.wall_seconds) for child in children]
    with elsewhere.environment(settings):
        entries = open_reports(place).ledger.entries()
    failures = [f"verdict: code {each.code}: {each.err[-200:]}" for each in ended[KILLED:] if each.code]
    there = Counter(f"{entry.repository} {entry.campaign}" for entry in entries)
    told = [line for each in ended for line in each.out.splitlines()]
    failures += [f"lost: {line} was acknowledged" for line in told if line not in there]
    return failures + [f"started twice: {name}" for name, count in there.items() if count > 1]


def _write(place: str, settings: Mapping[str, str], number: int, strike: seam.Strike | None) -> None:
    os.environ.update({**settings, elsewhere.SPOOL: str(Path.cwd() / "spool")} if settings else {})
    steps = seam.install(strike, Path.cwd())
    if settings:
        elsewhere.install(steps)
    book = open_reports(place).ledger
    for entry in range(ENTRIES):
        book.append(ledger.CAMPAIGN, "2026-11-30T00:00:00Z", f"writer-{number}", campaign=f"c{entry}", facts={})
        print(f"writer-{number} c{entry}", flush=True)  # noqa: T201 - the acknowledgement
