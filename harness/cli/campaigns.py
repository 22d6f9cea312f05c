"""Commands that start, take up or stop campaigns."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click

from harness import private
from harness.backends.base import Handle
from harness.campaign import conclude, pages, story
from harness.campaign.sandbox_content import SandboxContent, at_the_sandbox, fill
from harness.campaign.schedules import load_schedule
from harness.campaign.verified import Verified, verified
from harness.campaign.wiring import Connections, wire
from harness.cli import answer, campaign_names, ci, console, ledgers, plans, sandboxes
from harness.cli.names import check_names
from harness.cli.options import CONFIG_FILE, REPORTS_FOLDER
from harness.cli.progress import show
from harness.cli.sandbox_needs import with_places
from harness.cli.sandbox_problems import refuse_what_cannot_be_blocked
from harness.config.load import files, load
from harness.errors import BackendError, ConfigError, HarnessError, Problem
from harness.model.clock import SystemClock
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.wording import first_of
from harness.platforms import platform_of
from harness.report.text import safe_text, verdict_lines
from harness.report.wording import counted
from harness.runner.drive import Drive
from harness.runner.stopping import handles
from harness.store import codec, ledger
from harness.store.archive import Archive
from harness.store.reports import Reports, open_reports

PLATFORM_FAILED = 4
NOTHING_SELECTED = 5
INTERRUPTED = 130
LEFT_SHOWN = 20
"""Runs left on the platforms that are named."""


def select(
    config_path: Path, names: tuple[str, ...], *, everything: bool, sandbox: bool = False
) -> tuple[Repository, ...]:
    """Load the configuration and pick repositories by name; a name that is not there is a usage error.

    `sandbox`: they run in one, so where real runs would live may be undecided.
    """
    repositories = load(config_path, sandbox=sandbox)
    check_names(config_path, "repositories", names, (repository.name for repository in repositories))
    return repositories if everything else tuple(repository for repository in repositories if repository.name in names)


def run_new(
    repositories: tuple[Repository, ...],
    config_path: Path,
    reports: Reports,
    wanted: sandboxes.SandboxWanted | None = None,
) -> int:
    """Plan and run a new campaign; `wanted`: in a sandbox of its own."""
    if not repositories:
        click.echo("nothing selected: name repositories, or say --all", err=True)
        return 5
    if console.dry_run():
        return plans.show(repositories)
    campaign = story.new_campaign_id(SystemClock())
    if wanted:
        refuse_what_cannot_be_blocked(repositories)
    content = wanted.content() if wanted else SandboxContent()
    images = with_places(wanted.images, repositories) if wanted else ()
    with sandboxes.for_command(sandboxes.folder_of(campaign), wanted=wanted is not None, images=images) as held:
        if wanted:
            repositories = at_the_sandbox(repositories)
            fill(content, repositories, sandboxes.claims_of(campaign))
        options = (*(wanted.options if wanted else ()), *_elsewhere(config_path, reports))
        archive = plan_new(repositories, config_path, reports, campaign, options=options)
        held.planned = True
        code = carry(archive, reports)
        held.interrupted = code == INTERRUPTED
    return code


def _elsewhere(config_path: Path, reports: Reports) -> tuple[str, ...]:
    """Say where configuration and evidence are, but for the places that a command looks at by itself."""
    said = {"--config": (str(config_path), CONFIG_FILE), "--reports": (str(reports), REPORTS_FOLDER)}
    return tuple(word for option, (place, default) in said.items() if place != default for word in (option, place))


def plan_new(
    repositories: tuple[Repository, ...],
    config_path: Path,
    reports: Reports,
    campaign: str,
    *,
    options: tuple[str, ...] = (),
) -> Archive:
    """Save the plan of a new campaign and say its name, so that it can be resumed.

    `options`: of the command, as the next one has to have them.
    """
    with _settings(reports) as settings:
        told = replace(settings, options=options)
        archive = story.plan_campaign(campaign, repositories, digest_of(config_path), told)
    click.echo(f"campaign {campaign}; if this is cut off: parity resume {campaign} --reports {reports}", err=True)
    _tell_synthetic(archive.load_plan())
    return archive


def digest_of(config_path: Path) -> str:
    """Give the digest of repos.yaml; where it includes files, over the digests of all with their names."""
    parts = files(config_path)
    digests = {file.relative_to(config_path.parent).as_posix(): codec.digest(file.read_bytes()) for file in parts}
    return digests[config_path.name] if len(digests) == 1 else codec.digest(codec.line(digests))


def _tell_synthetic(plan: Plan) -> None:
    """Say whose evidence will not be real, and why."""
    names = [repository.name for repository in plan.repositories if plan.is_synthetic(repository.name)]
    reasons = [reason for name in names for reason in plan.reality_now(name).reasons]
    if not reasons:
        return
    some = f" of {', '.join(names)}" if len(names) < len(plan.repositories) else ""
    whose = f"the evidence{some}" if some else "its evidence"
    more = f" (and {counted(len(reasons) - 1, 'more reason')})" if len(reasons) > 1 else ""
    click.echo(safe_text(f"{whose} is synthetic: {reasons[0]}{more}"), err=True)


def carry(archive: Archive, reports: Reports, *, take_over: bool = False) -> int:
    """Run a planned campaign, show its verdicts, give the exit code."""
    with _settings(reports, archive.load_plan()) as settings:
        verdicts = story.run(archive, replace(settings, take_over=take_over))
        if settings.halt.is_set():
            _tell_left(settings)
            click.echo(f"interrupted; go on with: parity resume {archive.root.name} --reports {reports}", err=True)
            return INTERRUPTED
    ledgers.after_run(archive, reports)
    show_verdicts(archive, concluded=True)
    return conclude.exit_code(verdicts)


def _tell_left(settings: story.Settings) -> None:
    """Name the runs that go on, and why."""
    if left := settings.left():
        click.echo("these runs go on, for their pairs have reported something and would count as they stand:", err=True)
        for name in left[:LEFT_SHOWN]:
            click.echo(safe_text(f"  {name}"), err=True)
        if len(left) > LEFT_SHOWN:
            click.echo(f"  and {len(left) - LEFT_SHOWN} more", err=True)


def show_verdicts(archive: Archive, *, concluded: bool = False) -> None:
    """Print the verdict table and where the pages are; `concluded`: just now, so that a change of verdict is news."""
    views = pages.views_of(archive)
    ci.tell(views)
    if concluded:
        ci.notify(views, archive.place("report/index.html"))
    page = str((archive.report / "index.html").resolve())
    answer.table(verdict_lines(views, width=shutil.get_terminal_size((120, 24)).columns, colour=console.colour()))
    answer.lines([f"report: {page}", *([f"        {archive.place('report/index.html')}"] if archive.shared else [])])
    answer.rows(
        {
            "repository": view.repository, "campaign": view.campaign, "verdict": view.decision,
            "evidence": view.evidence_kind, "code": view.reasons[0].code if view.reasons else "",
            "reason": view.sentence, "report": page,
        }
        for view in views
    )  # fmt: skip


def named(reports: Reports, campaign: str) -> Archive:
    """Open a campaign by its name, by a beginning that no other has, or as `latest`."""
    return reports.archive(campaign_names.resolved(reports, campaign))


def opened(text: str) -> Reports:
    """Open what --reports says, and tell of outages as they come."""
    return open_reports(text, tell=_say)


def _say(sentence: str) -> None:
    click.echo(safe_text(sentence), err=True)


def resume(campaign: str, reports: Reports, *, take_over: bool) -> int:
    """Take up a campaign."""
    archive = existing(named(reports, campaign))
    if console.dry_run():
        return _would_resume(archive)
    with sandboxes.resumed(sandboxes.folder_of(archive.root.name)) as held:
        code = carry(archive, reports, take_over=take_over)
        held.interrupted = code == INTERRUPTED
    return code


def _would_resume(archive: Archive) -> int:
    """Say how far a campaign is."""
    plan = archive.load_plan()
    for repository in plan.repositories:
        runs = [run for run in load_schedule(archive, plan).runs if run.repository == repository.name]
        over = sum(archive.load_observation(run.id) is not None for run in runs)
        text = f"would take it up: {over} of {counted(len(runs), 'run')} over"
        told = {"repository": repository.name, "campaign": plan.campaign, "text": text}
        answer.row(f"{repository.name}: {text}", **told)
    return 0


def existing(archive: Archive) -> Archive:
    """Give a campaign that has a plan, or say that there is none."""
    if not archive.is_planned():
        problem = Problem(archive.place(), 0, 0, "campaign", "no plan.json", "the folder of a planned campaign")
        raise ConfigError((problem,))
    return archive


def stop(archive: Archive, reports: Reports, *, remove: bool, take_over: bool = False) -> int:
    """Stop, and on request remove, every platform object that the journal names and no observation closes."""
    plan = existing(archive).load_plan()
    if console.dry_run():
        return _would_stop(archive, plan, remove=remove)
    with sandboxes.resumed(sandboxes.folder_of(archive.root.name)), _settings(reports) as settings:
        wiring = wire(plan.repositories, plan.campaign, SystemClock())
        troubles = []
        for stopped in story.stop(archive, replace(settings, take_over=take_over), wiring):
            title = platform_of(stopped.run.platform).title
            named_run = f"{stopped.run.name} ({title})"
            told = {"campaign": plan.campaign, "run": stopped.run.name, "platform": title}
            answer.rows([{**told, "stopped": not stopped.error, "error": stopped.error}])
            if stopped.error:
                troubles.append(f"not stopped: {named_run}: {stopped.error}; parity clean {plan.campaign} tries again")
            else:
                answer.lines([f"stopped {named_run}"])
        if remove:
            troubles += _removed(wiring, _handles(archive, plan))
    for trouble in troubles:
        _say(trouble)
    return PLATFORM_FAILED if troubles else 0


def _would_stop(archive: Archive, plan: Plan, *, remove: bool) -> int:
    """Name what was submitted and may be there; of a campaign that was concluded nothing runs."""
    found = () if conclude.begun(plan, archive) and not remove else _handles(archive, plan)
    for handle in found:
        title = platform_of(handle.run.platform).title
        done = " and remove" if remove else ""
        text = f"would stop{done} {handle.run.name} ({title}), unless it has ended"
        answer.row(text, campaign=plan.campaign, run=handle.run.name, platform=title)
    return 0


def stop_all(reports: Reports, *, take_over: bool) -> int:
    """Stop every campaign that has no verdict yet, the newest first; what one of them refuses keeps no other running.

    Returns 5 where there is none.
    """
    found = [name for name in reversed(campaign_names.known(reports)) if _is_open(reports, name)]
    worst = 0
    for name in found:
        click.echo(f"campaign {name}", err=True)
        try:
            ended = stop(named(reports, name), reports, remove=False, take_over=take_over)
        except HarnessError as error:
            _say(f"not stopped: {name}: {error}")
            ended = PLATFORM_FAILED
        worst = max(worst, ended)
    if not found:
        click.echo(f"no campaign in {reports} is without a verdict", err=True)
        return NOTHING_SELECTED
    return worst


def _is_open(reports: Reports, name: str) -> bool:
    """Tell whether a campaign was begun and not concluded; one of which the plan is gone has nothing to be stopped."""
    archive = reports.archive(name)
    return archive.exists() and not conclude.begun(archive.load_plan(), archive)


def _removed(wiring: Connections, found: Iterable[Handle]) -> list[str]:
    """Remove every object, and what the campaign as a whole was given; say what could not be."""
    troubles = []
    for handle in found:
        backend = wiring.backends[handle.run.repository, handle.run.side]
        try:
            backend.remove(handle)
        except BackendError as error:
            troubles.append(f"not removed: {handle.run.name}: {error}; the same command tries again")
    return troubles + [f"not removed: {trouble}; the same command tries again" for trouble in wiring.close()]


def _handles(archive: Archive, plan: Plan) -> tuple[Handle, ...]:
    """Name what may be on the platforms: what was submitted, and what was meant to be when a crash cut the reply."""
    runs = {run.id: run for run in load_schedule(archive, plan).runs}
    jobs = {(repository.name, job.name): job for repository in plan.repositories for job in repository.jobs}
    return tuple(handle for handle, _ in handles(archive.read_journal().records, runs, jobs).values())


@contextmanager
def _settings(reports: Reports, plan: Plan | None = None) -> Iterator[story.Settings]:
    """Hand out what a campaign needs; the first SIGINT halts it, a second or a SIGTERM ends at once.

    `plan`: what is to run, so that progress says how much is left.
    """
    keep_private(reports.folder)
    halt = reports.halt

    drives: list[Drive] = []

    def interrupted(number: int, frame: FrameType | None) -> None:
        del frame
        if halt.is_set() or number == signal.SIGTERM:
            os.write(sys.stderr.fileno(), _last_words(drives))
            os._exit(INTERRUPTED)
        halt.set()

    kept = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with show(plan) as listener:
            yield story.Settings(
                reports, SystemClock(), listener, halt, tell=_say, who=_operator(), author=author(), drives=drives
            )
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _last_words(drives: list[Drive]) -> bytes:
    """Say what is left on the platforms; everything that was heard is in the journal already."""
    try:
        left = [name for drive in drives for name in drive.left()]
    except RuntimeError:  # the folding thread was changing what it tracks
        left = []
    told = f"left running: {first_of(left, LEFT_SHOWN)}; " if left else ""
    return f"\ninterrupted; {told}the journal is safe, parity resume and parity clean do the rest\n".encode()


AUTHORS = ("PARITY_AUTHOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN")
"""Variables that name who began a campaign, the first one that is set; none: who types."""


def author() -> str:
    """Name who answers for a campaign that begins here: the person behind a CI job, or who types."""
    return next((os.environ[name] for name in AUTHORS if os.environ.get(name)), _user())


def _user() -> str:
    """Name who types; in a container whose user has no name, by number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _operator() -> str:
    return f"{_user()}@{os.uname().nodename}"


def keep_private(reports: Path) -> None:
    """Let nobody else read a reports folder, and say so where somebody could."""
    if not reports.is_dir() or not private.is_open(reports):
        return
    try:
        count = private.tighten(reports)
    except OSError as error:
        click.echo(
            f"{reports}: others may read it, and it can't be changed: {error.filename}: {error.strerror}", err=True
        )
        return
    click.echo(f"{reports}: others could read it; rights of {count} files and folders are now 0700 and 0600", err=True)


def looked_at(name: str, campaign: str | None, reports: Reports) -> Verified:
    """Open what is known of a repository: in the campaign that is named, or in its last one that was judged.

    Raises:
        ConfigError: it was never judged, or is not in that campaign.
    """
    if campaign is None:
        entries = ledger.read(reports.ledger)
        judged = {entry.repository: entry.campaign for entry in entries if entry.kind == ledger.VERDICT}
        check_names(str(reports), "judged repositories", (name,), judged)
        campaign = judged[name]
    archive = existing(named(reports, campaign))
    known = {found.repository.name: found for found in verified(archive)}
    check_names(archive.place(), "repositories", (name,), known)
    return known[name]
