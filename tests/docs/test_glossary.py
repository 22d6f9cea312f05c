"""Words of our own stay in Method, in the pages that explain, and in the glossary; everybody else reads plain words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from report.campaign_sample import campaign
from report.reading import read
from report.states import crashed, damaged, empty, waived

from harness.cli.main import parity
from harness.report.markdown import comment_of, summary_of
from harness.report.render import index, page, page_names

ROOT = Path(__file__).parents[2]
PRIVATE = re.compile(
    r"(?<!--)\b(rulings?|ruled|told|(only )?informs|to inform|brings? home)\b"
    r"|\b(a level|the level|levels?) (of|spent|left|that)\b|\b(spends?|spent) (the|its|their|of the) level\b"
    r"|\b(planned|next|each|every) looks?\b",
    re.IGNORECASE,
)
"""What means something here that it means nowhere else."""
EXPLAINING = {
    "architecture.md", "fleet.md", "judging.md", "method.md", "performance.md", "reliability.md", "security.md",
    "selfcheck.md", "truth.md", "types.md", "vocabulary.md",
}  # fmt: skip
"""Pages that explain, and the glossary itself."""
PAGES = [ROOT / "README.md", *(path for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in EXPLAINING)]
APART = {"sandbox", "shim"}
"""Parts that say nothing to a user of the harness."""
METHOD = {
    ("harness/report/wording.py", "two tests of equality at planned looks, as before bets were made (ADR 0006, 0050)")
}
KEYS = {
    "harness/model/event.py",  # labels of stored events
    "harness/campaign/selfcheck",  # the page of error rates explains itself
    "harness/campaign/contracts",  # for who writes a plug-in
}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_that_does_not_explain_has_no_word_of_our_own(path: Path) -> None:
    """Tutorials, how-tos and reference are read by people who have read nothing else."""
    assert [line for line in path.read_text(encoding="utf-8").splitlines() if PRIVATE.search(line)] == []


def _sentences(path: Path) -> Iterator[str]:
    """Give the texts of a module that are no docstrings and more than a word."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in notes
            and " " in node.value
        ):
            yield node.value


def _code() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "harness").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if path.relative_to(ROOT / "harness").parts[0] not in APART and not any(name.startswith(key) for key in KEYS):
            yield from ((name, text) for text in _sentences(path))


def test_no_message_has_a_word_of_our_own() -> None:
    """Findings, reasons, remedies and errors; what Method says is named above."""
    assert {found for found in _code() if PRIVATE.search(found[1])} - METHOD == set()


def test_no_help_has_a_word_of_our_own() -> None:
    """Each command and each option."""
    texts = []
    for name, command in parity.commands.items():
        members = command.commands.values() if isinstance(command, click.Group) else [command]
        for member in members:
            options = [option.help or "" for option in member.params if isinstance(option, click.Option)]
            texts += [(name, text) for text in (member.help or "", *options)]
    assert [found for found in texts if PRIVATE.search(found[1])] == []


def test_pages_and_summaries_have_no_word_of_our_own_outside_method() -> None:
    """In each state that a page can be in."""
    views = [*campaign(), crashed().view(), damaged().view(), empty().view(), waived().view()]
    texts = [read(page(view)).text.partition(" Method ")[0] for view in views]
    texts += [read(index(views[:3], page_names(views[:3]))).text, summary_of(views[:3]), comment_of(views[:3])]
    found = {text[max(0, hit.start() - 40) : hit.end() + 40] for text in texts for hit in PRIVATE.finditer(text)}
    assert found == set()


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("3 differences can be ruled", True), ("a Ruling covers it", True), ("it only informs", True),
        ("the level of a test", True), ("they spend the level", True), ("the shim told it", True),
        ("rule K08", False), ("look at the log", False), ("Object Lock", False), ("at most spent", False),
        ("level=INFO", False), ("for information", False),
    ],
)  # fmt: skip
def test_the_check_knows_a_word_of_ours_from_a_plain_one(text: str, private: bool) -> None:  # noqa: FBT001 - literal
    """It can fail, and leaves plain English alone."""
    assert bool(PRIVATE.search(text)) is private


def test_the_readme_has_at_most_nine_hundred_words() -> None:
    """A newcomer reads it to its end."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 900
