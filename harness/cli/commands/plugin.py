"""`parity plugin`: what is installed, and whether it holds what its group promises."""

from __future__ import annotations

import click

from harness.cli.options import ends


@click.group("plugin")
def plugin_group() -> None:
    """Platforms, kinds, witnesses, parents, formats, checks and sections: ours and those of others."""


@plugin_group.command("list")
@ends
def list_plugins() -> int:
    """Show every plug-in and the distribution that it comes from; nothing of it is loaded."""
    from harness.cli import plugins  # noqa: PLC0415 - see the package

    return plugins.show()


@plugin_group.command("check")
@click.argument("name")
@ends
def check_plugin(name: str) -> int:
    """Hold a plug-in against the contract of its group: 0 where it holds, else 2 and everything that is wrong."""
    from harness.cli import plugins  # noqa: PLC0415 - see the package

    return plugins.check(name)
