"""`nox -s fuzz`: records, files of several records, and logs, changed at random; red where one crashes or turns.

Of each 10,000 cases by default; the table goes to stdout, or into `--page`, each failure to stderr.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fuzz import files, logs, records
from measured import write

SEED = 20261130
CASES = 10_000
TENTH = 10
Counts = dict[str, Counter[str]]
HEAD = (
    "| what | mutation | cases | crashes | answers that changed | answers that turned | without bounds |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
)
Make = Callable[[int, int], Any]
Check = Callable[[Any], list[str]]
KINDS = ("crash", "changed", "turned", "unbounded")


def count(make: Make, check: Check, numbers: Iterable[int], seed: int) -> Counts:
    """Run cases; count by mutation, and tell each failure."""
    found: Counts = {}
    for number in numbers:
        case = make(number, seed)
        row = found.setdefault(case.mutation, Counter())
        row["cases"] += 1
        for failure in check(case):
            row[failure.partition(":")[0]] += 1
            print(f"{number}: {case.mutation}: {failure}", file=sys.stderr, flush=True)  # noqa: T201 - its output
    return found


FUZZED: dict[str, tuple[Make, Check]] = {
    "record": (records.case, records.failures),
    "file": (files.case, files.failures),
    "log": (logs.case, logs.failures),
}
"""What is changed: records of one Job or service job, files of Jobs with their parents, logs."""


def every(numbers: Iterable[int], seed: int) -> dict[str, Counts]:
    """Run the cases of these numbers, of each kind."""
    wanted = tuple(numbers)
    return {what: count(make, check, wanted, seed) for what, (make, check) in FUZZED.items()}


def table(found: dict[str, Counts]) -> str:
    """Write the table."""
    rows = []
    for what, counts in found.items():
        for mutation, row in sorted(counts.items()):
            told = " | ".join(str(row[kind]) for kind in ("cases", *KINDS))
            rows.append(f"| {what} | {mutation.replace('_', ' ')} | {told} |")
    return "\n".join((HEAD, *rows))


def failed(found: dict[str, Counts]) -> int:
    """Count what did not hold."""
    return sum(row[kind] for counts in found.values() for row in counts.values() for kind in KINDS)


def main(arguments: list[str]) -> int:
    """Run the session."""
    parser = argparse.ArgumentParser(prog="nox -s fuzz --")
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args(arguments)
    found = every(range(asked.cases), asked.seed)
    if asked.page:
        write(asked.page, "fuzz", f"{asked.cases:,} each of {', '.join(FUZZED)}, seed {asked.seed}", table(found))
    else:
        print(table(found))  # noqa: T201 - its output
    return 1 if failed(found) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
