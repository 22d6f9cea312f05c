"""A campaign's pages, from what is stored: every form shows the verdict that was derived, never the stored one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.campaign import forecast, ledger_facts, pictures, prospects, receipts, stories
from harness.campaign.schedules import observations, readable_observation
from harness.campaign.selfcheck import measured
from harness.campaign.verified import Verified, derive, verified
from harness.config.load import side_differences
from harness.judge.gate import effective_findings
from harness.model.finding import Finding
from harness.report import render
from harness.report.values import MetricPicture, Outlook
from harness.report.view import ReportView, view_of
from harness.store.archive import Archive


def write_pages(archive: Archive, *, full: bool = False) -> Path:
    """Write the report's pages from what is stored; return the index page. `full`: they print all that they hold."""
    render.render_campaign(views_of(archive), archive.report, full=full)
    archive.publish_report()
    return archive.report / "index.html"


def views_of(archive: Archive) -> tuple[ReportView, ...]:
    """Build what the report says of every repository, from what is stored."""
    return tuple(_view(found, archive) for found in verified(archive))


def troubles(archive: Archive) -> Mapping[str, tuple[str, ...]]:
    """List what speaks against the evidence of each repository: files that are not what was judged, or no ledger."""
    return {found.repository.name: found.troubles for found in verified(archive)}


def _view(found: Verified, archive: Archive) -> ReportView:
    schedule, repository = found.schedule, found.repository
    findings, _ = effective_findings(found.case())
    seen = observations(schedule, lambda run: readable_observation(archive, run), repository.name)
    differences = tuple(difference for job in repository.jobs for difference in side_differences(job))
    known = measured.load()
    return view_of(
        schedule,
        repository,
        derive(found),
        replace(found.judgement, findings=findings),
        observations=seen,
        differences=differences,
        selfcheck=measured.sentence(known),
        stories=stories.stories_of(schedule, repository, seen, findings),
        notes=found.notes,
        anchor=receipts.words(archive, schedule.plan.campaign, repository.name),
        facts=ledger_facts.facts_of(archive, schedule.plan.campaign, repository.name, found.judgement.prefix.verdicts),
        outlook=_outlook(found, findings),
        pictures=_pictures(found, findings),
    )


def _pictures(found: Verified, findings: tuple[Finding, ...]) -> tuple[MetricPicture, ...]:
    """Draw what was judged by pairs; a judgement by an earlier rule has none."""
    if not found.judgement.rule:
        return ()
    return pictures.pictures_of(found.schedule.plan, found.repository, findings, found.judgement.history.own)


def _outlook(found: Verified, findings: tuple[Finding, ...]) -> Outlook:
    """Simulate how long GO takes at the noise that was seen; a judgement by an earlier rule is not simulated."""
    repository = found.repository
    if not found.judgement.rule:
        return Outlook()
    noise = prospects.noise_seen(repository, findings)
    work = prospects.work_of(repository, forecast.USUAL_NOISE if noise is None else noise)
    if found.schedule.plan.is_synthetic(repository.name):
        work = replace(work, startup=False)
    return Outlook(prospects.assumptions(repository.policy, work), prospects.by_cadence(repository.policy, work))
