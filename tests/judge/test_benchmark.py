"""The benchmark of the judge runs, small: nothing that it calls may be gone without a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "benchmarks" / "bench_judge.py"


def test_the_benchmark_of_the_judge_measures_comparisons_and_verdicts() -> None:
    """What it measures is nobody's concern here."""
    done = subprocess.run([sys.executable, str(BENCH), "60", "2"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ") and "µs each" in line]
    assert len(rows) == len(["batch", "with intervals", "one by one", "t tests", "bootstrap"])
    assert "| 2 whole verdicts from stored findings" in done.stdout
