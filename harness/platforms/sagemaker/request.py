"""What the requests of all kinds have in common: command, environment, tags, places. Pure.

Limits and places: SageMaker API 2017-07-24 (botocore model) and the container contract of the developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import Refused
from harness.model import strict_json
from harness.model.job import Delivery, Job, Json
from harness.model.order import Order, S3Place
from harness.platforms.kinds import KINDS
from harness.platforms.sagemaker.kind import Locations
from harness.platforms.sagemaker.limits import ONLY_BELOW
from harness.platforms.sagemaker.limits import SHIM_CHANNEL as CHANNEL
from harness.platforms.sagemaker.parameters import as_strings, platform_delivers

DEFAULT_INSTANCE = "ml.m5.large"
_NOT_COMPARED = frozenset({"Tags", "MetricDefinitions"})
"""Describe gives no tags, and the service injects metric definitions (reference: sagemaker 3.3)."""


def locations(staging: S3Place, run: str) -> Locations:
    """Name one run's places below the repository's staging prefix."""
    return Locations(staging.uri(run, "channel") + "/", staging.uri(run, "out") + "/", staging.uri(run) + "/")


def shim_folder(job: Job) -> str:
    """Say where the harness's own channel is inside the container."""
    return KINDS.get(job.kind).input_path(CHANNEL)


def comparable(request: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out what Describe doesn't echo, at any depth."""
    return {
        name: comparable(value) if isinstance(value, dict) else value
        for name, value in request.items()
        if name not in _NOT_COMPARED
    }


def command(order: Order, spec_digest: str) -> tuple[str, ...]:
    """Give the shim's command, or the job's own where it runs without."""
    mine = order.job.sides[order.run.side]
    folder = shim_folder(order.job)
    if order.run.shim:
        return ("python3", f"{folder}/shim.py", f"{folder}/spec.json", spec_digest)
    if mine.reading.delivery is Delivery.ARGV:
        extra = (part for name, value in as_strings(mine.parameters).items() for part in (f"--{name}", value))
        return (*mine.command, *extra)
    if mine.reading.delivery is Delivery.FILE and not platform_delivers(order.job, order.run.side):
        message = f"{order.job.name}: without the shim nobody can write {mine.reading.path} on SageMaker"
        raise Refused(message)
    return mine.command


def environment(order: Order) -> dict[str, Json]:
    """Give the environment natively only without the shim; under it, it travels in the staged spec, beyond the caps."""
    mine = order.job.sides[order.run.side]
    if order.run.shim:
        return {}
    given: dict[str, Json] = dict(mine.environment)
    if mine.reading.delivery is Delivery.ENV:
        given |= {
            name.upper(): value if isinstance(value, str) else strict_json.write(value).decode().strip()
            for name, value in mine.parameters.items()
        }
    return given


def tags(order: Order, at: Locations) -> list[Json]:
    """Name campaign and run; of a blocked one also its place, for whoever stands between it and the world."""
    found: list[Json] = [
        {"Key": "parity-harness/campaign", "Value": order.campaign[:256]},
        {"Key": "parity-harness/run", "Value": order.run.id[:256]},
    ]
    if order.job.is_blocked:
        found.append({"Key": ONLY_BELOW, "Value": at.folder})
    return found
