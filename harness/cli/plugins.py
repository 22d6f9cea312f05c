"""Steps of `parity plugin`."""

from __future__ import annotations

from dataclasses import asdict

from harness.campaign import contracts
from harness.cli import answer
from harness.model.wording import counted


def show() -> int:
    """List every plug-in."""
    found = contracts.plugins()
    answer.rows(asdict(plugin) for plugin in found)
    rows = [
        (plugin.group, plugin.name, f"{plugin.distribution} {plugin.version}", plugin.reference) for plugin in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        answer.lines(["  ".join([*cells, row[3]])])
    return 0


def check(name: str) -> int:
    """Say of each plug-in of this name whether it holds its contract, and what is wrong where it does not."""
    broken = False
    for plugin, wrong in contracts.problems(name).items():
        answer.lines([f"{plugin}: {counted(len(wrong), 'problem') if wrong else 'holds its contract'}"])
        answer.lines(f"  {text}" for text in wrong)
        answer.rows({"plugin": str(plugin), "holds": not wrong, "problem": text} for text in wrong or ("",))
        broken = broken or bool(wrong)
    return 2 if broken else 0
