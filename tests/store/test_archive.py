"""The archive: one writer at a time, damage named, values read back as they were."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from harness.errors import EvidenceDamaged, Fenced
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.store import archive, ledger
from harness.store.archive import Archive


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    """The fence names its holder while that process lives."""
    archive.take_fence(tmp_path, archive.writer_name())
    with pytest.raises(Fenced, match=archive.writer_name()):
        archive.take_fence(tmp_path, "elsewhere 1 1")


def test_the_fence_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    """A killed writer holds nothing; a pid that lives again as another process doesn't either."""
    child = subprocess.run(
        [sys.executable, "-c", "from harness.store.archive import writer_name; print(writer_name())"],
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / "fence").write_text(child.stdout)
    archive.take_fence(tmp_path, archive.writer_name())
    assert (tmp_path / "fence").read_text().strip() == archive.writer_name()


def _take(root: Path) -> bool:
    try:
        archive.take_fence(root, archive.writer_name())
    except Fenced:
        return False
    time.sleep(0.3)  # it writes, and is alive while the others look
    return True


def test_of_writers_that_find_a_dead_ones_fence_at_the_same_time_one_gets_in(tmp_path: Path) -> None:
    """Looking, removing and writing are one step."""
    for number in range(10):
        root = tmp_path / str(number)
        root.mkdir()
        (root / "fence").write_text(f"{os.uname().nodename} 4194999 1\n")
        with ProcessPoolExecutor(4) as pool:
            assert sum(pool.map(_take, [root] * 4)) == 1


def test_the_fence_of_another_host_is_respected(tmp_path: Path) -> None:
    """Nothing can be said about a process of another host."""
    (tmp_path / "fence").write_text("another-host 1 1\n")
    with pytest.raises(Fenced):
        archive.take_fence(tmp_path, archive.writer_name())


def observation(tmp: str) -> Observation:
    """A smallest observation."""
    run = Run("r1", "p-r1", "repo", "job", Side.LEGACY, 1)
    return Observation("parity.observation/1", run, {"uid": tmp}, (), None, "", (), {}, None)


def test_an_observation_comes_back_as_it_was(tmp_path: Path) -> None:
    """Encoding and decoding give an equal value."""
    folder = Archive(tmp_path)
    folder.save_observation(observation("u"))
    assert folder.load_observation("r1") == observation("u")
    assert folder.load_observation("r2") is None


@pytest.mark.parametrize("change", [b"", b"{}", b'{"schema": 1}', b"not json"])
def test_a_changed_observation_is_damage_and_never_a_value(tmp_path: Path, change: bytes) -> None:
    """What does not have the shape is refused with the file's name."""
    folder = Archive(tmp_path)
    folder.save_observation(observation("u"))
    (tmp_path / "runs/r1/observation.json").write_bytes(change)
    with pytest.raises(EvidenceDamaged, match=r"observation\.json"):
        folder.load_observation("r1")


def test_removed_and_changed_evidence_is_named(tmp_path: Path) -> None:
    """Only the file that differs from its digest is listed."""
    folder = Archive(tmp_path)
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(name.encode())
    expected = folder.digests(("a", "b", "c"))
    assert folder.damaged(expected) == ()
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_bytes(b"x")
    assert [each.partition(":")[0] for each in folder.damaged(expected)] == ["a", "b"]


def test_the_ledger_counts_attempts_once_and_keeps_them_all(tmp_path: Path) -> None:
    """A campaign entered twice is one attempt; a second campaign is a second one."""
    path = tmp_path / "ledger.jsonl"
    for campaign in ("c1", "c1", "c2"):
        ledger.append(path, "campaign", "2026-01-01T00:00:00Z", "repo", campaign, {})
    assert ledger.attempts(ledger.read(path), "repo") == 2
    assert ledger.attempts(ledger.read(path), "other") == 0


def test_any_edit_of_the_ledger_is_seen(tmp_path: Path) -> None:
    """Flipping, dropping or swapping an entry that has followers breaks the chain."""
    path = tmp_path / "ledger.jsonl"
    for n in range(3):
        ledger.append(path, "campaign", "2026-01-01T00:00:00Z", "repo", f"c{n}", {})
    lines = path.read_bytes().splitlines(keepends=True)
    edits = [[lines[1], lines[2]], [lines[0], lines[2]], [lines[1], lines[0], lines[2]]]
    edits.append([lines[0].replace(b'"repo"', b'"ropo"'), lines[1], lines[2]])
    for edit in edits:
        path.write_bytes(b"".join(edit))
        with pytest.raises(EvidenceDamaged, match="ledger entry"):
            ledger.read(path)
