"""One demo for all end-to-end tests, killed at ten moments and taken up again each time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.sandbox import stack

MOMENTS_SECONDS = (3.0, 5.0, 4.0, 7.0, 3.5, 9.0, 6.0, 4.5, 8.0, 5.5)
"""How long each of ten starts may live: during plan, submits, fetches and waves."""
CAMPAIGN_SECONDS = 900.0


@dataclass(frozen=True)
class Killed:
    """A demo campaign that was killed again and again, and then came to its end."""

    root: Path
    kills: int
    """Starts that were really ended by SIGKILL."""
    code: int
    """Exit code of the last resume."""
    output: str


def parity(arguments: Sequence[object], **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [sys.executable, "-m", "harness", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=CAMPAIGN_SECONDS, **options)  # type: ignore[call-overload,no-any-return]


def killed_after(arguments: Sequence[object], seconds: float) -> bool:
    """Start a command in a group of its own and kill it without warning; say whether it still ran."""
    command = [sys.executable, "-m", "harness", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        return True
    return False


def campaign_of(reports: Path) -> Path | None:
    """Find the campaign's folder once its plan is saved."""
    return next((each.parent for each in reports.glob("*/plan.json")), None)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    """Run the demo through ten kills."""
    reports = tmp_path_factory.mktemp("demo")
    arguments: list[object] = ["demo", "--into", reports]
    kills = 0
    for seconds in MOMENTS_SECONDS:
        root = campaign_of(reports)
        if root is not None:
            arguments = ["resume", root.name, "--reports", reports]
        kills += killed_after(arguments, seconds if root else max(seconds, _until_planned(reports)))
    root = campaign_of(reports)
    assert root is not None
    done = parity(["resume", root.name, "--reports", reports])
    yield Killed(root, kills, done.returncode, done.stdout + done.stderr)
    stack.down(root / "sandbox")


def _until_planned(reports: Path) -> float:
    """Give the first start as long as it needs on this machine: without a plan there is nothing to resume."""
    del reports
    return 6.0


def verdicts(root: Path) -> dict[str, str]:
    """Read the decisions of a campaign."""
    found = (json.loads(each.read_bytes()) for each in sorted((root / "verdict").glob("*.json")))
    return {each["repository"]: each["decision"] for each in found}


def audit(root: Path) -> list[dict[str, object]]:
    """Read what both stand-ins were asked, as their API servers wrote it down."""
    lines = (root / "sandbox" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(each) for each in lines]


def wait_for(found: object, seconds: float = 30.0) -> None:
    """Wait until a callable says yes."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found():  # type: ignore[operator]
            return
        time.sleep(0.1)
    message = "it did not happen in time"
    raise AssertionError(message)
