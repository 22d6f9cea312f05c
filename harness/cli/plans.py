"""What `parity plan`, and `--dry-run` of what runs, say would run and cost."""

from __future__ import annotations

from collections.abc import Iterator

import click

from harness.campaign import reach, story
from harness.campaign.waves import WAVES
from harness.cli import answer, forecasts
from harness.cli.mutations import mutation_lines
from harness.config import price
from harness.config.rules import can_run_without_shim
from harness.model.job import Job, Side
from harness.model.repository import Repository
from harness.platforms import training_layout
from harness.platforms.sagemaker.preflight import fit_of, of_job
from harness.report.text import safe_text


def show(repositories: tuple[Repository, ...]) -> int:
    """Say what would run and what it would cost."""
    if not repositories:
        click.echo("nothing selected: name repositories, or say --all", err=True)
        return 5
    story.check_launched(repositories)
    for repository in repositories:
        for job in repository.jobs:
            policy = repository.policy
            instance = _instance(repository, job)
            answer.row(
                f"{repository.name}/{job.name}: {policy.first_pairs} to {policy.pairs} pairs, "
                f"{policy.first_repeats} more runs a side for A/A, {policy.counted_runs} of the candidate "
                f"where all runs are the same{_bare(repository, job)}, at most {job.time_limit_seconds} s each",
                repository=repository.name, job=job.name, instance=instance, pairs=policy.first_pairs,
                pairs_max=policy.pairs, repeats=policy.first_repeats, counted_runs=policy.counted_runs,
                time_limit_seconds=job.time_limit_seconds,
            )  # fmt: skip
            answer.lines([f"  {instance}"])
            for line in (*_missed(repository, job), *mutation_lines(repository, job)):
                answer.row(f"  {line}", repository=repository.name, job=job.name, text=line)
        text = reach.sentence(reach.reach(repository))
        answer.row(f"{repository.name}: {text}", repository=repository.name, text=text)
        for line in forecasts.lines(repository):
            answer.row(line, repository=repository.name, text=line.strip())
    answer.lines([f"in this order: {'; then '.join(wave.title for wave in WAVES)}"])
    total = price.estimate(repositories)
    text = f"price: {'unknown, no prices are given' if total is None else f'at most {total:.2f}'}"
    answer.row(text, text=text)
    refusals = [
        refusal for repository in repositories for job in repository.jobs for refusal in of_job(repository, job)
    ]
    for refusal in refusals:
        click.echo(safe_text(f"refused: {refusal}"), err=True)
    return 2 if refusals else 0


def _missed(repository: Repository, job: Job) -> Iterator[str]:
    """Say what a program finds on one side only."""
    if missed := tuple(training_layout.missed(job, {side: repository.home(side).platform for side in Side})):
        yield f"layout: none: {'; '.join(missed)}; {training_layout.REMEDY}"


def _bare(repository: Repository, job: Job) -> str:
    sides = [side.value for side in Side if can_run_without_shim(repository, job, side)]
    runs = repository.policy.shim_off_pairs
    return f", {runs} without the shim on {' and '.join(sides)}" if runs else ""


def _instance(repository: Repository, job: Job) -> str:
    """Say how the chosen instance type sits on what the job asks for."""
    fit = fit_of(repository, job)
    if fit is None:
        return "instance: the size of the chosen type is not known here"
    over = f"{fit.cpu_ratio:.1f} x the CPUs and {fit.memory_ratio:.1f} x the memory asked for"
    price_text = "no price given" if fit.price_per_hour is None else f"{fit.price_per_hour:g} an hour"
    better = "" if fit.smallest in {"", fit.chosen} else f"; {fit.smallest} would fit"
    return f"instance: {fit.chosen}, {over}, {price_text}{better}"
