"""What the sandbox can't do of a job, said before anything is submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from harness.config.load import sound
from harness.errors import Problem, Refused
from harness.model.document import mutated
from harness.model.job import EffectPolicy, ShimMode
from harness.model.plan import mutations_place
from harness.model.repository import Repository
from harness.runner.plan import mutations_of
from harness.sandbox.block import network
from harness.sandbox.kube.defaults import prepare_job
from harness.sandbox.kube.objects import ApiError

_Place = Callable[[tuple[str | int, ...]], tuple[str, int, int]]


def sandbox_problems(config_path: Path) -> tuple[Problem, ...]:
    """List what the sandbox's cluster would refuse first of each job on a manifest, and what it can't block."""
    return tuple(
        problem
        for found in sound(config_path, sandbox=True)
        for problems in (_problems, _not_blocked)
        for problem in problems(found.repository, found.place)
    )


def refuse_what_cannot_be_blocked(repositories: tuple[Repository, ...]) -> None:
    """Refuse jobs with a blocked effect where this machine can't close a network.

    Raises:
        Refused: names each, with the reason and what to do.
    """
    names = [
        f"{repository.name}/{job.name}" for repository in repositories for job in repository.jobs if job.is_blocked
    ]
    why = network.trouble() if names else ""
    if why:
        message = f"{', '.join(names)}: effects: policy: block can't be kept here: {why}; {network.WHAT_TO_DO}"
        raise Refused(message)


def _not_blocked(repository: Repository, place: _Place) -> Iterator[Problem]:
    for job in repository.jobs:
        why = network.trouble() if job.is_blocked else ""
        for number, effect in enumerate(job.effects):
            if why and effect.policy is EffectPolicy.BLOCK:
                key = ("jobs", job.name, "effects", number, "policy")
                full = ".".join(("repositories", repository.name, "jobs", job.name, f"effects[{number}]", "policy"))
                yield Problem(
                    *place(key), full, "block", f"a machine that can close a network: {why}", network.WHAT_TO_DO
                )


def _problems(repository: Repository, place: _Place) -> Iterator[Problem]:
    for job in repository.jobs:
        planned = mutations_of(repository, job)
        for side in repository.sides_on("kubernetes"):
            document = job.sides[side].document
            if document is None:
                continue
            where = mutations_place(repository.name, job.name, side, shim=job.shim is ShimMode.ON)
            made = mutated(document.content, planned[where])
            try:
                prepare_job(made, "checked")
            except ApiError as error:
                key = ("jobs", job.name, side.value, "manifest")
                expected = "what the sandbox's cluster can do"
                hint = "run this entry on a cluster; docs/documents.md lists what the sandbox has"
                at = place(key)
                full = ".".join(("repositories", repository.name, *key))
                yield Problem(*at, full, f"{document.name}: {error.message}", expected, hint)
