"""Runs of one side with one identity, of this campaign and of earlier ones, by where and when they ran (A/A). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from harness.campaign.evidence import guarded
from harness.campaign.history import repeats_of, standing_of
from harness.judge.carry import changes
from harness.judge.strata import strata_finding
from harness.model.carry import JobSummary
from harness.model.finding import Dimension, Finding
from harness.model.job import Job, Side
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.policy import Change
from harness.model.repository import Repository
from harness.model.schedule import Schedule

STRATA = frozenset({Change.INSTANCE, Change.FAMILY})
"""Changes that leave the identity as it is: they are what runs are held against each other for."""


def findings_of(
    schedule: Schedule, repository: Repository, seen: Mapping[str, Observation], own: Sequence[JobSummary]
) -> Iterator[Finding]:
    """Say of every metric whether it depends on where or when a run ran; nothing of it decides, a crash neither.

    `own`: what earlier campaigns of the repository left.
    """
    for job in repository.jobs:
        told = guarded(
            "noise",
            Dimension.METRICS,
            f"{job.name}/strata",
            None,
            check=partial(_told, schedule, repository, job, seen, own),
        )
        yield from (replace(finding, required=False) for finding in told)


def _told(  # noqa: PLR0917 - bound by `partial`
    schedule: Schedule, repository: Repository, job: Job, seen: Mapping[str, Observation], own: Sequence[JobSummary]
) -> tuple[Finding, ...]:
    here, earlier = repeats_of(schedule, repository, job, seen), _alike(schedule.plan, repository, job, own)
    runs = [run.id for side in Side for run in schedule.alike(repository.name, job.name, side) if run.id in seen]
    files = tuple(f"runs/{run}/observation.json" for run in runs)
    found = []
    for metric in job.metrics:
        past = {
            side: [run for tally in earlier for run in tally.repeats.get(side, {}).get(metric.name, ())]
            for side in Side
        }
        all_runs = {side: (*past[side], *here[side][metric.name]) for side in Side}
        finding = strata_finding(f"{job.name}/{metric.name}", all_runs, files)
        count = sum(map(len, past.values()))
        more = f" {count} runs are of earlier campaigns with the same identity." if count else ""
        found.append(replace(finding, summary=finding.summary + more))
    return tuple(found)


def _alike(plan: Plan, repository: Repository, job: Job, own: Sequence[JobSummary]) -> list[JobSummary]:
    """Choose earlier campaigns whose runs had this very identity, on whatever instance."""
    now = standing_of(plan, repository, job)
    mine = [tally for tally in own if (tally.standing.repository, tally.standing.job) == (now.repository, now.job)]
    return [tally for tally in mine if {*changes(tally.standing, now)} <= STRATA]
