"""Which rule compares a file. Pure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.fields.placeholders import matches
from harness.model.job import CompareRule

OpenPayload = Callable[[str], Path | None]
"""Name in the archive → the file, or that it was not kept."""
BY_NAME = CompareRule(files="*")
"""Where no rule fits, files are compared by what their names say."""
NO_RULE = -1


def rule_for(name: str, rules: tuple[CompareRule, ...]) -> tuple[int, CompareRule]:
    """Choose the last rule whose pattern fits a file, with its place among the rules; without one, by its name."""
    at = next((n for n in reversed(range(len(rules))) if matches(name, rules[n].files)), NO_RULE)
    return at, rule_at(at, rules)


def rule_at(at: int, rules: tuple[CompareRule, ...]) -> CompareRule:
    """Give the rule at its place."""
    return BY_NAME if at == NO_RULE else rules[at]
