"""`parity explain`: a file of records, a rule, or a repository's effective configuration."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from harness.campaign import explaining
from harness.compare.catalogue import rule_named
from harness.config.load import explain as effective
from harness.model.clock import SystemClock
from harness.model.truth import Truth
from harness.report.text import safe_text


def explain(subject: str, config_path: Path, *, as_json: bool) -> int:
    """Look at a file first, then a rule id, then a repository."""
    path = Path(subject)
    if path.is_file():
        return _file(path, as_json=as_json)
    rule = rule_named(subject)
    if rule is not None:
        for label, text in (
            ("", rule.title),
            ("How", rule.mechanism),
            ("Whose", rule.blames.value),
            ("Do", rule.advice),
        ):
            click.echo(f"{label}: {text}" if label else f"{rule.id}: {text}")
        return 0
    for origin in effective(config_path, subject):
        click.echo(safe_text(f"{origin.key} = {origin.value}   ({origin.origin})"))
    return 0


def _file(path: Path, *, as_json: bool) -> int:
    for told in explaining.explain(str(path), path.read_bytes(), SystemClock().now()):
        if as_json:
            click.echo(json.dumps(answer(told.truth), sort_keys=True))
            continue
        truth = told.truth
        click.echo(
            safe_text(
                f"{told.name}: work {truth.work.value}, platform {truth.platform.value}, {truth.klass or 'they agree'}"
            )
        )
        click.echo(safe_text(f"  {truth.because}"))
        for missing in truth.missing:
            click.echo(safe_text(f"  missing: {missing}"))
        for step in told.steps:
            at = step.event.at
            mark = "" if step.after else "  <- illegal from " + step.before.value
            bar = at.resolution_seconds + at.error_seconds
            click.echo(
                safe_text(
                    f"  {at.iso()} ±{bar:g}s {at.clock.value:10} {step.event.witness.value:14} {step.event.label}{mark}"
                )
            )
    return 0


def answer(truth: Truth) -> dict[str, object]:
    """Give the machine's form of a truth."""
    facts = dataclasses.asdict(truth)
    return {
        "work": facts["work"],
        "platform": facts["platform"],
        "class": facts["klass"],
        "also": facts["also"],
        "blames": facts["blames"],
        "missing": facts["missing"],
        "cause": facts["cause"],
        "exit_code": facts["exit_code"],
    }
