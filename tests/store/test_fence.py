"""One writer a campaign, on both stores: who may take it from whom, and that an older writer writes nothing more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import Fenced
from harness.model.clock import SystemClock
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.model.schedule import TakeOver
from harness.store import codec, fence
from harness.store.archive import Archive
from harness.store.fence import Fence, Writer, take, this_writer
from harness.store.reports import in_folder, open_reports

CLOCK = SystemClock()
ELSEWHERE = Writer("runner-7f", 12, "345", "another boot")
"""A process of a machine that nobody here can look at."""


def taken(place: str, by: Writer | None = None, **more: object) -> Fence:
    """Take the fence of campaign c1."""
    return take(open_reports(place).store.under("c1"), by or this_writer(), CLOCK, **more)  # type: ignore[arg-type]


def test_a_second_writer_is_refused_and_told_who_writes_and_what_to_do(place: str) -> None:
    """While that process lives; one of another machine while its lease has time left."""
    taken(place)
    with pytest.raises(
        Fenced, match=rf"campaign c1 is written by process {os.getpid()} on .*kill {os.getpid()}.*--take-over"
    ):
        taken(place)
    with pytest.raises(Fenced, match=rf"written by process {os.getpid()} on .*has \d+ s left .*--take-over"):
        taken(place, ELSEWHERE)


def test_what_was_given_back_is_taken_without_a_word(place: str) -> None:
    """The next epoch, from nobody."""
    first = taken(place)
    first.release()
    second = taken(place, ELSEWHERE)
    assert (first.lease.epoch, second.lease.epoch, second.taken_from) == (1, 2, None)


def test_the_fence_of_a_dead_process_of_this_machine_is_taken_with_a_word(place: str) -> None:
    """A killed writer holds nothing; a pid that lives again as another process doesn't either."""
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    gone = replace(this_writer(), pid=int(child.stdout), start="1")
    taken(place, gone)
    found = taken(place)
    assert found.taken_from == fence.TakenFrom(str(gone), "its process is gone")


def test_a_lease_of_another_machine_that_ran_out_is_taken_with_a_word(place: str) -> None:
    """By the store's own clock, which for a bucket has whole seconds."""
    taken(place, ELSEWHERE, seconds=1.0)
    ends = time.monotonic() + 30
    found = None
    while found is None and time.monotonic() < ends:
        try:
            found = taken(place)
        except Fenced:
            time.sleep(0.2)
    assert found is not None
    assert found.taken_from is not None
    assert found.taken_from.writer == "process 12 on runner-7f"
    assert "its lease ran out" in found.taken_from.reason


def test_a_heartbeat_keeps_a_lease_that_is_shorter_than_the_work(place: str) -> None:
    """Renewed while it is held, the age begins anew; given back at the end."""
    held = taken(place, ELSEWHERE, seconds=4.0)
    with held.held(CLOCK):
        ends = time.monotonic() + 30
        while held.lease.renewals < 6 and time.monotonic() < ends:
            time.sleep(0.1)
        with pytest.raises(Fenced):
            taken(place)
    assert held.lease.renewals >= 6
    assert taken(place).taken_from is None


def test_an_operator_may_take_over_and_the_older_writer_is_refused(place: str) -> None:
    """At its next look, whatever it heartbeats meanwhile; who writes now is named."""
    first = taken(place, ELSEWHERE)
    second = taken(place, take_over=True)
    assert second.taken_from == fence.TakenFrom("process 12 on runner-7f", "an operator said --take-over")
    first.renew()
    with pytest.raises(Fenced, match=rf"taken over by process {os.getpid()}"):
        first.check()
    second.check()


def _race(place: str) -> int:
    try:
        found = taken(place)
    except Fenced:
        return 0
    time.sleep(1.0)  # it writes, and is alive while the others look
    return found.lease.epoch


def test_of_writers_that_find_a_dead_ones_fence_at_the_same_time_one_gets_in(place: str) -> None:
    """Eight at once: one epoch, one holder."""
    taken(place, replace(this_writer(), start="1"))
    with ProcessPoolExecutor(8) as pool:
        assert sorted(pool.map(_race, [place] * 8)) == [0] * 7 + [2]


@pytest.mark.parametrize(("text", "gone"), [("{host} 4194999 1\n", True), ("another-host 1 1\n", False)])
def test_the_fence_of_a_version_before_leases_is_respected(tmp_path: Path, text: str, gone: bool) -> None:  # noqa: FBT001
    """A dead process of this host has none; of another host nothing can be said, until somebody says it."""
    (tmp_path / "c1").mkdir()
    (tmp_path / "c1" / "fence").write_text(text.format(host=os.uname().nodename))
    if not gone:
        with pytest.raises(Fenced, match=r"written by process 1 on another-host.*--take-over"):
            taken(str(tmp_path))
    assert taken(str(tmp_path), take_over=not gone).taken_from is not None
    assert codec.decode((tmp_path / "c1" / "writers" / "00000001.json").read_bytes(), fence.Lease, "").epoch == 1


# -- what an older writer still tries ---------------------------------------------------------------------------------


def observed(uid: str) -> Observation:
    """Make a run's facts that tell writers apart."""
    run = Run("r1", "parity-r1-a1", "wine", "job", Side.LEGACY, 1)
    return Observation("parity.observation/1", run, {"uid": uid}, (), None, "", (), {}, None)


def held(place: str, by: Writer | None = None, **more: object) -> Archive:
    """Open campaign c1 as its writer."""
    return replace(open_reports(place).archive("c1"), fence=taken(place, by, **more))


@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_woken_writer_adds_nothing_to_journal_or_saves(
    place: str, before: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever it had written; the newer writer reads that, says that it took over, and goes on alone."""
    old = held(place, ELSEWHERE)
    stale = old.open_journal()
    for number in range(before):
        stale.append([{"n": number}])

    monkeypatch.setenv("PARITY_SPOOL", str(tmp_path / "second"))
    new = held(place, take_over=True)
    with new.open_journal() as journal:
        assert [record["n"] for record in journal.recovered] == list(range(before))
        for refused in (
            lambda: stale.append([{"n": "late"}]),
            lambda: old.save_observation(observed("late")),
            old.check_writer,
        ):
            with pytest.raises(Fenced):
                refused()
        with pytest.raises(Exception, match="closed for good"):
            stale.append([{"n": "later still"}])
        journal.append([{"n": "new"}])
        new.save_observation(observed("new"))
    stale.close()

    told = open_reports(place).archive("c1")
    records = told.read_journal().records
    assert [record.get("n", record.get("kind")) for record in records] == [
        *range(before), "take-over", "new",
    ]  # fmt: skip
    amendment = codec.decode(codec.encode(records[before]["amendment"]), TakeOver, "")
    assert (amendment.before, amendment.reason) == ("process 12 on runner-7f", "an operator said --take-over")
    assert new.fence is not None
    assert amendment.generation == new.fence.lease.generation
    assert told.load_observation("r1") == observed("new")
    assert told.read_journal().torn is None


WRITER = """
import sys, time
from dataclasses import replace
from harness.model.clock import SystemClock
from harness.store.reports import open_reports
archive = open_reports(sys.argv[1]).archive("c1")
with archive.writing(SystemClock()) as kept, kept.open_journal() as journal:
    for number in range(100000):
        journal.append([{"n": number}])
        print(number, flush=True)
        time.sleep(0.01)
"""


def writing(place: str) -> subprocess.Popen[str]:
    """Start a process that journals, and acknowledges on its output what is durable."""
    command = [sys.executable, "-c", WRITER, place]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_writer_that_was_frozen_and_wakes_after_a_take_over_is_refused(place: str) -> None:
    """SIGSTOP, take-over, SIGCONT: it ends with the newer writer's name, and nothing that it acknowledged is lost."""
    with writing(place) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(5)]
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        with pytest.raises(Fenced, match=f"written by process {process.pid}"):
            taken(place)
        new = held(place, take_over=True)
        journal = new.open_journal()
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        acknowledged += [int(line) for line in out.split()]
    assert "Fenced" in err
    assert str(os.getpid()) in err or "another writer's" in err
    journal.append([{"n": "new"}])
    journal.close()
    records = open_reports(place).archive("c1").read_journal().records
    told = [record.get("n", "take-over") for record in records]
    assert told[-2:] == ["take-over", "new"]
    assert set(acknowledged) <= set(told)


def test_a_killed_writer_loses_nothing_that_it_acknowledged(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Kill -9, then another spool, which a folder has not: what was acknowledged is in the store."""
    with writing(place) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(7)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout.read().split()]
    monkeypatch.setenv("PARITY_SPOOL", str(tmp_path / "elsewhere"))
    new = held(place)
    assert new.fence is not None
    assert new.fence.taken_from is not None
    assert new.fence.taken_from.reason == "its process is gone"
    with new.open_journal() as journal:
        assert {record["n"] for record in journal.recovered} >= set(acknowledged)


# -- the spool of a shared store --------------------------------------------------------------------------------------


def test_what_was_spooled_and_never_put_is_put_by_the_next_writer_of_the_same_machine(user: str) -> None:
    """A crash between the two: it was never acknowledged, and is true all the same."""
    first = held(user)
    with first.open_journal() as journal:
        journal.append([{"n": 0}])
    assert first.fence is not None
    first.fence.release()
    line = journal._line({"n": 1}, 1)
    with first.journal.open("ab") as file:
        file.write(line + line[:9])  # and a second one that was cut
    with held(user).open_journal() as again:
        assert [record["n"] for record in again.recovered] == [0, 1]
        again.append([{"n": 2}])
    assert [record["n"] for record in open_reports(user).archive("c1").read_journal().records] == [0, 1, 2]


def test_a_spool_that_was_overtaken_by_another_machine_is_kept_aside(
    user: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its unsent tail is no evidence: what the store has is."""
    first = held(user)
    with first.open_journal() as journal:
        journal.append([{"n": 0}])
    with first.journal.open("ab") as file:
        file.write(journal._line({"n": "unsent"}, 1))
    monkeypatch.setenv("PARITY_SPOOL", str(tmp_path / "second"))
    second = held(user, ELSEWHERE, take_over=True)
    with second.open_journal() as journal:
        journal.append([{"n": "second"}])
    assert second.fence is not None
    second.fence.release()
    monkeypatch.setenv("PARITY_SPOOL", str(first.root.parents[2]))
    back = held(user)
    with back.open_journal() as journal:
        told = [record.get("n", record.get("kind")) for record in journal.recovered]
    assert told == [0, "take-over", "second"]
    (aside,) = back.root.glob("journal.log.unsent-*")
    assert b'"unsent"' in aside.read_bytes()


def test_a_missing_or_damaged_segment_is_damage(user: str) -> None:
    """An immutable segment is never cut by us; whoever resumes is told which one."""
    kept = held(user)
    with kept.open_journal() as journal:
        for number in range(3):
            journal.append([{"n": number}])
    kept.store.put("journal/00000001.log", b"00000000 {}\n")
    with pytest.raises(Exception, match=r"journal\.log: byte \d+: checksum differs"):
        kept.open_journal()
    reading = open_reports(user).archive("c1").read_journal()
    assert len(reading.records) == 1
    assert reading.torn is not None


def test_a_copy_of_a_buckets_campaign_has_its_journal(user: str, tmp_path: Path) -> None:
    """Its digest is that of the journal as one file, wherever it lies."""
    kept = held(user)
    with kept.open_journal() as journal:
        for number in range(3):
            journal.append([{"n": number}])
    whole = codec.digest_of_file(kept.journal)
    copy = in_folder(tmp_path / "copy")
    for name in open_reports(user).store.names(""):
        copy.store.put(name, open_reports(user).store.read(name) or b"")
    for archive in (kept, copy.archive("c1")):
        assert archive.digests(("journal.log",)) == {"journal.log": whole}
        assert len(archive.read_journal().records) == 3
