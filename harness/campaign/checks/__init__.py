"""The checks: one file each, with one object that says what it looks at and what it requires of a job.

What is required is asked of every check and stored with the judgement (docs/adr/0092). Others are found under the entry
point `parity.checks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from harness.campaign.check import Check, JobCheck
from harness.errors import PluginUnusable
from harness.model.finding import Requirement
from harness.model.job import Job
from harness.model.repository import Repository
from harness.plugins import Registry

CHECKS = Registry(
    "parity.checks",
    Check,
    {
        "identity": "harness.campaign.checks.identity:CHECK",
        "truth": "harness.campaign.checks.truth:CHECK",
        "witnesses": "harness.campaign.checks.witnesses:CHECK",
        "transitions": "harness.campaign.checks.transitions:CHECK",
        "configuration": "harness.campaign.checks.configuration:CHECK",
        "outputs": "harness.campaign.checks.outputs:CHECK",
        "predictions": "harness.campaign.checks.predictions:CHECK",
        "expectations": "harness.campaign.checks.expectations:CHECK",
        "effects": "harness.campaign.checks.effects:CHECK",
        "metrics.curve": "harness.campaign.checks.curves:CHECK",
        "metrics": "harness.campaign.checks.metrics:CHECK",
        "startup": "harness.campaign.checks.startup:CHECK",
        "cadence": "harness.campaign.checks.cadence:CHECK",
    },
)


@cache
def checks() -> tuple[Check, ...]:
    """Give every check, in the order in which they run.

    Raises:
        PluginUnusable: one can't be loaded, or has a name that makes its findings those of another check.
    """
    for plugin in CHECKS.plugins.values():
        if "." in plugin.name and not plugin.built_in:
            message = f"{plugin}: the name of a check has no dot: its findings would be taken for another check's"
            raise PluginUnusable(message)
    return tuple(CHECKS)


def requirements_of(repository: Repository) -> tuple[Requirement, ...]:
    """Ask every check what it requires of a repository's jobs."""
    return tuple(requirement for job in repository.jobs for requirement in _of_job(job))


def _of_job(job: Job) -> Iterator[Requirement]:
    for check in checks():
        for subject in check.requires(job):
            yield Requirement(check.dimension, subject, in_pair=not isinstance(check, JobCheck), check=check.name)
