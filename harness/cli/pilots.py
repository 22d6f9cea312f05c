"""`parity plan --pilot`: how many more pairs or days would decide, from what a campaign saw, and their cost."""

from __future__ import annotations

from harness.campaign import prospects
from harness.campaign.verified import verified
from harness.cli import answer, forecasts
from harness.cli.campaigns import existing
from harness.config.price import price_of
from harness.model.finding import Finding
from harness.model.job import Job, Side
from harness.model.repository import Repository
from harness.store.archive import Archive


def show(archive: Archive) -> int:
    """Print one line a job."""
    for found in verified(existing(archive)):
        for job in found.repository.jobs:
            words = _words(found.repository, job, found.judgement.findings)
            text = f"{found.repository.name}/{job.name}: {words}"
            answer.row(text, repository=found.repository.name, job=job.name, text=words)
        noise = prospects.noise_seen(found.repository, found.judgement.findings)
        if noise is not None:
            work = prospects.work_of(found.repository, noise)
            for line in forecasts.weeks(found.repository.name, found.repository.policy, work):
                answer.row(line, repository=found.repository.name, text=line.strip())
    return 0


def _words(repository: Repository, job: Job, findings: tuple[Finding, ...]) -> str:
    critical = {f"{job.name}/{metric.name}" for metric in job.metrics if metric.critical}
    measured = [
        finding for finding in findings if finding.subject in critical and finding.measure and finding.rule != "exact"
    ]
    if not measured:
        return f"no critical metric varies; {repository.policy.first_pairs} pairs are enough"
    open_ones = [
        finding.measure.pairs_needed
        for finding in measured
        if finding.measure and finding.outcome.value == "INCONCLUSIVE"
    ]
    if not open_ones:
        return "every critical metric is decided"
    if None in open_ones:
        return "no number of pairs is in sight: a metric differs too much from run to run"
    units = max(one for one in open_ones if one is not None)
    by_day = repository.policy.days > 1
    pairs = units * repository.policy.pairs if by_day else units
    price = price_of(repository, {(job.name, side): pairs for side in Side})
    cost = "price unknown" if price is None else f"at most {price:.2f}"
    return f"{units} more {'days' if by_day else 'pairs'} decide 4 of 5 repositories whose sides are equal, {cost}"
