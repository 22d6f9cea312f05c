"""A platform that does not answer: told once and again, kept as an interval, and waited for; runs know their gaps."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from report.campaign_sample import job, plan, repository
from runner.scripted import Scripted
from runner.test_drive import PLAN, RUNS, Campaign, _capped, endless

from harness.backends.base import Fetched, Handle
from harness.backends.hearing import StreamListener
from harness.errors import LATER, BackendError, Throttled, Unavailable, Unreachable
from harness.model.event import Event, Kind
from harness.model.gap import Gap
from harness.model.job import Job
from harness.model.order import Order
from harness.runner import submits
from harness.runner.outage import Outages
from harness.store.journal import read

ONE = Gap("Pod", 100.0, "half-open", None, vital=True)
OVER = Gap("Pod", 100.0, "half-open; refused", 160.0)


@dataclass
class Watch:
    """A clock that goes on when it is waited for."""

    seconds: float = 0.0

    def now(self) -> float:
        """Give the time."""
        return self.seconds

    def monotonic(self) -> float:
        """Give the same."""
        return self.seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Let the time pass."""
        self.seconds += seconds
        return event.is_set()


# -- hearing ----------------------------------------------------------------------------------------------------------


def test_all_tries_of_one_outage_are_one_gap() -> None:
    """It opens once, names each kind of trouble once, and closes when something is heard."""
    clock = Watch(100.0)
    hearing = StreamListener("Pod", clock)
    told = []
    for clock.seconds in range(110, 160):
        told.append(
            hearing.failed("half-open" if clock.seconds == 110 else f"refused: port {clock.seconds}", vital=True)
        )
    clock.seconds = 160.0
    told.append(hearing.heard())
    assert [gap for gap in told if gap] == [
        Gap("Pod", 100.0, "half-open", None, vital=True), Gap("Pod", 100.0, "half-open; refused: port 111", 160.0),
    ]  # fmt: skip
    assert hearing.heard() is None


def test_a_single_failure_of_a_call_that_is_made_again_is_no_gap() -> None:
    """The control: patience of two, and a success in between begins anew."""
    clock = Watch(100.0)
    hearing = StreamListener("bus", clock, 2)
    assert [hearing.failed("x", vital=True), hearing.heard(), hearing.failed("x", vital=True), hearing.heard()] == [
        None
    ] * 4


# -- what is known of a platform ---------------------------------------------------------------------------------------


def test_an_outage_is_told_when_it_has_lasted_again_each_minute_and_when_it_is_over() -> None:
    """Which platform, since when, why, what is done; a short gap is no news."""
    outages = Outages()
    outages.take("legacy (x)", ONE)
    seen = {now: outages.news(["legacy (x)", "candidate"], float(now)) for now in (105, 110, 120, 171)}
    assert (seen[105], seen[120]) == ([], [])
    [line] = seen[110]
    assert line == (
        "legacy (x) has not answered since 00:01:40 UTC (10 s): half-open. It is asked again every few seconds; until "
        "it answers no run is started, for as long as limits.campaign_time_max allows"
    )
    assert seen[171][0].startswith("legacy (x) has not answered since 00:01:40 UTC (1 min 11 s)")
    outages.take("legacy (x)", Gap("Pod", 100.0, "half-open", 180.0))
    assert outages.news(["legacy (x)"], 180.0) == ["legacy (x) answers again after 1 min 20 s; the campaign goes on"]
    assert outages.news(["legacy (x)"], 300.0) == []
    outages.take("legacy (x)", Gap("Event", 300.0, "HTTP 403", None))
    assert outages.news(["legacy (x)"], 400.0) == [], "a stream that nothing depends on is a gap, and no outage"


def test_a_run_knows_the_gaps_that_it_lived_through() -> None:
    """One that ended before, or began after, does not; one that goes on reaches up to now."""
    outages = Outages()
    outages.take("legacy", ONE)
    assert [event.native["to"] for event in outages.events("legacy", "run", 90.0, 130.0)] == ["130.0"]
    outages.take("legacy", OVER)
    [event] = outages.events("legacy", "run", 150.0, 170.0)
    assert (event.kind, event.native["from"], event.native["to"]) == (Kind.GAP, "100.0", "160.0")
    assert outages.events("legacy", "run", 161.0, 170.0) == []
    assert outages.events("legacy", "run", 50.0, 99.0) == []
    assert outages.events("candidate", "run", 90.0, 170.0) == []


def test_a_gap_that_an_earlier_writer_left_open_ends_when_the_campaign_is_taken_up() -> None:
    """Its record is read back; the end says why it is known no better."""
    earlier = Outages()
    records = [earlier.take("legacy", ONE), earlier.take("candidate", ONE), earlier.take("candidate", OVER)]
    later = Outages()
    [ended] = later.recall(records, 500.0)
    assert (ended["record"], ended["place"], ended["since"], ended["until"]) == ("gap-over", "legacy", 100.0, 500.0)
    assert ended["reason"] == "half-open; the harness was not running"
    assert len(later.events("legacy", "run", 0.0, 600.0)) == len(later.events("candidate", "run", 0.0, 600.0)) == 1


# -- the fold ---------------------------------------------------------------------------------------------------------


@dataclass
class Gone(Scripted):
    """A platform that does not answer for a while."""

    silent: threading.Event = field(default_factory=threading.Event)
    error: type[BackendError] = Unreachable
    """What it says meanwhile."""
    unfetched: int = 0
    """So many fetches are not answered."""

    def submit(self, order: Order) -> Handle:
        """Take a run, unless silent."""
        self._answer(f"unanswered {order.run.id}")
        return super().submit(order)

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Bring home, unless silent."""
        self.unfetched -= 1
        self._answer(f"unfetched {handle.run.id}", silent=self.unfetched >= 0)
        return super().fetch(handle, job, into)

    def _answer(self, what: str, *, silent: bool = False) -> None:
        if silent or self.silent.is_set():
            self.told.append(what)
            message = "connection refused"
            raise self.error(message)

    def fall_silent(self) -> None:
        """Begin an outage."""
        self.silent.set()
        self.hush(Gap("Pod", time.time() - 20, "connection refused", None, vital=True))

    def answer_again(self) -> None:
        """End it."""
        self.silent.clear()
        self.hush(Gap("Pod", time.time() - 20, "connection refused", time.time()))


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """An empty one on such a platform, which is asked again at once."""
    monkeypatch.setattr(submits, "AGAIN_SECONDS", 0.3)
    return Campaign(tmp_path, Gone(), _capped(PLAN, pairs_in_flight=1))


def records(campaign: Campaign) -> list[str]:
    """List the journal's records."""
    return [str(record["record"]) for record in read(campaign.archive.journal).records]


def test_no_run_is_started_while_a_platform_does_not_answer(campaign: Campaign) -> None:
    """The campaign waits, says so, and ends as if nothing had been; one record begins the interval, one ends it."""
    backend: Any = campaign.backend
    backend.fall_silent()
    threading.Timer(1.5, backend.answer_again).start()
    begun = time.monotonic()
    assert campaign.drive() == ()
    assert time.monotonic() - begun > 1.5
    begins, ends = campaign.notices
    assert begins.startswith("legacy (http://127.0.0.1:41231) has not answered since ")
    assert ends.startswith("legacy (http://127.0.0.1:41231) answers again after ")
    assert set(campaign.records("done")) == set(RUNS)
    assert [record for record in records(campaign) if record.startswith("gap")] == ["gap", "gap-over"]
    assert {
        observation.not_submitted for observation in map(campaign.archive.load_observation, RUNS) if observation
    } == {""}


def test_a_run_whose_platform_vanished_under_its_submit_or_fetch_is_taken_up_again(campaign: Campaign) -> None:
    """It costs nothing: the run is submitted and fetched later, the drawn order holds, and its history has the gap."""
    backend: Any = campaign.backend
    backend.silent.set()  # nothing was told yet
    threading.Timer(0.6, backend.fall_silent).start()
    threading.Timer(1.5, backend.answer_again).start()
    assert campaign.drive() == ()
    assert [item for item in backend.told if item.startswith("unanswered")]
    assert [step for step in campaign.steps if step.endswith("waiting")]
    assert set(campaign.records("done")) == set(RUNS)
    order = [item.removeprefix("submit ") for item in backend.told if item.startswith("submit ")]
    assert order == [run for pair in PLAN.pairs for run in pair.runs]
    first = campaign.archive.load_observation(PLAN.pairs[0].runs[0])
    assert first is not None
    assert [event.native["kind"] for event in first.events if event.kind is Kind.GAP] == ["Pod"]
    last = campaign.archive.load_observation(PLAN.pairs[1].runs[1])
    assert last is not None


@pytest.mark.parametrize("error", LATER)
def test_a_fetch_that_was_not_answered_is_made_again(campaign: Campaign, error: type[BackendError]) -> None:
    """The evidence is late, not lost: nobody answered, or too many asked, or the platform failed inside."""
    backend: Any = campaign.backend
    backend.unfetched, backend.error = 8, error
    assert campaign.drive() == ()
    assert len([item for item in backend.told if item.startswith("unfetched")]) == 8
    assert [step for step in campaign.steps if step.endswith("waiting")]
    assert {
        observation.not_submitted for observation in map(campaign.archive.load_observation, RUNS) if observation
    } == {""}


@pytest.mark.parametrize("error", [Throttled, Unavailable])
def test_a_submit_that_was_not_served_is_made_again(campaign: Campaign, error: type[BackendError]) -> None:
    """HTTP 429, 500 or credentials that have run out say nothing of the job; no run is taken for refused."""
    backend: Any = campaign.backend
    backend.error = error
    backend.silent.set()
    threading.Timer(0.6, backend.silent.clear).start()
    assert campaign.drive() == ()
    assert [item for item in backend.told if item.startswith("unanswered")]
    assert {
        observation.not_submitted for observation in map(campaign.archive.load_observation, RUNS) if observation
    } == {""}


def test_when_the_campaigns_time_is_up_in_an_outage_what_is_known_is_kept(campaign: Campaign) -> None:
    """What runs is given up with its history and gap, and listed as left; what never began is refused by the cap."""
    backend: Any = campaign.backend
    campaign.plan = _capped(PLAN, pairs_in_flight=1, campaign_seconds_max=2)
    backend.ends = endless
    threading.Timer(0.7, backend.fall_silent).start()
    left = campaign.drive()
    first, second = PLAN.pairs
    assert set(left) == {RUNS[run].name for run in first.runs}
    for run in first.runs:
        seen = campaign.archive.load_observation(run)
        assert seen is not None
        assert [event.kind for event in seen.events] == [Kind.SUBMITTED, Kind.RUNNING, Kind.GAP]
        assert seen.events[-1].native["open"] == "yes"
        [note] = seen.notes
        assert note.startswith("not fetched: limits.campaign_time_max is used up while legacy (http")
        assert note.endswith(") does not answer: connection refused")
    said = [campaign.archive.load_observation(run) for run in second.runs]
    assert [observation.not_submitted for observation in said if observation] == [
        "Refused: wine: limits.campaign_time_max is used up"
    ] * 2


def test_the_journal_of_an_outage_does_not_grow_with_runs_or_time(tmp_path: Path) -> None:
    """Two records a stream, for two runs and for sixty; every run's own history has the gap all the same."""
    sizes = {}
    for pairs in (1, 30):
        wine = repository("wine", "owner", "demo", (job("train", "rmse", 0.1),))
        planned = _capped(plan([wine], pairs_each=pairs, repeats=False), pairs_in_flight=pairs)
        backend = Scripted(ends=endless)
        sized = Campaign(tmp_path / str(pairs), backend, planned, halt=threading.Event())
        runs = {run.id: run for run in planned.runs}

        def break_and_mend(backend: Scripted = backend, planned: Any = planned) -> None:
            while len(backend.objects) < len(planned.runs):
                time.sleep(0.02)
            since = time.time() - 20
            for stream in ("Job", "Pod", "Event"):
                backend.hush(Gap(stream, since, "refused", None, vital=stream != "Event"))
            for stream in ("Job", "Pod", "Event"):
                backend.hush(Gap(stream, since, "refused", time.time()))
            for run in planned.runs:
                backend.say(run.id, Kind.EXITED, Kind.SUCCEEDED)

        threading.Timer(1.0, break_and_mend).start()
        assert sized.drive() == ()
        told = [record for record in read(sized.archive.journal).records if str(record["record"]).startswith("gap")]
        sizes[pairs] = len(told)
        for run in runs:
            seen = sized.archive.load_observation(run)
            assert seen is not None
            assert sorted(event.native["kind"] for event in gaps_of(seen.events)) == ["Event", "Job", "Pod"]
    assert sizes == {1: 6, 30: 6}


def gaps_of(events: tuple[Event, ...]) -> list[Event]:
    """Give the gaps of a history."""
    return [event for event in events if event.kind is Kind.GAP]
