"""What every command says besides its data: in colour or not, quietly or not. Options that every verb has."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

import click

COLOUR, QUIET, VERBOSE = "parity.colour", "parity.quiet", "parity.verbose"
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


def say(text: str) -> None:
    """Tell something besides the data."""
    if not quiet():
        click.echo(text, err=True)


def _asked(name: str, otherwise: str) -> object:
    context = click.get_current_context(silent=True)
    return otherwise if context is None else context.meta.get(name, otherwise)


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    names = {"color": COLOUR, "quiet": QUIET, "verbose": VERBOSE}
    if value not in {None, False, "auto"}:
        context.meta[names[option.name or ""]] = value


def with_common(command: click.Command) -> click.Command:
    """Give a command, and those below it, the options that every verb has."""
    if isinstance(command, click.Group):
        for beneath in command.commands.values():
            with_common(beneath)
        return command
    taken = {word for option in command.params for word in option.opts}
    for option in _options():
        if not taken & set(option.opts):
            command.params.append(option)
    return command


def _options() -> tuple[click.Option, ...]:
    choice = click.Choice(["auto", "always", "never"])
    return (
        click.Option(["--color"], type=choice, default="auto", expose_value=False, callback=_keep,
                     help="Also by NO_COLOR and FORCE_COLOR."),
        click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=_keep,
                     help="Say nothing besides the data and errors."),
        click.Option(["-v", "--verbose"], is_flag=True, expose_value=False, callback=_keep,
                     help="Say every change of a run's state."),
    )  # fmt: skip
