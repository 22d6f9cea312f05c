"""After any storm of events the state equals the reconciler's, and what the bus did wrong is counted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.backends.sagemaker import reducer as reducing
from harness.backends.sagemaker.hints import take
from harness.backends.sagemaker.reducer import Counts, Reducer

RECORDED = Path(__file__).parents[1] / "recorded" / "sagemaker"
PATHS = (
    ("Starting", "Downloading", "Training", "Uploading", "Completed"),
    ("Starting", "Downloading", "Training", "Interrupted", "Starting", "Downloading", "Training", "Failed"),
    ("Starting", "Stopping", "Stopped"),
    ("Starting", "Downloading", "Training", "Stopping", "Uploading", "MaxRuntimeExceeded"),
)
STATUS = {"Completed": "Completed", "Failed": "Failed", "Stopped": "Stopped", "MaxRuntimeExceeded": "Stopped"}
Change = tuple[str, str, str, int]


def changes(name: str, path: tuple[str, ...]) -> list[Change]:
    """List a job's changes as (name, status, word, milliseconds), ten seconds apart."""
    return [(name, STATUS.get(word, "InProgress"), word, 10_000 * n) for n, word in enumerate(path, 1)]


def describe(target: Reducer, told: list[Change], now: float = 1000.0) -> Counts | None:
    """Let the reconciler tell a job's last state."""
    return target.describe(*told[-1], changes=len(told), now=now)


def test_a_quiet_bus_has_nothing_to_count() -> None:
    """The control: every event once and in order."""
    target, told = Reducer(), changes("job", PATHS[0])
    assert [target.event(*row, received_ms=row[3] + 2_000) for row in told] == [True] * 5
    assert describe(target, told) is not None
    total = target.total
    assert target.open == {}
    assert (total.events, total.duplicates, total.late, total.lost, total.recovered) == (5, 0, 0, 0, 0)
    assert (total.lag_ms_total, total.lag_ms_max) == (10_000, 2_000)


def test_each_fault_is_counted_by_its_name() -> None:
    """A duplicate, a swapped pair, a lost one, an ending that only Describe told, a message after the end."""
    target, told = Reducer(), changes("job", PATHS[0])
    for number in (0, 0, 2, 1):
        target.event(*told[number], received_ms=100_000)
    counts = describe(target, told)
    assert counts is not None
    assert (counts.events, counts.duplicates, counts.late, counts.lost, counts.recovered) == (4, 1, 1, 2, 1)
    assert target.event(*told[3], received_ms=200_000) is False
    assert (target.total.late, target.total.events) == (2, 5)


def test_an_unknown_word_is_counted_and_moves_nothing() -> None:
    """Neither a state nor an announced change."""
    target = Reducer()
    target.event("job", "InProgress", "Training", 10_000, received_ms=11_000)
    assert target.event("job", "Sublimated", "Gas", 20_000, received_ms=21_000) is False
    assert (target.open["job"].word, target.total.unknown) == ("Training", 1)


def test_an_event_ends_nothing() -> None:
    """Only Describe closes a job (T20); until then a claimed ending makes it one to ask about."""
    target = Reducer()
    target.event("job", "Completed", "Completed", 50_000, received_ms=51_000)
    assert target.open["job"].hinted
    assert target.describe("job", "InProgress", "Training", 30_000, changes=3, now=60.0) is None
    assert "job" in target.open


def test_closed_names_are_forgotten_when_no_message_can_come_any_more() -> None:
    """Memory follows open jobs and the queue's retention."""
    target = Reducer()
    for number in range(100):
        described = changes(f"job-{number}", PATHS[2])
        describe(target, described, now=float(number))
    assert len(target._closed) == 100
    describe(target, changes("last", PATHS[2]), now=reducing.RETENTION_SECONDS + 50.5)
    assert (len(target.open), len(target._closed)) == (0, 50)


@st.composite
def storms(draw: Any) -> tuple[dict[str, list[Change]], list[tuple[int, Change | None]]]:
    """Draw jobs, and what two consumers receive of them: lost, duplicated, redelivered, in any order, with poison."""
    truth = {f"job-{n}": changes(f"job-{n}", path) for n, path in enumerate(draw(st.lists(st.sampled_from(PATHS))))}
    every = [row for told in truth.values() for row in told]
    sent: list[tuple[int, Change | None]] = []
    for row in every:
        sent += [(draw(st.integers(0, 1)), row) for _ in range(draw(st.integers(0, 3)))]
    sent += [(draw(st.integers(0, 1)), None) for _ in range(draw(st.integers(0, 2)))]
    return truth, draw(st.permutations(sent))


@settings(deadline=None, max_examples=60)
@given(storms(), st.integers(0, 50))
def test_any_schedule_ends_in_the_reconcilers_state(storm: Any, cut: int) -> None:
    """Two consumers, whatever reaches them: both end with the truth, and every message is counted once."""
    truth, sent = storm
    consumers = (Reducer(), Reducer())
    ends: dict[str, list[Any]] = {name: [] for name in truth}
    for number, (who, change) in enumerate(sent):
        if change is None:
            assert take(consumers[who], b"{poison", 0.0) is False
        else:
            consumers[who].event(*change, received_ms=100_000)
        if number == cut:  # one consumer asks early, about whatever it believes to have ended
            for name in [name for name, job in consumers[who].open.items() if job.hinted]:
                ends[name].append(describe(consumers[who], truth[name]))
    for consumer in consumers:
        for name, told in truth.items():
            ends[name].append(describe(consumer, told))
        assert consumer.open == {}
    received = [change for _, change in sent if change is not None]
    assert sum(consumer.total.events for consumer in consumers) == len(received)
    assert all(any(item is not None for item in closed) for closed in ends.values())
    for consumer in consumers:
        total = consumer.total
        assert total.events >= total.duplicates + total.late
        assert total.lost <= sum(map(len, truth.values()))


@settings(deadline=None, max_examples=60)
@given(storms())
def test_the_newest_change_that_came_is_the_state(storm: Any) -> None:
    """Before anybody asks, the order of arrival does not matter."""
    _, sent = storm
    target = Reducer()
    for _, change in sent:
        if change:
            target.event(*change, received_ms=100_000)
    for name, job in target.open.items():
        newest = max((each for _, each in sent if each and each[0] == name), key=lambda each: each[3])
        assert (job.status, job.word, job.modified_ms) == newest[1:]


@settings(deadline=None)
@given(storms())
def test_a_redelivered_storm_changes_nothing(storm: Any) -> None:
    """The law of an idempotent fold: twice is once, and the second time is all duplicates."""
    _, sent = storm
    target = Reducer()
    for _, change in sent:
        if change:
            target.event(*change, received_ms=100_000)
    before = {name: (job.status, job.word, job.modified_ms) for name, job in target.open.items()}
    duplicates = target.total.duplicates
    moved = [target.event(*change, received_ms=200_000) for _, change in sent if change]
    assert not any(moved)
    assert {name: (job.status, job.word, job.modified_ms) for name, job in target.open.items()} == before
    assert target.total.duplicates == duplicates + len(moved)


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.event.json")), ids=lambda path: path.name.split(".")[0])
def test_a_hint_is_read_from_every_recorded_event(path: Path) -> None:
    """In all encodings, of all kinds of jobs; what is no job is not taken."""
    target, body = Reducer(), path.read_bytes()
    assert take(target, body, 0.0) is not path.name.startswith("not-ours")
    detail = json.loads(body)["detail"]
    for name, job in target.open.items():
        assert name in detail.values()
        assert job.events == 1


def test_times_in_all_encodings_are_one_content() -> None:
    """A change told as milliseconds, as text and as ISO is one change and two duplicates."""
    target = Reducer()
    for text in ("1746000010123", '"1746000010123"', '"2025-04-30T08:00:10.123Z"'):
        detail = '"TrainingJobName":"j","TrainingJobStatus":"InProgress","SecondaryStatus":"Training"'
        body = f'{{"detail":{{{detail},"LastModifiedTime":{text}}}}}'
        assert take(target, body.encode(), 1_746_000_011.0)
    assert (target.total.events, target.total.duplicates) == (3, 2)


@pytest.mark.parametrize("word", ["Training", "Sublimating", ""])
@pytest.mark.parametrize(("status", "unknown"), [("InProgress", 0), ("Sublimated", 1)])
def test_a_word_that_nobody_knows_is_read_all_the_same(word: str, status: str, unknown: int) -> None:
    """The fast decoder knows words; what it does not know is read the slow way: a status counts as unknown."""
    detail = f'"TrainingJobName":"j","TrainingJobStatus":"{status}","SecondaryStatus":"{word}"'
    target = Reducer()
    assert take(target, f'{{"detail":{{{detail},"LastModifiedTime":1746000010123}}}}'.encode(), 1_746_000_011.0)
    assert (target.total.events, target.total.unknown) == (1, unknown)
    assert target.open["j"].word == ("" if unknown else word or status)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"detail": []}', b'{"detail": {}}', b"\xff", b'{"detail": null}'])
def test_poison_is_refused_and_moves_nothing(body: bytes) -> None:
    """It is left for the dead-letter queue."""
    target = Reducer()
    assert take(target, body, 0.0) is False
    assert target.open == {}


def test_two_changes_at_one_time_are_two_contents() -> None:
    """Neither is the other's duplicate, and each is its own."""
    target = Reducer()
    moved = [
        target.event("job", "InProgress", word, 10_000, received_ms=11_000) for word in ("Starting", "Downloading") * 2
    ]
    assert moved == [True, True, False, False]
    assert (target.total.duplicates, target.open["job"].word) == (2, "Downloading")


def test_a_storm_ends_in_the_truth_and_in_bounded_memory() -> None:
    """20 % twice, 20 % out of order, 5 % lost, 1 % unreadable: all jobs end, and at most a few waves are open."""
    bench = Path(__file__).parents[2] / "benchmarks" / "bench_events.py"
    jobs = 6000
    command = [sys.executable, str(bench), str(jobs)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False).stdout
    found = re.search(r"at most (\d+) open; (\d+) ended, (\d+) left open", said)
    assert found is not None, said
    most_open, ended, left = map(int, found.groups())
    assert (ended, left) == (jobs, 0)
    assert most_open < jobs
    counts = re.search(r"(\d+) duplicates, (\d+) late, (\d+) lost", said)
    assert counts is not None
    assert all(int(group) > jobs / 10 for group in counts.groups())
