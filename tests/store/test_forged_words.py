"""A forged time is damage with its file, key and value, and never a crash of the harness."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import EvidenceDamaged
from harness.store import codec, ledger

WHEN = "2026-06-01T12:00:00.000Z"


def forged(folder: Path, **changed: object) -> Path:
    """Write a ledger of one campaign's entry with some of its fields replaced; its chain holds."""
    path = folder / "ledger.jsonl"
    ledger.append(path, ledger.CAMPAIGN, WHEN, repository="wine", campaign="c1", facts={})
    entry = json.loads(path.read_bytes()) | changed
    path.write_bytes(codec.line(entry) + b"\n")
    return path


def test_an_entry_without_a_time_is_damage(tmp_path: Path) -> None:
    """Named by entry, key and value."""
    with pytest.raises(EvidenceDamaged, match="ledger entry 0: at: expected a time, found 'soon'"):
        ledger.read(forged(tmp_path, at="soon"))
