"""The example of docs/extending.md holds its contract and its entry is sound; tests/e2e takes it to a verdict."""

from __future__ import annotations

import re
from pathlib import Path

import extending

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"`((?:harness|tests)/[\w/]+(?:\.py|/)?)`")


def test_the_page_shows_four_files() -> None:
    """A block that is not found would be tested by nothing."""
    assert list(extending.files()) == ["pyproject.toml", "report_kind.py", "code/render.py", "repos.yaml"]


def test_the_kind_of_the_page_holds_its_contract_and_its_entry_is_sound(tmp_path: Path) -> None:
    """By the two commands that the page names; the limit of six hours shows that the kind is the page's own."""
    extending.install(tmp_path)
    held = extending.parity(tmp_path, "plugin", "check", "report")
    assert (held.returncode, held.stdout) == (
        0,
        "plug-in 'report' (parity.kinds, report-kind 1.2, report_kind:KIND): holds its contract\n",
    ), held.stderr
    checked = extending.parity(tmp_path, "check-config")
    assert (checked.returncode, checked.stdout) == (0, "repos.yaml: 1 repository, no problem\n"), checked.stderr
    entry = tmp_path / "repos.yaml"
    entry.write_text(entry.read_text(encoding="utf-8").replace("time_limit: 10m", "time_limit: 7h"), encoding="utf-8")
    refused = extending.parity(tmp_path, "check-config")
    assert refused.returncode == 2
    assert "time_limit: expected 1s to 6h for a report job, found 25200 s" in refused.stderr


def test_every_file_that_the_page_names_is_there() -> None:
    """A reader opens them for the fields of a value."""
    named = set(_NAMED.findall(extending.PAGE.read_text(encoding="utf-8")))
    assert len(named) > 10
    assert {name for name in named if not (ROOT / name).exists()} == set()
