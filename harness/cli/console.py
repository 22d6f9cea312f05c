"""What every command says besides its data: in colour or not, quietly or not. Options that every verb has."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

import click

from harness.cli import answer

COLOUR, QUIET, VERBOSE, DRY_RUN = "parity.colour", "parity.quiet", "parity.verbose", "parity.dry-run"
"""Where a command's context keeps what was asked for."""


def colour(stream: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether to colour: by --color, else NO_COLOR and FORCE_COLOR, else where a terminal reads.

    Both variables count when they are not empty (no-color.org, force-color.org), and NO_COLOR before the other.
    """
    asked = _asked(COLOUR, "auto")
    if asked != "auto":
        return asked == "always"
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or (stream or sys.stdout).isatty()


def quiet() -> bool:
    """Tell whether only errors are wanted besides the data."""
    return bool(_asked(QUIET, ""))


def verbose() -> bool:
    """Tell whether every change of state is wanted."""
    return bool(_asked(VERBOSE, ""))


def dry_run() -> bool:
    """Tell whether only what would be done is wanted."""
    return bool(_asked(DRY_RUN, ""))


def say(text: str) -> None:
    """Tell something besides the data."""
    if not quiet():
        click.echo(text, err=True)


def _asked(name: str, otherwise: str) -> object:
    context = click.get_current_context(silent=True)
    return otherwise if context is None else context.meta.get(name, otherwise)


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    names = {"color": COLOUR, "quiet": QUIET, "verbose": VERBOSE, "dry_run": DRY_RUN, "output": answer.FORM}
    if value not in {None, False, "auto"}:
        context.meta[names[option.name or ""]] = value


ACTING = frozenset({
    "accept", "anchor", "clean", "cutover", "demo", "down", "expire", "init", "recompare", "resume", "rollback",
    "run", "signoff", "stop", "up",
})  # fmt: skip
"""Commands that start, stop, delete or enter something; the others read, or write a file that was asked for."""


def with_common(command: click.Command) -> click.Command:
    """Give a command, and those below it, the options that every verb has, and let it answer in the form asked for."""
    if isinstance(command, click.Group):
        for beneath in command.commands.values():
            with_common(beneath)
        return command
    for option in _options(acts=command.name in ACTING):
        command.params.append(option)
    if command.callback is not None:
        command.callback = answer.answered(command.callback)
    return command


def _options(*, acts: bool) -> tuple[click.Option, ...]:
    choice = click.Choice(["auto", "always", "never"])
    dry = click.Option(["--dry-run"], is_flag=True, expose_value=False, callback=_keep,
                       help="Check all, say what would be done, and do nothing.")  # fmt: skip
    return (
        *((dry,) if acts else ()),
        click.Option(["--output"], type=click.Choice(answer.FORMS), default="text", show_default=True,
                     expose_value=False, callback=_keep, help="Of the answer on standard output."),
        click.Option(["--color"], type=choice, default="auto", expose_value=False, callback=_keep,
                     help="Also by NO_COLOR and FORCE_COLOR."),
        click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=_keep,
                     help="Say nothing besides the data and errors."),
        click.Option(["-v", "--verbose"], is_flag=True, expose_value=False, callback=_keep,
                     help="Say every change of a run's state."),
    )  # fmt: skip
