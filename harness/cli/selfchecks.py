"""`parity selfcheck`: measure the judge's error rates, and end with 1 where a limit is broken."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click

from harness.campaign.selfcheck import measure, table
from harness.cli import answer
from harness.model.clock import SystemClock, iso
from harness.store import codec

NAME = "parity-harness"


def selfcheck(
    seed: int,
    scale: float,
    *,
    state: Path | None,
    page: Path | None,
    summary: Path | None,
    workers: int | None,
    fleet: bool,
) -> int:
    """Run, write the page and what reports tell of it, and print what is broken."""
    if state:
        state.parent.mkdir(parents=True, exist_ok=True)
    results = measure.selfcheck(seed, scale, state, workers, tell=lambda text: click.echo(text, err=True), fleet=fleet)
    made = (seed, f"{NAME} {version(NAME)}", iso(SystemClock().now())[:10])
    text = table.fleet_page(results, *made) if fleet else table.page(results, *made)
    if summary:
        summary.write_bytes(codec.encode(table.measured(results, *made)))
    if page:
        page.write_text(text, encoding="utf-8")
    else:
        answer.raw(text)
    answer.rows(
        {"case": result.row.name, "broken": broken, "passed": not broken}
        for result in results
        for broken in result.broken or ("",)
    )
    for result in results:
        for broken in result.broken:
            click.echo(f"{result.row.name}: {broken}", err=True)
    return 0 if table.passed(results) else 1
