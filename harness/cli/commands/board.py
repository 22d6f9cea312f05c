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
@click.option(
    "--export",
    "into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write files, and end; nothing is served.",
)
@click.option("--target", type=_DAY, metavar="YYYY-MM-DD", help="The day on which all should be cut over.")
@click.option("--index", metavar="URL", help="Where what was read is kept: a file, or postgresql://; one of its own.")
@click.option("--rebuild", is_flag=True, help="Drop the index first, and read everything again.")
@click.option(
    "--verify",
    is_flag=True,
    help="Hash the evidence of each newest verdict, and open reports; without it rows say recorded.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to serve; behind a proxy any.")
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0: any that is free.")
@click.option(
    "--trust-header",
    metavar="NAME",
    default="",
    help="Header in which a proxy names the reader, such as X-Forwarded-User; a request without it is refused.",
)
@click.option("--name", "names", multiple=True, metavar="HOST", help="Name that the proxy asks for; repeatable.")
@ends
def board_command(  # noqa: PLR0913 - one parameter an option
    *,
    places: tuple[str, ...],
    into: Path | None,
    target: datetime | None,
    index: str | None,
    rebuild: bool,
    verify: bool,
    host: str,
    port: int,
    trust_header: str,
    names: tuple[str, ...],
) -> int:
    """Show where every repository stands and who does what next: serve it on this machine, or write files."""
    if find_spec("sqlalchemy") is None:
        raise click.UsageError("the board needs its extra: pip install 'parity-harness[board]'")
    from harness.cli import boards  # noqa: PLC0415 - see the package

    asked = boards.BoardOptions(places, index, target.date() if target else None, rebuild=rebuild, verify=verify)
    if into is not None:
        return boards.export(asked, into)
    if not trust_header and not boards.is_loopback(host):
        message = f"--host {host} lets others in, who are not asked who they are: serve behind a proxy, and name the "
        message += "header in which it says who reads (--trust-header X-Forwarded-User)"
        raise click.UsageError(message)
    return boards.serve(asked, (host, port), trust_header, names)
