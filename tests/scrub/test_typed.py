"""Frozen values made by many threads at once, each type for the first time in its process."""

from __future__ import annotations

import subprocess
import sys

MANY = """
import sys, threading
from dataclasses import make_dataclass
from harness.scrub.typed import convert

sys.setswitchinterval(1e-6)
for number in range(40):
    inner = [make_dataclass(f"Inner{n}", [(f"field{m}", int) for m in range(20)]) for n in range(10)]
    outer = make_dataclass(f"Outer{number}", [(f"part{n}", kind) for n, kind in enumerate(inner)])
    value = {f"part{n}": {f"field{m}": m for m in range(20)} for n in range(10)}
    begin = threading.Barrier(4)
    made = []

    def make():
        begin.wait()
        made.append(convert(value, outer))

    threads = [threading.Thread(target=make) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(made) == 4 and made[0] == made[3], made
"""


def test_threads_that_make_a_type_for_the_first_time_do_not_end_the_process() -> None:
    """Msgspec alone ends it with a segmentation fault (-11), or with an error of a shape that is right."""
    done = subprocess.run([sys.executable, "-c", MANY], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
