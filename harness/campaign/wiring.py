"""Repositories → backends: one a platform and place, shared by all repositories that go there."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness import shim
from harness.backends import images, soci
from harness.backends.aws import Account, Clients
from harness.backends.base import Backend
from harness.backends.connecting import CONNECTORS, Opening
from harness.backends.grant_limits import check_grants, check_signer
from harness.backends.staging import Staging, ensure_bucket
from harness.errors import BackendError
from harness.model.clock import Clock
from harness.model.job import Job, ShimMode, Side
from harness.model.order import Listing, S3Place, of_campaign
from harness.model.plan import ImageIdentity, LazyImage
from harness.model.repository import CloudAccount, Repository
from harness.platforms.sagemaker import preflight
from harness.platforms.sagemaker.checks import homes_of
from harness.runner.plan import job_prefix


@dataclass(frozen=True, slots=True)
class Connections:
    """Everything that talks to a platform in one campaign."""

    backends: Mapping[tuple[str, Side], Backend]
    clients: Mapping[str, Clients]
    """By repository: the account its images and staging live in."""
    clock: Clock
    staging: Callable[[Repository, Side], Staging]
    """Opens a side's staging prefix."""

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
            repository.name: tuple(soci.look_up(self.clients[repository.name], image) for image in notebooks)
            for repository in repositories
            if (notebooks := [image for home in homes_of(repository) for image in home.notebook_images])
        }

    def endpoints(self) -> dict[str, Mapping[str, str]]:
        """Ask every platform who it is."""
        said = {id(backend): backend.describe() for backend in self.backends.values()}
        return {f"{name}/{side.value}": said[id(each)] for (name, side), each in self.backends.items()}

    def listings(self, repository: Repository, job: Job, pair: str) -> dict[str, Listing]:
        """Give what lay at the places of a job's inputs when the pair was staged; its first run has it written down.

        Raises:
            InputMissing: nothing lies at one of them any more.
            BackendError: a place can't be listed.
        """
        staging = self.staging(repository, Side.CANDIDATE)
        found = {given.name: staging.listing(given, f"inputs/{pair}/{given.name}.json") for given in job.inputs}
        return {name: listing for name, listing in found.items() if listing is not None}

    def close(self) -> tuple[str, ...]:
        """Give back what the campaign was given; say what could not be."""
        troubles = []
        for backend in {id(backend): backend for backend in self.backends.values()}.values():
            try:
                backend.close()
            except BackendError as error:
                troubles.append(str(error))
        return tuple(troubles)


def wire(repositories: tuple[Repository, ...], campaign: str, clock: Clock) -> Connections:
    """Open every platform the repositories name and make ready what a campaign needs there."""
    hash_key = secrets.token_hex(32)  # one for both sides, so that equal secrets have equal hashes; kept nowhere
    clients = _clients(repositories)
    opening = Opening(
        campaign=campaign,
        prefix=job_prefix(campaign),
        shim=shim.source(),
        clock=clock,
        clients=lambda repository, side: clients[repository.name, side],
        staging=lambda repository, side: _staging(
            clients[repository.name, side], repository, side, campaign, hash_key=hash_key
        ),
    )
    backends: dict[tuple[str, Side], Backend] = {}
    for platform in dict.fromkeys(repository.home(side).platform for side in _ORDER for repository in repositories):
        sides = [(repository, side) for repository in repositories for side in repository.sides_on(platform)]
        backends |= CONNECTORS.get(platform).connect(opening, sides)
    accounts = {repository.name: clients[repository.name, Side.CANDIDATE] for repository in repositories}
    return Connections(backends, accounts, clock, opening.staging)


_ORDER = (Side.CANDIDATE, Side.LEGACY)
"""Accounts first: whether an account is the planned one is known before anything is made elsewhere."""


def _clients(repositories: tuple[Repository, ...]) -> dict[tuple[str, Side], Clients]:
    """Open each account once, by repository and side: one limiter, one queue and one rule an account."""
    accounts: dict[Account, Clients] = {}
    found: dict[tuple[str, Side], Clients] = {}
    for repository in repositories:
        for side in Side:
            account = account_of(repository, repository.cloud(side))
            found[repository.name, side] = accounts.setdefault(account, Clients(account))
    return found


def _staging(clients: Clients, repository: Repository, side: Side, campaign: str, *, hash_key: str) -> Staging:
    home = repository.home(side)
    if clients.synthetic:
        ensure_bucket(clients, S3Place.of(home.staging_uri).bucket, clients.account.region)
    return Staging(
        clients, of_campaign(home.staging_uri, campaign), hash_key, home.staging_owner or repository.cloud(side).account
    )


def open_staging(repository: Repository, side: Side, campaign: str) -> Staging:
    """Open one side's staging prefix alone, and no platform."""
    clients = _clients((repository,))[repository.name, side]
    return _staging(clients, repository, side, campaign, hash_key=secrets.token_hex(32))


def account_of(repository: Repository, where: CloudAccount) -> Account:
    """Say how an account is reached, and whom the repository's policy trusts there."""
    return Account(where.account, where.region, where.profile, where.endpoint_url, repository.real.ca)
