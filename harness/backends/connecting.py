"""How the backends of a platform are opened: one value a platform, in a registry (`parity.backends`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.backends.aws import Clients
from harness.backends.base import Backend
from harness.backends.staging import Staging
from harness.model.clock import Clock
from harness.model.job import Side
from harness.model.order import Order
from harness.model.repository import Repository
from harness.plugins import Registry


@dataclass(frozen=True, slots=True)
class Opening:
    """What every backend of a campaign is opened with."""

    campaign: str
    prefix: str
    """Begins every platform name of the campaign."""
    shim: str
    """Source text of the shim."""
    clock: Clock
    clients: Callable[[Repository, Side], Clients]
    """The account that a side's staging is reached with; one for all that share it."""
    staging: Callable[[Repository, Side], Staging]


def _nothing(backend: Backend, order: Order) -> Iterable[str]:
    del backend, order
    return ()


@dataclass(frozen=True, slots=True)
class Connector:
    """Opens the backends of one platform."""

    name: str
    """Of the platform."""
    connect: Callable[[Opening, Sequence[tuple[Repository, Side]]], Mapping[tuple[str, Side], Backend]]
    """Open what these sides run on, each place once, and make ready what a campaign needs there."""
    missing: Callable[[Backend, Order], Iterable[str]] = _nothing
    """Say what a run needs and its platform lacks, or would refuse, without making anything."""


CONNECTORS = Registry(
    "parity.backends",
    Connector,
    {
        "kubernetes": "harness.backends.kubernetes.connector:CONNECTOR",
        "sagemaker": "harness.backends.sagemaker.connector:CONNECTOR",
    },
)
