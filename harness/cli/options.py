"""Options that more than one command has, and how a command ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

REPORTS_FOLDER, CONFIG_FILE = "reports", "repos.yaml"
"""Where a command looks by itself."""
REPORTS = click.option(
    "--reports",
    metavar="PLACE",
    default=REPORTS_FOLDER,
    show_default=True,
    help="Campaigns and ledger: a folder, or s3://BUCKET/PREFIX.",
)
CONFIG = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(CONFIG_FILE),
    show_default=True,
    help="The repositories.",
)
_CURRENT = (
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="What would cut over today, its jobs and rules; repos.yaml where none is said.",
    ),
    click.option("--as-planned", is_flag=True, help="Compare with no repos.yaml; ends with 3 at best."),
    click.option("--image", "images", multiple=True, metavar="REPO/JOB=DIGEST", help="Its image today; repeatable."),
    click.option("--code", "codes", multiple=True, metavar="REPO/JOB=REVISION", help="Its code today; repeatable."),
)


@dataclass(frozen=True, slots=True)
class TodaysOptions:
    """What the command line says of today's jobs and rules."""

    config: Path | None
    images: tuple[str, ...]
    codes: tuple[str, ...]
    as_planned: bool
    """No repos.yaml is compared, on purpose."""


def current(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command be told what would cut over today; it gets one value of it."""

    @wraps(command)
    def wrapped(
        *args: object,
        config: Path | None,
        images: tuple[str, ...],
        codes: tuple[str, ...],
        as_planned: bool,
        **kwargs: object,
    ) -> None:
        command(*args, told=TodaysOptions(config, images, codes, as_planned), **kwargs)

    for option in reversed(_CURRENT):
        wrapped = option(wrapped)
    return wrapped


def ends(command: Callable[..., int]) -> Callable[..., None]:
    """Let a command return its exit code."""

    @wraps(command)
    def wrapped(*args: object, **kwargs: object) -> None:
        sys.exit(command(*args, **kwargs))

    return wrapped
