"""Tutorials are run: each command of a page works, and what the page shows is what it prints."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from docs.pages import steps_of

from harness.cli.main import parity

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "tutorial-first.md"
STEPS = steps_of(PAGE)
ENDS = {"diff": 1, "pair": 1}
"""Exit codes that the page names; all others are 0."""


@pytest.mark.parametrize(("command", "shown"), STEPS, ids=[command for command, _ in STEPS])
def test_a_command_of_the_first_tutorial_prints_what_the_page_shows(
    command: str, shown: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a copy of the tutorial's folder, line by line and in order."""
    shutil.copytree(DOCS / "tutorial", tmp_path / "tutorial")
    monkeypatch.chdir(tmp_path / "tutorial")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    name, *words = shlex.split(command)
    assert name == "parity"
    found = CliRunner(env={"COLUMNS": "140"}).invoke(parity, words)
    assert found.exit_code == ENDS.get(words[0], 0), found.stderr
    printed = iter([line.rstrip() for line in found.stdout.splitlines()])
    missing = [line for line in shown if line.rstrip() not in printed]
    assert missing == [], found.stdout


def test_the_page_has_every_step_and_shows_what_each_prints() -> None:
    """A page whose blocks are not found would be tested by nothing."""
    assert [command.split()[1] for command, _ in STEPS] == ["explain", "explain", "inventory", "diff", "pair"]
    assert all(shown for _, shown in STEPS)
