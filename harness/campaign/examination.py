"""`parity doctor`: every platform that the repositories name, asked once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.backends import images
from harness.backends.aws import Clients
from harness.backends.base import Symptom
from harness.backends.kubernetes import doctor as cluster_doctor
from harness.backends.sagemaker import doctor
from harness.backends.sagemaker.recording import Recorder
from harness.campaign.wiring import account_of
from harness.errors import Refused
from harness.model.clock import SystemClock
from harness.model.repository import Repository
from harness.platforms.kubernetes import checks as kubernetes
from harness.platforms.sagemaker import checks as sagemaker

ATTEMPTS_MAX = 2
"""A doctor's patience: one more try, no back-off for minutes."""
PLATFORMS = ("aws", "k8s")


@dataclass(frozen=True, slots=True)
class Examined:
    """One answer, with the place that it is about."""

    platform: str
    place: str
    symptom: Symptom


def examine(repositories: tuple[Repository, ...], only: tuple[str, ...], queue: str | None) -> Iterator[Examined]:
    """Ask every account and every cluster of the repositories, each once."""
    if "aws" in only:
        yield from _accounts(repositories, queue)
    if "k8s" in only:
        homes = (home for repository in repositories for home in kubernetes.homes_of(repository))
        for home in {(home.context, home.namespace): home for home in homes}.values():
            where = f"{home.context or 'current context'}/{home.namespace}"
            yield from (Examined("k8s", where, symptom) for symptom in cluster_doctor.check(home))


def _accounts(repositories: tuple[Repository, ...], queue: str | None) -> Iterator[Examined]:
    seen: set[object] = set()
    homes = ((repository, home) for repository in repositories for home in sagemaker.homes_of(repository))
    for repository, home in homes:
        account = account_of(repository, home.cloud)
        subject = (account, home.role, home.staging_uri.split("/")[2])
        if subject in seen:
            continue
        seen.add(subject)
        for symptom in doctor.check(Clients(account, ATTEMPTS_MAX), home, queue):
            yield Examined("aws", f"{home.account}/{home.region}", symptom)


def recorder_for(repository: Repository) -> Recorder:
    """Make the recorder of a repository's account, with the image of its first job.

    Raises:
        Refused: no side of it runs on SageMaker.
    """
    home = next(iter(sagemaker.homes_of(repository)), None)
    if home is None:
        message = f"{repository.name}: no side runs on SageMaker, whose answers are recorded"
        raise Refused(message)
    clients = Clients(account_of(repository, home.cloud))
    clients.identity()
    image = images.resolve(clients, repository.jobs[0].image).reference
    return Recorder(clients, home, image, SystemClock())
