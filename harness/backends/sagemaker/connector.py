"""Repositories → backends of SageMaker: one an account, shared by all sides that run there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.backends.base import Backend
from harness.backends.connecting import Connector, Opening
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.errors import Refused
from harness.model.job import Side
from harness.model.repository import Repository
from harness.platforms.sagemaker.home import SageMakerHome


def connect(opening: Opening, sides: Sequence[tuple[Repository, Side]]) -> Mapping[tuple[str, Side], Backend]:
    """Open each account once, and make the campaign's queue and rule there.

    Raises:
        Refused: sides of one account take their events from several sources; a campaign has one rule an account.
    """
    _check_sources(opening, sides)
    made: dict[int, SageMakerBackend] = {}
    found: dict[tuple[str, Side], Backend] = {}
    for repository, side in sides:
        home, clients = _home(repository, side), opening.clients(repository, side)
        backend = made.get(id(clients))
        if backend is None:
            backend = made[id(clients)] = SageMakerBackend(
                opening.campaign, opening.prefix, clients, opening.shim, clock=opening.clock, source=home.event_source
            )
            clients.identity()  # before anything is made in an account that may be another
            backend.prepare()
        backend.add_repository(repository.name, home, opening.staging(repository, side), side)
        found[repository.name, side] = backend
    return found


def _check_sources(opening: Opening, sides: Sequence[tuple[Repository, Side]]) -> None:
    sources: dict[int, str] = {}
    for repository, side in sides:
        source = _home(repository, side).event_source
        known = sources.setdefault(id(opening.clients(repository, side)), source)
        if known != source:
            message = f"{repository.name}: event_source {source}, others of its account have {known}"
            raise Refused(message)


def _home(repository: Repository, side: Side) -> SageMakerHome:
    home = repository.home(side)
    assert isinstance(home, SageMakerHome)  # noqa: S101 # nosec B101 # the platform of a home is its own
    return home


CONNECTOR = Connector("sagemaker", connect)
