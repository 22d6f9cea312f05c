"""Options that more than one command has, and how a command ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

REPORTS = click.option(
    "--reports",
    metavar="PLACE",
    default="reports",
    show_default=True,
    help="Campaigns and ledger: a folder, or s3://BUCKET/PREFIX.",
)
CONFIG = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("repos.yaml"),
    show_default=True,
    help="The repositories.",
)
_CURRENT = (
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="What would cut over today, to compare with the evidence; repos.yaml where it is there.",
    ),
    click.option("--image", "images", multiple=True, metavar="REPO/JOB=DIGEST", help="Its image today; repeatable."),
    click.option("--code", "codes", multiple=True, metavar="REPO/JOB=REVISION", help="Its code today; repeatable."),
)


def current(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command be told what would cut over today."""
    for option in reversed(_CURRENT):
        command = option(command)
    return command


def ends(command: Callable[..., int]) -> Callable[..., None]:
    """Let a command return its exit code."""

    @wraps(command)
    def wrapped(*args: object, **kwargs: object) -> None:
        sys.exit(command(*args, **kwargs))

    return wrapped
