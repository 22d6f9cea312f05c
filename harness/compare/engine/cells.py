"""Columns of two sides → pairs, and the SQL that tells whether two cells are equal, near or different.

Classes of values: `text` (may be a number; of CSV), `words` (never a number), `double`, `integer`, `decimal`, `list`
(of numbers), `nested`, and `plain` for all that is equal or not.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.compare.engine import numbers_sql
from harness.compare.engine.contract import Contract
from harness.compare.engine.exact import NONE, Bounds
from harness.compare.engine.session import Trouble
from harness.compare.engine.sources import TEXT, Field
from harness.model.table_contract import TypePolicy

INTEGERS = {sign + name for sign in ("", "U") for name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")}
DOUBLES = {"FLOAT", "DOUBLE"}
NUMBERS = {"integer", "decimal", "double"}
TIMES = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
DECLARED = {
    "double": "DOUBLE",
    "integer": "HUGEINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
"""A declared type of a CSV column and the engine's; `text` and `decimal` are compared as texts, without rounding."""
DOUBLE_DIGITS = 15
"""Decimal digits that a double always keeps."""
_NUMBER_LIST = re.compile(r"(FLOAT|DOUBLE)\[[0-9]*\]")


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
        same = f"{left} IS NOT DISTINCT FROM {right}"
        if self.kind == "text":
            texts = numbers_sql.text_state(self.pair(), self._doubles(), self.bounds, whole_exact=self.for_all)
            return f"CASE WHEN {same} THEN 0 ELSE {texts} END"
        if self.kind == "nested" and self.tolerant:
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


def kind_of(kind: str) -> str:
    """Put a type of the engine into its class."""
    if kind == TEXT:
        return "text"
    if kind in INTEGERS:
        return "integer"
    if kind in DOUBLES:
        return "double"
    if _NUMBER_LIST.fullmatch(kind):
        return "list"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return "nested"
    if kind.startswith("DECIMAL"):
        return "decimal"
    return "words" if kind == "VARCHAR" or kind.startswith("ENUM") else "plain"


def logical(kind: str) -> str:
    """Name a type as the strict policy compares it: the unit of a timestamp and the writing of texts are no types."""
    if kind in TIMES:
        return "TIMESTAMP"
    return "VARCHAR" if kind.startswith("ENUM") else kind


def paired(number: int, name: str, sides: tuple[Field, Field], contract: Contract) -> Column:
    """Make the pair of one column, with the owner's rules applied to both values.

    Raises:
        Trouble: a rule can't be applied to these values.
    """
    bounds, for_all = contract.bounds(name)
    kind, values = _common(sides, contract.types.get(name, ""), contract)
    legacy, candidate = (_ruled(value, kind, name, contract) for value in values)
    column = Column(number, name, kind, legacy, candidate, bounds, for_all, (sides[0].type, sides[1].type))
    if bounds is not None and not for_all and not column.tolerant:
        raise Trouble(f"the tolerance of {name!r} can't be applied: its values are no numbers ({sides[0].type})")
    return column


def _common(sides: tuple[Field, Field], declared: str, contract: Contract) -> tuple[str, tuple[str, ...]]:
    """Give the class in which both values are compared, and their SQL in it."""
    kinds = [kind_of(side.type) for side in sides]
    if declared == "text":
        return "words", tuple(side.sql for side in sides)
    if declared in DECLARED:
        kind = kind_of(DECLARED[declared])
        return kind, tuple(f"TRY_CAST({_number_text(side.sql, contract)} AS {DECLARED[declared]})" for side in sides)
    if kinds == ["text", "text"]:
        return "text", tuple(_number_text(side.sql, contract) for side in sides)
    if sides[0].type == sides[1].type or (kinds[0] == kinds[1] and kinds[0] in {"integer", "double", "words"}):
        return kinds[0], tuple(side.sql for side in sides)
    if all(side.type in TIMES for side in sides):
        return "integer", tuple(_instant(side) for side in sides)
    if "text" in kinds or "words" in kinds or set(kinds) <= NUMBERS:
        return "text", tuple(f"({side.sql})::VARCHAR" for side in sides)
    if {logical(side.type) for side in sides} <= {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE"}:
        return "integer", tuple(_instant(side) for side in sides)
    return "words", tuple(f"({side.sql})::VARCHAR" for side in sides)


def comparable(sides: tuple[Field, Field], policy: TypePolicy) -> bool:
    """Tell whether two types are one for a policy: strict by name, value by class of values, coerce always."""
    if logical(sides[0].type) == logical(sides[1].type) or policy is TypePolicy.COERCE:
        return True
    kinds = {kind_of(side.type) for side in sides}
    if policy is TypePolicy.STRICT:
        return False
    times = {logical(side.type) for side in sides} <= {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}
    return kinds <= NUMBERS or kinds <= {"text", "words"} or times


def _instant(side: Field) -> str:
    """Give nanoseconds since 1970, in UTC where the type has a zone."""
    if side.type == "TIMESTAMP_NS":
        return f"epoch_ns({side.sql})::HUGEINT"
    value = side.sql if side.type in {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"} else f"({side.sql})::TIMESTAMP"
    return f"(epoch_us({value})::HUGEINT * 1000)"


def _number_text(value: str, contract: Contract) -> str:
    """Read a decimal comma as the point that it is."""
    if contract.dialect.decimal == ".":
        return value
    comma = contract.dialect.decimal
    pattern = f"-?[0-9]*{re.escape(comma)}[0-9]+([eE][+-]?[0-9]+)?"
    return f"CASE WHEN regexp_full_match({value}, '{pattern}') THEN replace({value}, '{comma}', '.') ELSE {value} END"


def _ruled(value: str, kind: str, name: str, contract: Contract) -> str:
    """Apply the rules on texts, NaN and rounding to a value."""
    if kind in {"text", "words"}:
        value = f"trim({value})" if contract.trim else value
        value = f"lower({value})" if contract.fold else value
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


def failed_casts(column: str, declared: str, fields: Mapping[str, Field], contract: Contract) -> str:
    """Give the SQL condition of values that are not of their declared type."""
    value = _number_text(fields[column].sql, contract)
    if declared == "decimal":
        return f"{value} IS NOT NULL AND NOT coalesce(is_number({value}), false)"
    if declared not in DECLARED:
        return "false"
    return f"{value} IS NOT NULL AND TRY_CAST({value} AS {DECLARED[declared]}) IS NULL"
