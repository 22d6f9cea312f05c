"""Columns of two sides → pairs, and the SQL that tells whether two cells are equal, near or different.

Classes of values: `text` (may be a number; of CSV), `words` (never a number), `double`, `integer`, `decimal`, `list`
(of numbers), `nested`, and `plain` for all that is equal or not.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

from dataclasses import dataclass

from harness.compare.engine import numbers_sql
from harness.compare.engine.contract import Contract
from harness.compare.engine.declared import number_text, value_of
from harness.compare.engine.exact import NONE, Bounds
from harness.compare.engine.kinds import MOMENTS, NUMBERS, TIMES, ZONED, comparable, kind_of
from harness.compare.engine.session import Trouble
from harness.compare.engine.sources import Field
from harness.model.table_contract import TypePolicy

DOUBLE_DIGITS = 15
"""Decimal digits that a double always keeps."""
NS_PER_US = 1000
NS_PLACES = 9
"""Places after the point of a second in nanoseconds."""
BLANKS = "'" + "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "'"
"""All that Python calls white space, as a text of SQL."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that both sides have. Values are SQL over the places of each side."""

    number: int
    name: str
    kind: str
    legacy: str
    candidate: str
    bounds: Bounds | None = None
    for_all: bool = False
    """The tolerance is the one for all columns: integers have none of it."""
    types: tuple[str, str] = ("", "")

    def value(self, side: str) -> str:
        """Give the SQL of this column's value on one side."""
        return self.legacy if side == "legacy" else self.candidate

    def pair(self) -> tuple[str, str]:
        """Name the values of both sides in a row of the join."""
        return f"lx{self.number}", f"rx{self.number}"

    @property
    def tolerant(self) -> bool:
        """Tell whether cells of this column can be near without being equal."""
        if self.bounds is None or (self.kind == "integer" and self.for_all):
            return False
        return self.kind in {*NUMBERS, "text", "list", "nested"}

    @property
    def by_function(self) -> bool:
        """Tell whether nested values are compared one by one: within tolerance, of two types, or without an order."""
        return self.alien or (self.kind == "nested" and (self.tolerant or "MAP(" in self.types[0]))

    @property
    def alien(self) -> bool:
        """Tell whether nested values are of two types: the engine would cast one to the other before it compares."""
        return self.kind == "nested" and self.types[0] != self.types[1]

    def suspect(self) -> str:
        """Give the SQL of whether two cells may differ."""
        left, right = self.pair()
        return "true" if self.alien else f"{left} IS DISTINCT FROM {right}"

    def doubles(self) -> list[str]:
        """Give the SQL of what is read once from texts that differ: their numbers as doubles."""
        if self.kind != "text":
            return []
        left, right = self.pair()
        apart = f"{left} IS DISTINCT FROM {right}"
        named = zip(self.pair(), self._doubles(), strict=True)
        return [f"CASE WHEN {apart} THEN {numbers_sql.text_double(value)} END AS {name}" for value, name in named]

    def _doubles(self) -> tuple[str, str]:
        return f"ld{self.number}", f"rd{self.number}"

    def state(self) -> str:
        """Give the SQL of two cells: 0 equal, 1 within tolerance, 2 different."""
        left, right = self.pair()
        same = "false" if self.alien else f"{left} IS NOT DISTINCT FROM {right}"
        if self.kind == "text":
            texts = numbers_sql.text_state(self.pair(), self._doubles(), self.bounds, whole_exact=self.for_all)
            return f"CASE WHEN {same} THEN 0 ELSE {texts} END"
        if self.by_function:
            return f"CASE WHEN {same} THEN 0 ELSE nested_{self.number}({left}, {right}) END"
        if self.kind == "list" and self.tolerant:
            return f"CASE WHEN {same} THEN 0 ELSE {self._list_state()} END"
        return f"CASE WHEN {same} THEN 0 WHEN {self._near()} THEN 1 ELSE 2 END"

    def _near(self) -> str:
        if not self.tolerant or self.bounds is None:
            return "false"
        left, right = self.pair()
        if self.kind == "double":
            return _near_doubles(f"{left}::DOUBLE", f"{right}::DOUBLE", self.bounds)
        doubles = f"({left})::DOUBLE", f"({right})::DOUBLE"
        return numbers_sql.near(doubles, (f"{left}::VARCHAR", f"{right}::VARCHAR"), self.bounds)

    def _list_state(self) -> str:
        left, right = self.pair()
        one, other = "p[1]::DOUBLE", "p[2]::DOUBLE"
        near = _near_doubles(one, other, self.bounds or NONE)
        leaf = f"CASE WHEN p[1] IS NOT DISTINCT FROM p[2] THEN 0 WHEN {near} THEN 1 ELSE 2 END"
        return (
            f"CASE WHEN {left} IS NULL OR {right} IS NULL OR len({left}) <> len({right}) THEN 2 ELSE "
            f"coalesce(list_max(list_transform(list_zip({left}, {right}), lambda p: {leaf})), 0) END"
        )

    def distance(self) -> str:
        """Give the SQL of how far two numbers are apart, as a double; NULL where they are no numbers."""
        left, right = self.pair()
        if self.kind == "double":
            return f"abs({left}::DOUBLE - {right}::DOUBLE)"
        if self.kind == "integer":
            return f"TRY(abs({left}::HUGEINT - {right}::HUGEINT))::DOUBLE"
        if self.kind == "decimal":
            return f"coalesce(TRY(abs({left} - {right}))::DOUBLE, abs({left}::DOUBLE - {right}::DOUBLE))"
        if self.kind == "text":
            doubles = self._doubles()
            long = f"length({left}) > {DOUBLE_DIGITS} OR length({right}) > {DOUBLE_DIGITS}"
            return f"CASE WHEN {long} THEN text_distance({left}, {right}) ELSE abs({doubles[0]} - {doubles[1]}) END"
        return "NULL::DOUBLE"

    def keyed(self, value: str) -> str:
        """Give the SQL that is the same for all values that are equal as a key."""
        return numbers_sql.spelled(value) if self.kind == "text" else value

    def ordered(self, value: str) -> str:
        """Give the SQL of a number that rows are ordered by for showing; texts come after numbers."""
        if self.kind == "text":
            return f"text_double({value})"
        return f"({value})::DOUBLE" if self.kind in NUMBERS else "NULL::DOUBLE"

    def written(self, value: str) -> str:
        """Give the SQL of one text that equal values share and no others."""
        if self.kind == "double":
            return f"(({value}) + 0.0)::VARCHAR"
        return f"({self.keyed(value)})::VARCHAR"


def _near_doubles(left: str, right: str, bounds: Bounds) -> str:
    absolute, relative = bounds
    distance = f"abs({left} - {right})"
    within = [] if absolute is None else [f"{distance} <= {absolute!r}::DOUBLE"]
    if relative is not None:
        within.append(f"{distance} <= {relative!r}::DOUBLE * greatest(abs({left}), abs({right}))")
    if not within:
        return "false"
    return f"coalesce(isfinite({left}) AND isfinite({right}) AND ({' OR '.join(within)}), false)"


def paired(number: int, name: str, sides: tuple[Field, Field], contract: Contract) -> Column:
    """Make the pair of one column, with the owner's rules applied to both values.

    Raises:
        Trouble: a rule can't be applied to these values.
    """
    bounds, for_all = contract.bounds(name)
    seconds = _seconds(sides, name, contract, None if for_all else bounds)
    if seconds is not None:
        return Column(number, name, "integer", *seconds, for_all, (sides[0].type, sides[1].type))
    kind, values = _common(sides, name, contract)
    legacy, candidate = (_ruled(value, kind, name, contract) for value in values)
    column = Column(number, name, kind, legacy, candidate, bounds, for_all, (sides[0].type, sides[1].type))
    if bounds is not None and not for_all and not column.tolerant:
        raise Trouble(f"the tolerance of {name!r} can't be applied: its values are no numbers ({sides[0].type})")
    return column


def _common(sides: tuple[Field, Field], name: str, contract: Contract) -> tuple[str, tuple[str, ...]]:
    """Give the class in which both values of a column are compared, and their SQL in it."""
    declared, dialect = contract.types.get(name, ""), contract.dialect.of(name)
    types = sides[0].type, sides[1].type
    kinds = [kind_of(kind) for kind in types]
    if declared:
        kind, _ = value_of(declared, "", dialect)
        return kind, tuple(value_of(declared, side.sql, dialect)[1] for side in sides)
    if kinds == ["text", "text"]:
        return "text", tuple(number_text(side.sql, dialect) for side in sides)
    if types[0] == types[1] or (kinds[0] == kinds[1] and kinds[0] in {"integer", "double", "words"}):
        return kinds[0], tuple(side.sql for side in sides)
    if set(kinds) <= {"list", "nested"} and comparable(*types, contract.policy) and not _coerced(types, contract):
        return "nested", tuple(side.sql for side in sides)
    if all(kind in TIMES for kind in types) or set(types) <= MOMENTS:
        return "integer", tuple(_instant(side) for side in sides)
    if "BOOLEAN" in types:
        return _boolean(sides, kinds)
    if set(kinds) & _TEXTS and set(types) & MOMENTS:
        return "words", tuple(_moment(side) for side in sides)
    if "text" in kinds or "words" in kinds or set(kinds) <= NUMBERS:
        return "text", tuple(f"({side.sql})::VARCHAR" for side in sides)
    return "words", tuple(f"({side.sql})::VARCHAR" for side in sides)


_TEXTS = {"text", "words"}


def _coerced(types: tuple[str, str], contract: Contract) -> bool:
    """Tell whether two nested types have nothing in common but that both can be written as texts."""
    return contract.policy is TypePolicy.COERCE and not comparable(*types, TypePolicy.VALUE)


def _boolean(sides: tuple[Field, Field], kinds: list[str]) -> tuple[str, tuple[str, ...]]:
    """Compare a truth value with its word, or with 1 and 0."""
    if set(kinds) & NUMBERS:
        return "text", tuple(
            f"({side.sql})::TINYINT::VARCHAR" if side.type == "BOOLEAN" else f"({side.sql})::VARCHAR" for side in sides
        )
    word = "CASE WHEN lower({0}) IN ('true', 'false') THEN lower({0}) ELSE {0} END"
    return "words", tuple(word.format(f"({side.sql})::VARCHAR") for side in sides)


def _moment(side: Field) -> str:
    """Write an instant in one spelling, also one that stands in a text; other texts stay themselves."""
    if side.type not in MOMENTS:
        return f"coalesce(text_moment({side.sql}), {side.sql})"
    instant = _instant(side)
    return f"moment(({instant} // 1000)::BIGINT, lpad(({instant} % 1000)::VARCHAR, 3, '0'))"


def _instant(side: Field) -> str:
    """Give nanoseconds since 1970, in UTC where the type has a zone."""
    if side.type == "TIMESTAMP_NS":
        return f"epoch_ns({side.sql})::HUGEINT"
    value = side.sql if side.type in {"TIMESTAMP", ZONED} else f"({side.sql})::TIMESTAMP"
    return f"(epoch_us({value})::HUGEINT * {NS_PER_US})"


def _seconds(
    sides: tuple[Field, Field], name: str, contract: Contract, bounds: Bounds | None
) -> tuple[str, str, Bounds | None] | None:
    """Give instants in nanoseconds where times are rounded or have a tolerance by name; None: they have neither.

    Raises:
        Trouble: a tolerance is relative, which says nothing of times.
    """
    places = contract.rounded.get(name)
    types = {side.type for side in sides}
    timed = types <= MOMENTS or contract.types.get(name, "").split(" ")[0] == "timestamp"
    if not timed or (places is None and bounds is None):
        return None
    values = [_instant(side) if side.type in MOMENTS else _text_instant(name, side, contract) for side in sides]
    if places is not None and places < NS_PLACES:
        unit = 10 ** (NS_PLACES - places)
        values = [
            f"(({value} + {unit // 2}) - ((({value} + {unit // 2}) % {unit}) + {unit}) % {unit})" for value in values
        ]
    if bounds is None:
        return values[0], values[1], None
    if bounds[1] is not None or bounds[0] is None:
        raise Trouble(f"the tolerance of {name!r} can't be relative: its values are times, so say absolute seconds")
    return values[0], values[1], (bounds[0] * 10**NS_PLACES, None)


def _text_instant(name: str, side: Field, contract: Contract) -> str:
    """Read a declared time, in nanoseconds."""
    text = value_of(contract.types[name], side.sql, contract.dialect)[1]
    return f"(micros({text})::HUGEINT * {NS_PER_US} + nanos({text})::HUGEINT)"


def _ruled(value: str, kind: str, name: str, contract: Contract) -> str:
    """Apply the rules on texts, NaN and rounding to a value."""
    if kind in {"text", "words"}:
        value = f"trim({value}, {BLANKS})" if contract.trim else value
        value = f"folded({value})" if contract.fold else value
        value = f"nfc_normalize({value})" if contract.nfc else value
    if contract.nan_is_null and kind == "double":
        value = f"CASE WHEN isnan({value}) THEN NULL ELSE {value} END"
    if contract.nan_is_null and kind == "text":
        value = f"CASE WHEN lower({value}) = 'nan' THEN NULL ELSE {value} END"
    places = contract.rounded.get(name)
    if places is None:
        return value
    if kind not in {"double", "decimal"}:
        raise Trouble(f"{name!r} can't be rounded: declare its type (double) first")
    return f"round({value}, {int(places)})"
