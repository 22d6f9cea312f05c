"""The candidate backend at work against a running AWS half, and orders for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from backends import candidate_sample as sample

from harness import shim
from harness.backends.aws import Clients
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.backends.staging import Staging
from harness.model.clock import SystemClock
from harness.model.event import Event
from harness.model.job import Side
from harness.model.order import Order
from harness.model.plan import Identity, ImageIdentity

PREFIX = "p12345678-"

Seen = dict[str, list[Event]]


@contextmanager
def watching(clients: Clients, folder: Path) -> Iterator[tuple[SageMakerBackend, Seen]]:
    """Watch an account; events by run."""
    seen: Seen = {}
    stop = threading.Event()
    backend = SageMakerBackend("campaign", PREFIX, clients, shim.source(), clock=SystemClock())
    backend.prepare()
    home = sample.repository(folder, {})
    backend.add_repository("wine", home.candidate, Staging(clients, "s3://bucket/staging/", "00"))

    def follow() -> None:
        for batch in backend.watch(stop):
            for run, event in batch.events:
                seen.setdefault(run, []).append(event)
            batch.acknowledge()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    yield backend, seen
    stop.set()
    thread.join(5.0)
    backend.close()


def order(image: str, folder: Path, name: str, **job: Any) -> Order:
    """Order a run that does next to nothing."""
    home = sample.repository(folder, {"command": ["python", "-c", "print('done')"], **job})
    given = sample.shadow(sample.order(home, Side.CANDIDATE), id=name, name=f"{PREFIX}{name}")
    return replace(given, identity=Identity(ImageIdentity(image, ""), None, {}, {}))
