"""Parts of a JSON document that may hold anything: what has another type than asked for counts as empty. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.job import Json


def mapping(value: Json) -> dict[str, Json]:
    """Give an object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def part(value: Mapping[str, Json], name: str) -> dict[str, Json]:
    """Give an inner object; empty where there is none."""
    return mapping(value.get(name))


def items(value: Json) -> list[Json]:
    """Give a list; empty for anything else."""
    return value if isinstance(value, list) else []


def mappings(value: Json) -> list[dict[str, Json]]:
    """Give the objects of a list; what else is in it is left out."""
    return [item for item in items(value) if isinstance(item, dict)]


def texts(value: Json) -> list[str]:
    """Give the texts of a list; what else is in it is left out."""
    return [item for item in items(value) if isinstance(item, str)]
