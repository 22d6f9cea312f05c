"""Eight writers on one ledger, some of them killed: one chain, every acknowledged entry in it, each once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import forked
from faults import seam
from faults.case import Case

from harness.store import ledger

ROW = "eight writers on one ledger, three of them killed"
WRITERS, KILLED, ENTRIES = 8, 3, 12
BOUNDS = forked.Bounds(cpu_seconds=60, wall_seconds=120.0)


def cases(seed: int, folder: Path) -> Iterator[Case]:
    """Five trials a seed."""
    del folder
    for number in range(5):
        yield Case(ROW, seed, f"{number}", partial(written, f"{seed} {number}"))


def written(seed: str, folder: Path) -> list[str]:
    """Let them write; compare what each was told with what is there."""
    draw = random.Random(seed)
    path = folder / "reports" / "ledger.jsonl"
    strikes = [seam.Strike(seam.What.KILL, draw.randrange(2, 40)) if n < KILLED else None for n in range(WRITERS)]
    children = [
        forked.start(partial(_write, path, number, strike), folder / f"writer-{number}", BOUNDS)
        for number, strike in enumerate(strikes)
    ]
    ended = [child.wait(BOUNDS.wall_seconds) for child in children]
    entries = ledger.read(path)
    failures = [f"verdict: code {each.code}: {each.err[-200:]}" for each in ended[KILLED:] if each.code]
    there = Counter(f"{entry.repository} {entry.campaign}" for entry in entries)
    told = [line for each in ended for line in each.out.splitlines()]
    failures += [f"lost: {line} was acknowledged" for line in told if line not in there]
    return failures + [f"started twice: {name}" for name, count in there.items() if count > 1]


def _write(path: Path, number: int, strike: seam.Strike | None) -> None:
    seam.install(strike, path.parent)
    for entry in range(ENTRIES):
        ledger.append(path, ledger.CAMPAIGN, "2026-11-30T00:00:00Z", f"writer-{number}", f"c{entry}", {})
        print(f"writer-{number} c{entry}", flush=True)  # noqa: T201 - the acknowledgement
