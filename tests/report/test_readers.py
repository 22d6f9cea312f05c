"""A reader who knows none of our words: what an owner has to find on a page, found by reading from the top.

Adults read 175 to 300 words of non-fiction a minute silently (Brysbaert 2019, doi 10.1016/j.jml.2019.104047).
"""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

import pytest
from report.states import states

from harness.report.render import page

WORDS_MAX = 175
"""Of a slow reader, in a minute."""
SILENT = frozenset({"style", "script", "svg", "title", "template"})
VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})

CASES: Mapping[str, tuple[str, str, str]] = {
    "would-be-go": ("would be GO", "nothing is proven yet", "parity plan wine-scoring"),
    "go": ("GO", "All required checks agree", "parity signoff wine-scoring"),
    "go-with-a-waiver": ("GO with 1 waiver", "All required checks agree", "parity signoff wine-scoring"),
    "first-inconclusive": ("INCONCLUSIVE", "accuracy may differ by up to 0.0081", "parity run digits-nightly"),
    "no-go": ("NO-GO", 'alpha arrived as string "0.5" on the candidate', "parity run diabetes-train"),
    "crash": ("NO-GO", "No module named 'lightgbm'", "parity run diabetes-train"),
    "damaged": ("INCONCLUSIVE", "Evidence is missing or changed", "parity run digits-nightly"),
    "empty": ("INCONCLUSIVE", "coverage of classify was not checked", "parity explain-verdict digits-nightly"),
    "ten-thousand": ("NO-GO", 'alpha arrived as string "0.5" on the candidate', "parity run diabetes-train"),
    "right-to-left": ("INCONCLUSIVE", "accuracy may differ by up to 0.0081", "parity run digits-nightly"),
}
"""By state of a page: its verdict, the cause that was planted, and what its owner types next."""


class Reader(HTMLParser):
    """Reads words in the order in which they stand, and none that a reader does not see."""

    def __init__(self) -> None:
        """Begin at the top."""
        super().__init__()
        self.words: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Pass over what is drawn or hidden."""
        unseen = "unseen" in (dict(attrs).get("class") or "") or "skip" in (dict(attrs).get("class") or "")
        if tag not in VOID and (self._silent or tag in SILENT or unseen):
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Go on behind it."""
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        """Read."""
        if not self._silent:
            self.words += data.split()


def read(text: str) -> str:
    """Read for a minute."""
    reader = Reader()
    reader.feed(text)
    return " ".join(reader.words[:WORDS_MAX])


@pytest.fixture(scope="module")
def pages() -> Mapping[str, str]:
    """Draw every state."""
    return {name: page(view).decode() for name, view in states().items()}


@pytest.mark.parametrize("name", CASES)
def test_an_owner_names_verdict_cause_and_next_command_within_a_minute(pages: Mapping[str, str], name: str) -> None:
    """Ten of ten; the verdict comes first, then the cause, then what to type."""
    seen = read(pages[name])
    places = [seen.find(wanted) for wanted in CASES[name]]
    assert -1 not in places, seen
    assert places == sorted(places)
    assert seen.index(CASES[name][2]) < len(" ".join(seen.split()[:120])), "in the first half minute or so"


def test_a_page_that_says_it_later_is_seen_to(pages: Mapping[str, str]) -> None:
    """The control: the same page with a preface of 200 words, and one whose command is drawn and not written."""
    assert len(CASES) == 10
    assert "parity signoff" not in read(f"<p>{'word ' * 200}</p>{pages['go']}")
    assert "parity signoff" not in read("<svg><text>parity signoff wine-scoring</text></svg><p>GO</p>")
