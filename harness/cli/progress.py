"""Live progress on stderr: a table by repository on a terminal; elsewhere two lines a run, and one each minute."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.cli import console
from harness.cli.run_tally import RunCounts
from harness.model.plan import Plan
from harness.report.text import safe_text
from harness.report.wording import seconds
from harness.runner.context import Listener, Notice, Progress

if TYPE_CHECKING:
    from rich.console import Group

HEARTBEAT_SECONDS = 60.0


@contextmanager
def show(plan: Plan | None = None) -> Iterator[Listener]:
    """Give the listener that suits where stderr goes; `plan`: what is planned, so that what is left is known."""
    if console.quiet():
        yield _silent
    elif sys.stderr.isatty() and not console.verbose():
        with _live(RunCounts(plan)) as listener:
            yield listener
    else:
        with _grouped(plan), _plain(RunCounts(plan), every=console.verbose()) as listener:
            yield listener


def _silent(step: Progress | Notice) -> None:
    """Say only what somebody has to know of."""
    if isinstance(step, Notice) and not step.verdict:  # that one is data, on stdout
        _say(step.text)


def _say(text: str) -> None:
    print(safe_text(text), file=sys.stderr, flush=True)


# -- where nobody watches ---------------------------------------------------------------------------------------------


@contextmanager
def _grouped(plan: Plan | None) -> Iterator[None]:
    """Fold the lines of a campaign where GitHub Actions shows them."""
    if plan is None or os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    print(f"::group::campaign {safe_text(plan.campaign)}", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        print("::endgroup::", file=sys.stderr, flush=True)


@contextmanager
def _plain(tally: RunCounts, *, every: bool) -> Iterator[Listener]:
    """Write a line where a run begins and where it ends, every change of state where that is asked for."""
    since, over = time.monotonic(), threading.Event()

    def listen(step: Progress | Notice) -> None:
        elapsed = time.monotonic() - since
        if isinstance(step, Notice):
            _say(f"{elapsed:7.1f}s {step.text}")
        elif tally.take(step, elapsed) or every:
            _say(f"{elapsed:7.1f}s {step.run.id} {step.state} {step.text}".rstrip())

    def beat() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            _say(tally.line(time.monotonic() - since))

    thread = threading.Thread(target=beat, name="progress", daemon=True)
    if tally.plan is not None:
        thread.start()
    try:
        yield listen
    finally:
        over.set()
        if thread.ident is not None:
            thread.join()


# -- on a terminal ----------------------------------------------------------------------------------------------------


def table_of(tally: RunCounts, elapsed: float) -> Group:
    """Draw one row a repository, and below them how long it goes on."""
    from rich.console import Group  # noqa: PLC0415 - only on a terminal
    from rich.table import Table  # noqa: PLC0415 - only on a terminal
    from rich.text import Text  # noqa: PLC0415 - only on a terminal

    left = tally.left_seconds(elapsed)
    more = f", about {seconds(left)} left" if left else ""
    shown = Table(box=None, pad_edge=False)
    for title in ("repository", "pairs done", "runs done", "phase", "elapsed", "left", "at most spent"):
        shown.add_column(title)
    for row in tally.rows(elapsed):
        cells = (row.repository, row.pairs, row.share, row.phase, row.elapsed, row.left, row.spent)
        shown.add_row(*(Text(text) for text in cells))
    return Group(shown, Text(f"{seconds(round(elapsed))} so far{more}; Ctrl-C stops and says how to go on"))


@contextmanager
def _live(tally: RunCounts) -> Iterator[Listener]:
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.live import Live  # noqa: PLC0415 - only on a terminal
    from rich.text import Text  # noqa: PLC0415 - only on a terminal

    since = time.monotonic()

    def table() -> Group:
        return table_of(tally, time.monotonic() - since)

    with Live(console=Console(stderr=True), transient=True, refresh_per_second=4, get_renderable=table) as live:

        def listen(step: Progress | Notice) -> None:
            if isinstance(step, Notice):
                live.console.print(Text(safe_text(step.text)))  # above the table, and it stays there
                if step.verdict:
                    tally.judge(step.repository, step.verdict)
            else:
                tally.take(step, time.monotonic() - since)

        yield listen
