"""What the rules of outputs ask of formats: a key that a format can't follow is refused where it is written. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from harness.config.registered import AUTO, BUILT_IN_APPLIES, BUILT_IN_SUFFIXES
from harness.fields.paths import Path
from harness.fields.placeholders import PLACEHOLDERS, unknown
from harness.model.job import CompareRule, Job
from harness.platforms.fault import Fault

ALL = frozenset({"tolerance", "ignore", "key", "order", "table"})


def faults(job: Job) -> Iterator[Fault]:
    """Check every rule of every output by itself."""
    for output in job.outputs:
        for number, rule in enumerate(output.rules):
            yield from of_rule(rule, ("outputs", output.name, "rules", number))


def of_rule(rule: CompareRule, path: Path) -> Iterator[Fault]:
    """Check one rule, which is written at a path."""
    yield from _unfit(rule, path)
    yield from _pattern(rule, path)


def _unfit(rule: CompareRule, path: Path) -> Iterator[Fault]:
    suffix = PurePosixPath(rule.files).suffix.lower()
    form = BUILT_IN_SUFFIXES.get(suffix, AUTO) if rule.form == AUTO else rule.form
    applies = BUILT_IN_APPLIES.get(form, ALL)
    for key in rule.asks:
        if rule.skip:
            yield Fault((*path, key), "a rule with skip: true", f"no {key}: its files are not compared")
        elif key not in applies:
            can = " and ".join(sorted(applies)) or "the same bytes only"
            yield Fault((*path, key), f"`{key}` for files of the form {form}", f"what such files can follow: {can}")
    if rule.skip and rule.data_set is not None:
        yield Fault((*path, "data_set"), "a rule with skip: true", "no data_set: its files are not compared")


def _pattern(rule: CompareRule, path: Path) -> Iterator[Fault]:
    for name in unknown(rule.files):
        expected = "one of " + ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
        yield Fault((*path, "files"), f"{{{name}}}", expected)
