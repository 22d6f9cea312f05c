"""Views → the terminal's verdict table. Job text reaches the terminal only as escaped plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import StringIO

from harness.report.tally import tally_words
from harness.report.values import ReportView
from harness.report.wording import counted, shown
from harness.scrub.scrubber import Scrubber

STYLES = {"GO": "bold green", "NO-GO": "bold red", "INCONCLUSIVE": "bold yellow"}
ICONS = {"GO": "✔", "NO-GO": "✖", "INCONCLUSIVE": "?"}


LINE_MAX = 4000
STOPS_MAX = 20
"""Stopped pairs of one repository that are named."""
_COMMAND = re.compile(r"^(\s*)([:#])(?=[:#])")
"""How a line begins that a CI runner takes for a command."""


def safe_text(text: str) -> str:
    """Make text safe for a terminal or CI log: hidden characters are symbols, no line is a command, no secret stays."""
    lines = Scrubber().text(text).split("\n")
    return "\n".join(_COMMAND.sub(r"\1\2 ", shown(line, LINE_MAX)) for line in lines)


def _printable(text: str) -> str:
    """Break, wherever a table may wrap, what a CI runner would take for a command; controls are symbols already."""
    return text.replace("::", ": :").replace("##[", "## [")


def _stop_lines(views: Sequence[ReportView]) -> Iterator[str]:
    """Say who stopped which pairs and when; many are counted."""
    for view in views:
        for stop in view.stops[:STOPS_MAX]:
            yield _printable(f"stopped: {stop.pair} by {stop.who} at {stop.at} ({stop.reason}): {stop.effect}")
        if (left := len(view.stops) - STOPS_MAX) > 0:
            yield f"stopped: {counted(left, 'more pair')} of {_printable(view.repository)}"


def verdict_lines(views: Sequence[ReportView], *, width: int = 100, colour: bool = False) -> tuple[str, ...]:
    """Draw the verdict table, one string a line, ready to print."""
    from rich.console import Console  # noqa: PLC0415 - `parity --help` must not pay for it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, show_edge=False)
    for name, ratio in (("verdict", None), ("repository", None), ("why", 1), ("pairs", None), ("evidence", None)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for view in views:
        table.add_row(
            Text(f"{ICONS[view.decision]} {view.headline}", style=STYLES[view.decision]),
            Text(_printable(view.repository)),
            Text(_printable(view.sentence)),
            Text(f"{view.pair_counts['clean']}/{view.pair_counts['planned']}"),
            Text(f"{view.evidence_kind}, {view.anchored}"),
        )
    file = StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        color_system="standard" if colour else None,
    )
    console.print(table)
    for view in views:
        for note in view.notes:
            console.print(Text(_printable(f"{view.repository}: {note}")))
    for line in _stop_lines(views):
        console.print(Text(line))
    for view in views:
        step = view.first.next
        told = " ".join(part for part in (step.text, step.command, f"({step.cost})" if step.cost else "") if part)
        console.print(Text(_printable(f"next for {view.repository}: {told}")))
    console.print(Text(tally_words(views)))
    return tuple(line.rstrip() for line in file.getvalue().splitlines())
