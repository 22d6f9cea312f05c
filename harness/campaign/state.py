"""What a job reads of its own last output: copied once at plan, so that both runs of a pair start from the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.backends.staging import Staging
from harness.model.job import Job, Side
from harness.model.repository import Repository

Opener = Callable[[Repository, Side], Staging]


def pinned(repositories: tuple[Repository, ...], staging: Opener) -> tuple[Repository, ...]:
    """Copy each state to the campaign's own place, and let both sides read the copy.

    Raises:
        Refused: nothing lies at a state's place.
        BackendError: it can't be read or copied.
    """
    return tuple(
        replace(repository, jobs=tuple(_job(repository, job, staging) for job in repository.jobs))
        if any(given.state for job in repository.jobs for given in job.inputs)
        else repository
        for repository in repositories
    )


def _job(repository: Repository, job: Job, staging: Opener) -> Job:
    place = staging(repository, Side.CANDIDATE)
    inputs = []
    for given in job.inputs:
        if given.state:
            uri, pin = place.keep(given, f"state/{job.name}/{given.name}")
            inputs.append(replace(given, uri=uri, pin=pin, bucket_owner=""))
        else:
            inputs.append(given)
    return replace(job, inputs=tuple(inputs))
