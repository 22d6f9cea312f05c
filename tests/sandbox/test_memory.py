"""A container's memory limit, kept without a control group."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from harness.sandbox import memory
from harness.sandbox.process import hard_codes

MIB = 1024**2
GROW = "import sys, time; held = bytearray(int(sys.argv[1])); print('held', flush=True); time.sleep(60)"
PARENT = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {GROW!r}, sys.argv[1]]) and 5)"


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process whose child holds 80 MiB, and wait until it does."""
    command = [sys.executable, "-c", PARENT, str(80 * MIB)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_above_the_limit_the_largest_process_is_killed_and_its_parent_goes_on(
    parent: subprocess.Popen[bytes],
) -> None:
    """The parent sees its child's end and gives a code of its own, as in a container whose child the kernel killed."""
    assert memory.keep(parent.pid, 64 * MIB)
    assert parent.wait(30) == 5


def test_below_the_limit_nobody_is_killed(parent: subprocess.Popen[bytes]) -> None:
    """The same processes under a limit that they keep."""
    assert not memory.keep(parent.pid, 512 * MIB)
    time.sleep(0.1)
    assert parent.poll() is None


def test_a_process_that_is_gone_needs_no_memory() -> None:
    """It may end between two looks."""
    process = subprocess.Popen(["true"])
    process.wait()
    assert not memory.keep(process.pid, 1)


def test_a_process_may_end_while_it_is_looked_at() -> None:
    """Another thread waits for it, so that its folder goes at any moment of a look."""
    for _ in range(200):
        process = subprocess.Popen(["sleep", "0.001"])
        waits = threading.Thread(target=process.wait)
        waits.start()
        while waits.is_alive():
            assert not memory.keep(process.pid, MIB * 1024)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/kept/first", False),
        ("--model=/kept", False),
        ("if [ -f /kept/first ]; then true; fi", True),
        ("touch /kept", True),
        ("cat /elsewhere/kept /kept-not", False),
        ("open('/kept/x')", True),
    ],
)
def test_a_path_inside_a_script_is_told_from_one_that_can_be_rewritten(text: str, found: bool) -> None:  # noqa: FBT001
    """Words are rewritten, scripts are not."""
    assert hard_codes(text, "/kept") is found
