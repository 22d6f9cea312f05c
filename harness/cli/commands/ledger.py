"""`parity ledger`: anchor the record of campaigns, hold it against its anchors, write it down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from harness.cli.options import CONFIG, REPORTS, ends

_PLACE = (
    click.option("--git", metavar="REPO", help="A git repository by path or URL, instead of what repos.yaml names."),
    click.option("--ref", default="refs/parity/ledger", show_default=True, metavar="REF", help="The ref there."),
    click.option(
        "--s3", metavar="URI", help="A prefix in a bucket with Object Lock, instead of what repos.yaml names."
    ),
    click.option("--region", help="Of the bucket."),
    click.option("--profile", help="Of your AWS settings."),
    click.option("--bucket-owner", default="", metavar="ACCOUNT", help="The account that the bucket must belong to."),
    click.option("--retain", default="400d", show_default=True, help="How long an object can't be deleted."),
)


def _place(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command be told a place of anchors."""
    for option in reversed(_PLACE):
        command = option(command)
    return command


@click.group("ledger")
def ledger_group() -> None:
    """The record of every campaign, verdict and ruling."""


@ledger_group.command("anchor")
@_place
@CONFIG
@REPORTS
@ends
def anchor(*, reports: str, config_path: Path, **place: str | None) -> int:
    """Keep the ledger's head where its owner can't rewrite it: a git ref, or an object with a lock."""
    from harness.cli import campaigns, ledgers  # noqa: PLC0415 - see the package

    return ledgers.anchor(campaigns.opened(reports), ledgers.where(config_path, place))


@ledger_group.command("verify")
@click.argument("export", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_place
@CONFIG
@REPORTS
@ends
def verify(*, export: Path | None, reports: str, config_path: Path, **place: str | None) -> int:
    """Verify the chain and hold it against its anchors; or, offline, a file that `parity ledger export` wrote."""
    from harness.cli import campaigns, ledgers  # noqa: PLC0415 - see the package

    if export is not None:
        return ledgers.verify_export(export, config_path)
    return ledgers.verify(campaigns.opened(reports), ledgers.where(config_path, place))


@ledger_group.command("export")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@_place
@CONFIG
@REPORTS
@ends
def export_command(*, path: Path, reports: str, config_path: Path, **place: str | None) -> int:
    """Write the ledger and its anchors into one file, which can be verified anywhere."""
    from harness.cli import campaigns, ledgers  # noqa: PLC0415 - see the package

    return ledgers.write_export(campaigns.opened(reports), ledgers.where(config_path, place), path)
