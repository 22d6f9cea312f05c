"""A disk that fails a write: it costs the process at most, and no run; what is saved is removed all the same."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from runner.scripted import Scripted
from runner.test_drive import FIRST, PLAN, RUNS, Campaign, endless, interrupted, whole_run

from harness.backends.base import Fetched, Handle, Order
from harness.errors import StoreError, Unreachable
from harness.model.event import Event
from harness.model.job import Job
from harness.runner import collect, fetches, inbox
from harness.runner.stopping import Stopping


@dataclass
class Logged(Scripted):
    """Runs that leave a log."""

    created: list[str] = field(default_factory=list)
    """Runs whose object was made."""

    def submit(self, order: Order) -> Handle:
        """Note what is made."""
        handle = super().submit(order)
        self.created += [] if handle.adopted else [order.run.id]
        return handle

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Bring home a log."""
        super().fetch(handle, job, into)
        return Fetched(b"rmse=0.5\n", False, None, (), ())


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """An empty one, which tries again at once."""
    monkeypatch.setattr(inbox, "_TICK_SECONDS", 0.01)
    monkeypatch.setattr(fetches, "FETCH_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(fetches, "LEFT_AGAIN_SECONDS", 0.05)
    return Campaign(tmp_path / "campaign", Logged())


@dataclass
class Fails:
    """A system call that fails once on paths of one name, when it is armed."""

    real: Callable[..., Any]
    name: str
    spared: int
    """So many go well before it."""
    armed: bool = False
    struck: bool = False

    def __call__(self, target: Any, *more: Any, **options: Any) -> Any:
        """Fail, or do it."""
        path = Path(f"/proc/self/fd/{target}").readlink() if isinstance(target, int) else Path(more[0])
        if self.armed and path.name.partition(".json")[0].lstrip(".") == self.name:
            self.spared -= 1
            if self.spared < 0 and not self.struck:
                self.struck = True
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self.real(target, *more, **options)


def whole(campaign: Campaign) -> bool:
    """Nothing is left, nothing was lost, and nothing was begun twice."""
    backend: Any = campaign.backend
    seen = [campaign.archive.load_observation(run) for run in RUNS]
    return (
        backend.objects == {}
        and all(observation is not None and not observation.not_submitted and observation.log for observation in seen)
        and sorted(backend.created) == sorted(RUNS)
    )


def dead(campaign: Campaign) -> str:
    """Drive until it fails; let the threads end that a real process would take along; give what it said."""
    try:
        campaign.drive()
    except StoreError as error:
        for thread in threading.enumerate():
            if thread.name.startswith(("submit", "fetch")):
                thread.join(timeout=10.0)
        return str(error)
    return ""


PLACES = [
    *(("fsync", name, spared) for name in (FIRST.runs[0], "runs", "campaign") for spared in range(3)),
    *(("fsync", "journal.log", spared) for spared in range(3)),
    ("fsync", "payload", 0),
    ("fsync", "log.txt", 0),
    ("fsync", "observation", 0),
    ("replace", "observation", 0),
]


@pytest.mark.parametrize(("call", "name", "spared"), PLACES, ids=[f"{call} of {n}, {i}" for call, n, i in PLACES])
def test_one_failed_write_costs_nothing_but_the_process(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch, call: str, name: str, spared: int
) -> None:
    """Whichever it is: the same process carries the campaign through, or ends, and then the next one does."""
    campaign.root.mkdir()
    fails = Fails(getattr(os, call), name, spared)
    monkeypatch.setattr(os, call, fails)
    campaign.backend.ends = arming(fails, campaign.backend.ends)
    if said := dead(campaign):
        assert "Input/output error" in said
        campaign.drive()
    assert fails.struck
    assert whole(campaign)


def arming(fails: Fails, ends: Callable[[str], Any]) -> Callable[[str], Any]:
    """Break the disk once, from when the first run is on its platform."""

    def said(run: str) -> Any:
        fails.armed |= run == FIRST.runs[0]
        return ends(run)

    return said


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
def test_a_disk_that_stays_full_ends_the_process_and_loses_no_run(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A log that can't be written is no fault of its run: the run stays on its platform, and is fetched later."""
    refused = OSError(number, os.strerror(number), str(campaign.root / "log.txt"))

    def full(*_: object) -> None:
        raise refused

    with monkeypatch.context() as away:
        away.setattr(collect.private, "write_file", full)
        assert dead(campaign).endswith(f"log.txt: can't be written: {os.strerror(number)}")
    assert len(campaign.backend.objects) == len(RUNS)
    campaign.drive()
    assert whole(campaign)


def test_another_error_of_the_system_costs_its_run_only(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a name that is too long would be too long for ever."""
    real = collect.private.write_file

    def too_long(path: Path, data: bytes) -> None:
        if FIRST.runs[0] in path.parts:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        real(path, data)

    monkeypatch.setattr(collect.private, "write_file", too_long)
    campaign.drive()
    seen = campaign.archive.load_observation(FIRST.runs[0])
    assert seen is not None
    assert seen.not_submitted == "fetch failed: harness fault: OSError: [Errno 36] File name too long"
    assert campaign.records("done") != []


@dataclass
class Clinging(Logged):
    """A platform that does not let go of what it has, so many times."""

    refusals: int = 0

    def remove(self, handle: Handle) -> tuple[Event, ...]:
        """Refuse, or remove."""
        self.refusals -= 1
        if self.refusals >= 0:
            message = "delete job: no answer"
            raise Unreachable(message)
        return super().remove(handle)


def test_what_could_not_be_removed_is_removed_before_the_campaign_ends(campaign: Campaign) -> None:
    """By the same process: the verdict that follows closes the journal."""
    campaign.backend = Clinging(refusals=fetches.FETCH_ATTEMPTS * len(RUNS))
    campaign.drive()
    assert campaign.backend.objects == {}
    assert campaign.notices == []
    assert sorted(campaign.records("done")) == sorted([*RUNS, *RUNS])
    assert whole(campaign)


def test_what_can_never_be_removed_is_named_with_the_command_that_removes_it(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is listed as left, so that queue and rule stay as well."""
    monkeypatch.setattr(fetches, "REMOVE_SECONDS", 0.2)
    campaign.backend = Clinging(refusals=10**9)
    names = [run.name for run in PLAN.runs]
    assert sorted(campaign.drive()) == sorted(names)
    (notice,) = campaign.notices
    assert notice.startswith("not removed: ")
    assert notice.endswith(f"; parity clean {PLAN.campaign} removes what is left")
    assert all(name in notice for name in names)


def test_a_run_whose_submit_was_never_answered_is_removed_after_its_stop_was_cut(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the answer, interrupted, and killed again between saving and removing: its name is enough."""
    campaign.backend.ends = endless
    monkeypatch.setattr(Stopping, "_end_all", lambda *_: None)
    interrupted(campaign)
    monkeypatch.undo()
    campaign.backend.ends = whole_run
    text = campaign.archive.journal.read_bytes().splitlines(keepends=True)
    cut = next(place for place, line in enumerate(text) if b'"submitted"' in line)
    campaign.archive.journal.write_bytes(b"".join(text[:cut]))
    for run in FIRST.runs:
        campaign.archive.save_observation(collect.not_submitted(RUNS[run], "stopped before it was submitted"))
    campaign.drive()
    assert campaign.backend.objects == {}


def test_what_a_killed_writer_left_of_an_observation_is_no_evidence(campaign: Campaign) -> None:
    """Another process of the same number would write over it, and then miss it."""
    for run in FIRST.runs:
        folder = campaign.archive.run_folder(run)
        folder.mkdir(parents=True)
        (folder / f".observation.json.{os.getpid()}.tmp").write_bytes(b"{")
    campaign.drive()
    for run in FIRST.runs:
        seen = campaign.archive.load_observation(run)
        assert seen is not None
        assert sorted(seen.files) == [f"runs/{run}/payload/log.txt"]
