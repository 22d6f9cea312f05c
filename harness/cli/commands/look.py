"""Commands that look at what is there, and help to type the others."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from harness.cli import answer
from harness.cli.options import REPORTS, ends


@click.command("list", epilog="\b\nExamples:\n  parity list\n  parity list --campaigns --output json")
@click.option("--campaigns", "every", is_flag=True, help="Every campaign of every repository, the oldest first.")
@REPORTS
@ends
def list_command(*, every: bool, reports: str) -> int:
    """List every repository with its last verdict, as the ledger has it."""
    from harness.cli import campaigns, lists  # noqa: PLC0415 - see the package

    return lists.show(campaigns.opened(reports), every=every)


@click.command(epilog='\b\nExamples:\n  eval "$(parity completion bash)"\n  parity completion fish | source')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
@ends
def completion(context: click.Context, shell: str) -> int:
    """Print what a shell needs to complete commands and options."""
    root = context.find_root().command
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 # nosec B101 # the three are click's own
    script = made(root, {}, "parity", "_PARITY_COMPLETE").source()
    answer.rows([{"shell": shell, "script": script}])
    answer.raw(f"{script}\n")
    return 0
