"""Which rule compares a file, and in which form. Pure."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from harness.model.job import CompareRule, OutputForm

OpenPayload = Callable[[str], Path | None]
"""Name in the archive → the file, or that it was not kept."""
_AUTO = {".csv": OutputForm.CSV, ".parquet": OutputForm.PARQUET, ".json": OutputForm.JSON}


def rule_for(name: str, rules: tuple[CompareRule, ...]) -> CompareRule:
    """Choose the last rule whose pattern fits a file; without one, files are compared by what their names say."""
    return next((each for each in reversed(rules) if fnmatchcase(name, each.files)), CompareRule(files="*"))


def form_of(name: str, rule: CompareRule) -> OutputForm:
    """Resolve `auto` by the file's extension."""
    if rule.form is not OutputForm.AUTO:
        return rule.form
    return _AUTO.get(PurePosixPath(name).suffix.lower(), OutputForm.BYTES)
