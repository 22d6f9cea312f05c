"""A part of `nox -s faults` in every run of the tests, and what its own instruments can see."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import forked
import pytest
from faults import session, unsynced

TESTS = Path(__file__).parents[1]


@pytest.mark.timeout(600)
def test_a_part_of_the_faults_ends_as_it_must() -> None:
    """Kills, signals, full disks, power cuts and clocks over scripted endpoints: 0 in every count."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "faults.session",
            "--family",
            "ledger",
            "--family",
            "scripted",
            "--family",
            "steps",
            "--every",
            "61",
        ],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tried = [int(line.split("|")[2]) for line in done.stdout.splitlines()[2:]]
    assert sum(tried) > 15


def test_a_failure_of_any_kind_is_counted_where_it_belongs() -> None:
    """Each case counts once in a column, whatever its words."""
    row = session.Row()
    row.add(1, ["started twice: 2", "left: 1"])
    row.add(2, ["verdict: NO-GO, undisturbed GO", "verdict: again"])
    row.add(2, ["hung: a resume"])
    row.add(2, [])
    assert row.line("fault") == "| fault (2 seeds) | 4 | 1 | 0 | 1 | 0 | 1 | 1 |"


def test_a_power_cut_takes_what_was_not_synced(tmp_path: Path) -> None:
    """A file without fsync, a name without that of its folder, and bytes after the last fsync; what was safe stays."""
    root = tmp_path / "disk"
    root.mkdir()
    (root / "old").write_text("old", encoding="utf-8")
    disk = unsynced.Disk(root, tmp_path / "notes")

    def act() -> None:
        disk.begin()
        unsynced.taken_over(disk)
        (root / "unsynced").write_text("x", encoding="utf-8")
        with (root / "log").open("wb") as file:
            file.write(b"safe")
            file.flush()
            os.fsync(file.fileno())
            handle = os.open(root, os.O_RDONLY)
            os.fsync(handle)
            file.write(b"lost")
            file.flush()
            (root / "nameless").write_text("y", encoding="utf-8")
            with (root / "nameless").open("rb") as other:
                os.fsync(other.fileno())
            (root / "old").unlink()
            os._exit(9)

    assert forked.run(act, tmp_path / "said").code == 9
    lost = unsynced.cut(disk, random.Random(1), chance=0.0)
    left = {path.name: path.read_text(encoding="utf-8") for path in root.iterdir()}
    # The folder was synced when `unsynced` was in it: its name is safe, and its bytes are not.
    assert (left, lost) == ({"old": "old", "log": "safe", "unsynced": ""}, 4)
