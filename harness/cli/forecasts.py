"""What `parity plan` says of the way to GO: presets, cadences of images, and what a budget would prove."""

from __future__ import annotations

from collections.abc import Iterator

import click

from harness.campaign import prospects
from harness.campaign.forecast import Work
from harness.campaign.prospects import Budget
from harness.cli import answer
from harness.model.policy import Policy
from harness.model.repository import Repository


def lines(repository: Repository) -> Iterator[str]:
    """Say what each preset needs and costs, and how long GO takes by how often images change."""
    yield f"{repository.name}: to GO, if no run is bad:"
    yield from (f"  {preset}: {cost}" for preset, cost in prospects.by_preset(repository))
    yield from weeks(repository.name, repository.policy, prospects.work_of(repository))


def weeks(name: str, policy: Policy, work: Work) -> Iterator[str]:
    """Say how long GO takes by how often images change."""
    yield f"{name}: {prospects.assumptions(policy, work)}:"
    by_weeks: dict[str, list[str]] = {}
    for cadence, text in prospects.by_cadence(policy, work):
        by_weeks.setdefault(text, []).append(cadence)
    if len(by_weeks) == 1:
        yield f"  {next(iter(by_weeks))}, however often image and base change"
        return
    yield from (f"  {text}: {'; '.join(cadences)}" for text, cadences in by_weeks.items())


def show_budget(repositories: tuple[Repository, ...], budget: Budget) -> int:
    """Say what a budget would prove of each job."""
    if not repositories:
        click.echo("nothing selected: name repositories, or say --all", err=True)
        return 5
    for repository in repositories:
        for line in prospects.of_budget(repository, budget):
            answer.row(line, repository=repository.name, text=line.strip())
    return 0
