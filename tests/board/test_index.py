"""Rows go into the index and come out as they were, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
from board.sample import DAY, HOSTILE, NOW, STORE, fleet, reading, row, signed, step

from harness.board import queries, writes
from harness.board.index import Index, open_index
from harness.board.progress import Startup, Week
from harness.board.schema import VERSION
from harness.board.values import CampaignReading, Key, State, StorePosition
from harness.board.weeks import week_of
from harness.errors import StoreError


def put(index: Index, reads: Sequence[CampaignReading]) -> None:
    """Write a fleet with its steps and signatures, as an update does."""
    with index.writing() as connection:
        writes.put_reads(connection, reads, fresh=False)
        writes.put_steps(connection, [step("moving", "canary", 2, 1), step("finished", "done", 1, 2)])
        writes.put_signed(connection, [signed("moving")])
        writes.settle(connection, STORE, [read.row.key.repository for read in reads])
        writes.put_place(connection, StorePosition(STORE, 40, "sha256:40", NOW))


def test_what_is_written_is_read_back(index: Index) -> None:
    """Every field of every row, hostile names included, in any order of writing."""
    put(index, fleet())
    with index.reading() as connection:
        found = {known.repository: known for known in queries.fleet(connection)}
    newest = {read.row.key.repository: read.row for read in fleet() if read.row.state is not State.OPEN}
    assert {name: known.judged for name, known in found.items() if known.judged} == newest
    assert set(found) == {*newest, "young"}
    assert found["young"].running is not None
    assert found["moving"].steps == (step("moving", "canary", 2, 1),)
    assert found["moving"].signed == (signed("moving"),)
    assert set(HOSTILE) <= set(found)


def test_since_when_a_decision_stands_is_that_of_the_first_in_a_row(index: Index) -> None:
    """A NO-GO between them begins it anew; the first GO stays the first."""
    words = ["GO", "NO-GO", "GO", "GO"]
    rows = [row("wine", f"c{n}", decision=word, judged_at=NOW - (9 - n) * DAY) for n, word in enumerate(words)]
    put(index, [CampaignReading(made) for made in rows])
    with index.reading() as connection:
        (known,) = queries.fleet(connection)
    assert (known.since, known.first_go_at) == (rows[2].judged_at, rows[0].judged_at)


def test_a_row_that_is_written_again_takes_the_place_of_the_first(index: Index) -> None:
    """With all that hangs on it."""
    put(index, fleet())
    with index.writing() as connection:
        writes.put_reads(connection, [CampaignReading(row("wine"), (), (reading(),))], fresh=False)
        writes.settle(connection, STORE, ["wine"])
    with index.reading() as connection:
        known = next(found for found in queries.fleet(connection) if found.repository == "wine")
        told = queries.told_of(connection, known)
    assert known.causes == ()
    assert [one.kind for _, one in told.readings] == ["metric"]
    assert told.campaigns == (row("wine"),)


def test_a_divergence_is_there_once_with_all_that_show_it_now(index: Index) -> None:
    """The first time is that of any campaign; a repository whose newest campaign is clean is not named."""
    put(index, fleet())
    with index.reading() as connection:
        found = {one.signature: one for one in queries.shared(connection)}
        (alone,) = queries.shared(connection, "aaaaaaaaaaaa")
    explained = found["aaaaaaaaaaaa"]
    assert alone == explained
    assert {hit.repository for hit in explained.hits} == {"wine", *HOSTILE}
    assert explained.first_at == NOW - 5 * DAY
    assert explained.campaigns == 7


def test_weeks_prices_startups_and_false_failures_are_counted(index: Index) -> None:
    """By the week and the month of the verdict."""
    at = NOW - 21 * DAY
    reads = [
        CampaignReading(row("a", judged_at=at), (), (reading("startup", 60, 80),)),
        CampaignReading(row("b", judged_at=at, decision="NO-GO", price=None)),
        CampaignReading(row("c", judged_at=at, decision="INCONCLUSIVE", price=0.5)),
        CampaignReading(row("d", state=State.OPEN, judged_at=0.0, decision="")),
    ]
    put(index, reads)
    with index.reading() as connection:
        counts = queries.counts(connection)
    assert counts.weeks == (Week(week_of(at), 1, 1, 1, 0.77, 1),)
    assert counts.startups == (Startup(week_of(at), 60, 80),)
    assert counts.false_failures == ()


def test_hashed_evidence_is_noted_and_damage_closes_the_row(index: Index) -> None:
    """What was found wrong stands beside the decision, which counts no more."""
    put(index, fleet())
    with index.writing() as connection:
        writes.put_verified(connection, Key(STORE, "c1", "thin"), NOW, "")
        writes.put_verified(connection, Key(STORE, "c1", "wine"), NOW, "runs/x/observation.json: bytes changed")
    with index.reading() as connection:
        found = {known.repository: known.judged for known in queries.fleet(connection)}
    assert found["thin"] == replace(row("thin"), **_kept(found["thin"]), verified_at=NOW)
    wine = found["wine"]
    assert wine is not None
    assert (wine.state, wine.trouble) == (State.DAMAGED, "runs/x/observation.json: bytes changed")
    assert wine.verified_at == 0.0


def _kept(found: object) -> dict[str, object]:
    return {name: getattr(found, name) for name in ("decision", "clean", "blocking", "reason", "tier")}


def test_a_reader_sees_one_time_whatever_is_written_meanwhile(index: Index) -> None:
    """Two questions of one reader, and a whole fleet that goes between them."""
    put(index, fleet())
    with index.reading() as connection:
        before = queries.fleet(connection)
        url = index.engine.url.render_as_string(hide_password=False)
        if url.startswith("postgresql"):
            with index.writing() as other:
                writes.forget(other, STORE)
        else:  # a reader of SQLite keeps the writer waiting until it is done
            thread = threading.Thread(target=_forget, args=(index,))
            thread.start()
        assert queries.fleet(connection) == before
        assert queries.places(connection)
    if not url.startswith("postgresql"):
        thread.join(60)
    with index.reading() as connection:
        assert queries.fleet(connection) == ()


def _forget(index: Index) -> None:
    with index.writing() as connection:
        writes.forget(connection, STORE)


def test_an_index_of_another_version_is_made_anew(index: Index) -> None:
    """Nothing in it is worth keeping, for all of it can be read again."""
    put(index, fleet())
    url = index.engine.url.render_as_string(hide_password=False)
    again = open_index(url)
    with again.writing() as connection:
        assert queries.fleet(connection)
        connection.exec_driver_sql(f"UPDATE board_meta SET value = '{VERSION + 1}'")
    again.close()
    last = open_index(url)
    with last.reading() as connection:
        assert queries.fleet(connection) == ()
    last.close()


def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    """What to mend, and no secret."""
    with pytest.raises(StoreError) as caught:
        open_index("postgresql://board:hunter2@127.0.0.1:1/parity?connect_timeout=2")
    assert "127.0.0.1" in str(caught.value)
    assert "hunter2" not in str(caught.value)
