"""What `parity init` says of documents that became no entry. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.config.sources import SourceDocument
from harness.errors import Problem
from harness.fields.paths import Path, key_path
from harness.model.job import Json
from harness.platforms.fault import Fault


@dataclass(frozen=True, slots=True)
class Rejected:
    """One job that became no entry."""

    kind: str
    name: str
    namespace: str
    because: tuple[str, ...]


def problem_of(document: SourceDocument, path: Path, fault: Fault, whose: str) -> Problem:
    """Say what is wrong with an object, where it stands in its document."""
    place = document.place((*path, *fault.path))
    key = key_path((*path, *fault.path))
    return Problem(
        document.file,
        place.line,
        place.column,
        f"{whose}: {key}" if whose else key,
        fault.found,
        fault.expected,
        fault.hint,
    )


def rejected(value: Json, faults: Sequence[Fault]) -> Rejected:
    """Say of an object that is no job of ours what it is and why."""
    facts = value.get("metadata") if isinstance(value, dict) else None
    metadata = facts if isinstance(facts, dict) else {}
    kind, _, name = name_of(value).rpartition(" ")
    why = tuple(f"{fault.found}: expected {fault.expected}" for fault in faults)
    keys = list(value) if isinstance(value, dict) else []
    named = next((key.removesuffix("Name") for key in keys if key.endswith("JobName")), "job")
    return Rejected(kind or named, name, str(metadata.get("namespace") or ""), why)


def name_of(value: Json) -> str:
    """Name an object by kind and name, as far as it has them."""
    if not isinstance(value, dict):
        return ""
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    named = next((str(value[key]) for key in value if key.endswith("JobName")), "")
    return " ".join(str(part) for part in (value.get("kind"), name or named) if part)


def shape_of(value: Json) -> str:
    """Say what an object is."""
    return f"kind {value['kind']}" if isinstance(value, dict) and value.get("kind") else "something else"
