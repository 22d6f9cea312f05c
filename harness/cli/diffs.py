"""Steps of `parity diff`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from harness import private
from harness.campaign.diffing import diff
from harness.cli import answer
from harness.config.rule_file import read_rules, rule_of
from harness.errors import StoreError
from harness.model.finding import Outcome
from harness.model.job import CompareRule, Json
from harness.report.comparison import json_of, page_of, text_of
from harness.report.text import safe_text

CODES = {Outcome.MATCH: 0, Outcome.MISMATCH: 1, Outcome.INCONCLUSIVE: 3}
ALL = "*"


def compare(left: str, right: str, rules: tuple[CompareRule, ...], *, page: Path | None) -> int:
    """Compare two places and tell what was found: 0 equal, 1 different, 3 undecided."""
    found = diff(left, right, rules)
    if page is not None:
        _write(page, page_of(found))
    if answer.is_text():
        answer.raw(safe_text(text_of(found)))
    else:
        answer.document(json.loads(json_of(found)))
    return CODES.get(found.outcome, CODES[Outcome.INCONCLUSIVE])


def rules_from(rules: Path | None, said: Mapping[str, tuple[str, ...] | str | None]) -> tuple[CompareRule, ...]:
    """Give the rules of a file, or the one rule that options say.

    Raises:
        ConfigError: they have problems; all of them.
        UsageError: both are given.
    """
    given = {key: value for key, value in said.items() if value}
    if rules is not None:
        if given:
            message = f"--rules has every rule; leave out --{next(iter(given))}"
            raise click.UsageError(message)
        return read_rules(rules)
    if not given:
        return ()
    written: dict[str, Json] = {"files": ALL}
    for key, value in given.items():
        if key == "tolerance":
            written[key] = dict(_tolerance(text) for text in value)
        else:
            written[key] = value if isinstance(value, str) else list(value)
    return (rule_of(written),)


def _tolerance(text: str) -> tuple[str, Json]:
    """Read `0.01`, `1%`, `score=0.01` or `score=1%`; without a name it is for all numbers."""
    name, _, bound = text.rpartition("=")
    try:
        return name or ALL, bound if bound.endswith("%") else {"absolute": float(bound)}
    except ValueError:
        message = f"--tolerance {text}: write a number or a percentage, such as 0.01, 1%, score=0.01 or score=1%"
        raise click.UsageError(message) from None


def _write(path: Path, data: bytes) -> None:
    try:
        with private.open_file(path, "wb") as file:
            file.write(data)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise StoreError(message) from error
