"""A tenth of the hostile inputs of `nox -s attack` in every run of the tests, with its planted weaknesses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.mark.timeout(600)
def test_a_tenth_of_the_hostile_inputs_is_answered_within_its_bounds() -> None:
    """No crash, no escape, nothing over its bounds; and each planted weakness is found."""
    done = subprocess.run(
        [sys.executable, "-m", "attack.session", "--tenth", "--only", "hostile"],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    total = done.stdout.splitlines()[-1].split(" | ")
    assert int(total[1]) > 50
