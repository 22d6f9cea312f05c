"""A campaign of one job that never ran: all its runs are sound and alike, and every installed check has judged it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.campaign import evidence
from harness.campaign.checks import requirements_of
from harness.campaign.selfcheck.world import BASE, POLICY, SUBMITTED_AT, Draft, keep, observed, plan_of, repository_of
from harness.judge.gate import Case, decide, effective_findings
from harness.model.finding import Finding
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Judgement
from harness.report.values import ReportView
from harness.report.view import view_of

_POLICY = replace(POLICY, pairs=3, repeats=3, bad_runs_max=0.7, startup_required=False)


@dataclass(frozen=True, slots=True)
class SoundCampaign:
    """A repository, its plan, and what was seen of each run."""

    repository: Repository
    plan: Plan
    seen: Mapping[str, Observation]
    folder: Path
    """Holds the payload files."""

    @property
    def schedule(self) -> Schedule:
        """Give its runs, none of which was added or dropped."""
        return Schedule.whole(self.plan)

    def findings(self, seen: Mapping[str, Observation] | None = None) -> tuple[Finding, ...]:
        """Run every installed check over what was seen, or over something else."""
        observed_runs = dict(self.seen if seen is None else seen)
        return evidence.findings_of(self.schedule, self.repository, observed_runs, lambda name: self.folder / name)

    def case(self, findings: tuple[Finding, ...]) -> Case:
        """Give what the gate decides from, with these findings."""
        head = ("parity.judgement/1", self.repository.name, self.plan.campaign, SUBMITTED_AT, "contract")
        judgement = Judgement(*head, evidence={}, attempts=1, findings=findings)
        required = requirements_of(self.repository)
        return Case(self.schedule, self.repository, judgement, (), {}, required=required)


@contextmanager
def sound_campaign() -> Iterator[SoundCampaign]:
    """Make the campaign; its payload files are gone afterwards."""
    repository = repository_of(_POLICY)
    plan = plan_of(repository)
    with TemporaryDirectory(prefix="parity-contract-") as folder:
        draft, digest = Draft(10.0), keep(Path(folder), BASE)
        seen = {run.id: observed(run, draft, digest) for run in plan.runs}
        yield SoundCampaign(repository, plan, seen, Path(folder))


def sound_view() -> ReportView:
    """Give what the page of the campaign shows."""
    with sound_campaign() as campaign:
        case = campaign.case(campaign.findings())
        findings, _ = effective_findings(case)
        judgement = replace(case.judgement, findings=findings)
        return view_of(
            campaign.schedule,
            campaign.repository,
            decide(case),
            judgement,
            observations=campaign.seen,
            differences=(),
            selfcheck="",
        )
