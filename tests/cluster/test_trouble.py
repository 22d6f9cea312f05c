"""Watching under trouble: many Jobs, an API server that dies, a bad way to it. A list recovers all; gaps are told."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from cluster import own, proxy
from cluster.following import History
from cluster.many import Campaign, Load, campaign, counted, over_at_once

from harness.backends.kubernetes import backend, watch
from harness.backends.kubernetes.watch import Stream
from harness.model.clock import ClockName
from harness.model.event import Role
from harness.model.job import Json
from harness.platforms.kubernetes.labels import CAMPAIGN_LABEL, campaign_label

FEW, MANY = 3, 300
JOBS = 6
"""Enough for a trouble."""
NOTHING: frozenset[str] = frozenset()
KINDS = frozenset({"Job", "Pod", "Event"})
WAIT_SECONDS = 120.0
LONG_SECONDS = 1800.0
BACK_SECONDS = 1.5 * watch.BACKOFF_SECONDS[1]
"""Longer than the longest pause of a stream before it connects again."""
WATCH_SECONDS = 10
"""Instead of 45, where a test has to wait for the end of a watch."""
SAMPLE_SECONDS = 3.0


@pytest.fixture
def way(running: own.Running) -> Iterator[proxy.Proxy]:
    """Put a proxy before the API server."""
    with proxy.between(running.at.ports.api) as found:
        yield found


@pytest.fixture
def short_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a watch last as long as a test can wait."""
    monkeypatch.setattr(backend, "Stream", functools.partial(Stream, watch_seconds=WATCH_SECONDS))


def ended(running: own.Running, mine: Campaign) -> None:
    """Wait until all Jobs have a verdict, by asking the API server itself."""
    mark = f"--selector={CAMPAIGN_LABEL}={campaign_label(mine.name)}"
    asked = ("get", "jobs", mark, "-o=jsonpath={.items[*].status.conditions[-1:].type}")
    until(lambda: sum(map({"Complete", "Failed"}.__contains__, running.kubectl(*asked).split())) == len(mine.wanted))


def runs(history: History) -> bool:
    """Tell whether the main container was seen to start."""
    return any(event.label == "started" and event.role is Role.MAIN for event in history)


def until(good: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Wait for something, not for ever."""
    ends = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < ends, f"not within {seconds} s"
        time.sleep(0.2)


def blind_kinds(mine: Campaign, reason: str = "") -> dict[str, frozenset[str]]:
    """Give for every run the kinds that had a gap for such a reason."""
    return {run: frozenset(kind for kind, why in gaps if reason in why) for run, gaps in mine.gaps().items()}


def tell(what: str, **numbers: object) -> None:
    """Print what was measured."""
    sys.stdout.write(f"\n{what}: " + ", ".join(f"{value} {name}" for name, value in numbers.items()) + "\n")


# -- the API server dies ----------------------------------------------------------------------------------------------


def test_an_api_server_that_is_killed_and_comes_again_loses_nothing(running: own.Running, image: str) -> None:
    """SIGKILL while all Jobs run; they end while it is away or after; every stream tells its gap in every history."""
    with campaign(running, image, "killed") as mine:
        mine.submit(JOBS, seconds=8)
        until(lambda: all(runs(mine.of(name)) for name in mine.wanted))
        running.kill("kube-apiserver")
        running.start_api_server()
        assert mine.wrong(WAIT_SECONDS) == {}
        assert blind_kinds(mine) == dict.fromkeys(mine.wanted, KINDS)
        mine.finish()


def test_an_api_server_that_is_killed_while_pods_are_made_leads_to_no_wrong_word(
    running: own.Running, image: str
) -> None:
    """The reply to a create is lost, and the controller makes a second pod, which it takes away again (K47).

    Where the second pod was never seen to end, its end is unknown, and so is the work; the gap beside it says why.
    """
    with campaign(running, image, "lost-reply") as mine:
        mine.submit(JOBS, seconds=8)
        running.kill("kube-apiserver")
        running.start_api_server()
        said = mine.words(WAIT_SECONDS / 2)
        tell("pods in the making", **Counter(said.values()))
        wrong = {run: word for run, word in said.items() if word != mine.wanted[run]}
        assert {word.split()[0] for word in wrong.values()} <= {"unknown"}
        assert all(mine.gaps()[run] for run in wrong)
        mine.finish()


@pytest.mark.usefixtures("short_watches")
def test_a_version_that_a_restarted_api_server_never_knew_is_answered_by_410(
    running: own.Running, image: str, way: proxy.Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watches end as they should, and that arrives when the API server is another one: 410, a gap, a new list.

    Events have no cache in the API server: their versions are etcd's, which has them all, and nothing is lost.
    """
    monkeypatch.setattr(watch, "HALF_OPEN_SLACK_SECONDS", WAIT_SECONDS)
    with campaign(running, image, "expired", way.port) as mine:
        mine.submit(JOBS)
        until(lambda: all(mine.of(name) for name in mine.wanted))
        way.freeze()
        ended(running, mine)
        until(lambda: counted(running).watches == 0)
        running.restart_api_server()
        way.thaw()
        assert mine.wrong(WAIT_SECONDS) == {}
        assert blind_kinds(mine, "Expired") == dict.fromkeys(mine.wanted, KINDS - {"Event"})
        mine.finish()


# -- a bad way to it --------------------------------------------------------------------------------------------------


def away(running: own.Running, mine: Campaign, way: proxy.Proxy) -> None:
    """Let all Jobs end while nobody can watch."""
    mine.submit(JOBS, seconds=4)
    until(lambda: all(mine.of(name) for name in mine.wanted))
    with way.down():
        ended(running, mine)


def test_jobs_that_end_while_the_way_is_cut_are_decided_by_the_next_list(
    running: own.Running, image: str, way: proxy.Proxy
) -> None:
    """Connections break and none comes about; every stream tells its gap in every history."""
    with campaign(running, image, "cut", way.port) as mine:
        away(running, mine, way)
        assert mine.wrong(WAIT_SECONDS) == {}
        assert blind_kinds(mine) == dict.fromkeys(mine.wanted, KINDS)
        mine.finish()


class Forgetful(Stream):
    """A stream that connects again without reading the list: what most watchers do."""

    def _compare(self, items: list[Mapping[str, Json]]) -> None:
        del items


def test_without_the_list_the_same_cut_loses_the_ends_and_the_gap_is_still_told(
    running: own.Running, image: str, way: proxy.Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the trouble is one that loses. Even then nothing wrong is said: no verdict, beside a gap."""
    monkeypatch.setattr(backend, "Stream", Forgetful)
    with campaign(running, image, "forgetful", way.port) as mine:
        away(running, mine, way)
        assert {word.split()[1] for word in mine.words(BACK_SECONDS).values()} == {"none"}
        assert blind_kinds(mine) == dict.fromkeys(mine.wanted, KINDS)
        mine.finish()


@pytest.mark.usefixtures("short_watches")
def test_a_way_that_falls_silent_is_noticed_and_the_next_list_decides(
    running: own.Running, image: str, way: proxy.Proxy
) -> None:
    """Connections stay open and say nothing, while all Jobs end; the reader's own limit ends them."""
    with campaign(running, image, "silent", way.port) as mine:
        mine.submit(JOBS, seconds=4)
        until(lambda: all(mine.of(name) for name in mine.wanted))
        way.freeze()
        assert mine.wrong(WAIT_SECONDS) == {}
        until(lambda: blind_kinds(mine, "half-open") == dict.fromkeys(mine.wanted, KINDS))
        mine.finish()


def test_a_silent_way_does_not_hold_up_the_end_of_a_campaign(
    running: own.Running, image: str, way: proxy.Proxy
) -> None:
    """A reader that waits for bytes is woken; no thread is left."""
    with campaign(running, image, "held", way.port) as mine:
        mine.submit(1)
        assert mine.wrong(WAIT_SECONDS) == {}
        way.freeze()
    assert not mine.follower.thread.is_alive()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("watch-")]


def test_a_slow_way_is_no_gap_and_changes_nothing(running: own.Running, image: str, way: proxy.Proxy) -> None:
    """All that is heard is heard a second late: histories say when, and what happened is the same."""
    way.delay_seconds = 1.0
    with campaign(running, image, "slow", way.port) as mine:
        mine.submit(JOBS)
        assert mine.wrong(WAIT_SECONDS) == {}
        assert blind_kinds(mine) == dict.fromkeys(mine.wanted, NOTHING)
        told = [event for run in mine.wanted for event in mine.of(run) if event.at.clock is not ClockName.HARNESS]
        assert all(event.received_seconds >= event.at.seconds + way.delay_seconds for event in told)
        mine.finish()


# -- many jobs --------------------------------------------------------------------------------------------------------


@dataclass
class Sampler:
    """Asks for the API server's counts again and again."""

    running: own.Running
    stopped: threading.Event
    before: Load
    most: int = 0

    def sample(self) -> None:
        """Keep the largest number of open streams, until stopped."""
        while not self.stopped.wait(SAMPLE_SECONDS):
            self.most = max(self.most, counted(self.running).watches)

    def load(self) -> Load:
        """Give what a campaign cost."""
        return Load(self.most, counted(self.running).lists - self.before.lists)


def loaded(running: own.Running, image: str, count: int) -> Load:
    """Run a whole campaign without trouble: all ends are right, no gap; give what it cost the API server."""
    sampler = Sampler(running, threading.Event(), counted(running))
    thread = threading.Thread(target=sampler.sample)
    begun = time.monotonic()
    thread.start()
    try:
        with campaign(running, image, f"of-{count}") as mine:
            mine.submit(count, seconds=3)
            submitted = time.monotonic()
            assert mine.wrong(LONG_SECONDS) == {}
            decided = time.monotonic()
            assert blind_kinds(mine) == dict.fromkeys(mine.wanted, NOTHING)
            assert mine.finish() == []
            most = over_at_once([mine.of(name) for name in mine.wanted])
    finally:
        sampler.stopped.set()
        thread.join(30)
    load = sampler.load()
    tell(f"{count} jobs", open_at_once=most, watches=load.watches, lists=load.lists,
         s_to_submit=round(submitted - begun), s_to_decide=round(decided - begun),
         s_in_all=round(time.monotonic() - begun), snapshotter=running.at.snapshotter)  # fmt: skip
    return load


def test_watches_and_lists_do_not_grow_with_the_number_of_jobs(running: own.Running, image: str) -> None:
    """Three streams and three lists for 3 Jobs as for 300, by the API server's own metrics; all end as they should."""
    assert loaded(running, image, FEW) == Load(len(KINDS), len(KINDS))
    assert loaded(running, image, MANY) == Load(len(KINDS), len(KINDS))
