"""One trial: a seeded campaign's observations through the real checks, the real judge and the real gate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from harness.campaign import evidence, history
from harness.campaign.checks import requirements_of
from harness.campaign.conclude import RULE
from harness.campaign.selfcheck.defects import ALONE, LEGACY_CALM, NOISE, Row
from harness.campaign.selfcheck.world import MARGIN, POLICY, SUBMITTED_AT, Draft, keep, observed, plan_of, repository_of
from harness.judge.gate import Case, decide
from harness.model.finding import Finding
from harness.model.job import Side
from harness.model.plan import Grade, Plan
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, Judgement

LEGACY_MEAN = 10.0
WAIT_SPREAD = 0.02
"""Standard deviation of the logarithm of a startup time."""


@dataclass(frozen=True, slots=True)
class Count:
    """What some trials of one row came to."""

    trials: int = 0
    go: int = 0
    inconclusive: int = 0
    no_go: int = 0
    covered: int = 0
    """Trials whose interval held the true shift."""
    with_interval: int = 0
    pairs: float = 0.0
    """Pairs until a NO-GO, added up."""

    def plus(self, other: Count) -> Count:
        """Add two counts."""
        return Count(
            self.trials + other.trials,
            self.go + other.go,
            self.inconclusive + other.inconclusive,
            self.no_go + other.no_go,
            self.covered + other.covered,
            self.with_interval + other.with_interval,
            self.pairs + other.pairs,
        )


def count(row: Row, seed: int, first: int, last: int) -> Count:
    """Run trials `first` to `last` (without it) of a row; each draws from its own seed, so any split gives the same."""
    repository = repository_of(replace(POLICY, pairs=row.pairs))
    plan = plan_of(repository)
    total = Count()
    with TemporaryDirectory(prefix="parity-selfcheck-") as folder:
        for number in range(first, last):
            key = int.from_bytes(hashlib.sha256(row.name.encode()).digest()[:4], "big")
            drafts = drafts_of(row, plan, np.random.default_rng([seed, key, number]))
            total = total.plus(_judge(row, plan, repository, drafts, folder=Path(folder)))
    return total


def drafts_of(row: Row, plan: Plan, random: np.random.Generator) -> dict[str, Draft]:
    """Draw what every run does, then seed the defect."""
    drafts: dict[str, Draft] = {}
    for side in Side:
        runs = [run.id for run in plan.runs if run.side is side]
        candidate = side is Side.CANDIDATE
        draw = ALONE[row.candidate_noise] if candidate and row.candidate_noise else NOISE[row.noise]
        noise = draw(random, len(runs))
        share = row.noise_share
        if row.candidate_noise and not candidate:
            share = row.noise_share * LEGACY_CALM
        values = LEGACY_MEAN + MARGIN * (share * noise + (row.shift if candidate else 0.0))
        waits = 100 * np.exp(random.normal(0, WAIT_SPREAD, len(runs))) * (row.slower if candidate else 1.0)
        drafts |= {run: Draft(float(value), float(wait)) for run, value, wait in zip(runs, values, waits, strict=True)}
    if row.both is not None:
        changes = dict(zip(Side, row.both, strict=True))
        drafts = {run.id: changes[run.side](drafts[run.id]) for run in plan.runs}
    if row.change is not None:
        launched = [pair for pair in plan.pairs if pair.grade is Grade.LAUNCHED]
        pair = launched[int(random.integers(len(launched)))]
        chosen = next(run.id for run in plan.runs if run.id in pair.runs and run.side is Side.CANDIDATE)
        drafts[chosen] = row.change(drafts[chosen])
    return drafts


def _judge(row: Row, plan: Plan, repository: Repository, drafts: dict[str, Draft], *, folder: Path) -> Count:
    seen = {run.id: observed(run, drafts[run.id], keep(folder, drafts[run.id].rows)) for run in plan.runs}
    schedule = Schedule.whole(plan)
    findings = evidence.findings_of(schedule, repository, seen, lambda name: folder / name)
    left = history.tallies_of(schedule, repository, seen, findings)
    head = ("parity.judgement/1", repository.name, plan.campaign, SUBMITTED_AT, "selfcheck")
    judgement = Judgement(*head, evidence={}, attempts=1, findings=findings, tallies=left, rule=RULE)
    decision = decide(Case(schedule, repository, judgement, (), {}, required=requirements_of(repository))).decision
    word = {Decision.GO: "go", Decision.NO_GO: "no_go"}.get(decision, "inconclusive")
    return replace(_interval(findings, row.shift * MARGIN), trials=1, **{word: 1})


def _interval(findings: tuple[Finding, ...], truth: float) -> Count:
    """Hold what the metric's finding leaves possible against the shift that was seeded."""
    measure = next(
        (finding.measure for finding in findings if finding.check == "metrics.equivalence" and finding.measure), None
    )
    if measure is None or measure.interval is None:
        return Count()
    low, high = measure.interval
    return Count(covered=int(low <= truth <= high), with_interval=1)


def nominal_coverage() -> float:
    """Give what an interval must cover at least; told by the policy, not by the judge that is under test."""
    return 1 - 2 * POLICY.alpha
