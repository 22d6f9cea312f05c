"""`nox -s audit`: our code, its dependencies and their licences, looked at from outside; red where one step fails.

Bandit over harness/, known holes of locked packages, the bill of materials, licences, workflows. What can't be looked
at is NOT RUN, with the reason, and fails nothing. SBOM and licence table are written to `--into`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from audit import bill, holes, licences, source, workflows
from audit.step import Step

ROOT = Path(__file__).parent.parent.parent
LOCK = ROOT / "requirements.lock"


def steps(into: Path, today: dt.date) -> dict[str, Callable[[], Step]]:
    """Name every step."""
    return {
        "bandit": lambda: source.audit(ROOT / "harness", ROOT / "pyproject.toml"),
        "holes": lambda: holes.audit(LOCK, holes.ignored(Path(__file__).parent / "ignored.toml"), today),
        "sbom": lambda: bill.audit(ROOT, into),
        "licences": lambda: licences.audit(LOCK, into),
        "workflows": lambda: workflows.audit(ROOT),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the session; 1 where a step fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "build" / "audit", help="folder of what is written")
    parser.add_argument("--only", action="append", help="a step; may be repeated")
    asked = parser.parse_args(arguments)
    known = steps(asked.into, dt.datetime.now(dt.UTC).date())
    if strange := sorted(set(asked.only or ()) - known.keys()):
        parser.error(f"--only {', '.join(strange)}: the steps are {', '.join(known)}")
    return run({name: known[name] for name in asked.only or known})


def run(chosen: Mapping[str, Callable[[], Step]]) -> int:
    """Run steps and print what each came to; 1 where one fails."""
    failed = False
    for name, look in chosen.items():
        begun = time.monotonic()
        step = look()
        failed = failed or step.state == "FAILED"
        print(f"{name:<10} {step.state + ':':<8} {step.summary} ({time.monotonic() - begun:.0f} s)", flush=True)  # noqa: T201 - its output
        for failure in step.failures:
            print(f"  {failure}", file=sys.stderr, flush=True)  # noqa: T201 - its output
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
