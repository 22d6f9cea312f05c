"""Driving: journal before acknowledging, fetch before removing, nothing twice, nothing lost, every wait bounded."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report.campaign_sample import job, plan, repository
from runner.scripted import WHOLE, Scripted

from harness.backends.base import Batch, Handle
from harness.backends.log_marks import START
from harness.errors import BackendError, Refused, StoreError, Unreachable
from harness.model.clock import SystemClock
from harness.model.event import STUCK, Event, Kind
from harness.model.job import Job, Side
from harness.model.lifecycle import State
from harness.model.order import Listing, Order
from harness.model.plan import Grade, Pair, Plan
from harness.model.schedule import RunAtStop, Schedule, Stop
from harness.runner import fetches, supervision
from harness.runner.context import Notice, Progress, RunnerContext, startable
from harness.runner.drive import Drive
from harness.runner.inbox import Inbox
from harness.runner.stopping import Stopped, Stopping
from harness.scrub.scrubber import Scrubber
from harness.store.archive import Archive
from harness.store.journal import Journal, read
from harness.store.schedules import schedule_of

PLAN = plan([repository("wine", "owner", "demo", (job("train", "rmse", 0.1),))], pairs_each=2, repeats=False)
FIRST = PLAN.pairs[0]
RUNS = {run.id: run for run in PLAN.runs}
SCRUB = Scrubber()


def only_submitted(run: str) -> tuple[Kind, ...]:
    """Nothing moves while the first writer lives."""
    del run
    return (Kind.SUBMITTED,)


def all_but_the_submit(run: str) -> tuple[Kind, ...]:
    """What is left to say to a second writer."""
    del run
    return WHOLE[1:]


def unreadable(run: str) -> None:
    """Nobody can read what a run printed."""
    del run


def whole_run(run: str) -> tuple[Kind, ...]:
    """Every run ends well."""
    del run
    return WHOLE


def endless(run: str) -> tuple[Kind, ...]:
    """A run that does not end by itself."""
    del run
    return (Kind.SUBMITTED, Kind.RUNNING)


@dataclass
class Campaign:
    """One archive, one scripted platform, as many drives as it takes."""

    root: Path
    backend: Scripted = field(default_factory=Scripted)
    plan: Plan = PLAN
    guard: Callable[[Order], None] = lambda order: None  # noqa: ARG005 - most campaigns are not capped
    halt: threading.Event = field(default_factory=threading.Event)
    listings: Callable[[str, Job, str], Mapping[str, Listing]] = lambda *_: {}
    steps: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def archive(self) -> Archive:
        """Where its evidence lies."""
        return Archive(self.root)

    def drive(self, pairs: Iterable[Pair] | None = None) -> tuple[str, ...]:
        """Drive to the end; give what is left on the platform."""
        backends = {("wine", side): self.backend for side in Side}
        with Journal(self.archive.journal) as journal:
            clock = SystemClock()
            context = RunnerContext(
                self.plan, backends, self.archive, journal, clock, SCRUB, self.guard, self._hear, self.halt, "ada@host"
            )
            drive = Drive(replace(context, listings=self.listings))
            chosen = self.plan if pairs is None else replace(self.plan, pairs=tuple(pairs))
            schedule = Schedule(chosen, schedule_of(self.plan, journal.recovered).amendments)
            with drive.open():
                drive.run(schedule)
                drive.run(
                    Schedule(replace(self.plan, pairs=()))
                )  # what a campaign asks for next, also when it was halted: nothing is stopped twice
                drive.remove_left()
                return drive.left()

    def stop_all(self) -> list[Stopped]:
        """Stop everything in flight, as another process; give what became of the runs."""
        backends = {("wine", side): self.backend for side in Side}
        with Journal(self.archive.journal) as journal:
            clock = SystemClock()
            context = RunnerContext(
                self.plan, backends, self.archive, journal, clock, SCRUB, self.guard, self._hear, self.halt, "eve@host"
            )
            return list(Drive(context).stop_all(self.plan.pairs, RUNS))

    def stops(self) -> dict[str, Stop]:
        """Give what was stopped, by pair."""
        return dict(schedule_of(self.plan, read(self.archive.journal).records).stops)

    def _hear(self, step: Progress | Notice) -> None:
        if isinstance(step, Notice):
            self.notices.append(step.text)
            return
        self.steps.append(f"{step.run.id} {step.state}")

    def records(self, kind: str) -> list[str]:
        """Runs of the journal's records of one kind, in order."""
        return [str(record["run"]) for record in read(self.archive.journal).records if record["record"] == kind]


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    """An empty one."""
    return Campaign(tmp_path)


def test_every_run_ends_as_an_observation_and_leaves_nothing_behind(campaign: Campaign) -> None:
    """All four runs: history whole, fetched once, then removed."""
    assert campaign.drive() == ()
    for name in RUNS:
        seen = campaign.archive.load_observation(name)
        assert seen is not None
        assert [event.kind for event in seen.events] == list(WHOLE)
    assert campaign.backend.objects == {}
    assert sorted(call for call in campaign.backend.told if call.startswith("fetch")) == sorted(
        f"fetch {n}" for n in RUNS
    )


def test_both_runs_of_a_pair_are_ordered_with_one_listing_of_their_inputs(campaign: Campaign) -> None:
    """Asked for by the pair, whose first run has it written down."""
    ordered: dict[str, Mapping[str, Listing]] = {}
    campaign.guard = lambda order: ordered.update({order.run.id: order.listings})
    campaign.listings = lambda repository, job, pair: {"rows": Listing((), len(f"{repository}/{job.name}/{pair}"))}
    campaign.drive()
    by_pair = {pair.id: {"rows": Listing((), len(f"wine/train/{pair.id}"))} for pair in PLAN.pairs}
    assert ordered == {run: by_pair[pair.id] for pair in PLAN.pairs for run in pair.runs}


def test_the_drawn_order_of_a_pair_is_kept(campaign: Campaign) -> None:
    """Each pair's first run is submitted before its second."""
    campaign.drive()
    submits = [call.removeprefix("submit ") for call in campaign.backend.told if call.startswith("submit")]
    assert [[run for run in submits if run in pair.runs] for pair in PLAN.pairs] == [
        list(pair.runs) for pair in PLAN.pairs
    ]


def test_what_is_acknowledged_was_journaled_before(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every acknowledgement the event is in the journal's file already."""
    late = []
    kept = Inbox._acknowledge

    def acknowledge(inbox: Inbox, batch: Batch) -> None:
        told = {(str(event["run"]), str(event["event"]["key"])) for event in _events(campaign)}
        late.extend(event.key for run, event in batch.events if (run, event.key) not in told)
        kept(inbox, batch)

    monkeypatch.setattr(Inbox, "_acknowledge", acknowledge)
    campaign.drive()
    assert len([call for call in campaign.backend.told if call.startswith("ack")]) == len(WHOLE) * len(RUNS)
    assert late == []


def _events(campaign: Campaign) -> list[dict[str, dict[str, object]]]:
    records = read(campaign.archive.journal).records
    return [dict(record) for record in records if record["record"] == "event"]  # type: ignore[arg-type]


def test_said_twice_is_seen_once(campaign: Campaign) -> None:
    """Every event arrives two times; both are acknowledged, one is kept."""
    campaign.backend.twice = True
    campaign.drive()
    keys = [str(event["event"]["key"]) for event in _events(campaign)]
    assert sorted(keys) == sorted({*keys})
    assert len(keys) == len(WHOLE) * len(RUNS)


def test_fetched_and_saved_before_removed(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    """When an object is removed its observation is on disk."""
    kept, missing = campaign.backend.remove, []

    def remove(handle: Handle) -> tuple[Event, ...]:
        missing.extend([handle.run.id] if campaign.archive.load_observation(handle.run.id) is None else [])
        return kept(handle)

    monkeypatch.setattr(campaign.backend, "remove", remove)
    campaign.drive()
    assert missing == []


def test_a_second_drive_submits_nothing_that_was_observed(campaign: Campaign) -> None:
    """One pair first, then all: the first pair's runs are not touched again."""
    campaign.drive(PLAN.pairs[:1])
    first = len(campaign.backend.told)
    campaign.drive()
    again = [call for call in campaign.backend.told[first:] if any(run in call for run in PLAN.pairs[0].runs)]
    assert again == []
    assert set(campaign.records("done")) == set(RUNS)


def test_what_was_there_already_is_adopted_with_the_history_of_the_earlier_writer(campaign: Campaign) -> None:
    """A writer died after submits: the next one adopts the objects and keeps what was journaled."""
    campaign.backend.ends = only_submitted
    threading.Timer(0.8, campaign.halt.set).start()
    campaign.backend.prints = unreadable  # so that all of them go on
    assert len(campaign.drive()) == len(RUNS)
    campaign.halt.clear()
    campaign.backend.ends = all_but_the_submit
    assert campaign.drive() == ()
    assert {step.partition(" ")[0] for step in campaign.steps if step.endswith("adopted")} == set(RUNS)
    for name in RUNS:
        seen = campaign.archive.load_observation(name)
        assert seen is not None
        assert seen.events[0].kind is Kind.SUBMITTED


def interrupted(campaign: Campaign) -> tuple[str, ...]:
    """Interrupt a campaign with one pair in flight; give what is left on the platform."""
    campaign.plan = _capped(PLAN, pairs_in_flight=1)
    threading.Timer(0.8, campaign.halt.set).start()
    left = campaign.drive()
    assert {call.removeprefix("submit ") for call in campaign.backend.told if call.startswith("submit")} == set(
        FIRST.runs
    )
    campaign.halt.clear()
    return left


def test_an_interrupt_starts_nothing_more_and_stops_a_pair_that_told_nothing(campaign: Campaign) -> None:
    """Who, and what each run had told by then, is journaled before the platform is asked; a history is kept of each."""
    campaign.backend.ends = endless
    assert interrupted(campaign) == ()
    told = [call for call in campaign.backend.told if call.startswith(("stop", "remove"))]
    assert sorted(told) == sorted(f"{verb} {run}" for verb in ("stop", "remove") for run in FIRST.runs)
    (stop,) = campaign.stops().values()
    runs = tuple(RunAtStop(run, submitted=True, ended=False, reported=False) for run in FIRST.runs)
    assert (stop.pair, stop.runs, stop.who, stop.reason) == (FIRST.id, runs, "ada@host", "interrupted")
    for run in FIRST.runs:
        seen = campaign.archive.load_observation(run)
        assert seen is not None
        assert [event.kind for event in seen.events] == [Kind.SUBMITTED, Kind.RUNNING, Kind.STOP_ASKED]
        assert seen.log is not None
        assert (campaign.root / seen.log.stored).read_text(encoding="utf-8") == f"{START}\nepoch 1\n"


@pytest.mark.parametrize(
    ("said", "states"),
    [("rmse=0.5\n", endless), (None, endless), ("", endless)],
    ids=["reported", "unreadable", "running without a log"],
)
def test_an_interrupt_lets_a_pair_go_on_that_may_have_reported_a_metric(
    campaign: Campaign, said: str | None, states: Callable[[str], tuple[Kind, ...]]
) -> None:
    """One run of the pair is enough; nothing is stopped, journaled as stopped or started again: it is taken up."""
    campaign.backend.ends = states
    campaign.backend.prints = lambda run: said if run == FIRST.runs[0] else "epoch 1\n"
    assert set(interrupted(campaign)) == {RUNS[run].name for run in FIRST.runs}
    assert campaign.stops() == {}
    assert [call for call in campaign.backend.told if call.startswith(("stop", "remove"))] == []
    campaign.backend.ends = all_but_the_submit
    assert campaign.drive() == ()
    for run in FIRST.runs:
        assert campaign.backend.told.count(f"remove {run}") == 1


def test_an_interrupt_lets_a_run_go_on_whose_partner_has_ended(campaign: Campaign) -> None:
    """The partner's result is in: whoever stopped the run now might have seen it."""
    campaign.backend.ends = lambda run: WHOLE if run == FIRST.runs[0] else endless(run)
    assert interrupted(campaign) == (RUNS[FIRST.runs[1]].name,)
    assert campaign.stops() == {}


def test_a_run_that_has_not_begun_and_has_no_log_told_nothing(campaign: Campaign) -> None:
    """Its pod waits for a node; control: above, where it runs."""
    campaign.backend.ends = only_submitted
    campaign.backend.prints = lambda run: ""  # noqa: ARG005 - every run is alike
    assert interrupted(campaign) == ()
    assert set(campaign.stops()) == {FIRST.id}


def test_what_was_stopped_is_never_submitted_again(campaign: Campaign) -> None:
    """Its runs have their observations; the other pair runs as planned."""
    campaign.backend.ends = endless
    interrupted(campaign)
    campaign.backend.ends = whole_run
    assert campaign.drive() == ()
    assert [campaign.backend.told.count(f"submit {run}") for pair in PLAN.pairs for run in pair.runs] == [1, 1, 1, 1]


def test_a_stop_that_was_cut_is_finished_by_the_next_process(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died between the journal and the platform: nothing is submitted, both runs are ended, a history kept."""
    campaign.backend.ends = endless
    monkeypatch.setattr(Stopping, "_end_all", lambda *_: None)
    assert len(interrupted(campaign)) == len(FIRST.runs)
    monkeypatch.undo()
    campaign.backend.ends = whole_run
    assert campaign.drive() == ()
    for run in FIRST.runs:
        assert [campaign.backend.told.count(f"{verb} {run}") for verb in ("submit", "stop", "remove")] == [1, 1, 1]
        assert campaign.archive.load_observation(run) is not None


@pytest.mark.parametrize(("said", "blind"), [("epoch 1\n", True), ("rmse=0.5\n", False)], ids=["blind", "seeing"])
def test_a_stop_by_request_ends_everything_and_says_what_was_known(
    campaign: Campaign, said: str, *, blind: bool
) -> None:
    """Also a pair that had reported a metric: it counts as it stands."""
    campaign.backend.ends = endless
    campaign.backend.prints = unreadable
    assert len(interrupted(campaign)) == len(FIRST.runs)
    campaign.backend.prints = lambda run: said  # noqa: ARG005 - every run is alike
    assert campaign.stop_all() == [Stopped(RUNS[run]) for run in FIRST.runs]
    (stop,) = campaign.stops().values()
    assert (stop.pair, stop.who, stop.reason, stop.blind) == (FIRST.id, "eve@host", "stopped by request", blind)
    assert campaign.backend.objects == {}
    assert campaign.stop_all() == []


def test_a_stop_that_a_platform_refuses_is_told_and_journaled_and_made_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an interrupt, and by request: the run may go on and cost money, so that nobody may believe it stopped."""
    campaign.backend.ends = endless

    def no(handle: Handle) -> None:
        message = f"{handle.run.name} may not be stopped"
        raise BackendError(message)

    names = [RUNS[run].name for run in FIRST.runs]
    with monkeypatch.context() as away:
        away.setattr(campaign.backend, "stop", no)
        assert sorted(interrupted(campaign)) == sorted(names)
        assert {step for step in campaign.steps if step.endswith("not stopped")} == {
            f"{run} not stopped" for run in FIRST.runs
        }
        assert sorted(campaign.records("not-stopped")) == sorted(FIRST.runs)
        asked = campaign.stop_all()
        assert asked == [Stopped(RUNS[run], f"{RUNS[run].name} may not be stopped") for run in FIRST.runs]
    assert campaign.stop_all() == [Stopped(RUNS[run]) for run in FIRST.runs]
    assert campaign.backend.objects == {}


def test_what_could_not_be_removed_is_removed_by_who_takes_the_campaign_up(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill, or a platform that is gone, comes between observation and removal: nothing is left for good."""
    monkeypatch.setattr(fetches, "FETCH_ATTEMPTS", 1)

    def gone(handle: Handle) -> tuple[Event, ...]:
        message = f"no answer about {handle.run.name}"
        raise Unreachable(message)

    with monkeypatch.context() as away:
        away.setattr(campaign.backend, "remove", gone)
        campaign.drive()
    assert set(campaign.backend.objects) == {run.name for run in PLAN.runs}
    campaign.backend.told.clear()
    campaign.drive()
    assert campaign.backend.objects == {}
    assert sorted(campaign.backend.told) == sorted(f"remove {name}" for name in RUNS)
    campaign.backend.told.clear()
    campaign.drive()
    assert campaign.backend.told == []


def test_a_refused_run_is_evidence_and_the_others_go_on(campaign: Campaign) -> None:
    """A name that is taken by something else costs one run."""
    taken = PLAN.pairs[0].runs[0]
    campaign.backend.refuse = frozenset({taken})
    campaign.drive()
    seen = campaign.archive.load_observation(taken)
    assert seen is not None
    assert seen.not_submitted == f"Conflict: {RUNS[taken].name} exists and is another one"
    assert set(campaign.records("done")) == set(RUNS) - {taken}


def test_a_cap_refuses_before_the_platform_is_asked(campaign: Campaign) -> None:
    """A guard that says no leaves no submit behind."""

    def no(order: Order) -> None:
        message = f"{order.run.repository}: limits.price_max of 1.00 is used up"
        raise Refused(message)

    campaign.guard = no
    campaign.drive()
    assert campaign.backend.told == []
    seen = campaign.archive.load_observation(next(iter(RUNS)))
    assert seen is not None
    assert "limits.price_max" in seen.not_submitted


def test_a_campaign_out_of_time_starts_nothing_more_and_stops_what_runs(campaign: Campaign) -> None:
    """With a second of campaign time, endless runs are stopped and the second pair is refused."""
    campaign.plan = _capped(PLAN, pairs_in_flight=1, campaign_seconds_max=1)
    campaign.backend.ends = endless
    assert campaign.drive() == ()
    first, second = PLAN.pairs
    assert sorted(call for call in campaign.backend.told if call.startswith("stop")) == sorted(
        f"stop {n}" for n in first.runs
    )
    said = [campaign.archive.load_observation(run) for run in second.runs]
    assert [observation.not_submitted for observation in said if observation] == [
        "Refused: wine: limits.campaign_time_max is used up"
    ] * 2


def test_a_run_that_outlives_every_allowance_is_stopped_and_given_up(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that never answers a stop costs a bounded time, and what is known is kept."""
    monkeypatch.setattr(supervision, "STOP_ALLOWANCE_SECONDS", 0.3)
    campaign.backend.ends = endless
    campaign.backend.deaf = True
    running = set(RUNS)

    def hear(step: Progress | Notice) -> None:
        running.discard(step.run.id if isinstance(step, Progress) and step.state == "RUNNING" else "")
        if not running:
            monkeypatch.setattr(supervision, "START_ALLOWANCE_SECONDS", -3600.0)

    monkeypatch.setattr(campaign, "_hear", hear)
    campaign.drive()
    for name in RUNS:
        seen = campaign.archive.load_observation(name)
        assert seen is not None
        assert [event.kind for event in seen.events] == [Kind.SUBMITTED, Kind.RUNNING, Kind.STOP_ASKED]


def test_a_run_that_can_not_start_is_stopped_and_its_history_says_why(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before its time is up; the pair is void by that word, and whoever watches is told."""
    heard: list[str] = []
    why = "FailedMount: secret hf not found"
    monkeypatch.setattr(supervision, "stuck", lambda tracked, _: why if tracked.state is State.SUBMITTED else "")
    monkeypatch.setattr(campaign, "_hear", lambda step: heard.append(step.text) if isinstance(step, Notice) else None)
    campaign.backend.ends = only_submitted
    campaign.drive()
    for name in RUNS:
        seen = campaign.archive.load_observation(name)
        assert seen is not None
        (asked,) = [event for event in seen.events if event.kind is Kind.STOP_ASKED]
        assert (asked.label, asked.native) == (STUCK, {"message": why})
        assert f"{name} is stopped, for it can't start: {why}" in heard


def test_a_run_that_is_overdue_and_can_not_be_stopped_is_told(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked three times; then it is said, and what is known of the run is kept."""
    monkeypatch.setattr(fetches, "FETCH_AGAIN_SECONDS", 0.0)
    campaign.plan = _capped(PLAN, pairs_in_flight=1, campaign_seconds_max=1)
    campaign.backend.ends = endless
    asked: list[str] = []
    going = set(FIRST.runs)

    def hear(step: Progress | Notice) -> None:
        going.discard(step.run.id if isinstance(step, Progress) and step.state == "not stopped" else "")
        if not going:
            monkeypatch.setattr(supervision, "STOP_ALLOWANCE_SECONDS", 0.0)

    def no(handle: Handle) -> None:
        asked.append(handle.run.id)
        message = "no"
        raise BackendError(message)

    monkeypatch.setattr(campaign, "_hear", hear)
    monkeypatch.setattr(campaign.backend, "stop", no)
    campaign.drive()
    assert Counter(asked) == dict.fromkeys(FIRST.runs, 3)
    assert sorted(campaign.records("not-stopped")) == sorted(FIRST.runs)
    assert all(campaign.archive.load_observation(run) for run in FIRST.runs)


def test_a_watch_that_dies_ends_the_campaign_loudly(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence of a dead watcher would look like silence of the platform."""

    def dead(stop: threading.Event) -> Iterable[Batch]:
        del stop
        message = "boom"
        raise RuntimeError(message)

    monkeypatch.setattr(campaign.backend, "watch", dead)
    with pytest.raises(StoreError, match=r"the watch of \w+ died: RuntimeError: boom"):
        campaign.drive()


# -- which pairs may start --------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(["a", "b", "c"])


def _pairs(names: list[str], prefix: str) -> list[Pair]:
    return [Pair(f"{prefix}{n}", name, "train", Grade.LAUNCHED, ()) for n, name in enumerate(names)]


@given(
    st.lists(_NAMES, max_size=12),
    st.lists(_NAMES, max_size=4),
    st.fixed_dictionaries(dict.fromkeys("abc", st.integers(1, 3))),
)
def test_no_repository_flies_more_pairs_than_its_cap(
    waiting: list[str], flying: list[str], caps: dict[str, int]
) -> None:
    """Room is used up to the cap, in plan order, and a full repository holds back no other."""
    queue, active = _pairs(waiting, "w"), _pairs(flying, "f")
    chosen = startable(queue, active, caps)
    for name, cap in caps.items():
        mine = [pair for pair in queue if pair.repository == name]
        room = max(0, cap - flying.count(name))
        assert [pair for pair in chosen if pair.repository == name] == mine[:room]


def _capped(whole: Plan, **limits: int) -> Plan:
    return replace(
        whole, repositories=tuple(replace(r, limits=replace(r.limits, **limits)) for r in whole.repositories)
    )
