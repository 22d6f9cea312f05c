"""A validation result that a job wrote itself → what it says of every expectation: a witness, and no proof.

Results of great-expectations 1.x and 0.18 are read, of one validation or of a checkpoint.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.compare.validations import Met
from harness.model import strict_json
from harness.model.job import Json

BYTES_MAX = 64 * 1024 * 1024
RESULTS_MAX = 10_000
UNEXPECTED_MAX = 5
TEXT_MAX = 200
_COUNTS = ("element_count", "missing_count", "unexpected_count")


class Unread(Exception):  # noqa: N818 - the file is at fault, and that is an answer
    """Why a file is no validation result."""


@dataclass(frozen=True, slots=True)
class OwnResult:
    """What a job says of its own tables."""

    success: bool
    by_label: Mapping[str, Met]


def read_result(path: Path) -> OwnResult:
    """Read a validation result.

    Raises:
        Unread: it is none, contradicts itself, or is too large.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
        value = strict_json.read(data, bytes_max=BYTES_MAX, constants=True)
    except OSError as error:
        raise Unread("its payload was not kept") from error
    except strict_json.StrictError as error:
        raise Unread(str(error)) from error
    found: dict[str, Met] = {}
    success: list[bool] = []
    times: Counter[str] = Counter()
    for validation in _validations(value):
        success.append(_whole(validation))
        for label, met in _results(validation):
            times[label] += 1
            found[label if times[label] == 1 else f"{label} (number {times[label]})"] = met
    if not found or len(found) > RESULTS_MAX:
        message = f"{len(found)} results, where 1 to {RESULTS_MAX} are expected"
        raise Unread(message)
    if all(success) and not all(met.success for met in found.values()):
        raise Unread("it says success, and a result of it says failure")
    return OwnResult(all(success), found)


def label_of(kind: str, kwargs: Mapping[str, Json]) -> str:
    """Name an expectation by its type and what it asks."""
    said = ", ".join(f"{key}={_text(value)}" for key, value in sorted(kwargs.items()) if key != "batch_id")
    return f"{kind}({said})"


def _validations(value: Json) -> Iterator[Mapping[str, Json]]:
    match value:
        case {"run_results": dict(runs)}:
            for run in runs.values():
                yield from _validations(run)
        case {"validation_result": inner}:
            yield from _validations(inner)
        case dict() if isinstance(value.get("results"), list):
            yield value
        case _:
            raise Unread("no validation result of great-expectations: it has no list of `results`")


def _whole(validation: Mapping[str, Json]) -> bool:
    success = validation.get("success")
    if not isinstance(success, bool):
        raise Unread("`success` is neither true nor false")
    return success


def _results(validation: Mapping[str, Json]) -> Iterator[tuple[str, Met]]:
    results = validation["results"]
    for result in results if isinstance(results, list) else []:
        match result:
            case {"success": bool(success), "expectation_config": {"kwargs": dict(kwargs), **config}}:
                kind = config.get("type", config.get("expectation_type"))
                if isinstance(kind, str) and isinstance(result, dict):
                    yield label_of(kind, kwargs), _met(success, result.get("result"))
                    continue
        raise Unread("a result without success, or without the expectation that it is of")


def _met(success: bool, told: Json) -> Met:  # noqa: FBT001 - one field of a result
    result = told if isinstance(told, dict) else {}
    observed, unexpected = result.get("observed_value"), result.get("partial_unexpected_list")
    number = float(observed) if isinstance(observed, int | float) and not isinstance(observed, bool) else None
    return Met(
        success,
        counts={name: int(count) for name in _COUNTS if isinstance(count := result.get(name), int | float)},
        observed="" if observed is None else _text(observed),
        number=number if number is not None and math.isfinite(number) else None,
        unexpected=tuple(_text(item) for item in (unexpected if isinstance(unexpected, list) else [])[:UNEXPECTED_MAX]),
    )


def _text(value: Json) -> str:
    try:
        text = strict_json.text_of(value)
    except ValueError:
        text = str(value)
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"
