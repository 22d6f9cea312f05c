"""Rules of outputs outside of `repos.yaml`: a file of their own, or options of a command, by the same words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath

import msgspec
from pydantic import ValidationError

from harness.config import compare_rules
from harness.config.build import rule_values
from harness.config.problems import written_problems
from harness.config.strict_yaml import BYTES_MAX, Document, read
from harness.config.written_rules import RuleFile
from harness.errors import ConfigError, Problem
from harness.fields.paths import Path, key_path
from harness.model.job import CompareRule, Json
from harness.model.strict_json import write


def read_rules(path: FilePath) -> tuple[CompareRule, ...]:
    """Read a file of rules: `rules:` and a list, as an output of `repos.yaml` has it.

    Raises:
        ConfigError: the file can't be read or has problems; all of them.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    except OSError as error:
        expected = "a readable file with `rules:`"
        problem = Problem(str(path), 0, 0, "the file", error.strerror or "nothing", expected)
        raise ConfigError((problem,)) from error
    return _rules(read(data, str(path)))


def rule_of(written: Mapping[str, Json]) -> CompareRule:
    """Make one rule of what a command line says.

    Raises:
        ConfigError: it has problems; all of them.
    """
    (rule,) = _rules(read(write({"rules": [dict(written)]}), "the command line"))
    return rule


def _rules(document: Document) -> tuple[CompareRule, ...]:
    try:
        found = RuleFile.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(tuple(written_problems(error, document, RuleFile).values())) from error
    values = [rule_values(rule.model_dump(exclude_unset=True, by_alias=True)) for rule in found.rules]
    rules = tuple(msgspec.convert(value, CompareRule) for value in values)
    faults = [fault for number, rule in enumerate(rules) for fault in compare_rules.of_rule(rule, ("rules", number))]
    if faults:
        raise ConfigError(tuple(_problem(document, fault.path, fault.found, fault.expected) for fault in faults))
    return rules


def _problem(document: Document, path: Path, found: str, expected: str) -> Problem:
    place = document.value_place(path)
    return Problem(str(document.file), place.line, place.column, key_path(path), found, expected)
