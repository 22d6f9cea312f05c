"""A fleet that never ran: repositories of many cadences whose images change every week, campaign by campaign.

Each campaign goes through the real planner, checks, judge and gate, with the evidence that earlier ones left.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.campaign import evidence, history
from harness.campaign.checks import requirements_of
from harness.campaign.conclude import RULE
from harness.campaign.selfcheck.defects import NOISE, Change
from harness.campaign.selfcheck.world import (
    MARGIN,
    START_SECONDS,
    SUBMITTED_AT,
    Draft,
    keep,
    observed,
    plan_of,
    repository_of,
)
from harness.campaign.waves import WAVES
from harness.judge.gate import Case, decide
from harness.model.carry import JobSummary
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import ImageIdentity, Plan, Run
from harness.model.policy import PRESETS
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, Judgement

WEEKS = 39
WEEK_SECONDS = 7 * 86_400
REPOSITORIES = 120
LOSSES = 0.01
"""Share of runs that each platform cuts."""
FALSE_FAILURES = 0.02
"""Share of legacy runs that a failed sidecar marks failed: honest, and explained."""
_FOUR_DAYS = tuple(day / 7 for day in range(PRESETS["standard"].days))
CADENCES: Mapping[str, tuple[float, ...]] = {
    "hourly": (0.0, 0.5),
    "daily": (0.0,),
    "weekly": (0.0,),
    "fortnightly": _FOUR_DAYS,
    "monthly": _FOUR_DAYS,
}
"""When in a week a repository's campaigns begin, each of which is a day.

The last two have a week of campaigns only every second and every fourth week, and run on as many days of it as the
policy asks for: on one day a month no base lives long enough for six days of evidence.
"""
EVERY: Mapping[str, int] = {"fortnightly": 2, "monthly": 4}
FAMILIES = ("ml.m5", "ml.c5")
BASES = 3
"""Base images a family; half of the cells change theirs once in the middle of the time."""
POLICY = PRESETS["standard"]
METRICS = 3
"""Of each job, all critical; a fault is one of the first."""
SDS = (0.25, 0.5, 0.75)
"""Of a paired difference, in margins: a repository with noise has one of them."""


@dataclass(frozen=True, slots=True)
class Member:
    """One repository of the fleet."""

    name: str
    cadence: str
    phase: int
    """Week of its first campaign, within its cadence."""
    family: str
    base: int
    moves: int
    """Week from which its cell has a new base; beyond the end where it keeps the old one."""
    noise: str
    """Empty: runs are bit-identical."""
    sd: float = SDS[0]
    """Of a paired difference, in margins."""

    def begins(self) -> Iterator[float]:
        """List when its campaigns begin, in weeks."""
        for week in range(self.phase, WEEKS, EVERY.get(self.cadence, 1)):
            yield from (week + day for day in CADENCES[self.cadence])

    def image(self, week: int) -> ImageIdentity:
        """Give the image of a week: its own layers on the cell's base."""
        base = f"{self.family}-{self.base}-{'new' if week >= self.moves else 'old'}"
        digest = _digest(f"{self.name} {week} {base}")
        return ImageIdentity(f"registry.example/{self.name}@{digest}", digest, _digest(base))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a candidate."""

    shift: float = 0.0
    """Of its metric, in margins."""
    change: Change | None = None
    share: float = 1.0
    """Of the candidate's runs that `change` strikes."""
    losses: float = LOSSES
    """Share of the candidate's runs that its platform cuts."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign's end."""

    begins: float
    decision: Decision
    tallies: tuple[JobSummary, ...]


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def members(seed: int) -> tuple[Member, ...]:
    """Draw a fleet: every cadence alike often, cells at random, half of the repositories with noise."""
    random = np.random.default_rng([seed, 1])
    moves = {(family, base): _moves(random, base) for family in FAMILIES for base in range(BASES)}
    found = []
    for number in range(REPOSITORIES):
        cadence = list(CADENCES)[number % len(CADENCES)]
        family, base = FAMILIES[int(random.integers(len(FAMILIES)))], int(random.integers(BASES))
        noise = list(NOISE)[int(random.integers(len(NOISE)))] if random.random() < 0.5 else ""  # noqa: PLR2004 # nosec B311 # a half; numpy, seeded: simulated data
        phase = int(random.integers(EVERY.get(cadence, 1)))
        sd = SDS[int(random.integers(len(SDS)))]
        found.append(Member(f"r{number:03d}", cadence, phase, family, base, moves[family, base], noise, sd))
    return tuple(found)


def _moves(random: np.random.Generator, base: int) -> int:
    return int(random.integers(WEEKS // 3, 2 * WEEKS // 3)) if base % 2 else WEEKS


class Story:
    """One repository's campaigns, one after the other, with its own record of what was found."""

    def __init__(self, member: Member, seed: int, folder: Path) -> None:
        """Begin it; contents of outputs are kept in the folder."""
        self.member = member
        self.repository = repository_of(POLICY, member.name, f"{member.family}.large", metrics=METRICS)
        self._folder = folder
        self._seed = [seed, int(_digest(member.name)[7:15], 16)]
        self.own: list[JobSummary] = []

    def campaign(self, begins: float, fault: Fault, others: Sequence[JobSummary]) -> Campaign:
        """Run one campaign and judge it with what was known when it began."""
        random = np.random.default_rng([*self._seed, round(begins * 14)])
        plan = plan_of(self.repository, f"{self.member.name}-{begins:g}", self.member.image(int(begins)))
        past = history.history_of(plan, self.repository, (*self.own, *others))
        schedule, seen = _carried_out(plan, _Draw(self.member, fault, random, begins), self._folder)
        findings = evidence.findings_of(schedule, self.repository, seen, lambda name: self._folder / name, own=past.own)
        left = history.tallies_of(schedule, self.repository, seen, findings)
        head = ("parity.judgement/1", self.member.name, plan.campaign, SUBMITTED_AT, "selfcheck")
        judgement = Judgement(*head, evidence={}, attempts=1, findings=findings, tallies=left, history=past, rule=RULE)
        decision = decide(
            Case(schedule, self.repository, judgement, (), {}, required=requirements_of(self.repository))
        ).decision
        self.own += left
        return Campaign(begins, decision, left)


class _Draw:
    """Draws what the runs of one campaign do."""

    def __init__(self, member: Member, fault: Fault, random: np.random.Generator, begins: float) -> None:
        self._member, self._fault, self._random = member, fault, random
        week, self._start = int(begins), START_SECONDS + begins * WEEK_SECONDS
        self._mean = 10 + float(np.random.default_rng([week, int(_digest(member.name)[7:15], 16)]).normal())
        self._image = member.image(week).config_digest

    def run(self, run: Run) -> Draft:
        """Draw one run."""
        candidate, random, fault = run.side is Side.CANDIDATE, self._random, self._fault
        noise = NOISE[self._member.noise](random, METRICS) if self._member.noise else np.zeros(METRICS)
        values = self._mean + MARGIN * self._member.sd / math.sqrt(2) * noise
        draft = Draft(
            float(values[0]) + MARGIN * (fault.shift if candidate else 0.0),
            wait_seconds=100 * float(np.exp(random.normal(0, 0.02))),
            image=self._image,
            start_seconds=self._start,
            lost=bool(random.random() < (fault.losses if candidate else LOSSES)),  # nosec B311 # numpy, seeded: simulated data
            sidecar_failed=not candidate and bool(random.random() < FALSE_FAILURES),  # nosec B311 # numpy, seeded: simulated data
            others=tuple(map(float, values[1:])),
        )
        struck = candidate and fault.change is not None and random.random() < fault.share  # nosec B311 # numpy, seeded: simulated data
        return fault.change(draft) if struck and fault.change is not None else draft


def _carried_out(plan: Plan, draw: _Draw, folder: Path) -> tuple[Schedule, dict[str, Observation]]:
    """Run wave after wave, as a campaign does."""
    schedule, seen = Schedule(plan), dict[str, Observation]()
    for wave in WAVES:
        schedule = schedule.amended(wave.amendments(schedule, seen))
        for pair in schedule.pairs:
            for run in schedule.runs_of(pair):
                if run.id not in seen:
                    draft = draw.run(run)
                    seen[run.id] = observed(run, draft, keep(folder, draft.rows))
    return schedule, seen
