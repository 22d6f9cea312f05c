"""`parity list`, names of campaigns, colour, completion, and one document where several reports are printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from campaign.finished import finish, repository
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from harness.campaign.selfcheck.world import Draft
from harness.cli import campaign_names, console
from harness.cli.main import parity
from harness.errors import ConfigError
from harness.store.reports import in_folder

LATER = "2026-11-25T12:30:00Z"


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Judge two campaigns of one repository: a GO, then a NO-GO."""
    finish(tmp_path, "2026-11-25-aa11")
    finish(tmp_path, "2026-11-25-ab22", candidate=Draft(15.0), at=LATER)
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    """Run a command; give its code and its data."""
    told = CliRunner().invoke(parity, words)
    return told.exit_code, told.stdout


def test_every_repository_is_listed_with_its_last_verdict(reports: Path) -> None:
    """In text, and as one document or lines that the published schema allows."""
    code, text = run("list", "--reports", str(reports))
    assert (code, text.splitlines()) == (0, [
        "repository  verdict  evidence  judged at         campaign",
        "wine        NO-GO    real      2026-11-25 12:30  2026-11-25-ab22",
    ])  # fmt: skip
    _, text = run("list", "--reports", str(reports), "--campaigns", "--output", "json")
    told = json.loads(text)
    Draft202012Validator(json.loads(run("schema", "--of", "list")[1])).validate(told)
    assert [(row["campaign"], row["verdict"]) for row in told["rows"]] == [
        ("2026-11-25-aa11", "GO"), ("2026-11-25-ab22", "NO-GO"),
    ]  # fmt: skip
    _, text = run("list", "--reports", str(reports), "--campaigns", "--output", "jsonl")
    head, *rows = map(json.loads, text.splitlines())
    assert (head, rows) == ({"schema": "parity.list/1"}, told["rows"])


def test_a_campaign_is_named_by_its_beginning_or_as_the_latest(reports: Path) -> None:
    """`gate` and `report` take it; what several begin with is refused with their names."""
    place = in_folder(reports)
    assert campaign_names.resolved(place, "latest") == "2026-11-25-ab22"
    assert campaign_names.resolved(place, "2026-11-25-aa") == "2026-11-25-aa11"
    assert campaign_names.resolved(place, "2026-11-25-ab22") == "2026-11-25-ab22"
    with pytest.raises(ConfigError, match="more of the name: 2026-11-25-aa11, 2026-11-25-ab22 begin so"):
        campaign_names.resolved(place, "2026")
    with pytest.raises(ConfigError, match="the last are 2026-11-25-ab22, 2026-11-25-aa11"):
        campaign_names.resolved(place, "2027")
    assert run("rejudge", "latest", "--reports", str(reports))[0] == 1
    assert run("rejudge", "2026-11-25-aa", "--reports", str(reports))[0] == 0


def test_a_campaign_that_is_called_latest_is_itself(reports: Path) -> None:
    """A name that is there in whole comes before what it may mean."""
    (reports / "latest").mkdir()
    (reports / "latest" / "plan.json").write_text("{}", encoding="utf-8")
    assert campaign_names.resolved(in_folder(reports), "latest") == "latest"


def test_reports_of_several_repositories_are_one_document(tmp_path: Path) -> None:
    """Not several after each other, which no reader of JSON takes; that of a lone repository is its own."""
    finish(tmp_path, "c1", repositories=(repository("wine"), repository("beer")))
    told = json.loads(run("report", "c1", "--reports", str(tmp_path), "--format", "json")[1])
    assert [repository["repository"] for repository in told["repositories"]] == ["wine", "beer"]
    finish(tmp_path / "lone", "c1")
    assert (
        json.loads(run("report", "c1", "--reports", str(tmp_path / "lone"), "--format", "json")[1])["decision"] == "GO"
    )


@pytest.mark.parametrize(
    ("environment", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colour_follows_the_terminal_and_both_variables(
    environment: dict[str, str],
    terminal: bool,  # noqa: FBT001
    coloured: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Empty variables count as not set."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    assert console.colour(sys.stdout, environment) is coloured


def test_the_option_for_colour_comes_before_the_environment(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a verb, after its name."""
    words = ("report", "latest", "--reports", str(reports), "--format", "text")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" in CliRunner().invoke(parity, [*words, "--color", "always"], color=True).stdout
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31m" in CliRunner().invoke(parity, words, color=True).stdout
    assert "\x1b" not in CliRunner().invoke(parity, [*words, "--color", "never"], color=True).stdout


def test_every_verb_has_the_common_options() -> None:
    """Those of groups too."""
    for words in (["gate"], ["list"], ["ledger", "verify"], ["sandbox", "status"], ["demo"]):
        text = CliRunner().invoke(parity, [*words, "--help"]).stdout
        assert all(option in text for option in ("--color", "--quiet", "--verbose")), words


def test_a_shell_completes_commands_with_what_completion_prints(tmp_path: Path) -> None:
    """The script asks the command itself."""
    assert all("_PARITY_COMPLETE" in run("completion", shell)[1] for shell in ("bash", "zsh", "fish"))
    asked = os.environ | {"_PARITY_COMPLETE": "bash_complete", "COMP_WORDS": "parity repo", "COMP_CWORD": "1"}
    command = [sys.executable, "-c", "from harness.cli.main import parity; parity(prog_name='parity')"]
    told = subprocess.run(command, env=asked, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert told.stdout.split() == ["plain,report"]
