"""The sandbox's containers by a real engine: the image, PID 1, signals, memory, mounts, and what is refused."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cluster import endings, images

from harness.sandbox import engine, process
from harness.sandbox.engine import EngineError
from harness.sandbox.images import Image, ImageStore

MIB = 1024 * 1024
WAIT_SECONDS = 60.0

Start = Callable[..., process.Container]


@pytest.fixture(scope="module")
def image(podman: Mapping[str, str]) -> Image:
    """Load the demo's archive and give one of its images."""
    del podman
    store = ImageStore()
    found = [store.add_archive(f"demo/{name}", "1", images.demo()) for name in images.demo_names()]
    store.load_into("podman")
    return found[0]


@pytest.fixture
def start(image: Image, tmp_path: Path) -> Start:
    """Start a container whose /opt/ml is `ml`, its log in `log`."""
    (tmp_path / "ml").mkdir()

    def started(*command: str, memory: int | None = None, **environment: str) -> process.Container:
        mounts = (process.Mount(tmp_path / "ml", "/opt/ml"),)
        isolation, scratch = process.Isolation.PODMAN, tmp_path / "scratch"
        spec = process.ContainerSpec(
            "test", image, command, environment, mounts, tmp_path / "log", isolation, scratch, memory_bytes=memory
        )
        return process.start(spec)

    return started


def ended(container: process.Container) -> tuple[int, int | None]:
    """Wait for the end; give exit code and signal."""
    found = container.wait(WAIT_SECONDS)
    assert found is not None
    return found.code, found.signal


def until(log: Path, text: str) -> None:
    """Wait for a word of the container's."""
    ends = time.monotonic() + WAIT_SECONDS
    while text not in (log.read_text(encoding="utf-8") if log.exists() else ""):
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_the_work_runs_as_pid_1_in_the_image_with_opt_ml_mounted(start: Start, tmp_path: Path) -> None:
    """Python and libraries are the image's, and what is written below /opt/ml is there afterwards."""
    code = (
        "import os, sys, json, platform, sklearn; json.dump([os.getpid(), sys.prefix, os.getcwd(), os.environ['WORD']],"
        " open('/opt/ml/seen.json', 'w'))"
    )
    assert ended(start("python", "-c", code, WORD="a b=c")) == (0, None)
    assert json.loads((tmp_path / "ml" / "seen.json").read_text()) == [1, "/usr", images.CODE_FOLDER, "a b=c"]


def test_an_exit_code_is_the_programs(start: Start) -> None:
    """Through the engine's own process."""
    assert ended(start("python", "-c", "raise SystemExit(3)")) == (3, None)


def test_memory_beyond_the_limit_is_killed_and_below_it_is_not(start: Start) -> None:
    """The kernel kills; the exit code is that of SIGKILL."""
    assert ended(start("python", "-c", f"bytearray({200 * MIB})", memory=100 * MIB)) == (137, signal.SIGKILL)
    assert ended(start("python", "-c", f"bytearray({200 * MIB})", memory=400 * MIB)) == (0, None)


@pytest.mark.parametrize("ending", endings.ENDINGS, ids=lambda each: each.name)
@pytest.mark.parametrize("shim", [False, True], ids=["bare", "shim"])
def test_sigterm_ends_the_work_as_it_ends_a_pid_1(
    start: Start, tmp_path: Path, ending: endings.Ending, *, shim: bool
) -> None:
    """A handler decides; without one the signal is lost, and only SIGKILL ends it: under the shim as without."""
    command = endings.under_shim(ending, tmp_path / "ml") if shim else ending.command
    container = start(*command)
    until(tmp_path / "log", endings.READY)
    container.signal(signal.SIGTERM)
    if ending.code == endings.KILLED:
        assert container.wait(1.0) is None
        container.kill()
    assert ended(container)[0] == ending.code


def test_a_kill_that_comes_before_the_container_is_made_ends_it_all_the_same(start: Start) -> None:
    """The engine takes a moment; nothing may be left running."""
    container = start("python", "-c", "import time; time.sleep(600)")
    container.kill()
    assert ended(container)[0] == 137
    left = subprocess.run(["podman", "ps", "--all", "--quiet"], check=True, capture_output=True)
    assert left.stdout == b""


def test_a_program_that_is_not_there_is_the_engines_word(start: Start, tmp_path: Path) -> None:
    """One line, by which the SageMaker layer knows that the job never ran."""
    assert ended(start("absent"))[0] == 127
    (line,) = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert " stderr F Error: " in line


def test_what_only_the_image_knows_how_to_start_is_refused(start: Start) -> None:
    """By name, not by a guess."""
    with pytest.raises(EngineError, match="the image's own entrypoint is refused"):
        start()


def test_an_archive_without_the_image_is_refused_and_so_is_a_folder(tmp_path: Path) -> None:
    """At the start of the sandbox, with the name of what was looked for."""
    with pytest.raises(EngineError, match="has no image demo/absent:1"):
        engine.look_up(images.demo(), "demo/absent:1")
    with pytest.raises(EngineError, match="is no archive"):
        engine.look_up(tmp_path, "demo/absent:1")


def test_an_image_that_the_engine_does_not_have_afterwards_is_refused(image: Image) -> None:
    """Loaded is not enough: it has to be there under the digest of its configuration."""
    with pytest.raises(EngineError, match="image inspect"):
        engine.load("podman", image.code, ["sha256:" + "0" * 64])
