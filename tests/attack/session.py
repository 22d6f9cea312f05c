"""`nox -s attack`: hostile inputs, and alterations of evidence; red where one does not hold or a control passes.

`--tenth` runs every tenth case of the seed, `--only` one half. A table goes to stdout, each failure to stderr.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from attack import altered, controls, finished, hostile
from attack.case import Held, run
from measured import write

SEED = 20261130
PART = 10
KINDS = ("crash", "escape", "bounds")


@dataclass
class Row:
    """What the inputs of one family came to."""

    inputs: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    cpu_seconds: float = 0.0
    memory_bytes: int = 0

    def add(self, held: Held) -> None:
        """Count one more."""
        self.inputs += 1
        kinds = {next((kind for kind in KINDS if said.startswith(kind)), "other") for said in held.failures}
        self.failures.update(kinds)
        self.cpu_seconds = max(self.cpu_seconds, held.ended.cpu_seconds)
        self.memory_bytes = max(self.memory_bytes, held.ended.memory_bytes)

    def line(self, name: str) -> str:
        """Write it as a row of the table."""
        counts = " | ".join(str(self.failures[kind]) for kind in (*KINDS, "other"))
        return f"| {name} | {self.inputs} | {counts} | {self.cpu_seconds:.1f} | {self.memory_bytes >> 20} |"


HEAD = (
    "| family | inputs | crashes | escapes | over bounds | other | most CPU s | most MiB |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def hostile_inputs(seed: int, folder: Path, every: int) -> tuple[list[str], bool]:
    """Run them; give the table, and whether all held."""
    rows: dict[str, Row] = {}
    for number, case in enumerate(hostile.cases(seed, folder)):
        if (number + seed) % every:
            continue
        held = run(case, folder / str(number))
        rows.setdefault(case.family, Row()).add(held)
        for failure in held.failures:
            print(f"{case.family}: {case.name}: {failure}", file=sys.stderr, flush=True)  # noqa: T201 - its output
    total = Row()
    for row in rows.values():
        total.inputs += row.inputs
        total.failures += row.failures
        total.cpu_seconds = max(total.cpu_seconds, row.cpu_seconds)
        total.memory_bytes = max(total.memory_bytes, row.memory_bytes)
    table = [HEAD, *(row.line(name) for name, row in sorted(rows.items())), total.line("all")]
    return table, not total.failures


def alterations(seed: int, folder: Path, every: int, thinned: int = altered.THINNED) -> tuple[list[str], bool]:
    """Alter finished campaigns; give the table, and whether no GO was left and every control held."""
    base = finished.make(folder / "finished")
    failures = altered.controls(base, folder)
    counts = altered.measure(base, seed, folder, altered.Steps(every * thinned, every))
    failures += [f"{name}: {told}" for name, count in counts.items() for told in count.told]
    for failure in failures:
        print(failure, file=sys.stderr, flush=True)  # noqa: T201 - its output
    return [altered.HEAD, *(count.line(name) for name, count in counts.items())], not failures


def main() -> int:
    """Run the session; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--tenth", action="store_true", help="every tenth case")
    parser.add_argument("--thinned", type=int, default=altered.THINNED, help="every so many of the single alterations")
    parser.add_argument("--only", choices=["hostile", "altered"], help="one half")
    parser.add_argument("--page", type=Path, help="write both tables here")
    told = parser.parse_args()
    begun, every, tables, held = time.monotonic(), PART if told.tenth else 1, list[str](), True
    with tempfile.TemporaryDirectory(prefix="parity-attack-") as name:
        folder = Path(name)
        missed = controls.missed(folder / "controls")
        for text in missed:
            print(f"control not found: {text}", file=sys.stderr)  # noqa: T201 - its output
        for half, run_half in (("hostile", hostile_inputs), ("altered", partial(alterations, thinned=told.thinned))):
            if told.only in {None, half}:
                lines, sound = run_half(told.seed, folder, every)
                tables.append("\n".join(lines))
                held = held and sound
    print("\n\n".join(tables))  # noqa: T201 - its output
    print(f"seed {told.seed}, {time.monotonic() - begun:.0f} s", file=sys.stderr)  # noqa: T201 - its output
    if told.page:
        write(told.page, "attack", f"seed {told.seed}", "\n\n".join(tables))
    return 0 if held and not missed else 1


if __name__ == "__main__":
    sys.exit(main())
