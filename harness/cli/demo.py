"""The demo: five repositories on the sandbox, each with the verdict it must get."""

from __future__ import annotations

from pathlib import Path

import click

from harness.campaign import story
from harness.cli import campaigns, sandboxes
from harness.config.load import load
from harness.model.clock import SystemClock
from harness.model.repository import Repository
from harness.store.archive import Archive


def demo(reports: Path, *, nemesis: bool, keep_sandbox: bool) -> int:
    """Run it; end 0 only when each verdict is the expected one."""
    config = sandboxes.demo_config()
    repositories = load(config)
    campaign = story.new_campaign_id(SystemClock())
    faults = sandboxes.demo_folder() / "nemesis.json" if nemesis else None
    with sandboxes.for_command(reports / campaign / "sandbox", wanted=True, nemesis=faults, keep=keep_sandbox):
        archive = campaigns.plan_new(repositories, config, reports, campaign)
        code = campaigns.carry(archive)
    if code == campaigns.INTERRUPTED:
        return code
    return judge_demo(archive, repositories)


def judge_demo(archive: Archive, repositories: tuple[Repository, ...]) -> int:
    """Compare verdicts with what the scenarios expect."""
    found = {each.name: archive.load_verdict(each.name) for each in repositories}
    wrong = [
        each
        for each in repositories
        if each.expected_verdict and found[each.name].decision.value != each.expected_verdict
    ]
    for each in wrong:
        click.echo(
            f"unexpected: {each.name} is {found[each.name].decision.value}, its scenario says {each.expected_verdict}"
        )
    if not wrong:
        click.echo(f"all {len(found)} verdicts are the expected ones")
    return 1 if wrong else 0
