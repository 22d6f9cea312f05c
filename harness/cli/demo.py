"""The demo: six repositories on the sandbox, each with the verdict it must get."""

from __future__ import annotations

from pathlib import Path

from harness.campaign import conclude, story
from harness.cli import answer, campaigns, console, plans, sandboxes
from harness.config.load import load
from harness.model.clock import SystemClock
from harness.model.repository import Repository
from harness.sandbox import faults
from harness.store.archive import Archive
from harness.store.reports import in_folder

UNPROVEN = 3
"""A fault that never fired: the demo did not show what it is for."""


def demo(into: Path, *, nemesis: bool, keep_sandbox: bool) -> int:
    """Run it; end 0 only when each verdict is the expected one and each planned fault fired."""
    config = sandboxes.demo_config()
    repositories = load(config)
    if console.dry_run():
        return plans.show(repositories)
    campaign = story.new_campaign_id(SystemClock())
    planned = sandboxes.demo_folder() / "nemesis.json" if nemesis else None
    reports = in_folder(into)
    folder = sandboxes.folder_of(campaign)
    with sandboxes.for_command(folder, wanted=True, nemesis=planned, keep=keep_sandbox) as held:
        archive = campaigns.plan_new(repositories, config, reports, campaign)
        held.planned = True
        code = campaigns.carry(archive, reports)
        held.interrupted = code == campaigns.INTERRUPTED
        if held.interrupted:
            return code
        fired = judge_nemesis(planned, folder) if planned else 0
    return judge_demo(archive, repositories) or fired


def judge_demo(archive: Archive, repositories: tuple[Repository, ...]) -> int:
    """Compare verdicts with what the scenarios expect."""
    found = {verdict.repository: verdict for verdict in conclude.rejudge(archive)}
    wrong = [
        repository
        for repository in repositories
        if repository.expected_verdict and found[repository.name].decision.value != repository.expected_verdict
    ]
    for repository in wrong:
        decision = found[repository.name].decision.value
        answer.lines([f"unexpected: {repository.name} is {decision}, its scenario says {repository.expected_verdict}"])
    if not wrong:
        answer.lines([f"all {len(found)} verdicts are the expected ones"])
    return 1 if wrong else 0


def judge_nemesis(planned: Path, folder: Path) -> int:
    """Show how often each planned fault fired; one that never did is a failure."""
    tally = faults.tally(faults.load(planned, folder), folder)
    answer.lines(fault_lines(tally))
    silent = [fault.name for fault, count in tally if not count]
    if silent:
        answer.lines([f"never fired: {', '.join(silent)}; nothing is shown of what they do"])
    return UNPROVEN if silent else 0


def fault_lines(tally: tuple[tuple[faults.Fault, int], ...]) -> list[str]:
    """Write the table of faults."""
    rows = [("fault", "side", "on", "planned", "fired")]
    for fault, count in tally:
        waits_for = f"{fault.match} {fault.at or ''}".strip()
        rows.append((fault.name, fault.side, waits_for, str(fault.count), str(count)))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
