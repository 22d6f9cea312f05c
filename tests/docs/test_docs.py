"""What the documentation says is there: commands, links, keys, exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from harness.cli.main import EXIT_CODES, parity
from harness.config import schema

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "reports" / "README.md", *(ROOT / "docs").rglob("*.md")])
COMMANDS = (
    "python3 -m venv .venv && .venv/bin/python -m pip install nox && .venv/bin/nox -s demo",
    "python3 -m venv .venv && .venv/bin/python -m pip install nox && .venv/bin/nox -s tests",
)
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
_VERB = re.compile(r"`parity ([a-z][a-z-]+)|^parity ([a-z][a-z-]+)", re.MULTILINE)


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links to files of the project, pictures included."""
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_verb_exists(page: Path) -> None:
    """A command that a page names is one that `parity` has."""
    said = {one or other for one, other in _VERB.findall(page.read_text(encoding="utf-8"))}
    assert said - set(parity.commands) == set()


def test_the_readme_has_exactly_the_two_commands() -> None:
    """Each in a block of its own, and no other set-up."""
    blocks = re.findall(r"```\n(.*?)\n```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert [block for block in blocks if "venv" in block] == list(COMMANDS)


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    """The same three steps, in order."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    places = [script.index(literal) for literal in ("python3 -m venv .venv", "-m pip install", "nox -s tests")]
    assert places == sorted(places)


def test_every_key_of_the_file_is_explained_where_it_is_declared() -> None:
    """Write below a key what it means: the reference and the schema for editors are made of it."""
    unexplained = {
        f"{form.__name__}.{field.alias or name}"
        for form in schema.forms()
        for name, field in form.model_fields.items()
        if not schema.meanings(form).get(field.alias or name)
    }
    assert unexplained == set()


def test_every_key_of_the_schema_belongs_to_a_form_of_the_reference() -> None:
    """None is taken that the reference does not show."""
    definitions = schema.schema()["definitions"]
    keys = {key for definition in definitions.values() for key in definition.get("properties", {})}
    assert keys - {key for form in schema.forms() for key in schema.meanings(form)} == set()


def test_every_command_says_what_it_does() -> None:
    """No verb without a sentence, and options with help."""
    for name, command in parity.commands.items():
        members = command.commands.values() if isinstance(command, click.Group) else [command]
        assert all(member.help and member.help.rstrip().endswith((".", "?")) for member in members), name


def test_the_exit_codes_are_the_same_everywhere() -> None:
    """Help, README and the page about them list the same codes."""
    listed = re.findall(r"^ +(\d+) ", EXIT_CODES, re.MULTILINE)
    for page in ("README.md", "docs/exit-codes.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == listed, page
