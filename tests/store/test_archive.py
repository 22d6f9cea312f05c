"""The archive: one writer at a time, damage named, values read back as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import EvidenceDamaged
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.runner.collect import SCHEMA
from harness.store import ledger
from harness.store.archive import Archive


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


def test_an_observation_is_kept_only_when_its_payload_and_all_names_on_the_way_are_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut takes the payload, or the run's whole folder, from a run that is gone from its platform."""
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.path.relpath(Path(f"/proc/self/fd/{handle}").readlink(), tmp_path))
        real(handle)

    run = Run("r1", "wine-r1", "wine", "train", Side.LEGACY, 1)
    payload = tmp_path / "runs" / "r1" / "payload" / "log.txt"
    payload.parent.mkdir(parents=True)
    payload.write_text("rmse=1", encoding="utf-8")
    seen = Observation(SCHEMA, run, {}, (), None, "", (), {}, None, files={"runs/r1/payload/log.txt": "sha256:0"})
    monkeypatch.setattr(os, "fsync", fsync)
    Archive(tmp_path).save_observation(seen)
    below = ["runs/r1/payload", "runs/r1", "runs", "."]
    kept = next(name for name in synced if name.endswith(".tmp"))
    assert synced[: synced.index(kept)] == ["runs/r1/payload/log.txt", *below]
    assert synced[synced.index(kept) + 1 :] == ["runs/r1", *below[1:]]


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
    assert [name.partition(":")[0] for name in folder.damaged(expected)] == ["a", "b"]


def test_the_ledger_counts_attempts_once_and_keeps_them_all(tmp_path: Path) -> None:
    """A campaign entered twice is one attempt; a second campaign is a second one."""
    path = tmp_path / "ledger.jsonl"
    for campaign in ("c1", "c1", "c2"):
        ledger.append(path, "campaign", "2026-01-01T00:00:00Z", repository="repo", campaign=campaign, facts={})
    assert ledger.attempts(ledger.read(path), "repo") == 2
    assert ledger.attempts(ledger.read(path), "other") == 0


def test_any_edit_of_the_ledger_is_seen(tmp_path: Path) -> None:
    """Flipping, dropping or swapping an entry that has followers breaks the chain."""
    path = tmp_path / "ledger.jsonl"
    for n in range(3):
        ledger.append(path, "campaign", "2026-01-01T00:00:00Z", repository="repo", campaign=f"c{n}", facts={})
    lines = path.read_bytes().splitlines(keepends=True)
    edits = [[lines[1], lines[2]], [lines[0], lines[2]], [lines[1], lines[0], lines[2]]]
    edits.append([lines[0].replace(b'"repo"', b'"ropo"'), lines[1], lines[2]])
    for edit in edits:
        path.write_bytes(b"".join(edit))
        with pytest.raises(EvidenceDamaged, match="ledger entry"):
            ledger.read(path)
