"""A file or an object that is longer than any that the harness writes is damage at once: nobody reads a terabyte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import EvidenceDamaged
from harness.store import ledger, regular, s3
from harness.store.archive import Archive
from harness.store.folder import Folder
from harness.store.reports import Reports, open_reports

TERABYTE = 1 << 40


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    """Make files of a terabyte that take no room: a payload, a journal, and the ledger above."""
    root = tmp_path / "c1"
    for path in (root / "runs" / "r1" / "payload" / "0", root / "journal.log", tmp_path / "ledger.jsonl"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.truncate(path, TERABYTE)
    return root


def test_no_file_of_a_terabyte_is_read(sparse: Path) -> None:
    """Whole or in pieces, hashed or parsed: named, with its length."""
    archive, payload = Archive(sparse), "runs/r1/payload/0"
    with pytest.raises(EvidenceDamaged, match=r"payload/0: 1099511627776 bytes long, .* at most 256 GiB there"):
        list(Folder(sparse).chunks(payload))
    with pytest.raises(EvidenceDamaged, match="at most 1 GiB there"):
        Folder(sparse).read(payload)
    (trouble,) = archive.damaged({payload: "sha256:0"})
    assert trouble.startswith(f"{payload}: 1099511627776 bytes long")
    with pytest.raises(EvidenceDamaged, match=r"journal\.log: 1099511627776 bytes long"):
        archive.read_journal()
    with pytest.raises(EvidenceDamaged, match=r"ledger\.jsonl: 1099511627776 bytes long"):
        ledger.read(sparse.parent / "ledger.jsonl")


@pytest.fixture
def shared(user: str) -> Reports:
    """Open a bucket."""
    return open_reports(user)


def test_no_object_that_is_too_long_is_read(shared: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the length that the service says, before the first byte; with lower limits, for moto holds it in memory."""
    shared.store.put("a", b"x" * 100)
    assert shared.store.read("a") == b"x" * 100
    monkeypatch.setattr(s3, "WHOLE_BYTES_MAX", 99)
    with pytest.raises(EvidenceDamaged, match="a: 100 bytes long"):
        shared.store.read("a")
    assert b"".join(shared.store.chunks("a")) == b"x" * 100
    monkeypatch.setattr(s3, "BYTES_MAX", 99)
    with pytest.raises(EvidenceDamaged, match="a: 100 bytes long"):
        list(shared.store.chunks("a"))


def test_a_file_of_the_limit_is_read(tmp_path: Path) -> None:
    """The control."""
    (tmp_path / "a").write_bytes(b"x" * 100)
    with regular.open_plain(tmp_path, "a", 100) as file:
        assert len(file.read()) == 100
    with pytest.raises(EvidenceDamaged, match="a: 100 bytes long"):
        regular.open_plain(tmp_path, "a", 99)
