"""Commands that decide, tell why, and record what people decide."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import answer
from harness.cli.options import CONFIG, REPORTS, TodaysOptions, current, ends


@click.command()
@click.argument("campaign", required=False)
@click.argument("repositories", nargs=-1)
@click.option("--now", is_flag=True, help="Judge as of today: evidence and waivers expire, accepted differences come.")
@click.option("--all", "every", is_flag=True, help="Every campaign of the ledger; words name repositories.")
@click.option("--diff", is_flag=True, help="List verdicts and sign-offs that this version of the tool would change.")
@current
@REPORTS
@ends
def rejudge(
    campaign: str | None,
    repositories: tuple[str, ...],
    *,
    now: bool,
    every: bool,
    diff: bool,
    reports: str,
    told: TodaysOptions,
) -> int:
    """Decide again from stored findings, offline; print the verdicts as JSON, or what a new version changes of them."""
    from harness.cli import campaigns, verdicts  # noqa: PLC0415 - see the package

    asked = verdicts.Rejudged(campaign, repositories, every=every, diff=diff)
    return verdicts.rejudge(asked, campaigns.opened(reports), told if now else None)


@click.command()
@click.argument("campaign")
@REPORTS
@ends
def recompare(campaign: str, reports: str) -> int:
    """Read the stored artifacts again with today's checks, and save new findings and verdicts."""
    from harness.cli import campaigns, verdicts  # noqa: PLC0415 - see the package

    return verdicts.recompare(campaign, campaigns.opened(reports))


@click.command()
@click.argument("campaign")
@click.argument("repositories", nargs=-1)
@click.option("--allow-synthetic", is_flag=True, help="Let a GO on sandbox evidence pass.")
@current
@REPORTS
@ends
def gate(
    campaign: str,
    repositories: tuple[str, ...],
    *,
    allow_synthetic: bool,
    reports: str,
    told: TodaysOptions,
) -> int:
    """Judge a campaign as of today; exit 0 only if its repositories may cut over today."""
    from harness.cli import campaigns, verdicts  # noqa: PLC0415 - see the package

    wanted = verdicts.Wanted(repositories, allow_synthetic)
    return verdicts.gate(campaign, campaigns.opened(reports), wanted, told)


@click.command()
@click.argument("campaign")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "json", "junit", "markdown", "comment", "prometheus", "text"]),
    default="html",
    show_default=True,
)
@click.option("--open", "opens", is_flag=True, help="Open the index page in a browser.")
@click.option("--full", is_flag=True, help="Make pages that print the appendix too; without it they print in short.")
@REPORTS
@ends
def report(campaign: str, *, form: str, opens: bool, full: bool, reports: str) -> int:
    """Write a campaign's pages again from what is stored, or print one of the other forms."""
    from harness.cli import campaigns, verdicts  # noqa: PLC0415 - see the package

    return verdicts.report(campaigns.named(campaigns.opened(reports), campaign), form, opens=opens, full=full)


@click.command()
@click.argument("subject")
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="A line an answer; as --output jsonl.")
@click.option("--container", default="", metavar="NAME", help="Which container is the work, where a pod has several.")
@click.option("--job", default="", metavar="NAME", help="Of a dump: the job that is explained.")
@click.option("--context", help="For job/NAME: the context of the kubeconfig.")
@click.option("-n", "--namespace", default="", help="For job/NAME: the namespace; the context's where none is said.")
@ends
def explain(
    subject: str,
    *,
    config_path: Path,
    as_json: bool,
    container: str,
    job: str,
    context: str | None,
    namespace: str,
) -> int:
    """Explain what really happened to a job, a class such as K08, or a repository's effective configuration.

    SUBJECT: a file or folder of platform records, `-` for standard input, job/NAME or pod/NAME in a cluster (read with
    get and list only), a class, or a repository.
    """
    from harness.cli import explain as steps  # noqa: PLC0415 - see the package

    if as_json:
        answer.ask("jsonl")
    wanted = steps.ExplainOptions(container, job, context, namespace)
    return steps.explain(subject, config_path, wanted)


@click.command()
@click.argument("repository")
@click.option("--campaign", help="Whose difference is accepted; the repository's last campaign where none is said.")
@click.option("--finding", help="The difference to accept, as listed without this option.")
@click.option("--reason", help="Why it is accepted, in a sentence for an auditor.")
@click.option("--as", "signer", metavar="NAME", help="The approver who signs, as named in the policy.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The approver's SSH key; a .pub file asks the agent.",
)
@REPORTS
@ends
def accept(
    repository: str,
    *,
    campaign: str | None,
    finding: str | None,
    reason: str | None,
    signer: str | None,
    key: Path | None,
    reports: str,
) -> int:
    """Accept one known difference for good, signed and bound to that difference; or list what can be accepted."""
    from harness.cli import campaigns, rulings  # noqa: PLC0415 - see the package

    if not finding:
        return rulings.show(repository, campaign, campaigns.opened(reports))
    if not (reason and signer and key):
        raise click.UsageError("--finding needs --reason, --as and --key")
    return rulings.accept(
        repository, campaign, campaigns.opened(reports), finding, words=rulings.RulingOptions(reason, signer, key)
    )


@click.command()
@click.argument("campaign")
@click.option("--as", "signer", metavar="NAME", help="The approver who signs, as named in the policy of the plan.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The approver's SSH key; a .pub file asks the agent.",
)
@REPORTS
@ends
def expire(campaign: str, *, signer: str | None, key: Path | None, reports: str) -> int:
    """Delete payloads whose retention is over, with a signed tombstone in the ledger; or list them."""
    from harness.cli import campaigns, expiring  # noqa: PLC0415 - see the package

    if bool(signer) != bool(key):
        raise click.UsageError("--as and --key belong together")
    return expiring.expire(campaigns.named(campaigns.opened(reports), campaign), signer, key)


@click.command("explain-verdict")
@click.argument("repository")
@click.option("--campaign", help="Which verdict; the repository's last one where none is said.")
@REPORTS
@ends
def explain_verdict(repository: str, *, campaign: str | None, reports: str) -> int:
    """Print the chain from a verdict to its raw evidence."""
    from harness.cli import campaigns, verdicts  # noqa: PLC0415 - see the package

    return verdicts.explain(repository, campaign, campaigns.opened(reports))
