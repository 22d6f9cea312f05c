"""Stores into the index: real campaigns, read once, and damage that says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import boto3
import pytest
from board.made import Fleet, make
from campaign.finished import Draft, finish, repository
from moto_process import serving

from harness.board import queries
from harness.board.index import Index
from harness.board.standing import Known
from harness.board.updating import Updated, update, verify
from harness.board.values import CampaignRow, State
from harness.campaign import story
from harness.campaign.selfcheck.world import plan_of
from harness.model.clock import SystemClock
from harness.store import codec
from harness.store.archive import Archive
from harness.store.reports import Reports, in_folder, open_reports

CLOCK = SystemClock()
DAYS = ("2026-11-25T12:00:00Z", "2026-11-26T12:00:00Z", "2026-11-27T12:00:00Z")


def known(index: Index) -> dict[str, Known]:
    """Give what the index has, by repository."""
    with index.reading() as connection:
        return {found.repository: found for found in queries.fleet(connection)}


def newest(index: Index, name: str = "wine") -> CampaignRow:
    """Give the newest judged row of a repository."""
    found = known(index)[name].judged
    assert found is not None
    return found


def test_a_campaign_becomes_a_row_with_all_that_its_verdict_says(tmp_path: Path, index: Index) -> None:
    """Of its own files, whose digests are the ledger's."""
    finish(tmp_path / "r", "c1", candidate=Draft(5.0), author="carol")
    assert update(index, in_folder(tmp_path / "r"), CLOCK) == Updated(2, 1, "")
    row = newest(index)
    assert (row.decision, row.evidence, row.state, row.author) == ("NO-GO", "real", State.JUDGED, "carol")
    assert row.reason.startswith("rmse fell by 5")
    assert (row.clean, row.pairs, row.pairs_needed, row.blocking) == (3, 3, 3, 1)
    assert {name: cell.outcome for name, cell in row.cells.items()} == {
        "configuration": "MATCH",
        "cost": "",
        "identity": "MATCH",
        "metrics": "MISMATCH",
        "outputs": "MATCH",
        "startup": "INCONCLUSIVE",
        "transitions": "MATCH",
        "truth": "MATCH",
    }
    assert row.cells["startup"].informs
    assert row.expires_at - row.planned_at == 30 * 86_400


def test_an_update_reads_what_is_new_and_nothing_else(tmp_path: Path, sqlite: Index) -> None:
    """The first campaign's files may be gone by then: it is in the index."""
    reports = tmp_path / "r"
    finish(reports, "c1", at=DAYS[0])
    update(sqlite, in_folder(reports), CLOCK)
    shutil.rmtree(reports / "c1")
    finish(reports, "c2", candidate=Draft(5.0), at=DAYS[1])
    assert update(sqlite, in_folder(reports), CLOCK) == Updated(2, 1, "")
    assert update(sqlite, in_folder(reports), CLOCK) == Updated(0, 0, "")
    with sqlite.reading() as connection:
        told = queries.told_of(connection, known(sqlite)["wine"])
    assert [(row.key.campaign, row.decision) for row in told.campaigns] == [("c1", "GO"), ("c2", "NO-GO")]


def test_an_index_that_grew_step_by_step_is_the_one_that_was_read_at_once(tmp_path: Path, index: Index) -> None:
    """A fleet of five over ten days, read after every third of its ledger."""
    (place,) = make(tmp_path / "made", Fleet(5, 10))
    whole = (place / story.LEDGER).read_bytes().splitlines(keepends=True)
    part = tmp_path / "part"
    shutil.copytree(place, part)
    for share in (1, 2, 3):
        (part / story.LEDGER).write_bytes(b"".join(whole[: len(whole) * share // 3]))
        assert update(index, in_folder(part), CLOCK).trouble == ""
    grown = known(index)
    with index.writing() as connection:
        from harness.board.index import clear  # noqa: PLC0415

        clear(connection)
    update(index, in_folder(part), CLOCK)
    assert known(index) == grown
    assert len(grown) == 5


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("judgement/wine.json", "c1/judgement/wine.json differs from ledger entry 1"),
        ("verdict/wine.json", "c1/verdict/wine.json differs from ledger entry 1"),
        ("plan.json", "c1/plan.json differs from ledger entry 1"),
    ],
)
def test_a_changed_file_is_a_row_that_says_so(tmp_path: Path, sqlite: Index, name: str, says: str) -> None:
    """The decision of the ledger stands beside it and moves nothing; put back, the row is whole again."""
    finish(tmp_path / "r", "c1")
    path = tmp_path / "r" / "c1" / name
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"wine", b"vine"))
    update(sqlite, in_folder(tmp_path / "r"), CLOCK)
    assert (newest(sqlite).state, newest(sqlite).trouble) == (State.DAMAGED, says)
    path.write_bytes(kept)
    update(sqlite, in_folder(tmp_path / "r"), CLOCK)
    assert (newest(sqlite).state, newest(sqlite).trouble) == (State.JUDGED, "")


@pytest.mark.parametrize("name", ["judgement/wine.json", "verdict/wine.json", "plan.json"])
def test_a_missing_file_is_a_row_that_says_so(tmp_path: Path, sqlite: Index, name: str) -> None:
    """And the other rows are as they were."""
    finish(tmp_path / "r", "c1", repositories=(repository("wine"), repository("iris")))
    (tmp_path / "r" / "c1" / name).unlink()
    update(sqlite, in_folder(tmp_path / "r"), CLOCK)
    assert newest(sqlite).trouble == f"c1/{name}: it is not there"
    assert newest(sqlite, "iris").state is (State.DAMAGED if name == "plan.json" else State.JUDGED)


def test_hashing_the_evidence_finds_what_the_board_does_not_read(tmp_path: Path, sqlite: Index) -> None:
    """A payload that was changed: recorded before, damaged after; and whole evidence is verified at that time."""
    reports = tmp_path / "r"
    finish(reports, "c1", at=DAYS[0])
    update(sqlite, in_folder(reports), CLOCK)
    assert newest(sqlite).verified_at == 0.0
    verify(sqlite, in_folder(reports), "c1", CLOCK)
    assert newest(sqlite).verified_at > 0.0
    (reports / "c1/runs/wine-train-01-legacy-1/payload/0").write_text("forged", encoding="utf-8")
    verify(sqlite, in_folder(reports), "c1", CLOCK)
    assert newest(sqlite).state is State.DAMAGED
    assert "payload/0: bytes changed" in newest(sqlite).trouble


def test_a_ledger_with_a_forged_entry_marks_its_store(tmp_path: Path, sqlite: Index) -> None:
    """Nothing of it is read, and what was read before stays, under a banner."""
    reports = tmp_path / "r"
    finish(reports, "c1", candidate=Draft(5.0))
    path = reports / story.LEDGER
    path.write_bytes(path.read_bytes().replace(b'"kind":"campaign"', b'"kind":"campaigm"'))
    found = update(sqlite, in_folder(reports), CLOCK)
    assert found.trouble.startswith("ledger entry 1: does not follow the one before")
    with sqlite.reading() as connection:
        (place,) = queries.places(connection)
    assert place.trouble == found.trouble
    assert known(sqlite) == {}


def test_a_ledger_that_was_replaced_is_told(tmp_path: Path, sqlite: Index) -> None:
    """Another history with a whole chain is not the one that this index knows."""
    reports = tmp_path / "r"
    finish(reports, "c1", candidate=Draft(5.0))
    update(sqlite, in_folder(reports), CLOCK)
    shutil.rmtree(reports)
    finish(reports, "c1", at=DAYS[2])
    found = update(sqlite, in_folder(reports), CLOCK)
    assert "the ledger was replaced: its first 2 entries are not those" in found.trouble
    assert newest(sqlite).decision == "NO-GO"


def test_an_update_that_was_cut_off_is_done_again(
    tmp_path: Path, sqlite: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that were written before the end of the first reading are dropped."""
    finish(tmp_path / "r", "c1")
    with monkeypatch.context() as patched:
        patched.setattr("harness.board.updating._finish", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            update(sqlite, in_folder(tmp_path / "r"), CLOCK)
    assert update(sqlite, in_folder(tmp_path / "r"), CLOCK) == Updated(2, 1, "")


def test_a_campaign_without_a_verdict_is_running(tmp_path: Path, sqlite: Index) -> None:
    """Until it has one."""
    plan, archive = plan_of(repository(), campaign="c1"), Archive(tmp_path / "r" / "c1")
    archive.save_plan(plan)
    story.enter(plan, archive.ledger, DAYS[0], "carol")
    update(sqlite, in_folder(tmp_path / "r"), CLOCK)
    found = known(sqlite)["wine"]
    assert found.judged is None
    assert found.running is not None
    assert (found.running.state, found.running.runs) == (State.OPEN, 6)
    finish(tmp_path / "r", "c1", at=DAYS[0])
    update(sqlite, in_folder(tmp_path / "r"), CLOCK)
    assert known(sqlite)["wine"].running is None
    assert newest(sqlite).decision == "GO"


def test_a_bucket_is_read_as_a_folder_is(tmp_path: Path, sqlite: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows, from objects of a real S3 server."""
    with serving() as address:
        for name, value in (("AWS_ENDPOINT_URL", address), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"),
                            ("AWS_REGION", "us-east-1"), ("PARITY_SPOOL", str(tmp_path / "spool"))):  # fmt: skip
            monkeypatch.setenv(name, value)
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="evidence")
        finish(open_reports("s3://evidence/team"), "c1", candidate=Draft(5.0))
        assert update(sqlite, _fresh(), CLOCK) == Updated(2, 1, "")
        assert newest(sqlite).key.store == "s3://evidence/team"
        assert newest(sqlite).decision == "NO-GO"
        verify(sqlite, _fresh(), "c1", CLOCK)
        assert newest(sqlite).verified_at > 0.0


def _fresh() -> Reports:
    return open_reports("s3://evidence/team")


def test_what_the_ledger_holds_is_read_with_the_values_of_the_strict_reader(tmp_path: Path) -> None:
    """One pass over known bytes gives what the strict reader gives."""
    from harness.model.verdict import Judgement, Verdict  # noqa: PLC0415

    finished, _ = finish(tmp_path / "r", "c1")
    for name, kind in (("judgement/wine.json", Judgement), ("verdict/wine.json", Verdict)):
        data = (finished.archive.root / name).read_bytes()
        assert codec.decode_known(data, kind, name) == codec.decode(data, kind, name)
