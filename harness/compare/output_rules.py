"""Which rule compares a file. Pure."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from harness.model.job import CompareRule

OpenPayload = Callable[[str], Path | None]
"""Name in the archive → the file, or that it was not kept."""


def rule_for(name: str, rules: tuple[CompareRule, ...]) -> CompareRule:
    """Choose the last rule whose pattern fits a file; without one, files are compared by what their names say."""
    return next((rule for rule in reversed(rules) if fnmatchcase(name, rule.files)), CompareRule(files="*"))
