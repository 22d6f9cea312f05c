"""The benchmark of comparisons runs, small: every way that is installed, with the counts that are known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "benchmarks" / "bench_compare.py"
CASES = ("Parquet, in order", "Parquet, any order", "CSV", "data set", "JSON", "npz")


def test_the_benchmark_of_comparisons_measures_every_case() -> None:
    """It ends with 1 where an answer is not the known one; what it measures is nobody's concern here."""
    command = [sys.executable, str(BENCH), "--rows", "20000", "--files", "8", "--mib", "1", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    measured = [line.split(" | ")[0].removeprefix("| ") for line in done.stdout.splitlines() if " | ours | " in line]
    assert tuple(measured) == CASES
