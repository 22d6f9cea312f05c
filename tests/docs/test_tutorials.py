"""Tutorials are run: each command of a page works, and what the page shows is what it prints."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import parity

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "tutorial-first.md"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _steps() -> list[tuple[str, list[str]]]:
    """Give each command that a reader types, with the lines that the page shows for it."""
    steps: list[tuple[str, list[str]]] = []
    for language, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "text":
            steps[-1][1].extend(text.rstrip("\n").split("\n"))
        elif not language:
            steps += [(line, []) for line in text.splitlines() if not line.startswith("cd ")]
    return steps


STEPS = _steps()
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
