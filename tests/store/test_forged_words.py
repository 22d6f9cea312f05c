"""A forged time or level is damage with its file, key and value, and never a crash of the harness."""

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
    ledger.append(path, ledger.CAMPAIGN, WHEN, "wine", "c1", {ledger.SPENDS: "0.01"})
    entry = json.loads(path.read_bytes()) | changed
    path.write_bytes(codec.line(entry) + b"\n")
    return path


def test_an_entry_without_a_time_is_damage(tmp_path: Path) -> None:
    """Named by entry, key and value."""
    with pytest.raises(EvidenceDamaged, match="ledger entry 0: at: expected a time, found 'soon'"):
        ledger.read(forged(tmp_path, at="soon"))


@pytest.mark.parametrize("level", ["all", "nan", "-1", "1.5"])
def test_a_level_that_is_none_is_damage(level: str, tmp_path: Path) -> None:
    """No number, or none that can be spent."""
    entries = ledger.read(forged(tmp_path, facts={ledger.SPENDS: level}))
    with pytest.raises(EvidenceDamaged, match=f"spends: expected a number of 0 to 1, found '{level}'"):
        ledger.entered(entries, "wine", "c1")


def test_a_level_is_read_where_it_is_one(tmp_path: Path) -> None:
    """The control."""
    assert ledger.entered(ledger.read(forged(tmp_path)), "wine", "c1") == 0.01
