"""Two JSON documents, value by value: paths, kinds of difference, distances. Pure but for reading the file.

A path is `$.a[0].b`; in patterns `*` stands for any text, and no other character is special.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeGuard

from harness.compare.difference import may_be_cut
from harness.compare.format import NotCompared
from harness.compare.path_patterns import matches
from harness.model import strict_json
from harness.model.finding import Sample
from harness.model.job import CompareRule, Json, Tolerance

DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
"""Of one document. Values take up to twenty times as much memory as their text, in this process."""
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


def read_json(path: Path, name: str) -> Json:
    """Read one document strictly.

    Raises:
        JsonTrouble: it is no JSON of one meaning; names the file and the byte offset.
    """
    try:
        about = path.stat()
        size = about.st_size
        if not stat.S_ISREG(about.st_mode):  # a pipe or a device may never end
            message = f"{name}: no regular file"
            raise JsonTrouble(message)
        if size > DOCUMENT_BYTES_MAX:
            message = f"{name}: {size} bytes, more than the {DOCUMENT_BYTES_MAX} that are compared value by value"
            raise JsonTrouble(message)
        return strict_json.read(path.read_bytes(), bytes_max=DOCUMENT_BYTES_MAX)
    except strict_json.StrictError as error:
        message = f"{name}: byte {error.byte_offset}: {error.reason}"
        raise JsonTrouble(message) from error
    except OSError as error:
        message = f"{name}: {error.strerror}"
        raise JsonTrouble(message) from error


def compare_json(legacy: Json, candidate: Json, rule: CompareRule) -> JsonDifference:
    """Compare two documents: numbers by value and tolerance, all else exactly, objects without order.

    Raises:
        JsonTrouble: the rule ignores everything, so nothing was compared.
    """
    tally = _Tally(rule)
    for found in _compare("$", legacy, candidate, tally):
        if len(tally.listed) < DIFFERENCES_MAX:
            tally.listed.append(found)
        else:
            tally.left_out += 1
    if tally.ignored and not tally.values:
        raise JsonTrouble("every value is ignored by rule, so nothing was compared")
    return JsonDifference(tuple(tally.listed), tally.left_out, tally.values, tally.within, tuple(tally.ignored))


@dataclass(slots=True)
class _Tally:
    rule: CompareRule
    listed: list[ValueDifference] = field(default_factory=list)
    left_out: int = 0
    values: int = 0
    within: int = 0
    ignored: list[str] = field(default_factory=list)

    def ignores(self, path: str) -> bool:
        if not any(matches(pattern, path) for pattern in self.rule.ignore):
            return False
        if len(self.ignored) < DIFFERENCES_MAX:
            self.ignored.append(path)
        return True


def within_tolerance(legacy: float, candidate: float, tolerance: Tolerance | None) -> bool:
    """Tell whether two numbers are equal or near: within either bound is within, and both sides count the same."""
    if legacy == candidate:
        return True
    if tolerance is None:
        return False
    distance = abs(legacy - candidate)
    absolute, relative = tolerance.absolute, tolerance.relative
    return (absolute is not None and distance <= absolute) or (
        relative is not None and distance <= relative * max(abs(legacy), abs(candidate))
    )


def tolerance_of(path: str, tolerances: Mapping[str, Tolerance]) -> Tolerance | None:
    """Choose the tolerance of the longest pattern that fits, which a path written out is."""
    fitting = [pattern for pattern in tolerances if matches(pattern, path)]
    chosen = max(fitting, key=lambda pattern: (len(pattern), pattern), default=None)
    return None if chosen is None else tolerances[chosen]


def _compare(path: str, legacy: Json, candidate: Json, tally: _Tally) -> Iterator[ValueDifference]:
    if tally.ignores(path):
        return
    if isinstance(legacy, dict) and isinstance(candidate, dict):
        yield from _members(path, legacy, candidate, tally)
    elif isinstance(legacy, list) and isinstance(candidate, list):
        mine, other = ({f"[{n}]": each for n, each in enumerate(items)} for items in (legacy, candidate))
        yield from _steps(path, mine, other, tally)
    else:
        tally.values += 1
        yield from _leaves(path, legacy, candidate, tally)


def _members(
    path: str, legacy: Mapping[str, Json], candidate: Mapping[str, Json], tally: _Tally
) -> Iterator[ValueDifference]:
    mine, other = ({step_of(name): each for name, each in sorted(members.items())} for members in (legacy, candidate))
    yield from _steps(path, mine, other, tally)


def step_of(name: str) -> str:
    """Write one step of a path."""
    return f".{name}" if _PLAIN.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"


def _steps(
    path: str, legacy: Mapping[str, Json], candidate: Mapping[str, Json], tally: _Tally
) -> Iterator[ValueDifference]:
    for step in dict.fromkeys((*legacy, *candidate)):
        place = path + step
        if step in legacy and step in candidate:
            yield from _compare(place, legacy[step], candidate[step], tally)
        elif not tally.ignores(place):
            tally.values += 1
            if step in legacy:
                yield ValueDifference(place, Change.MISSING, _shown(legacy[step]), "")
            else:
                yield ValueDifference(place, Change.EXTRA, "", _shown(candidate[step]))


def _leaves(path: str, legacy: Json, candidate: Json, tally: _Tally) -> Iterator[ValueDifference]:
    kinds = _kind(legacy), _kind(candidate)
    if kinds[0] != kinds[1]:
        yield ValueDifference(path, Change.RETYPED, _typed(legacy), _typed(candidate))
    elif is_number(legacy) and is_number(candidate):
        if legacy == candidate:
            return
        if within_tolerance(legacy, candidate, tolerance_of(path, tally.rule.tolerance)):
            tally.within += 1
        else:
            distance = float(abs(legacy - candidate))
            yield ValueDifference(path, Change.CHANGED, _shown(legacy), _shown(candidate), distance)
    elif legacy != candidate:
        yield ValueDifference(path, Change.CHANGED, _shown(legacy), _shown(candidate))


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
