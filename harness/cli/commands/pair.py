"""The command that needs nothing but two finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import CONFIG, ends

_FILE = click.Path(path_type=Path, exists=True)


@click.command()
@click.option("--legacy", required=True, type=_FILE, help="Records of the legacy run: a dump of kubectl, or an answer.")
@click.option(
    "--candidate", required=True, type=_FILE, help="Records of the candidate's run: a describe answer, or a dump."
)
@click.option(
    "--outputs",
    nargs=2,
    type=_FILE,
    metavar="A B",
    help="What they left, legacy first: folders, files or tar archives.",
)
@click.option("--logs", nargs=2, type=_FILE, metavar="A B", help="Their logs, legacy first.")
@click.option(
    "--job", "names", multiple=True, metavar="NAME", help="Which job, where records tell of several; repeatable."
)
@click.option(
    "--as", "entry", metavar="REPO/JOB", help="Judge by this entry of repos.yaml; without it defaults are shown."
)
@click.option(
    "--into",
    default="parity-pair",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of page and evidence.",
)
@CONFIG
@ends
def pair(*, into: Path, **words: Any) -> int:  # noqa: ANN401 - what click read, by the names of the options
    r"""Compare two runs that are over, from their records and files: a page with findings, and nothing is started.

    Needs no repos.yaml, cluster or account. Ends with 1 (NO-GO) or 3 (INCONCLUSIVE), never with GO: nobody fixed before
    these runs what they were given.

    \b
      kubectl get job,pods,events -n ml -o json > legacy.json
      aws sagemaker describe-training-job --training-job-name NAME > candidate.json
      parity pair --legacy legacy.json --candidate candidate.json --outputs old/ model.tar.gz

    Every finding that it makes is one of a campaign's.
    """
    from harness.cli import pairs  # noqa: PLC0415 - see the package

    wanted = pairs.PairOptions(**words)
    return pairs.pair(wanted, into)
