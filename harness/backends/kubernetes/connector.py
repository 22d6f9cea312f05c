"""Repositories → backends of Kubernetes: one a namespace, shared by all sides that run there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.backends.base import Backend
from harness.backends.connecting import Connector, Opening
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.model.job import Side
from harness.model.order import Order
from harness.model.repository import Repository
from harness.platforms.kubernetes.home import KubernetesHome


def connect(opening: Opening, sides: Sequence[tuple[Repository, Side]]) -> Mapping[tuple[str, Side], Backend]:
    """Open each namespace once, and see that it is there."""
    made: dict[tuple[str | None, str, str | None], KubernetesBackend] = {}
    found: dict[tuple[str, Side], Backend] = {}
    for repository, side in sides:
        home = repository.home(side)
        assert isinstance(home, KubernetesHome)  # noqa: S101 # nosec B101 # the platform of a home is its own
        place = (home.context, home.namespace, repository.real.ca)
        if place not in made:
            made[place] = KubernetesBackend(
                *place[:2], opening.campaign, opening.shim, clock=opening.clock, ca=place[2]
            )
            made[place].prepare()
        made[place].add_repository(repository.name, home, opening.staging(repository, side), side)
        found[repository.name, side] = made[place]
    return found


def missing(backend: Backend, order: Order) -> Iterable[str]:
    """Look up what a run needs in its namespace, and let the API server say what it would refuse."""
    assert isinstance(backend, KubernetesBackend)  # noqa: S101 # nosec B101 # this connector opened it
    return backend.missing(order)


CONNECTOR = Connector("kubernetes", connect, missing)
