"""Commands that prepare a team: configuration, platforms, and what the judge is worth."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import answer
from harness.cli.columns import COLUMNS, OWN_DOCUMENTS
from harness.cli.options import CONFIG, ends


@click.command("check-config")
@CONFIG
@click.option(
    "--request",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Check a CreateTrainingJob, CreateProcessingJob, CreateTransformJob or tuning request instead.",
)
@click.option(
    "--log",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Show what each metric would read from this log, and where.",
)
@click.option("--sandbox", is_flag=True, help="Say as well what the sandbox's cluster can't do of a manifest.")
@ends
def check_config(config_path: Path, request: Path | None, log: Path | None, *, sandbox: bool) -> int:
    """Check repos.yaml and what SageMaker would refuse of it: every problem at once, with its place and its limit.

    SageMaker's part is said of each repository that has no other problem: the others give no request to check.
    """
    from harness.cli import configs  # noqa: PLC0415 - see the package

    if answer.is_text():
        return configs.check(config_path, request, log, sandbox=sandbox)
    if request or log:
        message = "--output json and jsonl speak of repos.yaml alone: leave out --request and --log"
        raise click.UsageError(message)
    return configs.check_for_programs(config_path, sandbox=sandbox)


@click.command("init")
@click.option(
    "--from",
    "sources",
    type=click.Path(path_type=Path, exists=True, allow_dash=True),
    multiple=True,
    help="A file, a folder, or - for standard input; repeatable.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add the entries to this repos.yaml; what it has already stays as it is.",
)
@click.option("--nox", "noxfile", is_flag=True, help="Print a noxfile with a session for each repository instead.")
@ends
def init_command(sources: tuple[Path, ...], into: Path | None, *, noxfile: bool) -> int:
    r"""Draft entries of repos.yaml from the jobs that you have; list what to decide and what is lost.

    Takes Kubernetes documents (Job, CronJob, Pod, List, rendered Helm and Kustomize, one-member PyTorchJob, TFJob,
    RayJob, SparkApplication) and SageMaker's (describe answers, create requests, ACK objects), in JSON or YAML:

    \b
      kubectl get cronjobs,jobs -n ml -o json | parity init --from - --into repos.yaml
      helm template chart | parity init --from -
      aws sagemaker describe-training-job --training-job-name NAME | parity init --from -

    Ends with 2 where a job became no entry, and says why.
    """
    from harness.cli import drafts  # noqa: PLC0415 - see the package

    if noxfile:
        from harness.cli.nox_template import TEMPLATE  # noqa: PLC0415 - the same

        answer.rows([{"text": TEMPLATE}])
        answer.raw(TEMPLATE)
        return 0
    if not sources:
        message = "say what to draft from: --from FILE, --from FOLDER or --from -"
        raise click.UsageError(message)
    return drafts.init(sources, into)


@click.command()
@click.option(
    "--of",
    type=click.Choice(["repos.yaml", "cutover.json", *OWN_DOCUMENTS, *COLUMNS]),
    default="repos.yaml",
    show_default=True,
    metavar="VERB|repos.yaml|cutover.json",
)
@ends
def schema(of: str) -> int:
    """Print the JSON Schema of repos.yaml for editors, of what a verb prints for programs, or of cutover.json."""
    from harness.cli import configs  # noqa: PLC0415 - see the package

    return configs.schema(of)


@click.command()
@click.option("--seed", type=int, default=20261125, show_default=True)
@click.option("--scale", type=float, default=1.0, show_default=True, help="Share of the full number of trials.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="Where finished chunks are kept.")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Write the table here.")
@click.option("--summary", type=click.Path(path_type=Path, dir_okay=False), help="Write what reports tell of it here.")
@click.option("--workers", type=int, help="Processes; one a core where none is said.")
@click.option("--fleet", is_flag=True, help="Simulate fleets of repositories over 39 weeks instead.")
@ends
def selfcheck(
    *,
    seed: int,
    scale: float,
    state: Path | None,
    page: Path | None,
    summary: Path | None,
    workers: int | None,
    fleet: bool,
) -> int:
    """Seed defects into campaigns that never ran, and measure how often the judge is wrong."""
    from harness.cli import selfchecks  # noqa: PLC0415 - see the package

    return selfchecks.selfcheck(seed, scale, state=state, page=page, summary=summary, workers=workers, fleet=fleet)


@click.command()
@click.argument("repositories", nargs=-1)
@click.option("--only", default="aws,k8s", show_default=True, metavar="aws,k8s", help="Platforms to ask.")
@click.option("--queue", help="Look at this standing queue instead of making one and removing it.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Run two tiny jobs in one repository's account, and write what the documentation leaves open as fixtures.",
)
@click.option("--allow-synthetic", is_flag=True, help="Let --record record a sandbox.")
@CONFIG
@ends
def doctor(
    repositories: tuple[str, ...],
    *,
    only: str,
    queue: str | None,
    record: Path | None,
    allow_synthetic: bool,
    config_path: Path,
) -> int:
    """Ask both platforms whether they are ready for a campaign; say what is not, and how to mend it."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package
    from harness.cli import doctor as steps  # noqa: PLC0415 - the same

    chosen = campaigns.select(config_path, repositories, everything=not repositories)
    if record is not None:
        return steps.record(chosen, record, allow_synthetic=allow_synthetic)
    return steps.look(chosen, steps.platforms(only), queue)


@click.command()
@click.argument("repositories", nargs=-1)
@click.option("--platform", type=click.Choice(["aws", "k8s"]), default="aws", show_default=True)
@click.option("--name", default="parity-events", show_default=True, help="Of the standing rule and queue.")
@click.option("--source", default="aws.sagemaker", show_default=True, help="Of the events; a test needs its own.")
@CONFIG
@ends
def infra(repositories: tuple[str, ...], *, platform: str, name: str, source: str, config_path: Path) -> int:
    """Print what a platform needs: CloudFormation for one account (queues, rights), or RBAC for one cluster."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package
    from harness.cli import infra as steps  # noqa: PLC0415 - the same

    chosen = campaigns.select(config_path, repositories, everything=not repositories)
    return steps.show_rights(chosen) if platform == "k8s" else steps.show(chosen, name, source)
