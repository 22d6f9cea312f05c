"""The journal: what is appended comes back; a cut is a prefix plus one named torn tail; a failed fsync ends its use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.store import journal

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
records = st.lists(st.dictionaries(st.sampled_from(["record", "run", "event", "näme"]), values, max_size=4), max_size=6)


def written(path: Path, contents: list[dict[str, object]]) -> bytes:
    """Append records and give the file's bytes."""
    path.unlink(missing_ok=True)
    with journal.Journal(path) as open_journal:
        open_journal.append(contents)
    return path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property."""
    return tmp_path_factory.mktemp("journal")


@given(records)
def test_reading_gives_back_what_was_written(folder: Path, contents: list[dict[str, object]]) -> None:
    """Every record comes back with its place."""
    data = written(folder / "a", contents)
    expected = tuple({**each, "sequence": n} for n, each in enumerate(contents))
    assert journal.parse(data) == journal.Reading(expected, None)


def test_a_journal_cut_at_any_byte_is_a_prefix_and_one_named_tail(tmp_path: Path) -> None:
    """Every cut of a real journal: the whole lines before it, and a tail that says where it begins."""
    contents: list[dict[str, object]] = [{"record": "event", "n": n, "text": "ü" * n} for n in range(4)]
    data = written(tmp_path / "a", contents)
    ends = [n + 1 for n, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(len(data) + 1):
        reading = journal.parse(data[:cut])
        whole = sum(end <= cut for end in ends)
        assert len(reading.records) == whole
        if cut in (0, *ends):
            assert reading.torn is None
        else:
            assert reading.torn is not None
            assert reading.torn.byte_offset == (0, *ends)[whole]
            assert reading.torn.bytes_left == cut - reading.torn.byte_offset


def test_a_flipped_bit_anywhere_is_seen(tmp_path: Path) -> None:
    """No single flipped bit gives the original records back without a tail."""
    data = written(tmp_path / "a", [{"record": "x"}, {"record": "y"}])
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        assert journal.parse(bytes(changed)).torn is not None


def test_a_dropped_or_swapped_record_is_seen(tmp_path: Path) -> None:
    """Sequence numbers tell what checksums of lines can't."""
    lines = written(tmp_path / "a", [{"n": 0}, {"n": 1}, {"n": 2}]).splitlines(keepends=True)
    assert len(journal.parse(lines[0] + lines[2]).records) == 1
    assert len(journal.parse(lines[1] + lines[0] + lines[2]).records) == 0


def test_a_torn_tail_is_set_aside_and_writing_goes_on(tmp_path: Path) -> None:
    """After a crash the next writer keeps the tail under its own name and continues the sequence."""
    path = tmp_path / "a"
    data = written(path, [{"n": 0}, {"n": 1}])
    path.write_bytes(data[:-3])
    with journal.Journal(path) as again:
        assert again.torn is not None
        assert len(again.recovered) == 1
        again.append([{"n": 2}])
    assert [record["n"] for record in journal.read(path).records] == [0, 2]
    aside = next(tmp_path.glob("a.torn-*"))
    assert data[:-3].endswith(aside.read_bytes())


def test_after_a_failed_fsync_the_journal_takes_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed fsync may have lost anything; trying again would lie (PostgreSQL 2018)."""
    with journal.Journal(tmp_path / "a") as open_journal:

        def broken(_: int) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "fsync", broken)
        with pytest.raises(StoreError, match="Input/output"):
            open_journal.append([{"n": 0}])
        monkeypatch.undo()
        with pytest.raises(StoreError, match="closed for good"):
            open_journal.append([{"n": 1}])
