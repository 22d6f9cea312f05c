"""The command that ranks what runs today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import ends


@click.command()
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path, exists=True, allow_dash=True))
@click.option("-n", "--namespace", default="", help="Read CronJobs, Jobs and pods of this namespace: list only.")
@click.option("--context", help="For --namespace: the context of the kubeconfig.")
@click.option("--account", metavar="ID", help="Read the newest SageMaker jobs of this account: list and describe only.")
@click.option("--region", help="For --account.")
@click.option("--profile", help="For --account: the profile of the AWS settings.")
@ends
def inventory(**words: Any) -> int:  # noqa: ANN401 - what click read, by the names of the options
    r"""Rank what runs today: owner, kind, cadence, last run, suspected effects, and why a job can't move yet.

    SOURCES: files, folders or - with documents of jobs, as `parity init` takes them.

    \b
      kubectl get cronjobs,jobs,pods -n ml -o json | parity inventory -
      parity inventory --namespace ml --account 123456789012 --region us-east-1 --output json

    Nothing is started or changed.
    """
    from harness.cli import inventories  # noqa: PLC0415 - see the package

    return inventories.show(inventories.InventoryOptions(**words))
