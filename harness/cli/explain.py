"""`parity explain`: a file of records, a rule, or a repository's effective configuration."""

from __future__ import annotations

import json
from pathlib import Path

import click

from harness.campaign import explaining
from harness.cli.reading import document
from harness.compare.catalogue import out_of_scope, rule_named
from harness.config.load import explain as effective
from harness.config.load import load
from harness.config.problems import did_you_mean
from harness.errors import ConfigError, Problem
from harness.model.lifecycle import Step
from harness.model.truth import Truth
from harness.report.text import safe_text

RECORDS = frozenset({".json", ".jsonl", ".ndjson"})
"""Endings of a name that is meant for a file of records, whether or not it is there."""


def explain(subject: str, config_path: Path, *, as_json: bool) -> int:
    """Look at a file first, then a rule id, then a repository."""
    path = Path(subject)
    if path.is_file():
        _file(path, as_json=as_json)
    elif rule_named(subject) or out_of_scope(subject):
        _class(subject, as_json=as_json)
    elif path.is_dir() or path.suffix in RECORDS:
        found = "a folder" if path.is_dir() else "nothing of that name"
        raise ConfigError((Problem(subject, 0, 0, "file", found, f"a file that holds {explaining.EXPECTED}"),))
    else:
        _repository(subject, config_path, as_json=as_json)
    return 0


def _repository(name: str, config_path: Path, *, as_json: bool) -> None:
    """Print every effective value of a repository with its origin."""
    there = config_path.exists()
    known = sorted(each.name for each in load(config_path)) if there else []
    if name not in known:
        which = f": {', '.join(known)}" if there else ", which is not there"
        expected = f"a file of records, a class such as K08, or a repository of {config_path}{which}"
        hint = did_you_mean(name, known)
        raise ConfigError((Problem(name, 0, 0, "subject", "nothing of that name", expected, hint),))
    origins = effective(config_path, name)
    if as_json:
        values = [{"key": each.key, "value": json.loads(each.value), "origin": each.origin} for each in origins]
        click.echo(json.dumps({"repository": name, "values": values}))
        return
    for origin in origins:
        click.echo(safe_text(f"{origin.key} = {origin.value}   ({origin.origin})"))


def _class(name: str, *, as_json: bool) -> None:
    """Tell what a class is, who is to blame and what to do."""
    rule, beyond = rule_named(name), out_of_scope(name)
    if rule is not None:
        facts = {"class": rule.id, "title": rule.title, "mechanism": rule.mechanism, "when": rule.when}
        facts |= {"blames": rule.blames.value, "advice": rule.advice, "sources": rule.sources}
        text = f"{rule.id}: {rule.title}\nHow: {rule.mechanism}\nWhen: {rule.when}\nWhose: {rule.blames.value}\n"
        text += f"Do: {rule.advice}\nSources: {rule.sources}"
        click.echo(json.dumps(facts) if as_json else text)
    elif beyond is not None:
        facts = {"class": beyond.id, "title": beyond.title, "needs": beyond.needs, "sources": beyond.sources}
        text = f"{beyond.id}: {beyond.title}\nNot decided here. Needs: {beyond.needs}\nSources: {beyond.sources}"
        click.echo(json.dumps(facts) if as_json else text)


def _file(path: Path, *, as_json: bool) -> None:
    """Decide what a file tells; its own time stands for when the records were taken."""
    data, taken = document(path), path.stat().st_mtime
    for told in explaining.explain(str(path), data, taken):
        if as_json:
            click.echo(json.dumps(answer(told.truth)))
        else:
            _story(told)


def answer(truth: Truth) -> dict[str, object]:
    """Give the machine's form of a truth."""
    return {
        "work": truth.work.value,
        "platform": truth.platform.value,
        "class": truth.klass,
        "also": list(truth.also),
        "blames": truth.blames.value,
        "missing": list(truth.missing),
    }


def _story(told: explaining.Told) -> None:
    truth = told.truth
    named = truth.klass or ("they agree" if truth.agrees else "no class")
    lines = [f"{told.name}: work {truth.work.value}, platform {truth.platform.value}: {named}", f"  {truth.because}"]
    rule = rule_named(truth.klass or "")
    if rule is not None:
        lines += [f"  {rule.id}, {rule.title}: {rule.mechanism}", f"  blames: {rule.blames.value}; do: {rule.advice}"]
    lines += [f"  also {each.id}, {each.title}" for name in truth.also if (each := rule_named(name))]
    lines += [f"  missing: {each}" for each in truth.missing]
    lines += [f"  {_line(step)}" for step in told.steps]
    for line in lines:
        click.echo(safe_text(line))


def _line(step: Step) -> str:
    """Write one event: when by which clock, how far off that may be, who says it, and what."""
    event = step.event
    bar = event.at.resolution_seconds + event.at.error_seconds
    where = f" {event.container}" if event.container else ""
    code = f" code {event.native['exitCode']}" if "exitCode" in event.native else ""
    mark = "" if step.after else f"  <- illegal from {step.before.value}"
    what = f"{event.kind.value}{where}: {event.label}{code}{mark}"
    return f"{event.at.iso()} ±{bar:g}s {event.at.clock.value:10} {event.witness.value:14} {what}"
