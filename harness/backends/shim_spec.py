"""What the shim is told about one run. Pure: order and side in, JSON out."""

from __future__ import annotations

from harness.backends.base import Order
from harness.config import strict_json
from harness.model.job import Delivery, FileFormat, Job, JobKind, Json, SecretStore, Side, SideJob

PLATFORM_FILE = "/opt/ml/input/config/hyperparameters.json"
"""Where SageMaker itself writes hyperparameters, every value a string (reference: sagemaker 3.1)."""
HYPERPARAMETERS_MAX = 100
HYPERPARAMETER_KEY_MAX = 256
HYPERPARAMETER_VALUE_MAX = 2500
"""Caps of CreateTrainingJob (botocore model 2017-07-24)."""


def spec_of(order: Order, *, grants_path: str, carry_outputs: bool, region: str = "") -> dict[str, Json]:
    """Build spec.json for one run.

    `carry_outputs`: the shim uploads declared outputs itself, because the platform does not. `region`: of stores that
    a secret's name does not say the region of.
    """
    side, job = order.run.side, order.job
    mine = job.sides[side]
    return {
        "schema": "parity.shim/1",
        "run": order.run.id,
        "side": side.value,
        "attempt": order.run.attempt,
        "grants_path": grants_path,
        "command": list(mine.command),
        "working_directory": None,
        "parameters": _parameters(job, side),
        "environment": {"values": dict(mine.environment), "staged": None},
        "inputs": _inputs(job, side),
        "outputs": _outputs(job, side, carry=carry_outputs),
        "secrets": list(mine.secrets),
        "secret_sources": _secret_sources(mine, region),
        "libraries": list(job.libraries),
        "heartbeat_grant": "heartbeat",
        "record_grant": "record",
    }


def platform_delivers(job: Job, side: Side) -> bool:
    """Tell whether SageMaker itself writes the parameter file: the job reads that one, and all values fit its caps."""
    mine = job.sides[side]
    return (
        side is Side.CANDIDATE
        and job.kind is JobKind.TRAINING
        and mine.reading.delivery is Delivery.FILE
        and mine.reading.path == PLATFORM_FILE
        and mine.reading.format is FileFormat.STRINGS
        and fits_hyperparameters(as_strings(mine.parameters))
    )


def fits_hyperparameters(values: dict[str, str]) -> bool:
    """Tell whether string values fit CreateTrainingJob's caps."""
    return len(values) <= HYPERPARAMETERS_MAX and all(
        0 < len(name) <= HYPERPARAMETER_KEY_MAX and len(value) <= HYPERPARAMETER_VALUE_MAX
        for name, value in values.items()
    )


def as_strings(values: object) -> dict[str, str]:
    """Write typed parameters as the flat strings that SageMaker keeps: JSON text for everything but strings."""
    assert isinstance(values, dict)  # noqa: S101 # nosec B101 # parameters are a map by their type
    return {
        name: value if isinstance(value, str) else strict_json.write(value).decode().strip()
        for name, value in values.items()
    }


def _secret_sources(mine: SideJob, region: str) -> list[Json]:
    """Say where the shim takes each secret from: names only, and none of a Secret, which the kubelet hands over."""
    found: list[Json] = []
    for name, source in sorted(mine.secret_sources.items()):
        if source.store is SecretStore.KUBERNETES:
            found.append({"name": name, "store": "environment"})
            continue
        said = source.name.split(":")[3] if source.name.startswith("arn:") else region
        found.append({"name": name, "store": source.store.value, "id": source.name, "key": source.key, "region": said})
    return found


def _parameters(job: Job, side: Side) -> dict[str, Json]:
    mine = job.sides[side]
    delivery = "platform-file" if platform_delivers(job, side) else mine.reading.delivery.value
    return {
        "delivery": delivery,
        "path": mine.reading.path,
        "format": mine.reading.format.value,
        "values": dict(mine.parameters),
        "staged": None,
        "prefix": "--",
    }


def _inputs(job: Job, side: Side) -> list[Json]:
    carried = side is Side.LEGACY
    return [
        {"name": each.name, "path": each.path[side], "grant": f"input-{each.name}" if carried else None, "sha256": None}
        for each in job.inputs
        if side in each.path
    ]


def _outputs(job: Job, side: Side, *, carry: bool) -> list[Json]:
    return [
        {
            "name": each.name,
            "path": each.path[side],
            "kind": "directory",
            "grant": f"output-{each.name}" if carry else None,
            "bytes_max": each.bytes_max,
        }
        for each in job.outputs
        if side in each.path
    ]
