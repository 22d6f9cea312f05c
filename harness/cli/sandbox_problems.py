"""What the sandbox can't do of a job that stands on a manifest, said before anything is submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from harness.config.load import sound
from harness.errors import Problem
from harness.model.document import mutated
from harness.model.job import ShimMode
from harness.model.plan import mutations_place
from harness.model.repository import Repository
from harness.runner.plan import mutations_of
from harness.sandbox.kube.defaults import prepare_job
from harness.sandbox.kube.objects import ApiError


def sandbox_problems(config_path: Path) -> tuple[Problem, ...]:
    """List, for each job on a manifest, what the sandbox's cluster would refuse of it first."""
    return tuple(
        problem for found in sound(config_path, sandbox=True) for problem in _problems(found.repository, found.place)
    )


def _problems(repository: Repository, place: Callable[[tuple[str, ...]], tuple[str, int, int]]) -> Iterator[Problem]:
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
