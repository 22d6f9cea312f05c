"""The first page of help: commands in groups, no sentence cut, and a way on from a name that is not there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from harness.cli.examples import EXAMPLES
from harness.cli.main import GROUPS, OTHER_NAMES, parity


def test_every_command_stands_in_one_group() -> None:
    """None twice, none left out."""
    listed = [command.name for commands in GROUPS.values() for command in commands]
    assert sorted(listed) == sorted(parity.commands)
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_no_summary_is_cut(columns: str) -> None:
    """At any width of the terminal; every sentence comes to its full stop."""
    text = CliRunner(env={"COLUMNS": columns}).invoke(parity, ["--help"], terminal_width=int(columns)).stdout
    assert "..." not in text.partition("Options:")[2]
    flat = re.sub(r"\s+", " ", text)
    for command in parity.commands.values():
        assert re.sub(r"\s+", " ", command.get_short_help_str(1000)) in flat


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("validate", "No such command 'validate' (did you mean check-config?)."),
        ("status", "No such command 'status' (did you mean list?)."),
        ("reprot", "No such command 'reprot' (did you mean report?)."),
        ("xyzzy", "No such command 'xyzzy'; `parity --help` lists all."),
    ],
)
def test_a_command_that_is_not_there_leads_to_one_that_is(typed: str, says: str) -> None:
    """By what other tools call it, or by a slip of the keyboard."""
    found = CliRunner().invoke(parity, [typed])
    assert (found.exit_code, says in found.stderr) == (2, True), found.stderr


@pytest.mark.parametrize("meant", sorted(set(OTHER_NAMES.values()) - {"--help"}))
def test_what_is_meant_is_there(meant: str) -> None:
    """The words of the advice are commands themselves."""
    assert CliRunner().invoke(parity, [*meant.split(), "--help"]).exit_code == 0


def _verbs() -> Iterator[tuple[str, click.Command]]:
    for name, command in parity.commands.items():
        if isinstance(command, click.Group):
            yield from ((f"{name} {beneath}", member) for beneath, member in command.commands.items())
        else:
            yield name, command


VERBS = dict(_verbs())


def _examples(verb: str) -> list[list[str]]:
    """Give what follows the verb in each of its examples."""
    lines = (VERBS[verb].epilog or "").partition("Examples:")[2].splitlines()
    calls = [line.strip() for line in lines if f"parity {verb}" in line]
    told = (re.split(r"[|>)&]", call[call.index(f"parity {verb}") :])[0] for call in calls)
    return [shlex.split(call)[1 + len(verb.split()) :] for call in told]


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_has_examples_that_it_takes(verb: str) -> None:
    """Options that are there, with as many words as the verb takes; values are not looked up."""
    calls = _examples(verb)
    assert calls, verb
    for words in calls:
        context = click.Context(VERBS[verb], info_name=verb)
        parser = VERBS[verb].make_parser(context)
        _, left, _ = parser.parse_args(list(words))
        assert left == [], (verb, words)


def test_an_example_with_an_option_that_is_not_there_is_seen() -> None:
    """The check can fail."""
    context = click.Context(VERBS["plan"], info_name="plan")
    with pytest.raises(click.NoSuchOption):
        VERBS["plan"].make_parser(context).parse_args(["--nosuch"])


def test_no_verb_has_examples_in_two_places() -> None:
    """A verb of the table is there, and the table overwrites none that stand with their command."""
    assert set(EXAMPLES) <= set(VERBS)
