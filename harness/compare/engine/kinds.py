"""Types of the engine → classes of values, and whether two types are one for the owner's policy. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model.table_contract import TypePolicy

TEXT = "TEXT"
"""The type of a column whose values are texts that may be numbers: of CSV, and of partition folders."""
INTEGERS = {sign + name for sign in ("", "U") for name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")}
DOUBLES = {"FLOAT", "DOUBLE"}
NUMBERS = {"integer", "decimal", "double"}
TIMES = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
ZONED = "TIMESTAMP WITH TIME ZONE"
MOMENTS = {*TIMES, ZONED, "DATE"}
"""Types whose values are instants."""
NULL = '"NULL"'
"""The type of a column that its writer knew to hold nothing but NULL."""
_NUMBER_LIST = re.compile(r"(FLOAT|DOUBLE)\[[0-9]*\]")
_ITEMS = re.compile(r"\[[0-9]*\]$")
_NAMED = re.compile(r'("(?:[^"]|"")*"|\S+)\s+(.*)', re.DOTALL)


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


def comparable(left: str, right: str, policy: TypePolicy) -> bool:
    """Tell whether two types are one for a policy: strict by name, value by class of values, coerce always."""
    if logical(left) == logical(right) or policy is TypePolicy.COERCE:
        return True
    kinds = {kind_of(left), kind_of(right)}
    if kinds <= {"list", "nested"}:
        return _shape(left, policy) == _shape(right, policy)
    if policy is TypePolicy.STRICT:
        return False
    moments = {left, right} <= MOMENTS
    return kinds <= NUMBERS or kinds <= {"text", "words"} or moments or NULL in {left, right}


def _shape(kind: str, policy: TypePolicy) -> str:
    """Write a nested type so that two are one where their values can be compared: fields have no order."""
    if kind.endswith("]"):
        return f"LIST({_shape(_ITEMS.sub('', kind), policy)})"
    head, _, rest = kind.partition("(")
    if head == "STRUCT" and rest.endswith(")"):
        fields = [_NAMED.fullmatch(field.strip()) for field in _fields(rest[:-1])]
        named = sorted((field[1], _shape(field[2], policy)) for field in fields if field)
        return f"STRUCT({named})"
    if head == "MAP" and rest.endswith(")"):
        return f"MAP({[_shape(item.strip(), policy) for item in _fields(rest[:-1])]})"
    if policy is TypePolicy.STRICT:
        return logical(kind)
    return "NUMBER" if kind_of(kind) in NUMBERS else logical(kind)


def _fields(text: str) -> Iterator[str]:
    """Split at commas that stand in no parentheses and no quotes."""
    depth, quoted, start = 0, False, 0
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in "([":
            depth += 1
        elif not quoted and letter in ")]":
            depth -= 1
        elif letter == "," and not (depth or quoted):
            yield text[start:at]
            start = at + 1
    yield text[start:]
