"""Two JSON documents, value by value: paths, kinds of difference, distances. Pure.

A path is `$.a[0].b`; in patterns `*` stands for any text, and no other character is special.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, TypeGuard

from harness.compare.difference import may_be_cut
from harness.compare.format import NotCompared
from harness.compare.path_patterns import matches
from harness.model.finding import Sample
from harness.model.job import CompareRule, Json, Tolerance

ALL = "*"
DIFFERENCES_MAX = 50
"""Shown; the rest is counted."""
TEXT_MAX = 200
"""Characters of a value that are shown."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class JsonTrouble(NotCompared):
    """A document that can't be read; names the file and the byte."""


class Change(StrEnum):
    """How two values at one path differ."""

    MISSING = "missing"
    """Only the legacy document has it."""
    EXTRA = "extra"
    """Only the candidate document has it."""
    RETYPED = "retyped"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """One path where the documents differ, values as JSON text."""

    path: str
    change: Change
    legacy: str
    candidate: str
    distance: float | None = None
    """Of two numbers."""

    def sample(self, file: str) -> Sample:
        """Show it to the reader."""
        legacy = "not there" if self.change is Change.EXTRA else self.legacy
        candidate = "not there" if self.change is Change.MISSING else self.candidate
        note = self.change.value if self.distance is None else f"differs by {self.distance:.6g}"
        return Sample(f"{file} {self.path}", legacy, candidate, note)


@dataclass(frozen=True, slots=True)
class JsonDifference:
    """How two documents differ."""

    differences: tuple[ValueDifference, ...]
    left_out: int
    """Differences found and not listed."""
    values: int
    """Compared, leaves only."""
    within: int
    """Numbers that differ within their tolerance."""
    ignored: tuple[str, ...]
    """Paths that were not compared because a rule says so."""

    @property
    def equal(self) -> bool:
        """Tell whether nothing differs beyond tolerance."""
        return not self.differences

    def whole(self) -> Json:
        """Give all that differs; None where some was not listed or may be cut."""
        found = [
            (difference.path, difference.change.value, difference.legacy, difference.candidate)
            for difference in self.differences
        ]
        if self.left_out or may_be_cut(tuple(text for row in found for text in row)):
            return None
        return [list(row) for row in found]

    def summary(self) -> str:
        """Say in half a sentence how they differ."""
        count, first = len(self.differences) + self.left_out, self.differences[0].sample("").cut()
        shown = f"{first.where.strip()} is {first.legacy} on legacy and {first.candidate} on candidate"
        return f"{count} of {self.values} values differ, first {shown}"

    def samples_of(self, file: str) -> tuple[list[Sample], int]:
        """Give what was found of a file, value by value, and how many values were not kept."""
        return [difference.sample(file) for difference in self.differences], self.left_out


def compare_json(legacy: Json, candidate: Json, rule: CompareRule) -> JsonDifference:
    """Compare two documents: numbers by value and tolerance, all else exactly, objects without order.

    Raises:
        JsonTrouble: the rule ignores everything, so nothing was compared.
    """
    tally = JsonComparison(rule)
    tally.compare("$", legacy, candidate)
    return finished(tally)


def finished(tally: JsonComparison) -> JsonDifference:
    """Give what was found.

    Raises:
        JsonTrouble: the rule ignores everything, so nothing was compared.
    """
    if tally.ignored and not tally.values:
        raise JsonTrouble("every value is ignored by rule, so nothing was compared")
    return JsonDifference(tuple(tally.listed), tally.left_out, tally.values, tally.within, tuple(tally.ignored))


Place: TypeAlias = tuple[Any, str | int]
"""The place above (None: there is none), and the step from it; written out only where something is told of it."""
CONTAINERS = (dict, list)


class JsonComparison:
    """Compares documents and counts. A path is written out only where a rule or a difference needs it."""

    def __init__(self, rule: CompareRule) -> None:
        """Start with nothing."""
        self.rule = rule
        self.listed: list[ValueDifference] = []
        self.left_out = self.values = self.within = 0
        self.ignored: list[str] = []
        for_all = rule.tolerance.keys() <= {ALL}
        self._tolerance = rule.tolerance.get(ALL) if for_all else None
        self._by_path = not for_all

    @property
    def found(self) -> int:
        """Count the differences."""
        return len(self.listed) + self.left_out

    def compare(self, path: str, legacy: Json, candidate: Json) -> None:
        """Compare two documents at a path."""
        self._compare((None, path), legacy, candidate)

    def one_sided(self, path: str, value: Json, *, only_legacy: bool) -> None:
        """Note a value that only one side has."""
        if self._ignores((None, path)):
            return
        self.values += 1
        if only_legacy:
            self._add(ValueDifference(path, Change.MISSING, _shown(value), ""))
        else:
            self._add(ValueDifference(path, Change.EXTRA, "", _shown(value)))

    def _add(self, found: ValueDifference) -> None:
        if len(self.listed) < DIFFERENCES_MAX:
            self.listed.append(found)
        else:
            self.left_out += 1

    def _ignores(self, at: Place) -> bool:
        if not self.rule.ignore:
            return False
        path = _path(at)
        if not any(matches(pattern, path) for pattern in self.rule.ignore):
            return False
        if len(self.ignored) < DIFFERENCES_MAX:
            self.ignored.append(path)
        return True

    def _compare(self, at: Place, legacy: Json, candidate: Json) -> None:
        if self._ignores(at):
            return
        if type(legacy) is dict and type(candidate) is dict:
            if legacy.keys() == candidate.keys():
                self._pairs(at, ((name, legacy[name], candidate[name]) for name in sorted(legacy)))
            else:
                self._members(at, legacy, candidate)
        elif type(legacy) is list and type(candidate) is list:
            self._pairs(at, ((n, *pair) for n, pair in enumerate(zip(legacy, candidate, strict=False))))
            shared = min(len(legacy), len(candidate))
            for n, value in enumerate((legacy if len(legacy) > shared else candidate)[shared:], shared):
                self.one_sided(_path((at, n)), value, only_legacy=len(legacy) > shared)
        else:
            self.values += 1
            self._leaf(at, legacy, candidate)

    def _pairs(self, at: Place, pairs: Iterable[tuple[str | int, Json, Json]]) -> None:
        """Compare values of the same steps; plain values that are the same are done here, which is most of them."""
        ignore = bool(self.rule.ignore)
        near = -1.0 if self._tolerance is None or self._tolerance.absolute is None else self._tolerance.absolute
        for step, left, right in pairs:
            kind = type(left)
            if ignore or kind in CONTAINERS:
                self._compare((at, step), left, right)
                continue
            self.values += 1
            if left == right and kind is type(right):
                continue
            if kind is float and type(right) is float and abs(left - right) <= near:  # type: ignore[operator]
                self.within += 1
            else:
                self._leaf((at, step), left, right)

    def _members(self, at: Place, legacy: Mapping[str, Json], candidate: Mapping[str, Json]) -> None:
        for name in dict.fromkeys((*sorted(legacy), *sorted(candidate))):
            place = (at, name)
            if name in legacy and name in candidate:
                self._compare(place, legacy[name], candidate[name])
            else:
                only_legacy = name in legacy
                self.one_sided(_path(place), (legacy if only_legacy else candidate)[name], only_legacy=only_legacy)

    def _leaf(self, at: Place, legacy: Json, candidate: Json) -> None:
        if is_number(legacy) and is_number(candidate):
            if legacy == candidate or (legacy != legacy and candidate != candidate):  # noqa: PLR0124 - both are NaN
                return
            tolerance = tolerance_of(_path(at), self.rule.tolerance) if self._by_path else self._tolerance
            if within_tolerance(legacy, candidate, tolerance):
                self.within += 1
                return
            apart = float(abs(legacy - candidate))
            distance = apart if math.isfinite(apart) else None
            self._add(ValueDifference(_path(at), Change.CHANGED, _shown(legacy), _shown(candidate), distance))
        elif _kind(legacy) != _kind(candidate):
            self._add(ValueDifference(_path(at), Change.RETYPED, _typed(legacy), _typed(candidate)))
        elif legacy != candidate:
            self._add(ValueDifference(_path(at), Change.CHANGED, _shown(legacy), _shown(candidate)))


def _path(at: Place) -> str:
    """Write a place out."""
    steps: list[str] = []
    above: Any = at
    while above[0] is not None:
        step = above[1]
        steps.append(f"[{step}]" if isinstance(step, int) else step_of(step))
        above = above[0]
    return "".join([str(above[1]), *reversed(steps)])


def within_tolerance(legacy: float, candidate: float, tolerance: Tolerance | None) -> bool:
    """Tell whether two numbers are equal or near: within either bound is within, and both sides count the same."""
    if legacy == candidate:
        return True
    if tolerance is None:
        return False
    distance = abs(legacy - candidate)
    if not math.isfinite(distance):
        return False
    absolute, relative = tolerance.absolute, tolerance.relative
    return (absolute is not None and distance <= absolute) or (
        relative is not None and distance <= relative * max(abs(legacy), abs(candidate))
    )


def tolerance_of(path: str, tolerances: Mapping[str, Tolerance]) -> Tolerance | None:
    """Choose the tolerance of the longest pattern that fits, which a path written out is."""
    fitting = [pattern for pattern in tolerances if matches(pattern, path)]
    chosen = max(fitting, key=lambda pattern: (len(pattern), pattern), default=None)
    return None if chosen is None else tolerances[chosen]


def step_of(name: str) -> str:
    """Write one step of a path."""
    return f".{name}" if _PLAIN.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def _kind(value: Json) -> str:
    """Name the JSON type; 3 and 3.0 are both numbers."""
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "null")


def is_number(value: Json) -> TypeGuard[int | float]:
    """Tell a number; a boolean is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _typed(value: Json) -> str:
    return f"{_kind(value)} {_shown(value)}" if value is not None else "null"


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"
