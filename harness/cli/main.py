"""`parity`: verbs and exit codes (docs/exit-codes.md). Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from harness.cli.options import CONFIG, REPORTS, current
from harness.errors import BackendError, ConfigError, EvidenceDamaged, HarnessError, Refused

EXIT_CODES = """\b
Exit codes:
  0    GO, or success
  1    NO-GO
  2    usage or configuration: file, line, column, key, found, expected
  3    INCONCLUSIVE, or evidence that is missing or damaged
  4    harness or platform error, or another writer holds the campaign
  5    nothing selected
  130  interrupted
Over several repositories: 2 > 130 > 1 > 4 > 3 > 5 > 0. Only GO is 0.
"""


class _Parity(click.Group):
    """Lists commands in the order of an engineer's week, and turns our errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keep the order of definition."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run a command; errors of the tree become text on stderr and a code."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            _fail(str(error), 2)
        except EvidenceDamaged as error:
            _fail(f"evidence: {error}", 3)
        except Refused as error:
            _fail(f"refused: {error}", 2)
        except BackendError as error:
            _fail(f"platform: {error}", 4)
        except HarnessError as error:
            _fail(f"{type(error).__name__}: {error}", 4)


def _fail(text: str, code: int) -> NoReturn:
    from harness.report.text import safe_text  # noqa: PLC0415 - see the package

    click.echo(safe_text(text), err=True)
    sys.exit(code)


@click.group(
    cls=_Parity, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="parity-harness", prog_name="parity")
def parity() -> None:
    """Prove that ML jobs moved from Kubernetes to SageMaker still do the same work."""


def _ends(command: Callable[..., int]) -> Callable[..., None]:
    """Let a command return its exit code."""

    @wraps(command)
    def wrapped(*args: object, **kwargs: object) -> None:
        sys.exit(command(*args, **kwargs))

    return wrapped


@parity.command()
@click.option("--nemesis", is_flag=True, help="Inject faults into both platforms while the demo runs.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), show_default=True)
@click.option("--keep-sandbox", is_flag=True, help="Leave the sandbox running afterwards.")
@_ends
def demo(*, nemesis: bool, into: Path, keep_sandbox: bool) -> int:
    """Run the six demo repositories on the sandbox: no account, cluster, container engine or root is needed."""
    from harness.cli import demo as steps  # noqa: PLC0415 - see the package

    return steps.demo(into, nemesis=nemesis, keep_sandbox=keep_sandbox)


@parity.command("run")
@click.argument("repositories", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every repository of the file.")
@click.option("--sandbox", is_flag=True, help="Start a sandbox for this one command.")
@CONFIG
@REPORTS
@_ends
def run_command(
    repositories: tuple[str, ...], *, everything: bool, sandbox: bool, config_path: Path, reports: Path
) -> int:
    """Plan a campaign, run all its pairs on both sides, judge, and write the report."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package

    chosen = campaigns.select(config_path, repositories, everything=everything)
    return campaigns.run_new(chosen, config_path, reports, sandbox=sandbox)


@parity.command()
@click.argument("repositories", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every repository of the file.")
@click.option("--pilot", metavar="CAMPAIGN", help="Say how many pairs would decide, from what this campaign saw.")
@CONFIG
@REPORTS
@_ends
def plan(
    repositories: tuple[str, ...], *, everything: bool, pilot: str | None, config_path: Path, reports: Path
) -> int:
    """Say what a campaign would run and cost, without asking any platform."""
    if pilot:
        from harness.cli import pilots  # noqa: PLC0415 - see the package

        return pilots.show(reports / pilot)
    from harness.cli import campaigns  # noqa: PLC0415 - see the package

    return campaigns.show_plan(campaigns.select(config_path, repositories, everything=everything))


@parity.command()
@click.argument("campaign")
@REPORTS
@_ends
def resume(campaign: str, reports: Path) -> int:
    """Take up a campaign where it was cut; no job is started twice."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package

    return campaigns.resume(reports / campaign)


@parity.command()
@click.argument("campaign")
@REPORTS
@_ends
def stop(campaign: str, reports: Path) -> int:
    """Stop what a campaign left running on both platforms."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package

    return campaigns.stop(reports / campaign, remove=False)


@parity.command()
@click.argument("campaign")
@REPORTS
@_ends
def clean(campaign: str, reports: Path) -> int:
    """Stop and remove what a campaign left on both platforms; the service's own records stay."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package

    return campaigns.stop(reports / campaign, remove=True)


@parity.command()
@click.argument("campaign")
@click.option("--now", is_flag=True, help="Judge as of today: evidence and waivers expire, rulings come.")
@current
@REPORTS
@_ends
def rejudge(
    campaign: str,
    *,
    now: bool,
    reports: Path,
    config: Path | None,
    images: tuple[str, ...],
    codes: tuple[str, ...],
) -> int:
    """Decide again from stored findings, offline; print the verdicts as JSON."""
    from harness.cli import verdicts  # noqa: PLC0415 - see the package

    return verdicts.rejudge(reports / campaign, reports, verdicts.Told(config, images, codes) if now else None)


@parity.command()
@click.argument("campaign")
@REPORTS
@_ends
def recompare(campaign: str, reports: Path) -> int:
    """Read the stored artifacts again with today's checks, and save new findings and verdicts."""
    from harness.cli import verdicts  # noqa: PLC0415 - see the package

    return verdicts.recompare(reports / campaign, reports)


@parity.command()
@click.argument("campaign")
@click.argument("repositories", nargs=-1)
@click.option("--allow-synthetic", is_flag=True, help="Let a GO on sandbox evidence pass.")
@current
@REPORTS
@_ends
def gate(
    campaign: str,
    repositories: tuple[str, ...],
    *,
    allow_synthetic: bool,
    reports: Path,
    config: Path | None,
    images: tuple[str, ...],
    codes: tuple[str, ...],
) -> int:
    """Look at a campaign today and end with the exit code a cutover may hang on."""
    from harness.cli import verdicts  # noqa: PLC0415 - see the package

    told = verdicts.Told(config, images, codes)
    return verdicts.gate(reports / campaign, reports, repositories, told, allow_synthetic=allow_synthetic)


@parity.command()
@click.argument("campaign")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "json", "junit", "markdown", "text"]),
    default="html",
    show_default=True,
)
@REPORTS
@_ends
def report(campaign: str, form: str, reports: Path) -> int:
    """Write a campaign's pages again from what is stored, or print one of the other forms."""
    from harness.cli import verdicts  # noqa: PLC0415 - see the package

    return verdicts.report(reports / campaign, form)


@parity.command()
@click.argument("subject")
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_ends
def explain(subject: str, *, config_path: Path, as_json: bool) -> int:
    """Explain a file of platform records, a rule such as K08, or a repository's effective configuration."""
    from harness.cli import explain as steps  # noqa: PLC0415 - see the package

    return steps.explain(subject, config_path, as_json=as_json)


@parity.command()
@click.argument("repository")
@click.option("--campaign", help="Whose difference is ruled; the repository's last campaign where none is said.")
@click.option("--finding", help="The difference to accept, as listed without this option.")
@click.option("--reason", help="Why it is accepted, in a sentence for an auditor.")
@click.option("--as", "signer", metavar="NAME", help="The approver who signs, as named in the policy.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The approver's SSH key; a .pub file asks the agent.",
)
@REPORTS
@_ends
def rule(
    repository: str,
    *,
    campaign: str | None,
    finding: str | None,
    reason: str | None,
    signer: str | None,
    key: Path | None,
    reports: Path,
) -> int:
    """Accept one known difference for good, signed and bound to that difference; or list what can be accepted."""
    from harness.cli import rulings  # noqa: PLC0415 - see the package

    if not finding:
        return rulings.show(repository, campaign, reports)
    if not (reason and signer and key):
        raise click.UsageError("--finding needs --reason, --as and --key")
    return rulings.rule(repository, campaign, reports, finding, rulings.Words(reason, signer, key))


@parity.command("explain-verdict")
@click.argument("campaign")
@click.argument("repository")
@REPORTS
@_ends
def explain_verdict(campaign: str, repository: str, reports: Path) -> int:
    """Print the chain from a verdict to its raw evidence."""
    from harness.cli import verdicts  # noqa: PLC0415 - see the package

    return verdicts.explain(reports / campaign, repository)


@parity.command("check-config")
@CONFIG
@click.option(
    "--request",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Check a CreateTrainingJob, CreateProcessingJob, CreateTransformJob or tuning request instead.",
)
@_ends
def check_config(config_path: Path, request: Path | None) -> int:
    """Check repos.yaml and what SageMaker would refuse of it: every problem at once, with its place and its limit."""
    from harness.cli import configs  # noqa: PLC0415 - see the package

    return configs.check(config_path, request)


@parity.command("init")
@click.option("--from", "source", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@_ends
def init_command(source: Path) -> int:
    """Write the smallest valid entry for a Kubernetes Job or a SageMaker describe reply, and list what it left out."""
    from harness.cli import configs  # noqa: PLC0415 - see the package

    return configs.init(source)


@parity.command()
@_ends
def schema() -> int:
    """Print the JSON Schema of repos.yaml for editors."""
    from harness.cli import configs  # noqa: PLC0415 - see the package

    return configs.schema()


@parity.command()
@click.option("--seed", type=int, default=20261125, show_default=True)
@click.option("--scale", type=float, default=1.0, show_default=True, help="Share of the full number of trials.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="Where finished chunks are kept.")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Write the table here.")
@click.option("--summary", type=click.Path(path_type=Path, dir_okay=False), help="Write what reports tell of it here.")
@click.option("--workers", type=int, help="Processes; one a core where none is said.")
@click.option("--fleet", is_flag=True, help="Simulate fleets of repositories over 39 weeks instead.")
@_ends
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


@parity.command()
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
@_ends
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


@parity.command()
@click.argument("repositories", nargs=-1)
@click.option("--platform", type=click.Choice(["aws", "k8s"]), default="aws", show_default=True)
@click.option("--name", default="parity-events", show_default=True, help="Of the standing rule and queue.")
@click.option("--source", default="aws.sagemaker", show_default=True, help="Of the events; a test needs its own.")
@CONFIG
@_ends
def infra(repositories: tuple[str, ...], *, platform: str, name: str, source: str, config_path: Path) -> int:
    """Print what a platform needs: CloudFormation for one account (queues, rights), or RBAC for one cluster."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package
    from harness.cli import infra as steps  # noqa: PLC0415 - the same

    chosen = campaigns.select(config_path, repositories, everything=not repositories)
    return steps.show_rights(chosen) if platform == "k8s" else steps.show(chosen, name, source)


@parity.group()
def sandbox() -> None:
    """Loopback stand-ins for both platforms that run real processes."""


@sandbox.command("up")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".parity-sandbox"),
    show_default=True,
)
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
@_ends
def sandbox_up(
    folder: Path, images: tuple[str, ...], nemesis: Path | None, engine: str | None, bind: str | None
) -> int:
    """Start it and print a kubeconfig and an AWS environment that kubectl and boto3 accept."""
    from harness.cli import sandboxes  # noqa: PLC0415 - see the package

    return sandboxes.up(folder, images, nemesis, engine, bind)


@sandbox.command("down")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".parity-sandbox"),
    show_default=True,
)
@_ends
def sandbox_down(folder: Path) -> int:
    """Stop it; safe to call twice."""
    from harness.cli import sandboxes  # noqa: PLC0415 - see the package

    return sandboxes.down(folder)


@sandbox.command("status")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".parity-sandbox"),
    show_default=True,
)
@_ends
def sandbox_status(folder: Path) -> int:
    """Say whether it runs, and where."""
    from harness.cli import sandboxes  # noqa: PLC0415 - see the package

    return sandboxes.status(folder)
