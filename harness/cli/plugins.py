"""Steps of `parity plugin`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from harness.campaign import contracts
from harness.model.wording import counted
from harness.report.text import safe_text


def show(output: str) -> int:
    """List every plug-in."""
    found = contracts.plugins()
    if output == "json":
        click.echo(json.dumps([asdict(plugin) for plugin in found], indent=1))
        return 0
    rows = [
        (plugin.group, plugin.name, f"{plugin.distribution} {plugin.version}", plugin.reference) for plugin in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        click.echo(safe_text("  ".join([*cells, row[3]])))
    return 0


def check(name: str) -> int:
    """Say of each plug-in of this name whether it holds its contract, and what is wrong where it does not."""
    broken = False
    for plugin, wrong in contracts.problems(name).items():
        click.echo(safe_text(f"{plugin}: {counted(len(wrong), 'problem') if wrong else 'holds its contract'}"))
        for text in wrong:
            click.echo(safe_text(f"  {text}"))
        broken = broken or bool(wrong)
    return 2 if broken else 0
