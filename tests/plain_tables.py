"""A slow, obvious comparator of two tables in plain Python: what the engine is held against, cell by cell.

It shares no code with the engine. Tables are lists of rows; texts of CSV are `str`, values of Parquet are Python's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

Bounds = tuple[float | None, float | None]
Row = tuple[Any, ...]
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,4})?")


@dataclass(frozen=True)
class Table:
    """Names, types and rows of one side; of CSV all types are `text`."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[Row, ...]

    def column(self, name: str) -> int:
        """Give the place of a column."""
        return self.names.index(name)


@dataclass(frozen=True)
class Rules:
    """The rules of one comparison."""

    key: tuple[str, ...] = ()
    tolerance: Mapping[str, Bounds] = field(default_factory=dict)
    order: str = "undeclared"
    policy: str = "strict"
    duplicates: str = "error"
    null_keys: str = "error"
    decimal: str = "."
    thousands: str = ""
    nulls: Mapping[str, str] = field(default_factory=dict)
    """By column, one word that means NULL."""


@dataclass
class Expected:
    """What the engine has to find; `trouble` is the beginning of why it can't."""

    trouble: str = ""
    only: tuple[int, int] = (0, 0)
    differing: int = 0
    within: int = 0
    cells: dict[str, list[tuple[Row, Any, Any]]] = field(default_factory=dict)
    """By column, keys and values of the cells that differ."""
    retyped: tuple[str, ...] = ()


def number(value: object) -> Fraction | None:
    """Read a number exactly: a double is what it is written as."""
    if value is None or isinstance(value, bool):
        return None
    text = str(value)
    if not _NUMBER.fullmatch(text) or math.isinf(float(text)):
        return None
    return Fraction(Decimal(text))


def same(left: object, right: object) -> bool:
    """Tell whether two values are equal without any tolerance."""
    if left is None or right is None:
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(*pair) for pair in zip(left, right, strict=True))
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    one, other = number(left), number(right)
    if one is not None and other is not None:
        return one == other
    if one is not None or other is not None:
        return False
    words = [str(value).lower().removeprefix("+") for value in (left, right)]
    if all(word in {"nan", "-nan"} for word in words):
        return True
    infinite = {"inf": "inf", "infinity": "inf", "-inf": "-inf", "-infinity": "-inf"}
    if all(word in infinite for word in words):
        return infinite[words[0]] == infinite[words[1]]
    return str(left) == str(right)


def near(left: object, right: object, bounds: Bounds | None, *, for_all: bool) -> bool:
    """Tell whether two values are within tolerance."""
    if bounds is None or left is None or right is None:
        return False
    if isinstance(left, list) and isinstance(right, list):
        pairs = list(zip(left, right, strict=False))
        return len(left) == len(right) and all(same(*pair) or near(*pair, bounds, for_all=False) for pair in pairs)
    if isinstance(left, float) and isinstance(right, float):
        return math.isfinite(left) and math.isfinite(right) and _within(abs(left - right), (left, right), bounds, float)
    one, other = number(left), number(right)
    if one is None or other is None:
        return False
    if for_all and all(re.fullmatch("-?[0-9]+", str(value)) for value in (left, right)):
        return False
    return _within(abs(one - other), (one, other), bounds, lambda bound: Fraction(Decimal(repr(bound))))


def _within(distance: Any, pair: tuple[Any, Any], bounds: Bounds, exact: Callable[[float], Any]) -> bool:
    absolute, relative = bounds
    if absolute is not None and distance <= exact(absolute):
        return True
    return relative is not None and distance <= exact(relative) * max(abs(pair[0]), abs(pair[1]))


def compare(legacy: Table, candidate: Table, rules: Rules) -> Expected:
    """Compare two tables with the same names of columns."""
    kinds = {
        name: (legacy.types[legacy.column(name)], candidate.types[candidate.column(name)]) for name in legacy.names
    }
    retyped = tuple(name for name in legacy.names if not comparable(kinds[name], rules.policy))
    names = [name for name in legacy.names if name not in retyped or name in rules.key]
    if not names:
        return Expected(retyped=retyped)
    case = _Case(names, legacy, candidate, rules, kinds)
    found = case.compared()
    found.retyped = retyped
    return found


def comparable(kinds: tuple[str, str], policy: str) -> bool:
    """Tell whether two types are one for a policy."""
    numbers = {"int32", "int64", "double", "decimal"}
    return kinds[0] == kinds[1] or policy == "coerce" or (policy == "value" and set(kinds) <= numbers)


class _Case:
    def __init__(self, names: list[str], legacy: Table, candidate: Table, rules: Rules, kinds: Any) -> None:
        self.names, self.rules, self.kinds = names, rules, kinds
        places = [[table.column(name) for name in names] for table in (legacy, candidate)]
        self.rows = [
            [tuple(row[at] for at in place) for row in table.rows]
            for table, place in zip((legacy, candidate), places, strict=True)
        ]
        if set(legacy.types) == {"text"}:
            self.rows = [[self.read(row) for row in side] for side in self.rows]
        self.keys = [names.index(name) for name in rules.key]

    def read(self, row: Row) -> Row:
        """Read the texts of CSV as its dialect has them."""
        words = (self.rules.nulls.get(name) for name in self.names)
        return tuple(
            None if text is None or text == word else dialect_number(text, self.rules)
            for text, word in zip(row, words, strict=True)
        )

    def state(self, at: int, left: object, right: object) -> int:
        name = self.names[at]
        own = name in self.rules.tolerance
        bounds = self.rules.tolerance.get(name, self.rules.tolerance.get("*"))
        kinds = self.kinds[name]
        if kinds[0] != kinds[1] and not {"int32", "int64"} >= set(kinds):
            left, right = (None if value is None else as_text(value) for value in (left, right))
        if same(left, right):
            return 0
        return 1 if near(left, right, bounds, for_all=not own) else 2

    def equal(self, left: Row, right: Row) -> bool:
        return all(self.state(at, left[at], right[at]) == 0 for at in range(len(self.names)))

    def close(self, left: Row, right: Row) -> bool:
        return all(self.state(at, left[at], right[at]) < 2 for at in range(len(self.names)))

    def compared(self) -> Expected:
        if self.keys and self.rules.duplicates != "multiset":
            return self.by_key()
        if self.keys:
            return self.as_multiset()
        by_place = self.by_place()
        alike = not (by_place.differing or any(by_place.only))
        if self.rules.order == "position" or (alike and len(self.rows[0]) == len(self.rows[1])):
            return by_place
        found = self.as_multiset()
        if self.rules.order == "multiset" or any(found.only):
            return found
        return Expected(trouble="the rows are the same in another order")

    def by_place(self) -> Expected:
        legacy, candidate = self.rows
        shared = min(len(legacy), len(candidate))
        pairs = [((f"row {n + 1}",), legacy[n], candidate[n]) for n in range(shared)]
        found = self.cells(pairs, list(range(len(self.names))))
        found.only = (len(legacy) - shared, len(candidate) - shared)
        return found

    def by_key(self) -> Expected:
        for side in self.rows:
            keys = [self.key(row) for row in side]
            if self.rules.null_keys == "error" and any(value is None for key in keys for value in key):
                return Expected(trouble="the declared key")
            if self.rules.duplicates == "error" and any(
                self.same_key(one, other) for n, one in enumerate(keys) for other in keys[:n]
            ):
                return Expected(trouble="the declared key")
        left = list(self.rows[1])
        pairs = []
        for row in self.rows[0]:
            partner = next((other for other in left if self.same_key(self.key(row), self.key(other))), None)
            if partner is not None:
                left.remove(partner) if left.count(partner) == 1 else left.pop(left.index(partner))
                pairs.append((self.key(row), row, partner))
        found = self.cells(pairs, [at for at in range(len(self.names)) if at not in self.keys])
        found.only = (len(self.rows[0]) - len(pairs), len(left))
        return found

    def key(self, row: Row) -> Row:
        return tuple(row[at] for at in self.keys)

    def same_key(self, left: Row, right: Row) -> bool:
        return all(
            one is other if one is None or other is None else same(_plain(one), _plain(other))
            for one, other in zip(left, right, strict=True)
        )

    def cells(self, pairs: Sequence[tuple[Row, Row, Row]], places: list[int]) -> Expected:
        found = Expected()
        for key, left, right in pairs:
            states = {at: self.state(at, left[at], right[at]) for at in places}
            found.within += sum(state == 1 for state in states.values())
            found.differing += any(state == 2 for state in states.values())
            for at, state in states.items():
                if state == 2:
                    found.cells.setdefault(self.names[at], []).append((key, left[at], right[at]))
        return found

    def as_multiset(self) -> Expected:
        left, right = ([*side] for side in self.rows)
        for row in list(left):
            partner = next((n for n, other in enumerate(right) if self.equal(row, other)), None)
            if partner is not None:
                right.pop(partner)
                left.pop(next(n for n, mine in enumerate(left) if mine is row))
        owner = [-1] * len(right)
        matched = sum(self.extend(n, left, right, owner, set()) for n in range(len(left)))
        return Expected(only=(len(left) - matched, len(right) - matched), within=matched)

    def extend(self, row: int, left: list[Row], right: list[Row], owner: list[int], seen: set[int]) -> bool:
        for n, other in enumerate(right):
            if n not in seen and self.close(left[row], other):
                seen.add(n)
                if owner[n] < 0 or self.extend(owner[n], left, right, owner, seen):
                    owner[n] = row
                    return True
        return False


def dialect_number(text: str, rules: Rules) -> object:
    """Give a number as JSON writes it; one that only another dialect has is wrapped, so that it is no number."""
    if (rules.decimal, rules.thousands) == (".", ""):
        return text
    found = re.fullmatch(r"([+-]?)([^eE]*)([eE][+-]?[0-9]+)?", text)
    if found:
        whole, point, fraction = found[2].partition(rules.decimal)
        groups = whole.split(rules.thousands) if rules.thousands else [whole]
        lengths = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
        if lengths and re.fullmatch("[0-9]*", "".join(groups) + fraction):
            return f"{found[1]}{''.join(groups)}{'.' if point else ''}{fraction}{found[3] or ''}"
    return ("text", text) if "." in text else text


def _plain(value: object) -> object:
    return as_text(value) if isinstance(value, float | Decimal) else value


def as_text(value: object) -> str:
    """Write a value of Parquet as a text: a double by its shortest digits."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)
