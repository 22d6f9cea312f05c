"""All rows of the catalogue: in parallel, resumable, and judged by their limits."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.campaign.selfcheck import fleets, weekly
from harness.campaign.selfcheck.defects import ROWS, Row
from harness.campaign.selfcheck.trials import Count, count, nominal_coverage
from harness.statistics.equivalence import agreement_upper_bound

CHUNK = 25
STANDARD_ERRORS = 3.0


@dataclass(frozen=True, slots=True)
class Task:
    """A stretch of one row's trials; small, so that an interrupted selfcheck loses little."""

    row: str
    seed: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Result:
    """One row's count and what breaks its limits."""

    row: Row
    count: Count
    broken: tuple[str, ...]


def _silent(_: str) -> None:
    """Tell nobody."""


def selfcheck(
    seed: int,
    scale: float,
    state: Path | None,
    workers: int | None = None,
    *,
    tell: Callable[[str], None] = _silent,
    fleet: bool = False,
) -> tuple[Result, ...]:
    """Run every row; `scale` 1 is the full number of trials. Chunks found in `state` are not run again."""
    done = dict(_stored(state, seed)) if state else {}
    rows: tuple[Row, ...] = fleets.ROWS if fleet else (*ROWS, *weekly.ROWS)
    tasks = [task for row in rows for task in _tasks(row, seed, scale)]
    left = [task for task in tasks if task not in done]
    tell(f"{len(tasks) - len(left)} of {len(tasks)} chunks were done before")
    for number, (task, found) in enumerate(_run(left, workers or os.cpu_count() or 1), 1):
        done[task] = found
        if state:
            _store(state, task, found)
        if number % 20 == 0:
            tell(f"{number} of {len(left)} chunks")
    return tuple(_result(row, (done[task] for task in tasks if task.row == row.name)) for row in rows)


def _tasks(row: Row, seed: int, scale: float) -> Iterator[Task]:
    trials = max(1, math.ceil(row.trials * scale))
    chunk = row.chunk if isinstance(row, fleets.FleetRow) else trials if isinstance(row, weekly.WeekRow) else CHUNK
    for first in range(0, trials, chunk):
        yield Task(row.name, seed, first, min(first + chunk, trials))


def run_task(task: Task) -> Count:
    """Run one chunk; named, so that another process can."""
    row = next(row for row in (*ROWS, *weekly.ROWS, *fleets.ROWS) if row.name == task.row)
    if isinstance(row, weekly.WeekRow):
        return weekly.count(row, task.seed, task.first, task.last)
    if isinstance(row, fleets.FleetRow):
        return fleets.count(row, task.seed, task.first, task.last)
    return count(row, task.seed, task.first, task.last)


def _run(tasks: list[Task], workers: int) -> Iterator[tuple[Task, Count]]:
    if workers == 1:
        yield from ((task, run_task(task)) for task in tasks)
        return
    with ProcessPoolExecutor(workers) as pool:
        running = {pool.submit(run_task, task): task for task in tasks}
        for future in as_completed(running):
            yield running[future], future.result()


def _stored(state: Path, seed: int) -> Iterator[tuple[Task, Count]]:
    """Read chunks of this seed; a line that was cut by a crash is run again."""
    if not state.exists():
        return
    for line in state.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        task = Task(**entry["task"])
        if task.seed == seed:
            yield task, Count(**entry["count"])


def _store(state: Path, task: Task, found: Count) -> None:
    with state.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"task": asdict(task), "count": asdict(found)}) + "\n")


def _result(row: Row, counts: Iterable[Count]) -> Result:
    total = Count()
    for part in counts:
        total = total.plus(part)
    return Result(row, total, tuple(_broken(row, total)))


def _broken(row: Row, total: Count) -> Iterator[str]:
    for word, found, share in (
        ("GO", total.go, row.go_max),
        ("NO-GO", total.no_go, row.no_go_max),
        ("INCONCLUSIVE", total.inconclusive, row.inconclusive_max),
    ):
        allowed = _allowed(share, total.trials, row)
        if found > allowed:
            yield f"{found} {word} of {total.trials}, at most {allowed}"
    least = total.trials - _allowed(1 - row.go_min, total.trials, row)
    if total.go < least:
        yield f"{total.go} GO of {total.trials}, at least {least}"
    if row.coverage:
        nominal = nominal_coverage()
        share = total.covered / total.with_interval if total.with_interval else 0.0
        if share < nominal - STANDARD_ERRORS * math.sqrt(nominal * (1 - nominal) / max(1, total.with_interval)):
            yield f"the interval covers {share:.1%}, and at least {nominal:.1%} is said"
    if isinstance(row, weekly.WeekRow) and row.pairs_max and total.pairs > row.pairs_max * total.trials:
        yield f"{total.pairs / total.trials:.1f} pairs on average, at most {row.pairs_max:g}"


def _allowed(share: float, trials: int, row: Row) -> int:
    """Give how many trials a share lets through; where few are run, what chance adds to it as well."""
    few = STANDARD_ERRORS * math.sqrt(share * (1 - share) * trials) if trials < row.trials else 0.0
    return math.floor(share * trials + few + 1e-9)


def missed_interval(found: int, trials: int) -> tuple[float, float]:
    """Give the exact 95 % interval of a rate (Clopper and Pearson 1934)."""
    low = 1 - agreement_upper_bound(trials - found, trials, 0.975).upper if found else 0.0
    return low, agreement_upper_bound(found, trials, 0.975).upper
