"""Commands that run campaigns, and end what they left."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import CONFIG, REPORTS, ends


@click.command()
@click.option("--nemesis", is_flag=True, help="Inject faults into both platforms while the demo runs.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), show_default=True)
@click.option("--keep-sandbox", is_flag=True, help="Leave the sandbox running afterwards.")
@ends
def demo(*, nemesis: bool, into: Path, keep_sandbox: bool) -> int:
    """Run the six demo repositories on the sandbox: no account, cluster, container engine or root is needed."""
    from harness.cli import demo as steps  # noqa: PLC0415 - see the package

    return steps.demo(into, nemesis=nemesis, keep_sandbox=keep_sandbox)


@click.command("run")
@click.argument("repositories", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every repository of the file.")
@click.option("--sandbox", is_flag=True, help="Start a sandbox for this one command.")
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="NAME:TAG=PATH[:PLACE]",
    help="An image of that sandbox: a folder of code, which containers have at PLACE such as /app; repeatable.",
)
@click.option(
    "--data",
    multiple=True,
    metavar="PLACE=PATH",
    help="A file or folder for that sandbox's S3 or for a claim: s3://BUCKET/KEY or claim:NAME; repeatable.",
)
@click.option(
    "--objects",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="ConfigMaps, Secrets, claims and service accounts for that sandbox's cluster; repeatable.",
)
@CONFIG
@REPORTS
@ends
def run_command(  # noqa: PLR0913 - one argument an option
    repositories: tuple[str, ...],
    *,
    everything: bool,
    sandbox: bool,
    images: tuple[str, ...],
    data: tuple[str, ...],
    objects: tuple[Path, ...],
    config_path: Path,
    reports: str,
) -> int:
    """Plan a campaign, run all its pairs on both sides, judge, and write the report."""
    from harness.cli import campaigns, sandboxes  # noqa: PLC0415 - see the package

    for option, given in (("--image", images), ("--data", data), ("--objects", objects)):
        if given and not sandbox:
            message = f"{option} is for the sandbox: add --sandbox"
            raise click.UsageError(message)
    chosen = campaigns.select(config_path, repositories, everything=everything, sandbox=sandbox)
    wanted = sandboxes.SandboxWanted(images, data, objects) if sandbox else None
    return campaigns.run_new(chosen, config_path, campaigns.opened(reports), wanted)


@click.command()
@click.argument("repositories", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every repository of the file.")
@click.option("--pilot", metavar="CAMPAIGN", help="Say how many pairs would decide, from what this campaign saw.")
@click.option("--budget", metavar="AMOUNT", type=click.FloatRange(min=0), help="Say what so much money would prove.")
@click.option("--runs", metavar="N", type=click.IntRange(min=0), help="Say what so many candidate runs would prove.")
@CONFIG
@REPORTS
@ends
def plan(
    repositories: tuple[str, ...],
    *,
    everything: bool,
    pilot: str | None,
    budget: float | None,
    runs: int | None,
    config_path: Path,
    reports: str,
) -> int:
    """Say what a campaign would run and cost, and how long GO takes, without asking any platform."""
    if pilot:
        from harness.cli import campaigns, pilots  # noqa: PLC0415 - see the package

        return pilots.show(campaigns.named(campaigns.opened(reports), pilot))
    from harness.campaign.prospects import Budget  # noqa: PLC0415 - see the package
    from harness.cli import campaigns, forecasts, plans  # noqa: PLC0415 - see the package

    chosen = campaigns.select(config_path, repositories, everything=everything)
    if budget is not None or runs is not None:
        return forecasts.show_budget(chosen, Budget(runs, budget))
    return plans.show(chosen)


@click.command()
@click.argument("campaign")
@click.option("--take-over", is_flag=True, help="Take it from a writer that is gone, though its lease has not run out.")
@REPORTS
@ends
def resume(campaign: str, *, take_over: bool, reports: str) -> int:
    """Take up a campaign where it was cut; no job is started twice."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package

    return campaigns.resume(campaign, campaigns.opened(reports), take_over=take_over)


@click.command()
@click.argument("campaign", required=False)
@click.option("--all", "everything", is_flag=True, help="Every campaign that has no verdict yet.")
@click.option("--take-over", is_flag=True, help="Take it from a writer that is gone, though its lease has not run out.")
@REPORTS
@ends
def stop(campaign: str | None, *, everything: bool, take_over: bool, reports: str) -> int:
    """Stop what a campaign, or every campaign, left running on both platforms."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package

    if everything == bool(campaign):
        message = "name one campaign, or --all"
        raise click.UsageError(message)
    kept = campaigns.opened(reports)
    if campaign is None:
        return campaigns.stop_all(kept, take_over=take_over)
    return campaigns.stop(campaigns.named(kept, campaign), kept, remove=False, take_over=take_over)


@click.command()
@click.argument("campaign")
@click.option("--take-over", is_flag=True, help="Take it from a writer that is gone, though its lease has not run out.")
@REPORTS
@ends
def clean(campaign: str, *, take_over: bool, reports: str) -> int:
    """Stop and remove what a campaign left on both platforms; the service's own records stay."""
    from harness.cli import campaigns  # noqa: PLC0415 - see the package

    kept = campaigns.opened(reports)
    return campaigns.stop(campaigns.named(kept, campaign), kept, remove=True, take_over=take_over)
