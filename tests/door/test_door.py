"""The door test: a distribution outside the harness adds six things, and takes a pair to GO and to NO-GO.

Nothing of the harness is edited: the distribution is a folder on the path with entry points, in a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from installed import distribution

import harness

HERE = Path(__file__).parent
ROOT = Path(harness.__file__).parents[1]
POINTS = {
    "parity.platforms": {"paper": "paper_platform:PLATFORM"},
    "parity.backends": {"paper": "paper_platform:CONNECTOR"},
    "parity.kinds": {"wordlist": "paper_kind:KIND"},
    "parity.formats": {"words": "paper_format:FORMAT"},
    "parity.sources": {"tickets": "paper_witness:SOURCE"},
    "parity.checks": {"tickets": "paper_check:CHECK"},
    "parity.sections": {"tickets": "paper_section:SECTION"},
}
LINES_MAX = 250
IMAGE = "desk/words@sha256:" + "0" * 64
JOB = {
    "kind": "wordlist", "image": IMAGE, "command": ["one", "two"], "effects": [],
    "outputs": {"list": {"path": "/desk/out/list", "rules": [{"files": "*", "form": "words"}]}},
}  # fmt: skip
POLICY = {"preset": "trial", "pairs": 3, "bad_runs_max": 0.7, "repeats": 2, "shim_off_pairs": 0}


def carried(folder: Path, candidate: dict[str, object], **environment: str) -> subprocess.CompletedProcess[str]:
    """Install the distribution, and run a campaign of one job in a process of its own."""
    home = distribution(folder / "site", "door-paper", POINTS, {})
    shutil.copytree(HERE / "paper", home, dirs_exist_ok=True)
    side = {"platform": "paper", "desk": "left"}
    entry = {"legacy": side, "candidate": {**side, "desk": "right"}, "jobs": {"list": {**JOB, "candidate": candidate}}}
    defaults = {"owner": "a", "tier": "b", "policy": POLICY}
    (folder / "repos.yaml").write_text(json.dumps({"defaults": defaults, "repositories": {"desk": entry}}))
    path = os.pathsep.join([str(ROOT), str(home)])
    command = [sys.executable, str(HERE / "campaign.py"), str(folder / "repos.yaml"), str(folder / "reports")]
    known = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return subprocess.run(
        command, env={**known, "PYTHONPATH": path, **environment}, capture_output=True, text=True, check=False
    )


def test_six_plug_ins_take_a_pair_to_go(tmp_path: Path) -> None:
    """The same words in another order; the page shows the section, and the clerk's word stands in the history."""
    done = carried(tmp_path, {"command": ["two", "one"]})
    assert (done.returncode, done.stdout.splitlines()[:1]) == (0, ["GO"]), done.stdout + done.stderr
    page = (tmp_path / "reports" / "c1" / "report" / "desk.html").read_text()
    assert "is closed.</li>" in page
    findings = json.loads((tmp_path / "reports" / "c1" / "judgement" / "desk.json").read_text())["findings"]
    assert {"outputs.words", "tickets"} <= {finding["check"] for finding in findings}


@pytest.mark.parametrize(
    ("candidate", "environment", "reason"),
    [
        ({"command": ["one", "three"]}, {}, "the words differ"),
        ({}, {"CLERK": "asleep"}, "is open (in 3 pairs)."),
    ],
    ids=["format", "witness and check"],
)
def test_a_planted_fault_is_no_go(
    tmp_path: Path, candidate: dict[str, object], environment: dict[str, str], reason: str
) -> None:
    """Of the output, which the format tells; of the ticket, which the witness says and the check judges."""
    done = carried(tmp_path, candidate, **environment)
    assert (done.returncode, done.stdout.splitlines()[:1]) == (1, ["NO-GO"]), done.stdout + done.stderr
    assert reason in done.stdout


def test_each_of_the_six_is_small() -> None:
    """A door is wide enough when what comes through it is short."""
    lines = {path.name: len(path.read_text().splitlines()) for path in (HERE / "paper").rglob("*.py")}
    assert max(lines.values()) <= LINES_MAX, lines
