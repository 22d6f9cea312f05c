"""What the shim is told about one run. Pure: order and side in, JSON out."""

from __future__ import annotations

from harness.model.job import Delivery, Job, Json, SecretStore, Side, SideJob
from harness.model.order import Order
from harness.platforms import platform_of, training_layout


def spec_of(
    order: Order, *, grants_path: str, carry: bool, region: str = "", message_path: str | None = None
) -> dict[str, Json]:
    """Build spec.json for one run.

    `carry`: the shim fetches inputs and uploads declared outputs itself, because the platform does not; inputs of a
    document come as the document says. `region`: of stores that a secret's name does not say the region of. The command
    of a document follows the shim's own arguments in the object, where its platform fills references in.
    `message_path`: the file that the platform reads as the run's last words.
    """
    side, job = order.run.side, order.job
    mine = job.sides[side]
    brought = carry and mine.document is None
    return {
        "schema": "parity.shim/1",
        "run": order.run.id,
        "side": side.value,
        "attempt": order.run.attempt,
        "grants_path": grants_path,
        "command": [] if mine.document else list(mine.command),
        "working_directory": None,
        "parameters": _parameters(order),
        "environment": {"values": dict(mine.environment), "staged": None},
        "inputs": _inputs(job, side, carry=brought),
        "outputs": _outputs(job, side, carry=carry),
        "secrets": list(mine.secrets),
        "secret_sources": _secret_sources(mine, region),
        "libraries": list(job.libraries),
        "heartbeat_grant": "heartbeat",
        "record_grant": "record",
        **({"layout": training_layout.told(order, message_path)} if training_layout.is_laid_out(job) else {}),
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


def _parameters(order: Order) -> dict[str, Json]:
    mine = order.job.sides[order.run.side]
    delivered = platform_of(order.run.platform).delivers_parameters(order.job, order.run.side)
    in_command = mine.document is not None and mine.reading.delivery is Delivery.ARGV
    delivery = "platform-file" if delivered else "in-command" if in_command else mine.reading.delivery.value
    return {
        "delivery": delivery,
        "path": mine.reading.path,
        "format": mine.reading.format.value,
        "values": dict(mine.parameters),
        "staged": None,
        "prefix": "--",
    }


def _inputs(job: Job, side: Side, *, carry: bool) -> list[Json]:
    return [
        {"name": each.name, "path": each.path[side], "grant": f"input-{each.name}" if carry else None, "sha256": None}
        for each in job.inputs
        if side in each.path
    ]


def _outputs(job: Job, side: Side, *, carry: bool) -> list[Json]:
    return [
        {
            "name": output.name,
            "path": output.path[side],
            "kind": "directory",
            "grant": f"output-{output.name}" if carry else None,
            "bytes_max": output.bytes_max,
        }
        for output in job.outputs
        if side in output.path
    ]
