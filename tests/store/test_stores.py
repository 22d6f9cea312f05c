"""The contract of a store, held by a folder and by a bucket alike."""

from __future__ import annotations

import os
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from harness.errors import ConfigError, EvidenceDamaged
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.store import codec, ledger
from harness.store.reports import Reports, in_folder, open_reports

AT = "2026-11-24T10:58:00Z"
LONG = "s3://bucket/" + "a" * 100_000 + " "


def test_what_is_put_is_read_and_what_is_not_there_is_none(reports: Reports) -> None:
    """Small files whole; a second put takes the place of the first."""
    store = reports.store.under("c1")
    assert store.read("plan.json") is None
    store.put("plan.json", b"one")
    store.put("plan.json", b"two")
    assert store.read("plan.json") == b"two"
    assert reports.store.read("c1/plan.json") == b"two"


def test_a_name_is_taken_once_and_a_repeated_put_of_the_same_bytes_is_no_conflict(reports: Reports) -> None:
    """A writer whose reply was lost asks again, and is told that its bytes are there."""
    store = reports.store
    assert store.put_if_absent("a/1", b"first")
    assert store.put_if_absent("a/1", b"first")
    assert not store.put_if_absent("a/1", b"second")
    assert store.read("a/1") == b"first"


def test_what_is_removed_is_gone_and_removing_it_again_does_nothing(reports: Reports) -> None:
    """Its neighbour stays."""
    reports.store.put("a/1", b"one")
    reports.store.put("a/2", b"two")
    reports.store.remove("a/1")
    reports.store.remove("a/1")
    assert (reports.store.read("a/1"), reports.store.names("a/")) == (None, ("a/2",))


def test_names_are_listed_in_order_from_a_place_on(reports: Reports) -> None:
    """As many as there are, more than one page of a bucket; temporary files are none."""
    names = tuple(f"n/{number:04}" for number in range(1005))
    for name in names:
        reports.store.put_if_absent(name, b"x") if reports.store.place().startswith("s3") else _quick(reports, name)
    assert reports.store.names("n/") == names
    assert reports.store.names("n/", after="n/1001") == ("n/1002", "n/1003", "n/1004")
    assert reports.store.names("m/") == ()
    assert reports.store.read_all(names[:3]) == (b"x", b"x", b"x")


def _quick(reports: Reports, name: str) -> None:
    path = reports.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    path.with_name(f".{path.name}.tmp").write_bytes(b"half")


def test_an_age_is_told_by_the_stores_own_clock(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock of ours that is a day off changes nothing."""
    reports.store.put("f", b"")
    monkeypatch.setattr("time.time", lambda: 0.0)
    age = reports.store.age_seconds("f")
    assert age is not None
    assert 0 <= age < 60
    assert reports.store.age_seconds("g") is None


def test_a_large_file_goes_and_comes_in_pieces(reports: Reports) -> None:
    """70 MiB, which a bucket takes in parts; none of it is held whole to name it."""
    path = reports.folder / "c1" / "big"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for number in range(70):
            file.write(bytes([number]) * (1 << 20))
    store = reports.store.under("c1")
    store.put_file("big", path)
    assert max(map(len, store.chunks("big"))) <= 1 << 20
    assert codec.digest_of_chunks(store.chunks("big")) == codec.digest_of_file(path)


def test_a_file_that_is_missing_is_damage_by_name(reports: Reports) -> None:
    """In pieces and in many as well."""
    with pytest.raises(EvidenceDamaged, match="gone"):
        list(reports.store.chunks("gone"))
    with pytest.raises(EvidenceDamaged, match="gone"):
        reports.store.read_all(["gone"])
    assert reports.store.local("gone") is None


def test_a_fifo_in_the_place_of_a_payload_is_damage_and_hangs_nobody(tmp_path: Path) -> None:
    """A folder can hold what a bucket can't."""
    archive = in_folder(tmp_path).archive("c1")
    (tmp_path / "c1").mkdir()
    os.mkfifo(tmp_path / "c1" / "log.txt")
    assert archive.damaged({"log.txt": "sha256:0"}) == ("log.txt: a pipe, not a plain file",)


def observation(files: dict[str, str]) -> Observation:
    """Make a small one that names payloads."""
    run = Run("r1", "parity-r1-a1", "wine", "job", Side.LEGACY, 1)
    return Observation("parity.observation/1", run, {}, (), None, "", (), {}, None, files=files)


def test_evidence_is_read_back_from_another_machine(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An empty spool; facts and payloads come from the store, and what was changed there is seen."""
    first = open_reports(place).archive("c1")
    log = first.run_folder("r1") / "payload" / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("the log")
    name = "runs/r1/payload/log.txt"
    first.save_observation(observation({name: codec.digest_of_file(log)}))

    monkeypatch.setenv("PARITY_SPOOL", str(tmp_path / "other-machine"))
    second = open_reports(place).archive("c1")
    found = second.load_observation("r1")
    assert found == observation(found.files if found else {})
    payload = second.payload(name)
    assert payload is not None
    assert payload.read_text() == "the log"
    assert second.damaged(found.files if found else {}) == ()
    second.store.put(name, b"another log")
    assert second.damaged(found.files if found else {}) == (f"{name}: bytes changed since they became evidence",)


# -- the ledger -------------------------------------------------------------------------------------------------------


def _enter_many(place: str, writer: int, count: int) -> None:
    book = open_reports(place).ledger
    for number in range(count):
        book.append(ledger.RECOMPARISON, AT, "wine", campaign=f"c{writer}", facts={"number": str(number)})


def test_eight_writers_append_to_one_ledger_and_none_is_lost(place: str) -> None:
    """Eight processes, five entries each, one unbroken order, in which each writer's own entries keep theirs."""
    with ProcessPoolExecutor(8) as pool:
        list(pool.map(_enter_many, [place] * 8, range(8), [5] * 8))
    entries = open_reports(place).ledger.entries()
    told = [(entry.campaign, entry.facts["number"]) for entry in entries]
    assert len(told) == 40
    for writer in range(8):
        assert [number for name, number in told if name == f"c{writer}"] == ["0", "1", "2", "3", "4"]


def test_a_campaign_begins_once_in_the_ledger_whoever_enters_it(place: str) -> None:
    """Two machines that enter the same campaign."""
    for _ in range(2):
        open_reports(place).ledger.append(ledger.CAMPAIGN, AT, "wine", campaign="c1", facts={})
    assert len(open_reports(place).ledger.entries()) == 1


def test_an_entry_that_is_missing_breaks_the_chain_of_a_bucket(user: str) -> None:
    """A number that is not there, and an entry that was changed."""
    book = open_reports(user).ledger
    for number in range(3):
        book.append(ledger.RECOMPARISON, AT, "wine", campaign="c1", facts={"number": str(number)})
    store = open_reports(user).store
    second = store.read("ledger/0000000001.json") or b""
    store.put("ledger/0000000001.json", second.replace(b'"1"', b'"7"', 1))
    with pytest.raises(EvidenceDamaged, match="ledger entry 2"):
        open_reports(user).ledger.entries()


def test_an_append_verifies_only_what_is_new(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 60 entries each is read once by a process that appends the last 10."""
    writer = open_reports(place).ledger
    for number in range(50):
        writer.append(ledger.RECOMPARISON, AT, "wine", campaign="c1", facts={"number": str(number)})
    verified: list[int] = []
    follower = ledger.follower

    def counted(line: bytes, number: int, previous: str) -> ledger.Entry:
        verified.append(number)
        return follower(line, number, previous)

    monkeypatch.setattr(ledger, "follower", counted)
    again = open_reports(place).ledger
    for number in range(50, 60):
        again.append(ledger.RECOMPARISON, AT, "wine", campaign="c1", facts={"number": str(number)})
    assert verified == list(range(59))


def test_a_ledger_that_was_put_in_the_place_of_another_is_verified_anew(tmp_path: Path) -> None:
    """A file that no longer ends where it did is read from its start."""
    book = in_folder(tmp_path).ledger
    for name in ("c1", "c2", "c3"):
        book.append(ledger.CAMPAIGN, AT, "wine", campaign=name, facts={})
    other = in_folder(tmp_path / "other").ledger
    other.append(ledger.CAMPAIGN, AT, "wine", campaign="c9", facts={})
    (tmp_path / "other" / "ledger.jsonl").replace(tmp_path / "ledger.jsonl")
    book.append(ledger.CAMPAIGN, AT, "wine", campaign="c4", facts={})
    assert [entry.campaign for entry in book.entries()] == ["c9", "c4"]


def test_a_copy_of_a_bucket_is_a_folder_that_is_read(user: str, tmp_path: Path) -> None:
    """What an auditor downloads, as it lies in the bucket, has its ledger."""
    book = open_reports(user)
    book.ledger.append(ledger.CAMPAIGN, AT, "wine", campaign="c1", facts={})
    copy = in_folder(tmp_path / "copy")
    for name in book.store.names(""):
        copy.store.put(name, book.store.read(name) or b"")
    assert in_folder(tmp_path / "copy").ledger.entries() == book.ledger.entries()


@pytest.mark.parametrize(
    "text",
    [
        "gs://bucket/prefix",
        "s3://",
        "s3://Bucket",
        "s3://bucket//x",
        "s3://bucket/a b",
        "http://x",
        pytest.param(LONG, id="long"),
    ],
)
def test_a_place_that_is_none_is_refused_before_anything_is_asked(text: str) -> None:
    """With what was expected."""
    with pytest.raises(ConfigError, match="s3://BUCKET/PREFIX"):
        open_reports(text)


def test_one_file_of_the_store_imports_boto3() -> None:
    """The contract names every other module of the package, new ones too."""
    project = Path(__file__).parents[2]
    contracts = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (one_file,) = (contract for contract in contracts if contract["name"] == "One file a client")
    modules = {f"harness.store.{path.stem}" for path in (project / "harness" / "store").glob("[a-z]*.py")}
    assert modules - set(one_file["source_modules"]) == {"harness.store.s3"}
