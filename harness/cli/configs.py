"""Commands around repos.yaml."""

from __future__ import annotations

import json
from pathlib import Path

import click

from harness.config import init as beginning
from harness.config import load as loading
from harness.config import written


def check(path: Path) -> int:
    """Print every problem; 2 when there is one."""
    problems = loading.check(path)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        return 2
    click.echo(f"{path}: {len(loading.load(path))} repositories, no problem")
    return 0


def init(source: Path) -> int:
    """Print a smallest entry, and on stderr what it did not translate."""
    result = beginning.init_from(source.read_bytes())
    click.echo(result.yaml_text, nl=False)
    for key in result.to_decide:
        click.echo(f"to decide: {key}", err=True)
    for field in result.untranslated:
        click.echo(f"not translated: {field}", err=True)
    for problem in result.problems:
        click.echo(str(problem), err=True)
    return 0


def schema() -> int:
    """Print the JSON Schema."""
    click.echo(json.dumps(written.schema(), indent=2, sort_keys=True))
    return 0
