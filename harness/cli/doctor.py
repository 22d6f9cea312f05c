"""`parity doctor`: what is ready, what is not, and how to mend it."""

from __future__ import annotations

from pathlib import Path

import click

from harness.backends.base import Health
from harness.campaign.examination import PLATFORMS, examine, recorder_for
from harness.cli import answer
from harness.model.repository import Repository


def platforms(only: str) -> tuple[str, ...]:
    """Read the platforms to ask; a word that is none is a usage error."""
    words = tuple(name.strip() for name in only.split(",") if name.strip())
    unknown = sorted(set(words) - set(PLATFORMS))
    if unknown:
        message = f"unknown platform {', '.join(unknown)}; known: {', '.join(PLATFORMS)}"
        raise click.BadParameter(message, param_hint="--only")
    return words


def look(repositories: tuple[Repository, ...], only: tuple[str, ...], queue: str | None) -> int:
    """Print every answer; 4 where something would make a campaign fail, 5 where nobody was asked."""
    bad = asked = 0
    for found in examine(repositories, only, queue):
        asked += 1
        bad += found.symptom.health is Health.BAD
        symptom = found.symptom
        line = f"{symptom.health.value:7} {found.platform} {found.place} {symptom.subject}: {symptom.text}"
        answer.row(line, platform=found.platform, place=found.place, subject=symptom.subject,
                   health=symptom.health.value, text=symptom.text, fix=symptom.fix)  # fmt: skip
        if symptom.fix:
            answer.lines([f"        do: {symptom.fix}"])
    if not asked:
        click.echo("nothing selected: no repository, or no platform of it", err=True)
        return 5
    return 4 if bad else 0


def record(repositories: tuple[Repository, ...], folder: Path, *, allow_synthetic: bool) -> int:
    """Record one account; which, and with whose image, one repository says."""
    if len(repositories) != 1:
        message = "name one repository: its account is recorded, with its first job's image"
        raise click.UsageError(message)
    for path in recorder_for(repositories[0]).record(folder, allow_synthetic=allow_synthetic):
        answer.row(str(path), file=str(path))
    return 0
