"""One step of the audit: what it found, or why it did not run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM_SECONDS = 240


@dataclass(frozen=True)
class Step:
    """What a step came to; failures are shown one a line."""

    summary: str
    failures: tuple[str, ...] = ()
    ran: bool = True

    @property
    def state(self) -> str:
        """Say it in a word or two."""
        if self.failures:
            return "FAILED"
        return "passed" if self.ran else "NOT RUN"


def not_run(reason: str) -> Step:
    """Make a step that could not look: it neither passed nor fails the audit."""
    return Step(reason, ran=False)


def module(name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment as `python -m`."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", name, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        check=False,
        capture_output=True,
        text=True,
        timeout=PROGRAM_SECONDS,
    )


def last_line(text: str) -> str:
    """Give the last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "nothing was printed")
