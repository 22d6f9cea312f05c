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


@pytest.mark.parametrize("isolation", sorted({process.detect(), process.Isolation.RELOCATED}))
def test_an_images_folder_stands_where_its_commands_look_for_it(tmp_path: Path, isolation: process.Isolation) -> None:
    """A container works in a copy of it: what it writes there changes no file of the folder."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "job.py").write_text(
        "import os, pathlib; pathlib.Path('made').write_text('x'); print(sorted(os.listdir()))"
    )
    image = Image("test:1", "test", "1", code, "", json.dumps({}), "", "/srv/app")
    words = (sys.executable, "/srv/app/job.py")
    spec = process.ContainerSpec("test", image, words, {}, (), tmp_path / "log", isolation, tmp_path / "scratch")
    found = process.start(spec).wait(30)
    assert found is not None
    assert (found.code, [path.name for path in code.iterdir()]) == (0, ["job.py"])
    assert (tmp_path / "log").read_text(encoding="utf-8").endswith("['job.py', 'made']\n")


@pytest.mark.skipif(process.detect() is not process.Isolation.NAMESPACES, reason="paths are hidden in namespaces only")
def test_a_mount_above_the_interpreter_hides_it_from_no_container(tmp_path: Path) -> None:
    """Such as a claim at the folder in which this environment happens to be."""
    above = f"/{Path(sys.prefix).parts[1]}"
    data = tmp_path / "data"
    data.mkdir()
    image = Image("test:1", "test", "1", tmp_path, "", json.dumps({}), "")
    words = (sys.executable, "-c", f"open('{above}/made', 'w').write('x')")
    mounts = (process.Mount(data, above),)
    isolation = process.Isolation.NAMESPACES
    spec = process.ContainerSpec("test", image, words, {}, mounts, tmp_path / "log", isolation, tmp_path / "scratch")
    found = process.start(spec).wait(30)
    assert found is not None
    assert (found.code, (data / "made").read_text()) == (0, "x")
