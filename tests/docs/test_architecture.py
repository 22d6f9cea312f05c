"""docs/architecture.md names files that are there, and where what is added belongs."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from harness.campaign.contracts import REGISTRIES
from harness.cli.main import GROUPS
from harness.config import query_file, written
from harness.fields.job import Written

ROOT = Path(__file__).parents[2]
HARNESS = ROOT / "harness"
NAMED = re.compile(r"`((?:[a-z_]+/)+[a-z_]+(?:\.py)?)`")
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROWS = {
    cells[1].strip("`"): cells
    for line in PAGE.partition("## What can be added")[2].partition("The contract of each")[0].splitlines()
    if "`parity." in (cells := [cell.strip() for cell in line.strip("|").split("|")])[min(1, len(cells) - 1)]
}
"""Entry point → thing, entry point, type, built-in ones, list of built-in ones."""


def _files(cell: str) -> list[str]:
    return re.findall(r"`([\w/<>.]+)`", cell)


def test_every_file_and_folder_that_the_page_names_is_there() -> None:
    """By its path in the repository, or below `harness/`."""
    named = set(NAMED.findall(PAGE))
    assert named
    there = {name for name in named if any((base / name).exists() for base in (ROOT, HARNESS))}
    assert named - there == set()


def test_the_page_has_a_row_for_everything_that_can_be_added() -> None:
    """A registry that the page leaves out would be found by nobody."""
    assert list(ROWS) == [
        "parity.platforms", "parity.backends", "parity.kinds", "parity.parents", "parity.sources", "parity.metrics",
        "parity.formats", "parity.checks", "parity.sections",
    ]  # fmt: skip
    assert {registry.group for registry in REGISTRIES} == set(ROWS)


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.group)
def test_the_row_of_a_registry_names_the_files_to_edit(registry: object) -> None:
    """The type is defined in the first, built-in ones lie in the next, and each is named in the last."""
    group, kind = registry.group, registry._kind  # type: ignore[attr-defined]
    _, _, of_type, built_in, listed = ROWS[group]
    assert Path(inspect.getfile(kind)).relative_to(HARNESS).as_posix() == _files(of_type)[0]
    text = (HARNESS / _files(listed)[0]).read_text(encoding="utf-8")
    assert group in text or group in {"parity.formats", "parity.metrics"}
    references = [plugin.reference for plugin in registry.plugins.values() if plugin.built_in]  # type: ignore[attr-defined]
    for reference in references:
        file = reference.partition(":")[0].replace(".", "/").removeprefix("harness/") + ".py"
        (place,) = _files(built_in)
        pattern = re.escape(place).replace("<name>", "[a-z]+") + ("[a-z0-9_]+\\.py" if place.endswith("/") else "")
        assert re.fullmatch(pattern, file), f"{file} is not in {place}"
        assert f'"{reference}"' in text
    assert bool(references) == (built_in != "none")


def _commands() -> Iterator[click.Command]:
    for found in (command for commands in GROUPS.values() for command in commands):
        yield from found.commands.values() if isinstance(found, click.Group) else (found,)


def test_a_verb_is_in_the_folder_that_the_page_names() -> None:
    """By the function that click calls."""
    assert "A verb is a function in a file of `cli/commands/`" in PAGE
    for command in _commands():
        assert command.callback is not None
        file = Path(inspect.getfile(inspect.unwrap(command.callback))).relative_to(HARNESS)
        assert file.parent.as_posix() == "cli/commands", file


def _forms(of: type[Written]) -> Iterator[type[Written]]:
    for form in of.__subclasses__():
        yield form
        yield from _forms(form)


def test_every_form_of_repos_yaml_is_in_a_file_that_the_page_names() -> None:
    """A key is declared in the form that it stands in, so its file has to be found from the page."""
    assert {written.Top, query_file.QueryFile} <= set(_forms(Written))
    modules = {form.__module__ for form in _forms(Written) if form.__module__.startswith("harness.")}
    files = {Path(str(sys.modules[name].__file__)).relative_to(HARNESS).as_posix() for name in modules}
    found = {file for file in files if f"`{file}`" in PAGE or re.fullmatch(r"platforms/[a-z]+/written\.py", file)}
    assert files - found == set()
