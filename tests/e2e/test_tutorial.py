"""The second tutorial is run whole and in order: campaign on the sandbox, sign-off, cutover, rollback, audit."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from docs.pages import steps_of

from harness.cli.main import parity

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "tutorial-cutover.md"
ENDS = {
    "parity signoff line --allow-synthetic": 3,
    'parity cutover line --to cut-over --reason "looks good" --allow-synthetic': 2,
    "python3 line/verify.py": 0,
}
"""Commands that end with another code than 0; the page names each of these codes."""
AFTER_CHANGE = 1
"""Of `verify.py`, once a byte was changed."""
REAL = ("ssh-keygen", "sed", "tar", "python3", "echo", "parity run")
"""Beginnings of commands that are processes of their own; all others run in this one, which spares their start."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command came to."""

    code: int
    said: str


def _process(command: str) -> Ended:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PATH": path, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def _here(command: str) -> Ended:
    name, *words = shlex.split(command)
    assert name == "parity"
    done = CliRunner(env={"COLUMNS": "120"}).invoke(parity, words)
    return Ended(done.exit_code, done.stdout + done.stderr)


def _same(text: str) -> str:
    """Take names of campaigns and days out of a line: they are others each time."""
    return re.sub(r"\d{4}-\d{2}-\d{2}", "DAY", re.sub(r"\d{8}-\d{6}-[0-9a-f]{6}", "CAMPAIGN", text)).rstrip()


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_every_command_of_the_second_tutorial_does_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, in a copy of the tutorial's folder: each ends with its code and prints what the page shows."""
    shutil.copytree(DOCS / "tutorial" / "line", tmp_path / "line")
    monkeypatch.chdir(tmp_path / "line")
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_ACTOR", "PARITY_AUTHOR", "GITLAB_USER_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    changed = False
    for command, shown in steps_of(PAGE):
        ended = _process(command) if command.startswith(REAL) else _here(command)
        changed = changed or command.startswith("echo")
        code = AFTER_CHANGE if changed and "verify" in command else ENDS.get(command, 0)
        assert ended.code == code, f"{command}\n{ended.said}"
        printed = iter([_same(line) for line in ended.said.splitlines()])
        missing = [line for line in shown if _same(line) not in printed]
        assert missing == [], f"{command}\n{ended.said}"
    assert "statement.json" in ended.said


def test_the_second_tutorial_goes_from_a_configuration_to_an_audit() -> None:
    """A page whose blocks are not found would be tested by nothing."""
    verbs = [" ".join(command.split()[:2]) for command, _ in steps_of(PAGE)]
    order = ["parity check-config", "parity plan", "parity run", "parity explain-verdict", "parity signoff"]
    order += ["parity cutover", "parity rollback", "parity route", "parity bundle", "python3 line/verify.py"]
    assert [verb for verb in dict.fromkeys(verbs) if verb in order] == order
    assert len(verbs) == 21
