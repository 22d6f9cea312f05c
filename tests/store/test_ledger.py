"""The ledger: append-only, chained, one entry for each campaign and verdict, whoever writes at the same time."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceDamaged
from harness.store import ledger

AT = "2026-11-24T10:58:00Z"


def filled(path: Path, count: int = 4) -> Path:
    """A ledger of some campaigns."""
    for n in range(count):
        ledger.append(path, ledger.CAMPAIGN, AT, repository="wine", campaign=f"c{n}", facts={"config": f"sha256:{n}"})
    return path


def _enter(path: Path, number: int) -> None:
    ledger.append(path, ledger.CAMPAIGN, AT, repository="wine", campaign=f"c{number}", facts={})


def test_each_entry_names_the_digest_of_the_one_before(tmp_path: Path) -> None:
    """Sequence and chain, from the first on."""
    path = filled(tmp_path / "ledger.jsonl", 3)
    entries = ledger.read(path)
    lines = path.read_bytes().splitlines()
    assert [entry.sequence for entry in entries] == [0, 1, 2]
    assert [entry.previous for entry in entries] == [ledger.FIRST, *(ledger.codec.digest(line) for line in lines[:2])]


def test_a_campaign_begins_and_ends_once_but_every_recomparison_counts(tmp_path: Path) -> None:
    """A resumed campaign adds nothing; a verdict made anew is a fact of its own."""
    path = tmp_path / "ledger.jsonl"
    for kind in (ledger.CAMPAIGN, ledger.VERDICT, ledger.RECOMPARISON) * 2:
        ledger.append(path, kind, AT, repository="wine", campaign="c1", facts={})
    told = [entry.kind for entry in ledger.read(path)]
    assert told == [ledger.CAMPAIGN, ledger.VERDICT, ledger.RECOMPARISON, ledger.RECOMPARISON]


def test_attempts_are_the_campaigns_of_one_repository(tmp_path: Path) -> None:
    """Those of others and verdicts are not counted."""
    path = filled(tmp_path / "ledger.jsonl", 3)
    ledger.append(path, ledger.CAMPAIGN, AT, repository="digits", campaign="c0", facts={})
    ledger.append(path, ledger.VERDICT, AT, repository="wine", campaign="c0", facts={})
    assert ledger.attempts(ledger.read(path), "wine") == 3


def test_the_head_names_length_and_last_line(tmp_path: Path) -> None:
    """Of an empty ledger it is the beginning; each entry names the head it followed."""
    path = tmp_path / "ledger.jsonl"
    assert ledger.head(path) == (0, ledger.FIRST)
    filled(path, 2)
    before = ledger.head(path)
    filled(path, 3)
    assert (before[0], ledger.read(path)[2].previous) == (2, before[1])


@pytest.mark.parametrize("change", ["drop", "swap", "repeat", "edit"])
def test_a_changed_chain_is_seen_and_nothing_is_built_on_it(tmp_path: Path, change: str) -> None:
    """Dropped, swapped, repeated or edited entries are refused by reading and by appending."""
    path = filled(tmp_path / "ledger.jsonl")
    one, two, three, four = path.read_bytes().splitlines()
    lines = {
        "drop": [one, three, four],
        "swap": [one, three, two, four],
        "repeat": [one, two, two, three, four],
        "edit": [one, two.replace(b"c1", b"c9"), three, four],
    }[change]
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(EvidenceDamaged, match="ledger entry"):
        ledger.read(path)
    with pytest.raises(EvidenceDamaged, match="ledger entry"):
        ledger.append(path, ledger.CAMPAIGN, AT, repository="wine", campaign="c8", facts={})


@given(data=st.data())
def test_any_flipped_bit_before_the_last_entry_is_seen(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The last entry's own bytes are covered by the next one."""
    path = filled(tmp_path_factory.mktemp("ledger") / "ledger.jsonl", 3)
    whole = bytearray(path.read_bytes())
    last = bytes(whole).rstrip(b"\n").rindex(b"\n")
    at = data.draw(st.integers(0, last - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(whole))
    with pytest.raises(EvidenceDamaged):
        ledger.read(path)


@pytest.mark.parametrize("kept", [1, 40, -1], ids=["a byte", "a part", "all but its end"])
def test_a_line_that_a_crash_cut_was_never_acknowledged(tmp_path: Path, kept: int) -> None:
    """What is whole is read, the next entry follows it, and the cut line is kept aside."""
    path = filled(tmp_path / "ledger.jsonl", 3)
    whole = path.read_bytes()
    cut = filled(tmp_path / "longer.jsonl", 4).read_bytes()[len(whole) :][:kept]
    path.write_bytes(whole + cut)
    assert len(ledger.read(path)) == ledger.head(path)[0] == 3
    _enter(path, 9)
    assert [entry.campaign for entry in ledger.read(path)] == ["c0", "c1", "c2", "c9"]
    assert (tmp_path / f"ledger.jsonl.torn-{len(whole)}").read_bytes() == cut


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """Sixteen entries from four processes stand in one unbroken order."""
    path = tmp_path / "ledger.jsonl"
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_enter, [path] * 16, range(16)))
    assert {entry.campaign for entry in ledger.read(path)} == {f"c{n}" for n in range(16)}


def test_campaigns_after_an_entry_and_before_one_are_counted(tmp_path: Path) -> None:
    """Those of others do not count."""
    path = tmp_path / "ledger.jsonl"
    for name in ("c0", "c1", "c2", "c3"):
        ledger.append(path, ledger.CAMPAIGN, AT, repository="wine", campaign=name, facts={})
    entries = ledger.read(path)
    assert [ledger.looked(entries, "wine", 0, name) for name in ("c0", "c1", "c2", "c3")] == [0, 0, 1, 2]
    assert ledger.looked(entries, "digits", 0, "c3") == 0
