"""A rule in words, so that a reader sees what was compared and how. Pure."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum

from harness.model.job import CompareRule, RowOrder, Tolerance
from harness.model.table_contract import STRICT, CsvDialect


def in_words(rule: CompareRule) -> str:
    """Say all that a rule says; what it does not say is exact."""
    said = []
    if rule.key:
        said.append(f"rows by key ({', '.join(rule.key)})")
    if rule.order is not RowOrder.UNDECLARED:
        said.append(f"order: {rule.order.value}")
    said += [f"tolerance of {_column(name)}: {_bounds(bound)}" for name, bound in rule.tolerance.items()]
    if rule.ignore:
        said.append(f"not compared: {', '.join(rule.ignore)}")
    if rule.data_set is not None:
        said.append("all its files are one table" if rule.data_set else "each file is a table")
    said += [
        f"{field.name}: {_value(getattr(rule.table, field.name))}"
        for field in fields(rule.table)
        if field.name != "dialect" and getattr(rule.table, field.name) != getattr(STRICT, field.name)
    ]
    said += _dialect(rule.table.dialect)
    what = "; ".join(said) or "exact"
    return f"{rule.files}: {what}"


def _column(name: str) -> str:
    return "all numbers" if name == "*" else name


def _bounds(bound: Tolerance) -> str:
    absolute = [] if bound.absolute is None else [f"{bound.absolute:g}"]
    relative = [] if bound.relative is None else [f"{bound.relative:.6g} of the larger"]
    return " or ".join([*absolute, *relative])


def _dialect(dialect: CsvDialect) -> list[str]:
    plain = CsvDialect()
    return [
        f"csv {field.name}: {_value(getattr(dialect, field.name))}"
        for field in fields(dialect)
        if getattr(dialect, field.name) != getattr(plain, field.name)
    ]


def _value(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(_value, value))
    return repr(value) if isinstance(value, str) else str(value).lower()
