"""A platform of another distribution: a queue with slots, that tells its endings as SageMaker does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.backends.base import Backend
from harness.backends.connecting import Connector, Opening
from harness.fields import words
from harness.fields.job import BothJob, Written
from harness.model.job import Job, Side
from harness.model.repository import CloudAccount, Home, Repository
from harness.platforms.fault import Fault
from harness.platforms.kubernetes.written import FORM
from harness.platforms.sagemaker.platform import PLATFORM as SAGEMAKER

SLOTS_MAX = 8


@dataclass(frozen=True, slots=True)
class ToyHome(Home):
    """One queue."""

    queue: str
    staging_uri: str
    staging_owner: str = ""
    platform: str = "toy"

    @property
    def cloud(self) -> CloudAccount | None:
        """Use the other side's."""
        return None


class ToySettings(Written):
    """Where a side on it runs."""

    platform: words.Line | None = None
    queue: words.Name | None = None
    staging: words.Uri | None = None


class ToyJob(BothJob):
    """What a side of a job has on it; it has no sidecars and no instance type."""


def _build(settings: Mapping[str, Any]) -> Home:
    return ToyHome(settings["queue"], settings["staging"])


def _no_faults(repository: Repository, side: Side) -> Iterator[Fault]:
    del repository, side
    yield from ()


def _job_faults(job: Job, side: Side) -> Iterator[Fault]:
    del side
    if job.resources.cpu > SLOTS_MAX:
        yield Fault(("resources", "cpu"), f"{job.resources.cpu:g} CPUs", f"at most {SLOTS_MAX}, the slots of a queue")


def _priced_types(home: Home) -> None:
    del home


def _price(home: Home, job: Job, side: Side) -> float | None:
    del home, job, side
    return 0.0


PLATFORM = replace(
    SAGEMAKER,
    name="toy",
    title="Toy",
    rules=(),
    form=replace(
        FORM,
        settings=ToySettings,
        job=ToyJob,
        job_defaults={},
        required={"queue": "the queue of the Toy side", "staging": "an S3 prefix for what travels"},
        build=_build,
        elsewhere={},
    ),
    home=ToyHome,
    home_faults=_no_faults,
    job_faults=_job_faults,
    priced_types=_priced_types,
    price_of_run=_price,
)


def _connect(opening: Opening, sides: Sequence[tuple[Repository, Side]]) -> Mapping[tuple[str, Side], Backend]:
    del opening, sides
    return {}


CONNECTOR = Connector("toy", _connect)
