"""The tables of all runs and a suite → what meets it: each different table once, in one process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from harness.compare.asking import ask_of
from harness.compare.contents import parts_of
from harness.compare.format import NotCompared, Part
from harness.compare.members import Member
from harness.compare.output_rules import OpenPayload
from harness.model.expectation import Expectation
from harness.model.job import CompareRule, Json

CHILD = Path(__file__).parent / "validation" / "child.py"
FORMS = frozenset({"csv", "parquet"})
"""Formats whose files the validating process can read as tables."""
IMPORT_CPU_SECONDS = 180
"""For the import of great-expectations, which costs about 10 s on a fast machine."""


@dataclass(frozen=True, slots=True)
class Met:
    """How one table stands to one expectation."""

    success: bool
    trouble: str = ""
    """Why it could not be validated; empty: it was."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Elements, missing ones and unexpected ones, where it counts them."""
    observed: str = ""
    number: float | None = None
    """What was observed, where that is a number."""
    unexpected: tuple[str, ...] = ()
    """A few of the values that should not be there."""


Results = tuple[Met, ...] | str
"""One a expectation, in their order; or why the table could not be validated."""


@dataclass(frozen=True, slots=True)
class _Table:
    met: tuple[Met, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    version: str
    tables: Mapping[str, _Table]


@dataclass(frozen=True, slots=True)
class Validated:
    """What all tables of one form and rule came to, by their content."""

    version: str
    """Of great-expectations; empty where no table could be validated."""
    by_content: Mapping[tuple[tuple[str, str], ...], Results]


def validate(members: Sequence[Member], expected: Sequence[Expectation], open_payload: OpenPayload) -> Validated:
    """Validate tables that one rule is about; those with the same bytes are validated once."""
    sets: dict[str, list[Part]] = {}
    names: dict[str, tuple[tuple[str, str], ...]] = {}
    found: dict[tuple[tuple[str, str], ...], Results] = {}
    for member in members:
        if member.content in names.values() or member.content in found:
            continue
        try:
            parts = parts_of(member, open_payload)
        except NotCompared as trouble:
            found[member.content] = str(trouble)
            continue
        name = f"table{len(names)}"
        names[name], sets[name] = member.content, parts
    if not sets:
        return Validated("", found)
    try:
        answer = _asked(sets, members[0], expected)
    except NotCompared as trouble:
        return Validated("", found | dict.fromkeys(names.values(), str(trouble)))
    for name, table in answer.tables.items():
        found[names[name]] = table.trouble or table.met
    return Validated(answer.version, found)


def _asked(sets: Mapping[str, Sequence[Part]], member: Member, expected: Sequence[Expectation]) -> _Answer:
    rule: CompareRule = member.rule
    request: dict[str, Json] = {
        "form": member.form.name,
        "contract": msgspec.to_builtins(rule.table),
        "expected": [msgspec.to_builtins(expectation) for expectation in expected],
    }
    told = ask_of(CHILD, sets, request, rule, cpu_seconds_more=IMPORT_CPU_SECONDS)
    try:
        answer = msgspec.convert(told, _Answer)
    except msgspec.ValidationError as error:
        message = f"the validator's answer has the wrong shape: {error}"
        raise NotCompared(message) from error
    whole = all(table.trouble or len(table.met) == len(expected) for table in answer.tables.values())
    if answer.tables.keys() != sets.keys() or not whole:
        raise NotCompared("the validator's answer does not speak of every table and expectation")
    return answer
