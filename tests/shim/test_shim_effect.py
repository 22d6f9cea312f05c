"""Planted: a shim that changes ending, output or environment is found by the runs without it; the real one is not."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from build import job, pod
from observed import CANDIDATE, LEGACY, declared, observed
from sagemaker_cases import NORMAL, failed, training

from harness.compare.shim_effect import check_bare
from harness.model.finding import Outcome
from harness.model.job import Side
from harness.model.observation import Observation, OutputFile, OutputSeen
from harness.runner.log_lines import LogLines, lines_of
from harness.runner.metrics import curve_of
from harness.shim import shim
from harness.store import codec

if TYPE_CHECKING:
    from conftest import Bench

TRAIN = declared(metrics=("score",))
METRIC = replace(TRAIN.metrics[0], regex=r"(\d+)")
PROGRAM = """
import os, pathlib, sys
pathlib.Path(sys.argv[1]).mkdir(exist_ok=True)
pathlib.Path(sys.argv[1], "model.bin").write_bytes(b"weights")
print(len(os.environ.get("OMP_NUM_THREADS", "")))
sys.exit(int(sys.argv[2]))
"""
PLANTED = {
    "swallows the exit code": ("    shim.after()\n    return code", "    shim.after()\n    return 0", 3),
    "writes into the output": (
        "    shim.after()",
        '    Path(spec["command"][-2], "log").write_text("x")\n    shim.after()',
        0,
    ),
    "sets a variable": (
        "    shim.before()",
        '    os.environ["OMP_NUM_THREADS"] = "1"\n    shim = Shim(spec, os.environ)\n    shim.before()',
        0,
    ),
}


@dataclass(frozen=True)
class Lab:
    """Runs the program with and without a shim, and says what was seen from outside."""

    bench: Bench

    def seen(self, side: Side, ends_with: int, source: str | None) -> Observation:
        """Run it; `source`: of the shim, None: without one."""
        folder = self.bench.folder / "model"
        for path in folder.glob("*"):
            path.unlink()
        command = [sys.executable, "-c", PROGRAM, str(folder), str(ends_with)]
        if source is not None:
            planted = self.bench.folder / "shim.py"
            planted.write_text(source, encoding="utf-8")
            command = self.bench.command(self.bench.spec(*command))
            command[1] = str(planted)
        ended = subprocess.run(
            command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60, check=False
        )
        files = tuple(OutputFile(path.name, 1, codec.digest(path.read_bytes())) for path in sorted(folder.glob("*")))
        outputs = (OutputSeen("model", declared=True, files=files, absent=not files),)
        code = ended.returncode
        story = (job("failed@9" if code else "complete@9"), pod(f"main 2-8 {code}"))
        reply = failed(f"AlgorithmError: , exit code: {code}") if code else training("Completed", *NORMAL)
        return observed(
            side, *(story if side is LEGACY else ()), reply=reply if side is CANDIDATE else None, record=None,
            outputs=outputs, metrics={"score": curve_of(LogLines(lines_of(ended.stdout)), METRIC)},
        )  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_a_shim_that_changes_the_job_is_found(bench: Bench, planted: str) -> None:
    """And the shim as it is, over the same program, is not."""
    real = Path(shim.__file__).read_text(encoding="utf-8")
    old, new, ends_with = PLANTED[planted]
    assert real.count(old) == 1
    for source, outcome in ((real, Outcome.MATCH), (real.replace(old, new), Outcome.MISMATCH)):
        side, lab = CANDIDATE if "output" in planted else LEGACY, Lab(bench)
        bare, with_it = lab.seen(side, ends_with, None), lab.seen(side, ends_with, source)
        (found,) = check_bare(TRAIN, side, [bare], [with_it])
        assert found.outcome is outcome, found.summary
