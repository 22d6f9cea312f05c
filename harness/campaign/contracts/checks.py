"""The contract of checks, on a campaign that never ran: swapped, run again, and with a finding taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.campaign import evidence
from harness.campaign.check import Check, JobCheck, PairCheck, RunCheck
from harness.campaign.checks import requirements_of
from harness.campaign.selfcheck.world import BASE, POLICY, SUBMITTED_AT, Draft, keep, observed, plan_of, repository_of
from harness.judge.coverage import missing
from harness.judge.gate import Case, decide
from harness.model.finding import Finding, Outcome, Requirement, speaks_for
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, Judgement

_POLICY = replace(POLICY, pairs=3, repeats=3, bad_runs_max=0.7, startup_required=False)


def of_check(check: Check) -> Iterator[str]:
    """It is pure, treats both sides alike, leaves what it requires, and what it leaves is missed when it is gone."""
    if not isinstance(check, RunCheck | PairCheck | JobCheck):
        yield "it is none of RunCheck, PairCheck and JobCheck"
        return
    repository = repository_of(_POLICY)
    plan = plan_of(repository)
    required = tuple(need for need in requirements_of(repository) if need.check == check.name)
    yield from (f"it requires {need.subject}, which is not of the job" for need in required if not _of_job(need))
    with TemporaryDirectory(prefix="parity-contract-") as folder:
        draft = Draft(10.0)
        digest = keep(Path(folder), BASE)
        seen = {run.id: observed(run, draft, digest) for run in plan.runs}
        first = _findings(plan, repository, seen, Path(folder))
        if first != _findings(plan, repository, seen, Path(folder)):
            yield "it gives other findings for the same evidence"
        own = [finding for finding in first if speaks_for(check.name, finding.check)]
        yield from (f"it crashed on sound runs: {finding.summary}" for finding in own if ".crashed" in finding.check)
        yield from _swapped(check, plan, repository, seen, folder=Path(folder), own=own)
        yield from _taken_away(check, plan, repository, first, required=required)


def _of_job(need: Requirement) -> bool:
    return need.subject == "train" or need.subject.startswith("train/")


def _findings(plan: Plan, repository: Repository, seen: dict[str, Observation], folder: Path) -> tuple[Finding, ...]:
    schedule = Schedule.whole(plan)
    return evidence.findings_of(schedule, repository, seen, lambda name: folder / name)


def _swapped(
    check: Check,
    plan: Plan,
    repository: Repository,
    seen: dict[str, Observation],
    *,
    folder: Path,
    own: Sequence[Finding],
) -> Iterator[str]:
    """Give the outputs of each side to the other: alike runs stay alike, whichever side left them."""
    by_pair = {pair.id: [seen[run] for run in pair.runs if run in seen] for pair in plan.pairs}
    swapped = dict(seen)
    for runs in by_pair.values():
        if len(runs) == 2:  # noqa: PLR2004 - of a pair
            one, other = runs
            swapped[one.run.id] = replace(one, outputs=other.outputs, metrics=other.metrics)
            swapped[other.run.id] = replace(other, outputs=one.outputs, metrics=one.metrics)
    found = _findings(plan, repository, swapped, folder)
    mine = Counter(finding.outcome for finding in found if speaks_for(check.name, finding.check))
    if mine != Counter(finding.outcome for finding in own):
        yield "it says something else when the results of the two sides change places"


def _taken_away(
    check: Check,
    plan: Plan,
    repository: Repository,
    findings: tuple[Finding, ...],
    *,
    required: Sequence[Requirement],
) -> Iterator[str]:
    """Take each required finding of the check away: nothing that is gone may leave a GO."""
    schedule = Schedule.whole(plan)
    gone = [finding for finding in missing(schedule, repository, findings, required) if _is_of(check, finding)]
    yield from (f"it requires {finding.subject} and leaves no finding of it" for finding in gone)
    if _decision(schedule, repository, findings) is not Decision.GO:
        yield "a campaign of sound and equal runs is no GO with it"
        return
    for need in required:
        left = tuple(
            finding
            for finding in findings
            if not (speaks_for(check.name, finding.check) and finding.dimension is need.dimension)
        )
        if _decision(schedule, repository, left) is Decision.GO:
            yield f"without its findings of {need.subject} the verdict is GO all the same"


def _is_of(check: Check, finding: Finding) -> bool:
    return finding.outcome is Outcome.NOT_RUN and finding.check == f"{check.name}.required"


def _decision(schedule: Schedule, repository: Repository, findings: tuple[Finding, ...]) -> Decision:
    head = ("parity.judgement/1", repository.name, schedule.plan.campaign, SUBMITTED_AT, "contract")
    judgement = Judgement(*head, evidence={}, attempts=1, findings=findings)
    return decide(Case(schedule, repository, judgement, (), {}, required=requirements_of(repository))).decision
