"""The command that shows every campaign of one or many evidence stores."""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import click

from harness.cli.options import ends

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(
    "board",
    epilog="\b\nExamples:\n"
    "  parity board\n"
    "  parity board --export site --target 2027-03-31\n"
    "  parity board --reports s3://team-a/parity --reports s3://team-b/parity --index postgresql://board@db/parity\n",
)
@click.option(
    "--reports",
    "places",
    metavar="PLACE",
    multiple=True,
    default=("reports",),
    show_default=True,
    help="Campaigns and ledger: a folder, or s3://BUCKET/PREFIX; repeatable.",
)
@click.option("--export", "into", type=click.Path(path_type=Path, file_okay=False), help="Write files, and end.")
@click.option("--target", type=_DAY, metavar="YYYY-MM-DD", help="The day on which all should be cut over.")
@click.option("--index", metavar="URL", help="Where what was read is kept: a file, or postgresql://; one of its own.")
@click.option("--rebuild", is_flag=True, help="Drop the index first, and read everything again.")
@click.option("--verify", is_flag=True, help="Hash the evidence of each newest verdict; without it rows say recorded.")
@ends
def board_command(
    *,
    places: tuple[str, ...],
    into: Path | None,
    target: datetime | None,
    index: str | None,
    rebuild: bool,
    verify: bool,
) -> int:
    """Show where every repository stands and who does what next, as files or as a page that is served."""
    if find_spec("sqlalchemy") is None:
        raise click.UsageError("the board needs its extra: pip install 'parity-harness[board]'")
    from harness.cli import boards  # noqa: PLC0415 - see the package

    asked = boards.Asked(places, index, target.date() if target else None, rebuild=rebuild, verify=verify)
    if into is None:
        raise click.UsageError("say --export DIR: the folder that the pages are written to")
    return boards.export(asked, into)
