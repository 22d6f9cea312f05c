"""`parity sandbox`: start, look at and end the stand-ins."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import ends

FOLDER = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".parity-sandbox"),
    show_default=True,
)


@click.group()
def sandbox() -> None:
    """Loopback stand-ins for both platforms that run real processes."""


@sandbox.command("up")
@FOLDER
@click.option(
    "--image", "images", multiple=True, metavar="NAME:TAG=PATH", help="A code tree to serve as an image; repeatable."
)
@click.option("--nemesis", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Faults to inject.")
@click.option(
    "--engine",
    type=click.Choice(["podman", "docker"]),
    help="Run real images by this container engine; then each --image is an archive, as docker save writes it.",
)
@click.option(
    "--bind", metavar="ADDRESS", help="Where the AWS half answers, so that pods reach it; else loopback only."
)
@click.option(
    "--bind-beyond-loopback", "beyond", is_flag=True, help="Confirm a --bind address that others on the network reach."
)
@ends
def sandbox_up(
    folder: Path,
    images: tuple[str, ...],
    nemesis: Path | None,
    engine: str | None,
    *,
    bind: str | None,
    beyond: bool,
) -> int:
    """Start it and print a kubeconfig and an AWS environment that kubectl and boto3 accept."""
    from harness.cli import sandboxes  # noqa: PLC0415 - see the package

    return sandboxes.up(folder, images, nemesis, sandboxes.options(images, engine, bind, beyond=beyond))


@sandbox.command("down")
@FOLDER
@ends
def sandbox_down(folder: Path) -> int:
    """Stop it; safe to call twice."""
    from harness.cli import sandboxes  # noqa: PLC0415 - see the package

    return sandboxes.down(folder)


@sandbox.command("status")
@FOLDER
@ends
def sandbox_status(folder: Path) -> int:
    """Say whether it runs, and where."""
    from harness.cli import sandboxes  # noqa: PLC0415 - see the package

    return sandboxes.status(folder)
