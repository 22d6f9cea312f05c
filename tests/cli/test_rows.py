"""Rows for programs: one valid document on stdout and nothing else, as its published schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from harness.cli.main import parity

ROOT = Path(__file__).parents[2]


def _schema(of: str) -> Draft202012Validator:
    made = json.loads(CliRunner().invoke(parity, ["schema", "--of", of]).stdout)
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


def _check(path: Path, form: str, *more: str) -> Result:
    return CliRunner().invoke(parity, ["check-config", "--config", str(path), "--output", form, *more])


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """Write the demo's file with one wrong key."""
    text = (ROOT / "repos.yaml").read_text(encoding="utf-8").replace("scenarios/", f"{ROOT}/scenarios/")
    path = tmp_path / "repos.yaml"
    path.write_text(text.replace("owner:", "ownr:", 1), encoding="utf-8")
    return path


def test_problems_of_the_file_are_one_document_with_their_places(wrong: Path) -> None:
    """Each as the text has it, field by field; the exit code is that of the text."""
    found = _check(wrong, "json")
    told: dict[str, Any] = json.loads(found.stdout)
    _schema("check-config").validate(told)
    text = _check(wrong, "text")
    assert (found.exit_code, text.exit_code, told["schema"]) == (2, 2, "parity.check-config/1")
    assert len(told["rows"]) == len(text.stderr.splitlines()) > 0
    for row, line in zip(told["rows"], text.stderr.splitlines(), strict=True):
        assert line.startswith(f"{wrong}:{row['line']}:{row['column']}: {row['key']}: expected {row['expected']}")
    assert found.stderr == ""


def test_json_lines_name_the_schema_and_then_have_a_line_a_row(wrong: Path) -> None:
    """The same rows as in the document."""
    head, *rows = [json.loads(line) for line in _check(wrong, "jsonl").stdout.splitlines()]
    assert head == {"schema": "parity.check-config/1"}
    assert rows == json.loads(_check(wrong, "json").stdout)["rows"]


def test_a_file_without_a_problem_is_a_document_without_rows() -> None:
    """Valid all the same, and 0."""
    found = _check(ROOT / "repos.yaml", "json")
    assert (found.exit_code, json.loads(found.stdout)["rows"]) == (0, [])


def test_what_speaks_of_another_file_has_no_such_rows(wrong: Path) -> None:
    """A request or a log is checked in text."""
    found = _check(wrong, "json", "--log", str(wrong))
    assert (found.exit_code, found.stdout) == (2, "")
    assert "leave out --request and --log" in found.stderr


@pytest.mark.parametrize("of", ["check-config", "gate", "list"])
def test_a_published_schema_refuses_what_is_no_such_document(of: str) -> None:
    """Another schema's name, or a row without its columns."""
    validator = _schema(of)
    assert validator.is_valid({"schema": f"parity.{of}/1", "rows": []})
    assert not validator.is_valid({"schema": "parity.other/1", "rows": []})
    assert not validator.is_valid({"schema": f"parity.{of}/1", "rows": [{}]})
