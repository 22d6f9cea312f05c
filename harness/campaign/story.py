"""A campaign from repos.yaml to verdicts, as one story that can be cut at any point and taken up again."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from harness.backends.witnesses import open_witnesses
from harness.campaign import changes, conclude, preflight, spending, state
from harness.campaign.course import Course
from harness.campaign.early import EarlyJudging
from harness.campaign.schedules import load_schedule
from harness.campaign.scrubbing import scrubber_of
from harness.campaign.telling import telling, telling_verdicts
from harness.campaign.wiring import Connections, wire
from harness.config import price
from harness.config.rules import never_launched, waivers_too_far
from harness.errors import BackendError, Refused
from harness.model.clock import Clock, iso
from harness.model.order import Order
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.verdict import Verdict
from harness.runner import plan as planning
from harness.runner.context import Listener, RunnerContext
from harness.runner.drive import Drive
from harness.runner.stopping import Stopped
from harness.store import ledger
from harness.store.archive import Archive
from harness.store.journal import Journal
from harness.store.ledger import LEDGER  # noqa: F401 - the name of the ledger is told from here as well
from harness.store.reports import Reports
from harness.store.reports import of as reports_of
from harness.store.schedules import schedule_of

TOOL = "parity-harness"
_IDENTIFYING = ("account", "cluster", "endpoint", "namespace")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a campaign is handed from outside."""

    reports: Path | Reports
    """All campaigns and the ledger: a folder, or what `open_reports` gave."""
    clock: Clock
    listener: Listener
    halt: threading.Event
    """Set by the first SIGINT: start nothing more, stop own runs."""
    take_over: bool = False
    """Take the campaign from a writer that may still be there; for an operator who knows that it is not."""
    tell: Callable[[str], None] = lambda _: None
    """Takes sentences for the operator that are of no one run."""
    who: str = ""
    """Who runs the campaign, as `user@host`."""
    author: str = ""
    """Who answers for the campaign, as an approver would be named; may not sign it off."""
    options: tuple[str, ...] = ()
    """Of the command, besides the names of repositories, as the next one has to have them."""
    drives: list[Drive] = field(default_factory=list)
    """The drive that is under way, so that an interrupt can name what it leaves."""

    def left(self) -> tuple[str, ...]:
        """Name the platform objects that an interrupt leaves."""
        return tuple(name for drive in self.drives for name in drive.left())


def tool_version() -> str:
    """Name this tool and its version."""
    return f"{TOOL} {version(TOOL)}"


def new_campaign_id(clock: Clock) -> str:
    """Name a campaign by its second and six random hex digits."""
    stamp = iso(clock.now())[:19].replace("-", "").replace(":", "").replace("T", "-")
    return f"{stamp}-{secrets.token_hex(3)}"


def plan_campaign(
    campaign: str, repositories: tuple[Repository, ...], config_digest: str, settings: Settings
) -> Archive:
    """Fix what will be done and save it: identities, runs, pairs, order, price, and who the platforms say they are.

    Raises:
        Refused: a cap forbids the plan.
        BackendError: a platform does not answer, or is not the one that was named.
    """
    check_launched(repositories)
    reports = reports_of(settings.reports)
    archive = reports.archive(campaign)
    wiring = wire(repositories, campaign, settings.clock)
    repositories = state.pinned(repositories, wiring.staging)
    seed = int.from_bytes(secrets.token_bytes(4), "big")
    created = iso(settings.clock.now())
    header = planning.Header(campaign, created, tool_version(), seed, config_digest)
    plan = planning.make_plan(
        header, repositories, resolve=wiring.resolve, endpoints=wiring.endpoints(), price=price.estimate(repositories)
    )
    plan = replace(plan, lazy_images=wiring.lazy_images(repositories), options=settings.options)
    _check_caps(plan)
    check_waivers(plan)
    spending.check(plan, reports.ledger.entries())
    preflight.check(plan, wiring)
    archive.save_plan(plan)
    enter(plan, reports.ledger, iso(settings.clock.now()), settings.author)
    return archive


def enter(plan: Plan, book: Path | ledger.Ledger, at: str, author: str = "") -> None:
    """Enter a campaign into the ledger before it runs.

    `at`: now; a plan that a crash left unentered is older than what others entered since. `author`: who began it.
    """
    for repository in plan.repositories:
        facts = {"config": plan.config_digest, **changes.facts(plan, repository), **spending.facts(repository)}
        facts |= {ledger.AUTHOR: author} if author else {}
        ledger.append(book, ledger.CAMPAIGN, at, repository=repository.name, campaign=plan.campaign, facts=facts)


def _check_caps(plan: Plan) -> None:
    for repository in plan.repositories:
        count = price.estimate_of(repository).runs
        if count > repository.limits.runs_max:
            message = f"{repository.name}: the plan has {count} runs, limits.runs_max is {repository.limits.runs_max}"
            raise Refused(message)


def check_launched(repositories: tuple[Repository, ...]) -> None:
    """Refuse jobs that must not run a second time.

    Raises:
        Refused: names the job and its effect.
    """
    for repository in repositories:
        for fault in never_launched(repository):
            where = ".".join(str(part) for part in fault.path)
            message = f"{repository.name}: {where}: expected {fault.expected}, found {fault.found} ({fault.hint})"
            raise Refused(message)


def check_waivers(plan: Plan) -> None:
    """Refuse waivers whose last day lies further ahead of the plan's day than the policy lets it.

    Raises:
        Refused: names the waiver and the latest day.
    """
    day = datetime.fromisoformat(plan.created_at).astimezone(UTC).date()
    for repository in plan.repositories:
        for fault in waivers_too_far(repository, day):
            where = ".".join(str(part) for part in fault.path)
            message = f"{repository.name}: {where}: expected {fault.expected}, found {fault.found} ({fault.hint})"
            raise Refused(message)


def run(archive: Archive, settings: Settings) -> tuple[Verdict, ...]:
    """Carry a planned campaign to its end; taken up again after any crash, it starts no job twice.

    1. plan      read what was fixed (save 1)
    2. run pairs on both sides, each repository wave by wave (`waves.WAVES`); what a wave adds is journaled first
    3. keep      histories are journaled as they come, observations as runs end (save 2)
    4. compare   checks over stored evidence (save 3)
    5. judge     samples into findings
    6. decide    findings and policy into verdicts (save 4); of a repository that is over before others, told at once
    7. conclude  pages and the ledger
    """
    plan = archive.load_plan()
    _check_ledger(plan, archive)
    # A crash may have come between saving the plan and this.
    enter(plan, archive.ledger, iso(settings.clock.now()), settings.author)
    with archive.writing(settings.clock, take_over=settings.take_over) as kept:
        _tell_taken_over(kept, settings)
        tell = telling_verdicts(settings.listener)
        if conclude.begun(plan, kept):
            # A verdict rests on its evidence: that is closed.
            return conclude.conclude(plan, kept, settings.clock, tell=tell)
        early = EarlyJudging(kept, settings.clock, tell, settings.halt)
        with _driving(plan, kept, settings) as (drive, journal):
            course = Course(schedule_of(plan, journal.recovered), kept, journal, early.begin)
            drive.run(course.schedule, course.further)
            if not settings.halt.is_set():
                drive.remove_left()
        checked = early.ended()
        if settings.halt.is_set():
            return ()
        return conclude.conclude(plan, kept, settings.clock, tell=tell, early=checked)


def _check_ledger(plan: Plan, archive: Archive) -> None:
    """Refuse to enter a campaign that has begun: it was entered before, into a ledger that is not this one."""
    known = {(entry.kind, entry.campaign) for entry in archive.ledger.entries()}
    if archive.has_journal() and (ledger.CAMPAIGN, plan.campaign) not in known:
        there = f"{archive.ledger.place()} does not know {plan.campaign}, which has begun"
        message = f"{there}: put the ledger back that it was entered into"
        raise Refused(message)


def _tell_taken_over(archive: Archive, settings: Settings) -> None:
    if archive.fence and (found := archive.fence.taken_from):
        settings.tell(f"{archive.place()}: taken over from {found.writer}: {found.reason}")


def stop(archive: Archive, settings: Settings, wiring: Connections) -> tuple[Stopped, ...]:
    """Stop every run in flight, whatever it has told: what each pair had told by then is journaled first.

    A campaign that was concluded has none, and its journal is evidence: nothing is written.

    Raises:
        Fenced: another process writes the campaign.
    """
    plan = archive.load_plan()
    if conclude.begun(plan, archive):
        return ()
    with archive.writing(settings.clock, take_over=settings.take_over) as kept, kept.open_journal() as journal:
        schedule = load_schedule(kept, plan)
        drive = Drive(_runner_context(plan, kept, settings, wiring, journal=journal))
        return drive.stop_all(schedule.pairs, {run.id: run for run in schedule.runs})


def _runner_context(
    plan: Plan, archive: Archive, settings: Settings, wiring: Connections, *, journal: Journal
) -> RunnerContext:
    repositories = {repository.name: repository for repository in plan.repositories}
    return RunnerContext(
        plan,
        wiring.backends,
        archive,
        journal,
        settings.clock,
        scrubber_of(plan.repositories, os.environ),
        _Budget(plan, spending.left(plan, archive.ledger.entries())).check,
        telling(plan, archive.load_observation, settings.listener),
        settings.halt,
        settings.who,
        listings=lambda name, job, pair: wiring.listings(repositories[name], job, pair),
    )


@contextmanager
def _driving(plan: Plan, archive: Archive, settings: Settings) -> Iterator[tuple[Drive, Journal]]:
    """Open both platforms and the journal; give back queue and rule only when nothing is left to hear."""
    wiring = wire(plan.repositories, plan.campaign, settings.clock)
    _check_same_platforms(plan, wiring)
    witnesses = open_witnesses(plan, settings.clock)
    with archive.open_journal() as journal:
        drive = Drive(replace(_runner_context(plan, archive, settings, wiring, journal=journal), witnesses=witnesses))
        settings.drives.append(drive)
        with drive.open():
            yield drive, journal
        for witness in witnesses:
            witness.close()
        if not drive.left():
            for trouble in wiring.close():
                settings.tell(f"not removed: {trouble}; parity clean {plan.campaign} removes what is left")


def _check_same_platforms(plan: Plan, wiring: Connections) -> None:
    """Refuse to go on where somebody else answers than at plan."""
    for place, facts in wiring.endpoints().items():
        planned = plan.endpoints.get(place, {})
        differing = [name for name in _IDENTIFYING if facts.get(name) != planned.get(name)]
        if differing:
            message = f"{place}: {', '.join(differing)} differ from the plan: {dict(facts)} now, {dict(planned)} then"
            raise BackendError(message)


class _Budget:
    """Hard caps, checked before each submit; the submit pool's threads share it."""

    def __init__(self, plan: Plan, months: Mapping[str, spending.Month]) -> None:
        """Remember the caps; `months`: by repository, what is left of its month."""
        self._months = months
        self._limits = {repository.name: repository.limits for repository in plan.repositories}
        self._repositories = {repository.name: repository for repository in plan.repositories}
        self._spent: dict[str, float] = {}
        self._started: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def check(self, order: Order) -> None:
        """Book one run, or refuse it.

        Raises:
            Refused: one more run would break the repository's cap.
        """
        name, limits = order.run.repository, self._limits[order.run.repository]
        cost = price.price_of_run(self._repositories[name], order.job, order.run.side)
        with self._lock:
            started = self._started.setdefault(name, set())
            if order.run.id in started:
                return  # submitted again after a fault: it is booked
            spent = self._spent.get(name, 0.0) + (cost or 0.0)
            if len(started) >= limits.runs_max:
                message = f"{name}: limits.runs_max of {limits.runs_max} runs is used up"
                raise Refused(message)
            if limits.price_max is not None and spent > limits.price_max:
                message = f"{name}: {spent:.2f} would exceed limits.price_max of {limits.price_max:.2f}"
                raise Refused(message)
            month = self._months.get(name)
            if month is not None and spent > month.left:
                message = f"{name}: {spent:.2f} would exceed what is left of {month.key}, {month.left:.2f}"
                raise Refused(message)
            started.add(order.run.id)
            self._spent[name] = spent
