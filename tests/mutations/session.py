"""Mutate records of Jobs and their parents, and count: `python -m mutations.session --count 10000 --seed 1`."""

from __future__ import annotations

import argparse
import random
import sys
import traceback
from collections import Counter

from mutations.records import BASES, changed, faults

SHOWN_MAX = 10


def main() -> int:
    """Run the session; 1 where anything does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    draw, found = random.Random(wanted.seed), Counter[str]()
    shown = 0
    for number in range(wanted.count):
        place = draw.randrange(len(BASES))
        change = changed(BASES[place], draw)
        try:
            told = list(faults(BASES[place], change))
        except Exception:  # noqa: BLE001 - a crash of any kind is what is looked for
            told = [f"crash: {traceback.format_exc().splitlines()[-1]}"]
        found.update(fault.rpartition(": ")[2] if ":" in fault else fault for fault in told)
        if told and shown < SHOWN_MAX:
            shown += 1
            sys.stdout.write(f"record {number}, base {place}, {', '.join(change.what)}: {'; '.join(told)}\n")
    sys.stdout.write(f"{wanted.count} mutated records of {len(BASES)} files, seed {wanted.seed}: ")
    sys.stdout.write(f"{sum(found.values())} faults {dict(found) or ''}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
