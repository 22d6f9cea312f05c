"""The whole environment of both processes → samples: what arrived otherwise, and what nobody declared. Pure.

Every variable has an origin: a document, the entry in `repos.yaml`, the platform's own list, or it is unknown; one that
is alike on both sides came with the image, as far as anybody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.model.finding import Sample
from harness.model.job import Delivery, Job, Side
from harness.model.order import MLFLOW_CONTEXT, reads_mlflow
from harness.platforms import platform_of, training_layout

HASHED = "hmac-sha256:"
OURS = "PARITY_"
"""Begins what the harness and its sandbox set."""
SWITCH = re.compile(
    r"\w+_NUM_THREADS|OMP_\w+|GOMP_\w+|KMP_\w+|MKL_\w+|PYTHONHASHSEED|\w*SEED\w*|\w*DETERMINIS\w*|\w*TF32\w*|CUBLAS_\w+"
    r"|CUDNN_\w+|TF_CUDNN_\w+|TF_ENABLE_ONEDNN_OPTS|NCCL_\w+|CUDA_VISIBLE_DEVICES|CUDA_LAUNCH_BLOCKING|XLA_FLAGS"
)
"""Variables that change what numerical code computes: compared whatever a platform always sets."""


_PLACE = re.compile(r"/|[a-z][a-z0-9+.-]*://")
"""Begins a path or an address."""


class Origin(StrEnum):
    """Where a variable comes from."""

    DOCUMENT = "document"
    ENTRY = "entry"
    PLATFORM = "platform"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProcessEnvironments:
    """What the processes of a pair had in their environments, and on which platforms they ran."""

    job: Job
    environment: Mapping[Side, Mapping[str, str]]
    platforms: Mapping[Side, str]

    def origin(self, side: Side, name: str) -> Origin:
        """Say where one side's variable comes from."""
        mine = self.job.sides[side]
        around = platform_of(self.platforms[side]).surroundings
        if mine.document and (name in mine.environment or name in around.document_variables(mine.document)):
            return Origin.DOCUMENT
        by_parameter = mine.reading.delivery is Delivery.ENV and name in map(str.upper, mine.parameters)
        if name == MLFLOW_CONTEXT and reads_mlflow(self.job, side):
            return Origin.ENTRY  # a tag of this run, which the metric's place in MLflow asks for
        by_layout = training_layout.is_laid_out(self.job) and name in training_layout.PLATFORMS_OWN
        if by_layout or name in mine.environment or name in mine.secrets or name in mine.secret_sources or by_parameter:
            return Origin.ENTRY
        value = self.environment[side].get(name, "")
        if not SWITCH.fullmatch(name) and around.sets(name, value):
            return Origin.PLATFORM
        return Origin.UNKNOWN

    @property
    def names(self) -> list[str]:
        """List every variable that a side had, but for our own."""
        found = {name for side in Side for name in self.environment[side] if not name.startswith(OURS)}
        return sorted(found)


def undeclared(seen: ProcessEnvironments) -> Iterator[Sample]:
    """Give what is on one side only, or differs, and neither the entry nor the platform accounts for."""
    for name in seen.names:
        values = {side: seen.environment[side].get(name) for side in Side}
        if len(set(values.values())) == 1:
            continue
        origins = {side: seen.origin(side, name) for side in Side if values[side] is not None}
        if _accounted(origins, values):
            continue
        notes = [f"{origin.value} on {side.value}" for side, origin in origins.items()]
        notes += ["it decides what is computed"] if SWITCH.fullmatch(name) else []
        notes += _kinds(values)
        legacy, candidate = (shown(values[side]) for side in Side)
        yield Sample(name, legacy, candidate, ", ".join(notes))


def _accounted(origins: Mapping[Side, Origin], values: Mapping[Side, str | None]) -> bool:
    """Tell whether a difference is meant: by the entry, by the platforms that set it, or as a place of each side.

    Nobody meant what two documents say otherwise, and what the program finds on the side of one document only.
    """
    found = set(origins.values())
    if Origin.UNKNOWN in found:
        return False
    return found != {Origin.DOCUMENT} or all(_PLACE.match(value or "") for value in values.values())


def accounted(seen: ProcessEnvironments) -> Iterator[Sample]:
    """Give every difference that is accounted for, with its origin: shown, and no finding."""
    for name in seen.names:
        values = {side: seen.environment[side].get(name) for side in Side}
        origins = {side: seen.origin(side, name) for side in Side if values[side] is not None}
        if len(set(values.values())) > 1 and _accounted(origins, values):
            legacy, candidate = (shown(values[side]) for side in Side)
            told = [_said(seen, side, origin) for side, origin in origins.items()]
            yield Sample(name, legacy, candidate, "; ".join(told))


def _said(seen: ProcessEnvironments, side: Side, origin: Origin) -> str:
    if origin is not Origin.PLATFORM:
        return f"{origin.value} on {side.value}"
    platform = platform_of(seen.platforms[side])
    return f"always set by {platform.title} (list {platform.surroundings.version})"


def shown(value: str | None) -> str:
    """Write a value for readers; a keyed hash says nothing to them."""
    return (
        "absent" if value is None else "a value recorded as a hash" if value.startswith(HASHED) else value or "(empty)"
    )


def _kinds(values: Mapping[Side, str | None]) -> list[str]:
    """Say where two values would be read as other types, or as one value in two spellings."""
    one, other = (values[side] for side in Side)
    if one is None or other is None or one.startswith(HASHED) or other.startswith(HASHED):
        return []
    kinds = [_kind(one), _kind(other)]
    if kinds[0] != kinds[1]:
        return [f"{kinds[0]} on legacy and {kinds[1]} on candidate"]
    return ["one number in two spellings"] if kinds[0] == "a number" and float(one) == float(other) else []


def _kind(value: str) -> str:
    if re.fullmatch(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", value):
        return "a number"
    if value.lower() in {"true", "false", "yes", "no", "on", "off"}:
        return "a switch"
    return "text" if value else "empty"
