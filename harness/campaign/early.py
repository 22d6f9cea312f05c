"""Judging a repository when its last run is over, while other repositories of the campaign still run.

Its verdict is told, and what its checks found is kept in memory. Nothing is saved: evidence is closed for the campaign
as a whole, and the judgement that counts is made then, from the same findings if the checks would look at the same.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.campaign import conclude
from harness.campaign.checked import Checked
from harness.campaign.checks import requirements_of
from harness.judge.gate import Case, decide
from harness.model.clock import Clock, iso
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Verdict
from harness.store import ledger
from harness.store.archive import Archive

STOP_SECONDS = 15.0
"""After an interrupt: for the comparison of one output that is under way."""


class _Halted(BaseException):
    """The campaign was interrupted; no exception that a check may take for its own."""


class EarlyJudging:
    """One thread that judges repositories in the order in which they came to their end."""

    def __init__(self, archive: Archive, clock: Clock, tell: Callable[[Verdict], None], halt: threading.Event) -> None:
        """Take what hears of each verdict; nothing begins yet."""
        self._archive, self._clock, self._tell, self._halt = archive, clock, tell, halt
        self._over: queue.SimpleQueue[tuple[Schedule, Repository, tuple[ledger.Entry, ...]] | None] = (
            queue.SimpleQueue()
        )
        self._found: dict[str, Checked] = {}
        self._thread = threading.Thread(target=self._judge_all, name="judge", daemon=True)

    def begin(self, schedule: Schedule, name: str) -> None:
        """Judge a repository of which nothing more runs."""
        (repository,) = (known for known in schedule.plan.repositories if known.name == name)
        self._over.put((schedule, repository, self._archive.ledger.entries()))
        if self._thread.ident is None:
            self._thread.start()

    def ended(self) -> Mapping[str, Checked]:
        """Wait for what was begun, after an interrupt a bounded time; give by repository what its checks found."""
        self._over.put(None)
        while self._thread.is_alive() and not self._halt.is_set():
            self._thread.join(timeout=0.2)
        if self._thread.ident is not None:
            self._thread.join(timeout=STOP_SECONDS)
        return dict(self._found)

    def _judge_all(self) -> None:
        while (begun := self._over.get()) is not None and not self._halt.is_set():
            try:
                self._judge(*begun)
            except _Halted:
                return
            except Exception:  # noqa: BLE001, S112 # nosec B112 # the judgement at the end meets it again, and tells it
                continue

    def _judge(self, schedule: Schedule, repository: Repository, entries: tuple[ledger.Entry, ...]) -> None:
        checked = conclude.checked(schedule, repository, self._archive, self._payload, entries=entries)
        self._found[repository.name] = checked
        judgement = conclude.judge(
            schedule, repository, self._archive, iso(self._clock.now()), entries=entries, checked_before=checked
        )
        self._tell(decide(Case(schedule, repository, judgement, (), {}, required=requirements_of(repository))))

    def _payload(self, name: str) -> Path | None:
        if self._halt.is_set():
            raise _Halted
        return self._archive.payload(name)
