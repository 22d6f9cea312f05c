"""Repositories → backends: one a platform and place, shared by all repositories that go there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from harness import shim
from harness.backends import images, soci
from harness.backends.aws import Account, Clients
from harness.backends.base import Backend
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.sagemaker import preflight
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.backends.staging import Place, Staging, check_grants, check_signer, ensure_bucket, of_campaign
from harness.errors import Refused
from harness.model.clock import Clock
from harness.model.job import Job, ShimMode, Side
from harness.model.plan import ImageIdentity, LazyImage
from harness.model.repository import Repository
from harness.runner.plan import job_prefix


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that talks to a platform in one campaign."""

    backends: Mapping[tuple[str, Side], Backend]
    clients: Mapping[str, Clients]
    """By repository: the account its images and staging live in."""
    clock: Clock

    def resolve(self, repository: Repository, job: Job) -> ImageIdentity:
        """Resolve a job's image once; refuse before that what SageMaker would refuse, or grants could not carry."""
        check_grants(job)
        if job.shim is not ShimMode.OFF:
            check_signer(job, self.clients[repository.name].signer(), self.clock.now())
        preflight.check(repository, job)
        return images.resolve(self.clients[repository.name], job.image, job.base)

    def lazy_images(self, repositories: tuple[Repository, ...]) -> dict[str, tuple[LazyImage, ...]]:
        """Look up the notebook images of each repository."""
        return {
            each.name: tuple(soci.look_up(self.clients[each.name], image) for image in each.candidate.notebook_images)
            for each in repositories
            if each.candidate.notebook_images
        }

    def endpoints(self) -> dict[str, Mapping[str, str]]:
        """Ask every platform who it is."""
        said = {id(each): each.describe() for each in self.backends.values()}
        return {f"{name}/{side.value}": said[id(each)] for (name, side), each in self.backends.items()}

    def close(self) -> None:
        """Give back what the campaign was given."""
        for backend in {id(each): each for each in self.backends.values()}.values():
            backend.close()


def wire(repositories: tuple[Repository, ...], campaign: str, clock: Clock) -> Wiring:
    """Open every platform the repositories name and make ready what a campaign needs there."""
    hash_key = secrets.token_hex(32)  # one for both sides, so that equal secrets have equal hashes; kept nowhere
    clients = _clients(repositories)
    candidates: dict[int, SageMakerBackend] = {}
    legacies: dict[tuple[str | None, str, str | None], KubernetesBackend] = {}
    backends: dict[tuple[str, Side], Backend] = {}
    _one_source_an_account(repositories)
    for repository in repositories:
        mine, legacy = clients[repository.name], repository.legacy
        candidate = candidates.get(id(mine))
        if candidate is None:
            candidate = candidates[id(mine)] = SageMakerBackend(
                campaign, job_prefix(campaign), mine, shim.source(), clock, repository.candidate.event_source
            )
            mine.identity()  # before anything is made in an account that may be another
            candidate.prepare()
        place = (legacy.context, legacy.namespace, repository.real.ca)
        if place not in legacies:
            legacies[place] = KubernetesBackend(*place[:2], campaign, shim.source(), clock, place[2])
            legacies[place].prepare()
        there = repository.candidate
        own = there.staging_owner or there.account
        candidate.add_repository(repository.name, there, _staging(mine, there.staging_uri, campaign, hash_key, own))
        staging = _staging(mine, legacy.staging_uri, campaign, hash_key, legacy.staging_owner or there.account)
        legacies[place].add_repository(repository.name, legacy, staging)
        backends[repository.name, Side.CANDIDATE] = candidate
        backends[repository.name, Side.LEGACY] = legacies[place]
    return Wiring(backends, clients, clock)


def _clients(repositories: tuple[Repository, ...]) -> dict[str, Clients]:
    """Open each account once, by repository: one limiter, one queue and one rule an account."""
    accounts: dict[Account, Clients] = {}
    for repository in repositories:
        account = account_of(repository)
        accounts.setdefault(account, Clients(account))
    return {each.name: accounts[account_of(each)] for each in repositories}


def _one_source_an_account(repositories: tuple[Repository, ...]) -> None:
    """A campaign has one rule an account, which takes one source."""
    sources: dict[Account, str] = {}
    for each in repositories:
        known = sources.setdefault(account_of(each), each.candidate.event_source)
        if known != each.candidate.event_source:
            message = f"{each.name}: event_source {each.candidate.event_source}, others of its account have {known}"
            raise Refused(message)


def _staging(clients: Clients, uri: str, campaign: str, hash_key: str, owner: str) -> Staging:
    if clients.synthetic:
        ensure_bucket(clients, Place.of(uri).bucket, clients.account.region)
    return Staging(clients, of_campaign(uri, campaign), hash_key, owner)


def account_of(repository: Repository) -> Account:
    """Say which account a repository goes to, how it is reached, and whom its policy trusts there."""
    where = repository.candidate
    return Account(where.account, where.region, where.profile, where.endpoint_url, repository.real.ca)
