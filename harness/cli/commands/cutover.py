"""Commands after a verdict: sign-off, stages, rollback, slots, and the bundle for an auditor."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import REPORTS, TodaysOptions, current, ends


def _examples(*lines: str) -> str:
    """Write the examples below a command's help, a line each."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


_STAGES = ("shadow", "dual", "canary", "cut-over", "soak", "done")
_CAMPAIGN = click.option("--campaign", help="Which campaign; the repository's last one where none is said.")
_FILE = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("cutover.json"),
    show_default=True,
    help="Where it is written which side's output counts.",
)

_PRACTISE = click.option("--allow-synthetic", is_flag=True, help="Practise on sandbox evidence; no job goes by it.")


@click.command(
    epilog=_examples(
        "parity signoff digits",
        "parity signoff digits --as ada --key ~/.ssh/id_ed25519",
        "parity signoff digits --enter signoffs/digits.json",
    )
)
@click.argument("repository")
@_CAMPAIGN
@click.option("--as", "signer", metavar="NAME", help="The approver who signs, as named in the policy.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The approver's SSH key; a .pub file asks the agent.",
)
@click.option(
    "--enter",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Enter the signatures of a file that came by pull request.",
)
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="Written; signoffs/REPOSITORY.json.")
@_PRACTISE
@current
@REPORTS
@ends
def signoff(  # noqa: PLR0913 - one parameter an option
    repository: str,
    *,
    campaign: str | None,
    signer: str | None,
    key: Path | None,
    enter: Path | None,
    file: Path | None,
    allow_synthetic: bool,
    reports: str,
    told: TodaysOptions,
) -> int:
    """Sign a verdict off with your SSH key; or say what the sign-off of a repository is worth today."""
    from harness.cli import campaigns, cutovers  # noqa: PLC0415 - see the package

    if bool(signer) != bool(key) or (enter and signer):
        raise click.UsageError("--as and --key belong together, and --enter stands alone")
    which = cutovers.RepositorySelection(repository, campaign, campaigns.opened(reports), told)
    if enter:
        return cutovers.enter_file(which, enter)
    if signer and key:
        return cutovers.sign(which, cutovers.SignerOptions(signer, key, file, allow_synthetic))
    return cutovers.show_signoff(which)


@click.command(
    "cutover",
    epilog=_examples('parity cutover digits --to canary --share 10 --reason "GO of 2026-11-30, signed by ada"'),
)
@click.argument("repository")
@click.option("--to", "stage", type=click.Choice(_STAGES), required=True, help="The next stage.")
@click.option("--share", type=click.IntRange(0, 99), default=0, metavar="PERCENT", help="Of the slots, in canary.")
@click.option("--reason", required=True, help="Why, in a sentence for an auditor.")
@_FILE
@_PRACTISE
@current
@REPORTS
@ends
def cutover_command(  # noqa: PLR0913 - one parameter an option
    repository: str,
    *,
    stage: str,
    share: int,
    reason: str,
    file: Path,
    allow_synthetic: bool,
    reports: str,
    told: TodaysOptions,
) -> int:
    """Take a repository to the next stage: shadow, dual, canary, cut-over, soak, done; write cutover.json."""
    from harness.cli import campaigns, cutovers  # noqa: PLC0415 - see the package

    which = cutovers.RepositorySelection(repository, None, campaigns.opened(reports), told)
    step = cutovers.Step(stage, share, reason, file, allow_synthetic)
    return cutovers.cut_over(which, step)


@click.command(epilog=_examples('parity rollback digits --reason "scores fell at 09:40"'))
@click.argument("repository")
@click.option("--reason", required=True, help="Why, in a sentence for an auditor.")
@click.option("--state-synced", is_flag=True, help="What its jobs start from was copied to legacy's place by hand.")
@_FILE
@_PRACTISE
@REPORTS
@ends
def rollback(
    repository: str, *, reason: str, state_synced: bool, file: Path, allow_synthetic: bool, reports: str
) -> int:
    """Let legacy's output count again, at once; nobody has to sign. A state that jobs start from is copied back."""
    from harness.cli import campaigns, cutovers, rollbacks  # noqa: PLC0415 - see the package

    told = TodaysOptions(None, (), (), as_planned=True)
    which = cutovers.RepositorySelection(repository, None, campaigns.opened(reports), told)
    back = rollbacks.Back(reason, file, allow_synthetic, state_synced)
    return rollbacks.roll_back(which, back)


@click.command()
@click.argument("repository")
@_CAMPAIGN
@current
@REPORTS
@ends
def show(repository: str, *, campaign: str | None, reports: str, told: TodaysOptions) -> int:
    """Say where a repository is on its way, how it came there, and what its sign-off is worth today."""
    from harness.cli import campaigns, cutovers  # noqa: PLC0415 - see the package

    return cutovers.show(cutovers.RepositorySelection(repository, campaign, campaigns.opened(reports), told))


@click.command(
    epilog=_examples(
        "parity route digits/train 2026-11-30T02:00",
        "parity route digits/train 2026-11-30T02:00 --publish candidate && publish",
    )
)
@click.argument("job", metavar="REPOSITORY/JOB")
@click.argument("slot")
@click.option("--publish", type=click.Choice(["legacy", "candidate"]), help="End with 0 where this side may publish.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A cutover.json instead of what the ledger says.",
)
@REPORTS
@ends
def route(job: str, slot: str, *, publish: str | None, file: Path | None, reports: str) -> int:
    """Answer which side's output counts for one slot of a job, such as its logical date; the same for whoever asks."""
    from harness.cli import campaigns, cutovers  # noqa: PLC0415 - see the package

    repository, slash, name = job.partition("/")
    if not (repository and slash and name):
        message = f"{job}: expected REPOSITORY/JOB, such as digits/train"
        raise click.UsageError(message)
    return cutovers.route(campaigns.opened(reports), (repository, name, slot), file, publish=publish)


@click.command("bundle")
@click.argument("repository")
@_CAMPAIGN
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="Written; REPOSITORY-CAMPAIGN.tar.gz.")
@current
@REPORTS
@ends
def bundle_command(
    repository: str, *, campaign: str | None, file: Path | None, reports: str, told: TodaysOptions
) -> int:
    """Write one archive for an auditor: decision record, signatures, ledger, evidence, and a script to check them."""
    from harness.cli import campaigns, cutovers  # noqa: PLC0415 - see the package

    return cutovers.write_bundle(
        cutovers.RepositorySelection(repository, campaign, campaigns.opened(reports), told), file
    )
