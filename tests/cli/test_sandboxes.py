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

from harness.cli import demo, sandboxes
from harness.cli.main import parity
from harness.errors import Refused
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


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's state in a folder of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "parity" / "sandbox"


def test_the_sandbox_of_a_command_lies_with_the_users_state_and_goes_with_the_command(state: Path) -> None:
    """What its jobs wrote is deleted, also below a folder that took its owner's rights away."""
    with sandboxes.for_command(sandboxes.folder_of("c1"), wanted=True):
        assert [path.name for path in state.iterdir()] == ["c1"]
        spilled = state / "c1" / "pods" / "work"
        spilled.mkdir(parents=True)
        (spilled / "main-0.log").write_text("a secret", encoding="utf-8")
        spilled.chmod(0o500)
    assert [*state.iterdir()] == []


def test_an_interrupted_campaign_leaves_its_sandbox_and_the_resume_takes_it_away(state: Path) -> None:
    """`parity sandbox down` does so too."""
    for name in ("resumed", "put down"):
        with sandboxes.for_command(sandboxes.folder_of(name), wanted=True) as held:
            held.interrupted = True
    with sandboxes.resumed(sandboxes.folder_of("resumed")):
        assert stack.status(state / "resumed") is not None
    assert [path.name for path in state.iterdir()] == ["put down"]
    assert CliRunner().invoke(parity, ["sandbox", "down", "--dir", str(state / "put down")]).exit_code == 0
    assert [*state.iterdir()] == []


def test_a_command_that_is_refused_takes_its_sandbox_away_and_one_that_fails_later_says_that_it_is_left(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before there is a plan nothing is to be resumed on it, and nobody would know of it."""

    def fail(name: str, *, planned: bool) -> None:
        with sandboxes.for_command(sandboxes.folder_of(name), wanted=True) as held:
            held.planned = planned
            raise Refused(name)

    with pytest.raises(Refused):
        fail("refused", planned=False)
    assert [*state.iterdir()] == []
    with pytest.raises(Refused):
        fail("failed", planned=True)
    assert [path.name for path in state.iterdir()] == ["failed"]
    assert f"the sandbox runs on; stop it with: parity sandbox down --dir {state}/failed" in capsys.readouterr().out
    assert CliRunner().invoke(parity, ["sandbox", "down", "--dir", str(state / "failed")]).exit_code == 0
    assert [*state.iterdir()] == []


def test_the_words_that_asked_for_a_sandbox_ask_for_it_again() -> None:
    """As they were typed."""
    wanted = sandboxes.SandboxWanted(("a:1=img",), ("s3://b/k=data", "claim:rows=my data"), (Path("objects.yaml"),))
    assert shlex.join(wanted.options) == (
        "--sandbox --image a:1=img --data s3://b/k=data --data 'claim:rows=my data' --objects objects.yaml"
    )


def test_a_sandbox_that_somebody_named_the_folder_of_stays_when_it_is_put_down(state: Path, tmp_path: Path) -> None:
    """It is theirs to look at and to delete."""
    named = tmp_path / "mine"
    assert CliRunner().invoke(parity, ["sandbox", "up", "--dir", str(named)]).exit_code == 0
    assert CliRunner().invoke(parity, ["sandbox", "down", "--dir", str(named)]).exit_code == 0
    assert (named / "audit.jsonl").exists()
    assert not state.exists()


def test_what_can_not_be_deleted_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The campaign is over by then, and its code stays."""

    def refuse(root: Path) -> None:
        raise PermissionError(13, "Permission denied", str(root / "held"))

    monkeypatch.setattr(sandboxes.private, "remove", refuse)
    with sandboxes.for_command(tmp_path / "c1", wanted=True):
        pass
    assert f"{tmp_path / 'c1'}: could not be deleted: [Errno 13] Permission denied" in capsys.readouterr().err
