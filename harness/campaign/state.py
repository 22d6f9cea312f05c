"""What a job reads of its own last output: copied once at plan, so that both runs of a pair start from the same.

After a cutover it is candidate's last output; a rollback copies that to where legacy reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.backends.staging import Staging
from harness.model.job import Input, Job, Side
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
            inputs.append(replace(given, uri=uri, pin=pin, bucket_owner="", kept_at=given.uri))
        else:
            inputs.append(given)
    return replace(job, inputs=tuple(inputs))


@dataclass(frozen=True, slots=True)
class Sync:
    """One state that a rollback brings back to where legacy reads it."""

    job: str
    state: Input

    @property
    def refusal(self) -> str:
        """Say why it can't be brought back; empty: it can."""
        named = f"{self.job} starts from its own last output (state {self.state.name})"
        if not self.state.kept_at:
            return f"{named}, and the plan of its last campaign does not say where that lies"
        if not self.state.candidate_uri:
            return f"{named}, and nothing says where candidate left it: write state.{self.state.name}.candidate_uri"
        if not self.is_shared and _last(self.state.candidate_uri) != _last(self.state.kept_at):
            both = f"{self.state.candidate_uri} and {self.state.kept_at}"
            return f"{named}, and {both} are neither two folders that end with / nor two objects of one name"
        return ""

    @property
    def is_shared(self) -> bool:
        """Tell whether both sides read and write one place, so that nothing has to be copied."""
        return self.state.candidate_uri.rstrip("/") == self.state.kept_at.rstrip("/")


def syncs(repository: Repository) -> Iterator[Sync]:
    """List what a rollback has to bring back, as the plan of a campaign has it."""
    for job in repository.jobs:
        yield from (Sync(job.name, given) for given in job.inputs if given.state)


def bring_back(repository: Repository, sync: Sync, staging: Staging) -> str:
    """Copy candidate's last output to where legacy reads it; say what was copied. Copying it twice does no harm.

    Raises:
        Refused: nothing lies at candidate's place.
        BackendError: it can't be read or copied.
    """
    given, folder = replace(sync.state, uri=sync.state.candidate_uri), sync.state.kept_at.rpartition("/")[0]
    return f"{repository.name}/{sync.job}: {staging.at(folder).keep(given, '')[1]}"


def _last(uri: str) -> str:
    """Give the last part of a place; a folder has none."""
    return uri.rpartition("/")[2]
