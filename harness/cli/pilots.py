"""`parity plan --pilot`: how many pairs would decide, from what a campaign already saw, and what they cost."""

from __future__ import annotations

import click

from harness.campaign.verified import verified
from harness.cli.campaigns import existing
from harness.config.price import price_of
from harness.judge.looks import alpha_at_look
from harness.judge.power import PAIRS_MAX, pairs_for, pilots_of
from harness.model.job import Job, Side
from harness.model.repository import Repository
from harness.store.archive import Archive

POWERS = (0.8, 0.9)


def show(archive: Archive) -> int:
    """Print one line a job and power."""
    for found in verified(existing(archive)):
        repository, findings, seed = found.repository, found.judgement.findings, found.schedule.plan.seed
        for job in repository.jobs:
            pilots = pilots_of(job.name, findings)
            if not pilots:
                few = f"{_few(repository)} pairs are enough"
                click.echo(f"{repository.name}/{job.name}: no critical metric varies; {few}")
                continue
            for power in POWERS:
                pairs = pairs_for(power, pilots, alpha_at_look(repository.policy), seed)
                click.echo(f"{repository.name}/{job.name}: {_words(repository, job, power, pairs)}")
    return 0


def _few(repository: Repository) -> int:
    return min(repository.policy.pairs_identical, repository.policy.pairs)


def _words(repository: Repository, job: Job, power: float, pairs: int | None) -> str:
    if pairs is None:
        return f"more than {PAIRS_MAX} pairs for {power:.0%} power: less noise or a wider margin is needed"
    price = price_of(repository, {(job.name, side): pairs for side in Side})
    cost = "price unknown" if price is None else f"at most {price:.2f}"
    return f"{pairs} pairs for {power:.0%} power if the sides are equal, {cost}"
