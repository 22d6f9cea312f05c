"""`nox -s faults`: faults by seed and step, counted in a table; red where one does not end as it must.

`--state FILE` keeps what was run, so that a session that is cut goes on where it was; a case that was run with other
files in `harness/` is run again. `--every N` runs each N-th case, `--only TEXT` the rows with that text (repeatable),
`--page FILE` writes the table between its marks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from faults import ledgers, sandboxed, scripted, shared
from faults.case import Case
from measured import write

import harness

SEED = 1
COUNTED = ("started twice", "lost", "verdict", "damaged", "left")
HEAD = (
    "| fault | tried | started twice | lost | verdict changed | evidence damaged | left behind | other |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


@dataclass
class Row:
    """What the faults of one row came to."""

    tried: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seeds: set[int] = field(default_factory=set)

    def add(self, seed: int, failures: Sequence[str]) -> None:
        """Count one more case; each kind of failure counts once for it."""
        self.tried += 1
        self.seeds.add(seed)
        self.failures.update({next((kind for kind in COUNTED if said.startswith(kind)), "other") for said in failures})

    def line(self, name: str) -> str:
        """Write it as a row of the table."""
        counts = " | ".join(str(self.failures[kind]) for kind in (*COUNTED, "other"))
        seeds = "1 seed" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds"
        return f"| {name} ({seeds}) | {self.tried} | {counts} |"


STEPS = "steps"
"""The family whose seeds are counted on their own: one kill at every step is many cases, and each of them is quick."""
FAMILIES = {
    "ledger": ledgers.cases,
    "scripted": scripted.cases,
    "shared": shared.cases,
    "sandbox": sandboxed.cases,
    STEPS: scripted.every_step,
}


def generated(told: argparse.Namespace, folder: Path) -> Iterator[Case]:
    """All cases, seed by seed; those of every step come last."""
    families = told.family or list(FAMILIES)
    for seed in range(told.seed, told.seed + told.seeds):
        for family in families:
            yield from FAMILIES[family](seed, folder) if family != STEPS else ()
    for seed in range(told.seed, told.seed + (told.step_seeds or told.seeds)):
        yield from FAMILIES[STEPS](seed, folder) if STEPS in families else ()


def main() -> int:
    """Run the session; 1 where something does not hold."""
    told = _told()
    rows: dict[str, Row] = {}
    done = _done(told.state)
    for case, failures in done.values():
        rows.setdefault(case[0], Row()).add(case[1], failures)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="parity-faults-") as name:
        folder = Path(name)
        for number, case in enumerate(generated(told, folder) if told.run else ()):
            if not any(text in case.row for text in told.only) or case.key in done or number % told.every:
                continue
            failures = _run(case, folder / f"case-{number}")
            rows.setdefault(case.row, Row()).add(case.seed, failures)
            _keep(told.state, case, failures)
            for failure in failures:
                print(f"{case.key} (at {case.at}): {failure}", file=sys.stderr, flush=True)  # noqa: T201 - its output
            if told.seconds and time.monotonic() - begun > told.seconds:
                break
    table = "\n".join((HEAD, *(row.line(name) for name, row in rows.items())))
    print(table)  # noqa: T201 - its output
    if told.page:
        cases = sum(row.tried for row in rows.values())
        write(told.page, "faults", f"{cases} faults, files of `harness/` {code()}", table)
    return int(any(row.failures for row in rows.values()))


def _told() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--step-seeds", type=int, default=0, help="how many for a kill at every step; 0: as many")
    parser.add_argument("--every", type=int, default=1, help="run each N-th case")
    parser.add_argument("--family", action="append", choices=FAMILIES, help="only this family; repeatable")
    parser.add_argument("--only", action="append", help="rows that hold this text; repeatable")
    parser.add_argument("--seconds", type=float, default=0.0, help="start no case after so long; 0: no limit")
    parser.add_argument("--state", type=Path, help="where finished cases are kept")
    parser.add_argument("--page", type=Path, help="write the table here")
    parser.add_argument("--no-run", dest="run", action="store_false", help="only the table of what the state holds")
    told = parser.parse_args()
    told.only = told.only or [""]
    return told


def _run(case: Case, folder: Path) -> list[str]:
    """Run one case; a fault of the session itself is a failure of the case."""
    folder.mkdir()
    try:
        return case.run(folder)
    except Exception as error:  # noqa: BLE001 - it is told, and the others go on
        return [f"session: {type(error).__name__}: {error}"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def code() -> str:
    """Name the state of the code by its files: 12 digits of a digest over all that is in the package."""
    package = Path(next(iter(harness.__path__)))
    found = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            found.update(f"{path.relative_to(package)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return found.hexdigest()[:12]


def _done(state: Path | None) -> dict[str, tuple[tuple[str, int], list[str]]]:
    """Read what was run with this code; a line that was cut is run again."""
    found = {}
    now = code()
    for line in state.read_text(encoding="utf-8").split("\n")[:-1] if state and state.exists() else ():
        told = json.loads(line)
        if told.get("code") == now:
            found[told["key"]] = ((told["row"], told["seed"]), told["failures"])
    return found


def _keep(state: Path | None, case: Case, failures: list[str]) -> None:
    if state is None:
        return
    told = {"key": case.key, "row": case.row, "seed": case.seed, "at": case.at, "code": code(), "failures": failures}
    with state.open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    sys.exit(main())
