"""The configuration difference of a job's two sides, for the report. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.model import strict_json
from harness.model.job import Delivery, Job, Side, SideJob

ABSENT = "—"
"""Shown where a side has no such key."""


def side_differences(job: Job) -> tuple[tuple[str, str, str], ...]:
    """List (key, legacy, candidate) for everything that the two sides are given differently, in key order."""
    legacy, candidate = (dict(_facts(job, side)) for side in (Side.LEGACY, Side.CANDIDATE))
    return tuple(
        (key, legacy.get(key, ABSENT), candidate.get(key, ABSENT))
        for key in sorted(legacy.keys() | candidate.keys())
        if legacy.get(key) != candidate.get(key)
    )


def _facts(job: Job, side: Side) -> Iterator[tuple[str, str]]:
    mine = job.sides[side]
    yield "command", _text(list(mine.command))
    yield "read_parameters", _reading(mine)
    yield from _map("environment", mine.environment)
    yield from _map("parameters", mine.parameters)
    yield from _map("scratch", mine.scratch)
    for name in mine.secrets:
        source = mine.secret_sources.get(name)
        at = f"{source.store.value} {source.name} {source.key}".rstrip() if source else "fetched by the job itself"
        yield f"secrets.{name}", f"a secret: {at}"
    for sidecar in mine.sidecars:
        word = "native sidecar" if sidecar.native else "sidecar"
        yield f"sidecars.{sidecar.name}", f"{word}: {_text(list(sidecar.command))}"
    if mine.instance_type:
        yield "instance_type", mine.instance_type
    if mine.keep_alive_seconds:
        yield "keep_alive", f"{mine.keep_alive_seconds} s"
    for each in job.inputs:
        yield f"inputs.{each.name}.path", each.path.get(side, ABSENT)
    for output in job.outputs:
        yield f"outputs.{output.name}", output.path.get(side) or output.uri.get(side, ABSENT)


def _map(name: str, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    return ((f"{name}.{key}", _text(value)) for key, value in values.items())


def _reading(mine: SideJob) -> str:
    if mine.reading.delivery is Delivery.FILE:
        return f"{mine.reading.path} as {mine.reading.format.value}"
    return mine.reading.delivery.value


def _text(value: object) -> str:
    """Write a value as JSON, so that 3 and "3" differ on the page as they do in the process."""
    return strict_json.write(value).decode().rstrip("\n")
