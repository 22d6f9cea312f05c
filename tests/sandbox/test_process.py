"""A container's end is always told: whatever becomes of its log, and whoever holds its pipes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.sandbox import process
from harness.sandbox.images import Image

NOISY = "import subprocess; subprocess.Popen(['sh', '-c', 'while true; do echo left; sleep 0.05; done'])"


def started(folder: Path, *command: str, log: str = "log") -> process.Container:
    """Start a relocated container."""
    image = Image("test:1", "test", "1", folder, "", json.dumps({}), "")
    spec = process.ContainerSpec(
        "test", image, command, {}, (), folder / log, process.Isolation.RELOCATED, folder / "scratch"
    )
    return process.start(spec)


def test_an_orphan_that_goes_on_writing_holds_nobody_up(tmp_path: Path) -> None:
    """The first process has ended; what it left behind ends with it, as in a container."""
    found = started(tmp_path, sys.executable, "-c", NOISY).wait(10)
    assert found is not None
    assert found.code == 0


def test_what_the_first_process_said_last_is_kept(tmp_path: Path) -> None:
    """The control: its pipes are read to their ends."""
    found = started(tmp_path, sys.executable, "-c", "print('x' * 300_000, 'end')").wait(10)
    assert found is not None
    assert (tmp_path / "log").read_text(encoding="utf-8").endswith("x end\n")


def test_a_log_that_cannot_be_written_ends_the_container(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As on a full disk: nobody reads its pipes any more, so it is killed, and its end is told."""
    (tmp_path / "log").mkdir()
    found = started(tmp_path, sys.executable, "-c", "import time; time.sleep(60)").wait(10)
    assert found is not None
    assert (found.code, found.signal) == (137, 9)
    assert "IsADirectoryError" in capfd.readouterr().err
