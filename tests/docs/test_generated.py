"""Pages that are tables of the code equal what the code would write."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from harness.model.lifecycle import NEXT
from harness.platforms.kubernetes.catalogue import RULES as KUBERNETES
from harness.platforms.sagemaker.rules import RULES as SAGEMAKER

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("truth.md", "lifecycle.md", "configuration-keys.md", "types.md")


def generator() -> ModuleType:
    """Load the script that writes the pages."""
    found = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str) -> None:
    """A change of the code that changes the page comes with the page: `nox -s docs`."""
    pages = generator().PAGES
    assert set(pages) == set(PAGES)
    assert (DOCS / name).read_text(encoding="utf-8") == pages[name]()


def test_every_class_stands_in_the_page_once() -> None:
    """Of a Job, of what is said beside it, of SageMaker."""
    rows = re.findall(r"^\| \*\*([KS]\d\d)\*\* ", (DOCS / "truth.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(rule.id for rule in (*KUBERNETES, *SAGEMAKER))


def test_every_legal_move_stands_in_the_lifecycles_table_and_no_other() -> None:
    """Read back from the page, the table is the code's."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (DOCS / "lifecycle.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and "---" not in line
    ]
    head, *rows = lines
    read = {
        row[0].strip("*"): {name.strip("`"): to for name, to in zip(head[1:], row[1:], strict=True) if to}
        for row in rows
    }
    assert read == {state.value: {kind.value: to.value for kind, to in moves.items()} for state, moves in NEXT.items()}


def test_a_cell_cannot_break_its_table() -> None:
    """A bar inside a text is written as text."""
    assert generator().cell("a|b\nc") == "a\\|b c"


def test_every_public_type_says_what_it_is() -> None:
    """The index of types has a sentence for each, and no sentence for two types of one package."""
    found = list(generator().type_index.public_types())
    assert len(found) > 500
    assert [f"{kind.module}: {kind.name}" for kind in found if not kind.meaning] == []
    described = Counter((kind.package, kind.meaning) for kind in found)
    assert {meaning: count for meaning, count in described.items() if count > 1} == {}
