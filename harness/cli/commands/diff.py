"""`parity diff`: two files, folders, archives or prefixes by the rules of outputs, without a campaign."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import ends


@click.command("diff")
@click.argument("left")
@click.argument("right")
@click.option(
    "--rules",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="`rules:` and a list, as an output of repos.yaml has it; instead of the options below.",
)
@click.option("--key", multiple=True, metavar="COLUMN", help="A column that names a row; repeatable.")
@click.option(
    "--tolerance", multiple=True, metavar="[NAME=]BOUND", help="0.01, 1%, score=0.01: of a column, path or array."
)
@click.option("--ignore", multiple=True, metavar="NAME", help="A column, path or array that is not compared.")
@click.option(
    "--order", type=click.Choice(["position", "multiset"]), help="What the order of rows means without a key."
)
@click.option("--form", metavar="FORM", help="Format of the files; that of their endings where none is said.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what was found as a page too.",
)
@ends
def diff_command(
    *, left: str, right: str, rules: Path | None, html: Path | None, **said: tuple[str, ...] | str | None
) -> int:
    """Compare two files, folders, archives, s3:// prefixes or queries: 0 equal, 1 different, 2 input, 3 undecided."""
    from harness.cli import diffs  # noqa: PLC0415 - see the package

    return diffs.compare(left, right, diffs.rules_from(rules, said), page=html)
