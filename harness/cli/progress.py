"""Live progress: a table on a terminal, one plain line a change elsewhere. Goes to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness.cli import console
from harness.report.text import safe_text
from harness.runner.world import Listener, Notice, Progress

_LAST = 12
"""Runs shown at once on a terminal."""


@contextmanager
def show() -> Iterator[Listener]:
    """Give the listener that suits where stderr goes."""
    if console.quiet():
        yield _silent
    elif sys.stderr.isatty() and not console.verbose():
        with _live() as listener:
            yield listener
    else:
        yield _plain(time.monotonic())


def _silent(step: Progress | Notice) -> None:
    """Say only what somebody has to know of."""
    if isinstance(step, Notice):
        print(safe_text(step.text), file=sys.stderr, flush=True)


def _plain(since: float) -> Listener:
    def listen(step: Progress | Notice) -> None:
        if isinstance(step, Notice):
            print(f"{time.monotonic() - since:7.1f}s {safe_text(step.text)}", file=sys.stderr, flush=True)
            return
        text = f" {safe_text(step.text)}" if step.text else ""
        print(f"{time.monotonic() - since:7.1f}s {step.run.id} {step.state}{text}", file=sys.stderr, flush=True)

    return listen


@contextmanager
def _live() -> Iterator[Listener]:
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.live import Live  # noqa: PLC0415 - only on a terminal
    from rich.table import Table  # noqa: PLC0415 - only on a terminal
    from rich.text import Text  # noqa: PLC0415 - only on a terminal

    states: dict[str, str] = {}

    def table() -> Table:
        shown = Table(box=None, pad_edge=False)
        done = sum(state in {"fetched", "refused", "given up"} for state in states.values())
        shown.add_column(f"run ({done} done of {len(states)} started)")
        shown.add_column("state")
        going = [state for state in states.items() if state[1] not in {"fetched", "refused", "given up"}]
        for name, state in going[-_LAST:]:
            shown.add_row(Text(name), Text(state))
        return shown

    with Live(table(), console=Console(stderr=True), transient=True, refresh_per_second=4) as live:

        def listen(step: Progress | Notice) -> None:
            if isinstance(step, Notice):
                live.console.print(Text(safe_text(step.text)))  # above the table, and it stays there
                return
            states[step.run.id] = step.state
            live.update(table())

        yield listen
