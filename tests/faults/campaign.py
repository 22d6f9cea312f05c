"""A small campaign over scripted endpoints, run by the real command line in a process that a fault may end."""

from __future__ import annotations

import gc
import os
import re
import shutil
import time
from collections.abc import Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import forked
from faults import elsewhere, seam, unsynced
from faults.platform import Scripted, created, present

from harness.campaign import story
from harness.campaign.selfcheck.world import IMAGE
from harness.campaign.wiring import Connections
from harness.cli.main import parity
from harness.config.load import load
from harness.model.clock import iso
from harness.model.job import Side
from harness.model.plan import Plan
from harness.runner import inbox
from harness.runner.plan import Header, make_plan
from harness.store import codec
from harness.store.archive import Archive
from harness.store.reports import Reports, open_reports

NAME = "faults"
BOUNDS = forked.Bounds(cpu_seconds=60, wall_seconds=120.0)
CONFIG = Path(__file__).with_name("repos.yaml")
_TICK_SECONDS = 0.01
_DECISION = re.compile(r"wine: (GO|NO-GO|INCONCLUSIVE) ")
GO = ("GO",)
CODE_OF = {"GO": 0, "INCONCLUSIVE": 3}
"""Verdicts that a struck campaign may come to, and the exit code of each."""


def plan_small(seed: int, config: Path) -> Plan:
    """Plan three pairs of one job; the seed draws the order in each pair."""
    header = Header(NAME, iso(time.time()), story.tool_version(), seed, codec.digest(config.read_bytes()))
    endpoints = {f"wine/{side.value}": {"synthetic": "yes"} for side in Side}
    return make_plan(header, load(config), resolve=lambda *_: IMAGE, endpoints=endpoints, price=None)


@dataclass(frozen=True, slots=True)
class Scene:
    """A campaign's folder and its platform."""

    folder: Path
    place: str = ""
    """What a user would type after --reports; empty: a folder of its own."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment of its processes."""
    host: str = ""
    """Who carries it; empty: this machine."""

    @property
    def reports(self) -> Reports:
        """Where all of its evidence lies."""
        with elsewhere.environment(self.settings):
            return open_reports(self.place or str(self.folder / "reports"))

    @property
    def archive(self) -> Archive:
        """Where its evidence lies."""
        return self.reports.archive(NAME)

    @property
    def platform(self) -> Path:
        """What happened on both platforms."""
        return self.folder / "platform.log"

    @property
    def steps(self) -> list[str]:
        """All steps that its processes took."""
        return (self.folder / seam.STEPS).read_text(encoding="utf-8").splitlines()

    def prepare(self, seed: int) -> None:
        """Plan it and enter it into the ledger."""
        self.folder.mkdir(parents=True)
        shutil.copy(CONFIG, self.folder)
        plan = plan_small(seed, CONFIG)
        self.archive.save_plan(plan)
        self.platform.write_text("", encoding="utf-8")
        story.enter(plan, self.reports.ledger, plan.created_at)

    def start(
        self,
        strike: seam.Strike | None = None,
        say: str = "said",
        disk: unsynced.Disk | None = None,
        words: tuple[str, ...] = (),
    ) -> forked.Child:
        """Start a process that carries the campaign; the strike falls at its step, the disk notes what is safe."""
        return forked.start(lambda: self._resume(strike, disk, words), self.folder / say, BOUNDS, cwd=self.folder)

    def run(
        self,
        strike: seam.Strike | None = None,
        say: str = "said",
        disk: unsynced.Disk | None = None,
        words: tuple[str, ...] = (),
    ) -> forked.Ended:
        """Run one to its end."""
        return self.start(strike, say, disk, words).wait(BOUNDS.wall_seconds)

    def command(self, *words: str) -> forked.Ended:
        """Run a command that asks no platform."""

        def act() -> object:
            os.environ.update(self.settings)
            return parity([*words, "--reports", self.place or "reports"], prog_name="parity")

        return forked.run(act, self.folder / "told", BOUNDS, self.folder)

    def _resume(self, strike: seam.Strike | None, disk: unsynced.Disk | None, words: tuple[str, ...]) -> object:
        os.environ.update(self.settings)
        inbox._TICK_SECONDS = _TICK_SECONDS
        if self.host:
            elsewhere.be_host(self.host)
        if disk is not None:
            disk.begin()
            unsynced.taken_over(disk)
        steps = seam.install(strike, self.folder)
        if self.place:
            elsewhere.install(steps)
        backend = Scripted(self.platform, steps.take)
        backends = {("wine", side): backend for side in Side}
        staging = SimpleNamespace(listing=lambda *_: None)  # nothing of an input is listed
        story.wire = lambda _, __, clock: Connections(backends, {}, clock, lambda *_: staging)  # type: ignore[assignment, return-value, arg-type]
        return parity(["resume", NAME, "--reports", self.place or "reports", *words], prog_name="parity")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a campaign came to after its faults, in the counts of the table."""

    decision: str
    twice: int = 0
    """Jobs that were started more than once."""
    lost: int = 0
    """Planned runs without an observation, or with one that says that they never ran."""
    damaged: int = 0
    """1 where evidence is missing or not what was judged."""
    left: int = 0
    """Objects left on the platforms."""
    litter: tuple[str, ...] = ()
    """Temporary files and fences."""
    said: str = field(default="", compare=False)
    """What the gate said, for whoever looks for the cause."""

    def failures(self, *expected: str) -> list[str]:
        """Name the counts that are not as they must be; the verdict is one of the expected."""
        counts = {"started twice": self.twice, "lost": self.lost, "damaged": self.damaged, "left": self.left}
        said = [f"{name}: {count}" for name, count in counts.items() if count]
        why = f"verdict: {self.decision}, not {' or '.join(expected)}: {self.said.strip()[:600]!r}"
        return said if self.decision in expected else [why, *said]


def warm(scene: Scene) -> None:
    """Load in this process what its children would each load anew: modules, compiled templates.

    A child is forked with all of it, which makes a case four times as quick.
    """
    place = str(scene.place or scene.folder / "reports")
    for verb in ("recompare", "report"):
        with redirect_stdout(StringIO()), elsewhere.environment(scene.settings), suppress(SystemExit):
            parity([verb, NAME, "--reports", place], prog_name="parity")
    gc.collect()
    gc.freeze()


def outcome(scene: Scene) -> Outcome:
    """Count what became of a campaign, by its gate and by what its platform was asked."""
    archive = scene.archive
    gate = scene.command("gate", NAME, "--allow-synthetic")
    plan = archive.load_plan()
    first = {name for pair in plan.pairs if pair.wave == 1 for name in pair.runs}
    seen = [archive.load_observation(name) for name in first]
    decision = _DECISION.search(gate.out)
    return Outcome(
        decision[1] if decision else f"none, code {gate.code}: {(gate.out + gate.err).strip()[-300:]}",
        sum(count - 1 for count in created(scene.platform).values()),
        sum(observation is None or bool(observation.not_submitted) for observation in seen),
        int("missing or changed" in gate.out or "evidence:" in gate.err or "damaged" in gate.out + gate.err),
        len(present(scene.platform)),
        tuple(sorted(path.name for path in scene.folder.rglob("*") if path.suffix == ".tmp" or path.name == "fence")),
        gate.out,
    )
