"""Options that every verb has, walked over the parser itself: a verb that is added has them, or this fails."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from harness.cli.columns import COLUMNS, EMPTY, OWN_DOCUMENTS
from harness.cli.console import ACTING
from harness.cli.main import parity

CLI = Path(__file__).parents[2] / "harness" / "cli"
FORMED = {"infra", "schema"}
"""Verbs whose answer is a file of another's form: CloudFormation or Kubernetes, and JSON Schema."""


def _verbs(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _verbs(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


VERBS = dict(_verbs(parity))


def run(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(parity, list(words))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_the_options_that_every_verb_has(verb: str) -> None:
    """Forms of the answer, colours, quiet and loud; once each."""
    told = [word for option in VERBS[verb].params for word in option.opts]
    for word in ("--output", "--color", "-q", "--quiet", "-v", "--verbose"):
        assert told.count(word) == 1, word
    (output,) = (option for option in VERBS[verb].params if "--output" in option.opts)
    assert isinstance(output.type, click.Choice)
    assert list(output.type.choices) == ["text", "json", "jsonl"]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_acts_can_say_what_it_would_do(verb: str) -> None:
    """And one that only reads has no such option."""
    told = {word for option in VERBS[verb].params for word in option.opts}
    assert ("--dry-run" in told) is (VERBS[verb].name in ACTING)


def test_what_acts_is_a_verb() -> None:
    """The control of the list."""
    assert {command.name for command in VERBS.values()} >= ACTING


def test_every_verb_has_a_published_schema() -> None:
    """Rows with columns, or a document of its own."""
    own = {name.partition(" ")[0] for name in OWN_DOCUMENTS}
    assert set(VERBS) == set(COLUMNS) | own | FORMED
    for name in (*COLUMNS, *OWN_DOCUMENTS):
        made = json.loads(run("schema", "--of", name).stdout)
        Draft202012Validator.check_schema(made)
        assert made, name
    assert {kind for columns in COLUMNS.values() for kind in columns.values()} <= set(EMPTY)


def _printed(path: Path) -> Iterator[int]:
    """Find where a module writes to standard output itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"click.echo", "print"}:
            words = {word.arg for word in node.keywords}
            if not words & {"err", "file"}:
                yield node.lineno


def test_there_is_one_way_to_standard_output() -> None:
    """Else a line that is no JSON would stand in a document."""
    found = {path.name: list(_printed(path)) for path in CLI.rglob("*.py") if path.name != "answer.py"}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert list(_printed(CLI / "answer.py")) != []


def _document(told: str, form: str) -> Mapping[str, Any]:
    if form == "json":
        whole: Mapping[str, Any] = json.loads(told)
        return whole
    head, *rows = (json.loads(line) for line in told.splitlines())
    return {**head, "rows": rows}


SLOW = {"board", "demo", "plan", "plugin check", "selfcheck"}
"""Serves, runs for minutes, starts processes, or simulates: `run --dry-run` answers as `demo` and `plan` do."""
READY: Mapping[str, tuple[str, ...]] = {
    "check-config": ("--config", "CONFIG"),
    "completion": ("bash",),
    "init": ("--from", "JOB"),
    "ledger verify": ("--reports", "REPORTS", "--config", "CONFIG"),
    "list": ("--reports", "REPORTS"),
    "plugin list": (),
    "run": ("wine", "--config", "CONFIG", "--dry-run"),
    "sandbox down": ("--dir", "SANDBOX", "--dry-run"),
    "sandbox status": ("--dir", "SANDBOX"),
    "sandbox up": ("--dir", "SANDBOX", "--dry-run"),
}
"""Verbs that answer without a campaign; the others are held by the tests of their own steps and by the next one."""
JOB = """apiVersion: batch/v1
kind: Job
metadata: {name: churn}
spec: {template: {spec: {containers: [{name: main, image: "churn:1", command: [python, train.py]}]}}}
"""


@pytest.fixture
def places(tmp_path: Path) -> Mapping[str, str]:
    """Name what commands are given."""
    (tmp_path / "job.yaml").write_text(JOB)
    root = Path(__file__).parents[2]
    return {
        "CONFIG": str(root / "repos.yaml"), "JOB": str(tmp_path / "job.yaml"),
        "REPORTS": str(tmp_path / "reports"), "SANDBOX": str(tmp_path / "sandbox"),
    }  # fmt: skip


@pytest.mark.parametrize("form", ["json", "jsonl"])
@pytest.mark.parametrize("verb", READY)
def test_programs_get_one_document_of_the_published_schema(verb: str, form: str, places: Mapping[str, str]) -> None:
    """On standard output and nothing else there, whatever the exit code is; it is that of the text."""
    words = [places.get(word, word) for word in READY[verb]]
    found, text = run(*verb.split(), *words, "--output", form), run(*verb.split(), *words)
    schema = json.loads(run("schema", "--of", verb).stdout)
    Draft202012Validator(schema).validate(_document(found.stdout, form))
    assert found.exit_code == text.exit_code, text.output


@pytest.mark.parametrize("verb", sorted(set(COLUMNS) - set(READY) - SLOW))
def test_a_verb_that_fails_answers_with_a_document_without_rows(verb: str, tmp_path: Path) -> None:
    """What went wrong is on standard error; usage errors answer nothing."""
    nowhere = str(tmp_path / "nowhere")
    asked = [f"{nowhere}-{option.name}" for option in VERBS[verb].params if isinstance(option, click.Argument)]
    more = ["--reports", nowhere] if any("--reports" in option.opts for option in VERBS[verb].params) else []
    found = run(*verb.split(), *asked, *more, "--output", "json")
    assert found.exit_code != 0
    if found.stdout:
        schema = json.loads(run("schema", "--of", verb).stdout)
        Draft202012Validator(schema).validate(json.loads(found.stdout))
        assert json.loads(found.stdout)["rows"] == []
    assert found.stderr


def test_a_dry_run_leaves_no_trace(places: Mapping[str, str], tmp_path: Path) -> None:
    """Neither a campaign, nor a sandbox, nor a file."""
    into = tmp_path / "drafted.yaml"
    before = sorted(tmp_path.rglob("*"))
    for verb, words in READY.items():
        if "--dry-run" in words:
            told = [places.get(word, word) for word in words]
            more = ["--reports", places["REPORTS"]] if verb == "run" else []
            assert run(*verb.split(), *told, *more).exit_code == 0
    assert run("init", "--from", places["JOB"], "--into", str(into), "--dry-run").stdout.startswith(f"{into}: would be")
    assert sorted(tmp_path.rglob("*")) == before
