"""Every recipe of the documentation is a file of rules that `parity diff --rules` takes, and none is without effect."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.compare.contents import refusal
from harness.compare.formats import format_of
from harness.config.rule_file import read_rules

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
TEXT = PAGE.read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (.+?)$(?:(?!^## ).)*?```yaml\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE))
PROGRAMS = re.findall(r"^\| [^|]+ \| [^|]+ \| \[.+\]\(#([a-z-]+)\)", TEXT, re.MULTILINE)


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_a_recipe_can_be_written_as_it_stands(tmp_path: Path, recipe: str) -> None:
    """And the format of its files can follow each of its keys."""
    path = tmp_path / "rules.yaml"
    path.write_text(RECIPES[recipe], encoding="utf-8")
    rules = [rule for rule in read_rules(path) if not rule.skip]
    assert rules
    assert [refusal(rule, format_of(rule.files.replace("*", "x"), rule)) for rule in rules] == [""] * len(rules)


def test_every_kind_of_program_has_a_recipe() -> None:
    """Nineteen kinds, each with a link to a section."""
    sections = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", TEXT, re.MULTILINE)}
    assert len(PROGRAMS) == 19
    assert set(PROGRAMS) <= sections
