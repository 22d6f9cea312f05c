"""Two JSON documents of one side → the fields in which they differ, each with the class of its noise. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

from harness.compare.format import FieldDifference
from harness.compare.json_values import is_number, step_of, tolerance_of, within_tolerance
from harness.compare.noise_kinds import kind_of
from harness.compare.path_patterns import matches
from harness.model.finding import NoiseClass
from harness.model.job import CompareRule, Json

_INDEX = re.compile(r"\[[0-9]+\]")


def differing_paths(legacy: Json, candidate: Json, rule: CompareRule, path: str = "$") -> frozenset[str]:
    """Name the fields in which a pair's documents differ by more than is allowed."""
    return frozenset(found.name for found in json_noise(legacy, candidate, rule, path) if found.above)


def json_noise(one: Json, other: Json, rule: CompareRule, path: str = "$") -> Iterator[FieldDifference]:
    """Say of each field in which two documents at a path differ how it does."""
    for place, mine, its in _walk(path, one, other, rule):
        name = _INDEX.sub("[*]", place)
        if isinstance(mine, list) and isinstance(its, list):
            yield FieldDifference(name, NoiseClass.ORDER, None, above=True)
        elif is_number(mine) and is_number(its):
            above = _beyond(place, mine, its, rule)
            yield FieldDifference(name, kind_of(repr(mine), repr(its)), _apart(mine, its), above)
        elif isinstance(mine, str) and isinstance(its, str):
            kind = kind_of(mine, its)
            shown = NoiseClass.UNSTABLE if kind is NoiseClass.JITTER else kind
            yield FieldDifference(name, shown, None, above=True)
        else:
            yield FieldDifference(name, NoiseClass.UNSTABLE, None, above=True)


def _apart(one: float, other: float) -> float | None:
    distance = float(abs(one - other))
    return distance if math.isfinite(distance) else None


def _walk(path: str, one: Json, other: Json, rule: CompareRule) -> Iterator[tuple[str, Json, Json]]:
    """Give every place where two documents differ; a list whose items moved beyond tolerance is one place."""
    if any(matches(pattern, path) for pattern in rule.ignore):
        return
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from _walk(path + step_of(name), one[name], other[name], rule)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        mine, its = ([json.dumps(item, sort_keys=True) for item in items] for items in (one, other))
        pairs = enumerate(zip(one, other, strict=True))
        places = [place for n, pair in pairs for place in _walk(f"{path}[{n}]", *pair, rule)]
        moved = mine != its and sorted(mine) == sorted(its)
        if moved and any(_beyond(*place, rule) for place in places):
            yield path, one, other
        else:
            yield from places
    elif isinstance(one, list) and isinstance(other, list):
        yield path, len(one), str(len(other))  # of two lengths: no order, no number
    elif _both_nan(one, other):
        return
    elif one != other or isinstance(one, bool) is not isinstance(other, bool):
        yield path, one, other


def _both_nan(one: Json, other: Json) -> bool:
    return all(isinstance(value, float) and math.isnan(value) for value in (one, other))


def _beyond(path: str, one: Json, other: Json, rule: CompareRule) -> bool:
    """Tell whether two values differ by more than is allowed."""
    if is_number(one) and is_number(other):
        return not within_tolerance(one, other, tolerance_of(path, rule.tolerance))
    return True
