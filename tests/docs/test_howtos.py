"""Commands of the how-tos are read by the parser itself, with their options and words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from harness.cli.main import parity
from harness.config.strict_yaml import read

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("howto-*.md"))
_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> Iterator[str]:
    """Give every whole command of a page: in a list of a pipeline, in a table or a sentence, or a line of its own."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"^ *(?:- )?(parity [^\n]+)$", text, re.MULTILINE)
    yield from (found for found in re.findall(r"`(parity [^`\n]+)`", text) if found.split()[1:2])


def parse(command: str) -> None:
    """Let the parser read a command, and run nothing."""
    words = shlex.split(re.split(r" [>|] | && |; ", command)[0])[1:]
    group: click.Command = parity
    context: click.Context | None = None
    while isinstance(group, click.Group):
        name, found, words = group.resolve_command(click.Context(group), words)
        assert found is not None, command
        group, context = found, click.Context(group, info_name=name, parent=context)
    group.make_context(group.name, words, parent=context)


TOLD = [(page.name, command) for page in PAGES for command in commands(page)]


@pytest.mark.parametrize(("page", "command"), TOLD)
def test_a_command_of_a_how_to_is_one(page: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verb, options and how many words it takes."""
    del page
    monkeypatch.chdir(tmp_path)
    Path("FILE").touch()
    if re.fullmatch(r"parity [\w -]+", command) and "--" not in command:
        return  # a verb that is spoken of; `test_every_verb_exists` holds it
    parse(command)


def test_a_command_with_an_option_that_is_not_there_is_none() -> None:
    """The control."""
    parse("parity gate latest wine --config CONFIG")
    for wrong in ("parity gate latest --take-over", "parity route wine", "parity rollback wine"):
        with pytest.raises(click.UsageError):
            parse(wrong)
    assert len(TOLD) > 20


def test_the_pipeline_for_gitlab_is_yaml_with_the_keys_that_gitlab_has() -> None:
    """Jobs with a script; a template begins with a dot."""
    jobs = {}
    for text in _BLOCK.findall((DOCS / "howto-gitlab.md").read_text(encoding="utf-8")):
        data = read(text.encode(), "howto-gitlab.md").data
        assert isinstance(data, dict)
        jobs |= data
    known = {"image", "variables", "allow_failure", "artifacts", "extends", "script", "after_script", "stage"}
    for name, job in jobs.items():
        assert isinstance(job, dict)
        assert set(job) <= known, name
        assert name.startswith(".") or "script" in job
