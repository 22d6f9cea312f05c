"""What `parity sandbox` prints points clients at it, and the demo says which faults fired."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import demo
from harness.cli.main import parity
from harness.sandbox import stack

PLAN = (
    {"name": "throttle", "side": "legacy", "match": "train", "at": "create jobs", "count": 2},
    {"name": "event-lost", "side": "candidate"},
    {"name": "watch-lost", "side": "legacy"},
)


def fired(*places: tuple[str, int]) -> str:
    """Write a record of faults."""
    return "".join(json.dumps({"side": side, "index": index}) + "\n" for side, index in places)


def test_the_table_says_how_often_each_fault_fired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Places count by side; all fired ends with 0."""
    (tmp_path / "plan.json").write_text(json.dumps({"faults": PLAN}), encoding="utf-8")
    record = fired(("legacy", 0), ("candidate", 0), ("legacy", 1), ("legacy", 0))
    (tmp_path / "faults.jsonl").write_text(record, encoding="utf-8")
    assert demo.judge_nemesis(tmp_path / "plan.json", tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "fault       side       on                 planned  fired",
        "throttle    legacy     train create jobs  2        2",
        "event-lost  candidate  *                  1        1",
        "watch-lost  legacy     *                  1        1",
    ]


def test_a_fault_that_never_fired_is_named_and_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also when nothing fired at all, and a torn last line counts for nothing."""
    (tmp_path / "plan.json").write_text(json.dumps({"faults": PLAN}), encoding="utf-8")
    assert demo.judge_nemesis(tmp_path / "plan.json", tmp_path) == 3
    assert "never fired: throttle, event-lost, watch-lost" in capsys.readouterr().out
    torn = fired(("legacy", 0), ("candidate", 0)) + '{"side": "legacy", "index": 1'
    (tmp_path / "faults.jsonl").write_text(torn, encoding="utf-8")
    assert demo.judge_nemesis(tmp_path / "plan.json", tmp_path) == 3
    assert "never fired: watch-lost;" in capsys.readouterr().out


def test_the_printed_lines_point_kubectl_at_the_sandbox(tmp_path: Path) -> None:
    """Evaluated by a shell they are enough, in a folder whose name needs quoting; down ends it, and status says so."""
    if not shutil.which("kubectl"):
        assert os.environ.get("PARITY_REQUIRE_KUBECTL") != "1", "kubectl is not installed"
        pytest.skip("kubectl is not installed (Debian's kubernetes-client has it)")
    folder = tmp_path / "my sandbox"
    runner = CliRunner()
    up = runner.invoke(parity, ["sandbox", "up", "--dir", str(folder)])
    try:
        assert up.exit_code == 0, up.output
        script = up.output + "\nkubectl get nodes --no-headers"
        said = subprocess.run(
            ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=60, check=True,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )  # fmt: skip
        assert said.stdout.split()[:2] == ["sandbox-node", "Ready"]
        again = runner.invoke(parity, ["sandbox", "status", "--dir", str(folder)])
        assert (again.exit_code, again.output in up.output) == (0, True)
        assert shlex.split(again.output.splitlines()[0]) == ["export", f"KUBECONFIG={folder}/kubeconfig"]
        assert (folder / "kubeconfig").stat().st_mode & 0o077 == 0
    finally:
        down = runner.invoke(parity, ["sandbox", "down", "--dir", str(folder)])
    assert (down.exit_code, stack.status(folder)) == (0, None)
    assert runner.invoke(parity, ["sandbox", "status", "--dir", str(folder)]).exit_code == 5
