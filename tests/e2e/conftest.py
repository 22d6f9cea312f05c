"""One demo for all end-to-end tests: from a wheel in an empty folder, killed ten times and taken up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.sandbox import stack

PROJECT = Path(__file__).parents[2]
MOMENTS_SECONDS = (2.0, 3.0, 5.0, 4.0, 7.0, 3.5, 9.0, 6.0, 4.5, 8.0)
"""How long each of ten starts may live; the first one from its saved plan on: without it there is nothing to resume."""
BEGIN_SECONDS = 120.0
CAMPAIGN_SECONDS = 1500.0
"""A demo alone on two cores takes 3 minutes; beside two other workers on a slow host it has taken more than 12."""


@dataclass(frozen=True)
class Parity:
    """The command as a user has it."""

    folder: Path
    environment: Mapping[str, str]

    def start(self, *arguments: object, **options: object) -> subprocess.Popen[str]:
        """Start a command."""
        command = [sys.executable, "-m", "harness", *map(str, arguments)]
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            command, cwd=self.folder, env=self.environment, text=True, **options
        )

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; one that does not come there fails with what it said."""
        process = self.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=CAMPAIGN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate(timeout=10)
            pytest.fail(f"{arguments} went on after {CAMPAIGN_SECONDS:g} s, and had said:\n{out}\n{err}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def killed_after(self, seconds: float, *arguments: object, begun: Callable[[], object] = lambda: True) -> bool:
        """Start a command and kill it so long after it has begun; say whether it still ran."""
        process = self.start(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ends = time.monotonic() + BEGIN_SECONDS
        while not begun() and time.monotonic() < ends:
            time.sleep(0.05)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(10)
            return True
        return False


@dataclass(frozen=True)
class Campaign:
    """A campaign that was killed again and again, and then came to its end."""

    parity: Parity
    root: Path
    kills: int
    """Starts that were really ended by SIGKILL."""
    ended: subprocess.CompletedProcess[str]
    """The last resume."""
    sandbox: Path
    """The folder of its sandbox, which the last resume deleted."""
    audit: Path
    """A second name of what its stand-ins were asked, which outlives that folder."""

    def command(self, verb: str, *more: object) -> subprocess.CompletedProcess[str]:
        """Run a command over this campaign."""
        return self.parity.run(verb, self.root.name, *more, "--reports", self.root.parent)


@pytest.fixture(scope="session")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Parity:
    """Build the wheel, install it, and run from there in an empty folder."""
    made = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(made), "."]
    subprocess.run(build, cwd=PROJECT, check=True, timeout=300)
    (wheel,) = made.glob("*.whl")
    installed = tmp_path_factory.mktemp("installed")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(install, check=True, timeout=300)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KUBE"))}
    empty = tmp_path_factory.mktemp("empty")
    state = str(tmp_path_factory.mktemp("state"))
    return Parity(empty, {**kept, "PYTHONPATH": str(installed), "HOME": str(empty), "XDG_STATE_HOME": state})


@pytest.fixture(scope="session")
def demo(parity: Parity) -> Iterator[Campaign]:
    """Run the demo through ten kills."""
    reports = parity.folder / "reports"
    kills = int(parity.killed_after(MOMENTS_SECONDS[0], "demo", begun=lambda: [*reports.glob("*/plan.json")]))
    (plan,) = reports.glob("*/plan.json")
    root = plan.parent
    sandbox = Path(parity.environment["XDG_STATE_HOME"]) / "parity" / "sandbox" / root.name
    audit = parity.folder / "audit.jsonl"
    audit.hardlink_to(sandbox / "audit.jsonl")
    for seconds in MOMENTS_SECONDS[1:]:
        kills += parity.killed_after(seconds, "resume", root.name, "--reports", reports)
    yield Campaign(parity, root, kills, parity.run("resume", root.name, "--reports", reports), sandbox, audit)
    stack.down(sandbox)


def decisions(root: Path) -> dict[str, str]:
    """Read the decisions of a campaign."""
    found = (json.loads(path.read_bytes()) for path in sorted((root / "verdict").glob("*.json")))
    return {item["repository"]: item["decision"] for item in found}


@pytest.fixture
def changed(demo: Campaign) -> Iterator[Callable[[str], None]]:
    """Take one evidence file away for the length of a test."""
    moved: list[tuple[Path, Path]] = []

    def remove(name: str) -> None:
        here = demo.root / name
        away = here.with_name(here.name + ".away")
        here.rename(away)
        moved.append((here, away))

    yield remove
    for here, away in moved:
        away.rename(here)
