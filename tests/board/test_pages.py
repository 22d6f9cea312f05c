"""The exported pages in a real browser: axe, console, requests, widths and filters, with hostile names."""

from __future__ import annotations

from pathlib import Path

import pytest
from board.sample import HOSTILE, NOW, STORE, fleet, row, signed, step
from devtools import AXE, Look, Page, axe_is_ours

from harness.board import writes
from harness.board.export import ExportOptions, export
from harness.board.index import open_index
from harness.board.live import LiveProgress
from harness.board.values import CampaignReading, Key, StorePosition
from harness.report.render import file_name

pytestmark = pytest.mark.chromium
LONG, MARKUP = f"r/{file_name(HOSTILE[3])}", f"r/{file_name(HOSTILE[0])}"
SHEETS = ("index", "stuck", "causes", "progress", "live", "r/digits", LONG, MARKUP)
LOOKS = (Look(), Look(768, 1000), Look(375, 812, dark=True), Look(printed=True))
ROWS = "[...document.querySelectorAll('tr[data-owner]')].filter((row) => row.offsetHeight > 0)"
SHOWN = f"{ROWS}.length"
NAMES = f"{ROWS}.map((row) => row.querySelector('th a').textContent)"


def site(into: Path, reads: list[CampaignReading], trouble: str = "") -> Path:
    """Export a fleet."""
    index = open_index(str(into / "board.sqlite"))
    with index.writing() as connection:
        writes.put_reads(connection, reads, fresh=True)
        writes.put_steps(connection, [step("moving", "canary", 2, 1), step("finished", "done", 1, 2)])
        writes.put_signed(connection, [signed("moving")])
        writes.settle(connection, STORE, [read.row.key.repository for read in reads])
        writes.put_place(connection, StorePosition(STORE, 40, "sha256:40", NOW, trouble))
    beats = {Key(STORE, "c1", "young"): LiveProgress(1, 16, 7, 4, 0.12, NOW)}
    export(index, {}, beats, ExportOptions(into / "site", NOW, NOW + 90 * 86_400, "parity-harness 0.1.0"))
    index.close()
    return into / "site"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the fleet of all standings."""
    return site(tmp_path_factory.mktemp("board"), fleet(), "ledger entry 12: does not follow the one before")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export a store in which nothing was begun."""
    return site(tmp_path_factory.mktemp("empty"), [])


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export two hundred repositories."""
    return site(tmp_path_factory.mktemp("large"), [CampaignReading(row(f"repository-{n:03d}")) for n in range(200)])


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_page_is_accessible_silent_and_alone_in_every_look(pages: Path, tab: Page, sheet: str) -> None:
    """No violation of axe, no word on the console, no request, and nothing wider than the screen."""
    for look in LOOKS:
        address = (pages / f"{sheet}.html").as_uri()
        tab.open(address, look)
        assert tab.violations() == [], look
        assert tab.said == []
        assert tab.asked == [address, *(["data:,"] if "data:," in tab.asked else [])]
        if not look.printed:
            assert tab.value("document.documentElement.scrollWidth") == look.width


@pytest.mark.parametrize("sheet", ["index", "causes", "progress", "live"])
def test_an_empty_store_has_pages_too(empty: Path, tab: Page, sheet: str) -> None:
    """They say that there is nothing, and how to begin."""
    tab.open((empty / f"{sheet}.html").as_uri())
    assert (tab.violations(), tab.said) == ([], [])
    if sheet == "index":
        assert "parity run NAME" in tab.value("document.body.innerText")


def test_the_measures_can_fail(tmp_path: Path, tab: Page) -> None:
    """A page with a nameless button, a foreign picture, a refused script and a wide picture is caught at all four."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        '<!doctype html><html lang="en"><meta http-equiv="Content-Security-Policy" content="script-src \'none\'">'
        '<title>bad</title><button></button><img src="http://127.0.0.1:9/x.png" alt="x"><script>alert(1)</script>'
        '<svg width="2000" height="9"></svg>'
    )
    tab.open(bad.as_uri())
    assert any(found.startswith("button-name") for found in tab.violations())
    assert any("Content Security Policy" in text for text in tab.said)
    assert "http://127.0.0.1:9/x.png" in tab.asked
    assert tab.value("document.documentElement.scrollWidth") > 1280


def test_the_checker_is_the_one_that_was_vendored() -> None:
    """axe-core 4.14.1, byte for byte."""
    assert axe_is_ours()
    assert AXE.read_text(encoding="utf-8").startswith("/*! axe v4.14.1")


def test_twenty_five_repositories_are_on_the_first_screen(large: Path, tab: Page) -> None:
    """At 1280×900, below title, counts and filters."""
    tab.open((large / "index.html").as_uri())
    fit = "[...document.querySelectorAll('tr[data-owner]')].filter((row) => row.getBoundingClientRect().bottom <= 900)"
    assert tab.value(f"{fit}.length") >= 25


@pytest.mark.parametrize(
    ("scripts", "fragment", "names"),
    [
        (True, "owner=ada", ["practice"]),
        (False, "owner=ada", ["practice"]),
        (True, "state=NO-GO&tier=standard", ["wine"]),
        (False, "state=stale", ["old"]),
        (False, "cause=bbbbbbbbbbbb", ["wine", *HOSTILE[1:3]]),
        (True, "state=nothing", []),
        (True, "owner=a%20b%26c%3Dd%23e%27%22%5D%7B%7D", [HOSTILE[2]]),
        (False, "owner=a%20b%26c%3Dd%23e%27%22%5D%7B%7D", [HOSTILE[2]]),
    ],
)
def test_a_filter_is_in_the_address(
    pages: Path,
    tab: Page,
    *,
    scripts: bool,
    fragment: str,
    names: list[str],
) -> None:
    """One of them works without scripts, by the page's style alone; several need the script."""
    tab.open(f"{(pages / 'index.html').as_uri()}#{fragment}", Look(scripts=scripts))
    found = tab.value(NAMES)
    if "cause" in fragment:
        assert "wine" in found
        assert len(found) == 1 + len(HOSTILE)
    else:
        assert found == names


def test_filters_add_up_and_are_taken_back(pages: Path, tab: Page) -> None:
    """A link adds its filter to those of the address; `show all` drops them."""
    tab.open((pages / "index.html").as_uri())
    whole = tab.value(SHOWN)
    for value in ("NO-GO", "standard"):
        tab.value(f"document.querySelector('a[data-value=\"{value}\"]').click()")
        tab.until(f"location.hash.includes('{value}')")
    assert tab.value("location.hash") == "#state=NO-GO&tier=standard"
    tab.until(f"{SHOWN} === 1")
    assert tab.value("document.getElementById('count').textContent") == f"1 of {whole} shown"
    tab.value("document.getElementById('clear').click()")
    tab.until(f"{SHOWN} === {whole}")


def test_a_cell_says_its_word_on_focus(pages: Path, tab: Page) -> None:
    """An icon until then."""
    tab.open((pages / "index.html").as_uri())
    word = "document.querySelector('tr[data-owner] .k span')"
    assert tab.value(f"{word}.getBoundingClientRect().width") <= 1
    tab.value("document.querySelector('tr[data-owner] .k').focus()")
    assert tab.value(f"{word}.getBoundingClientRect().width") > 50
    assert tab.value(f"{word}.textContent") == "outputs: MATCH"


def test_hostile_names_are_shown_and_do_nothing(pages: Path, tab: Page) -> None:
    """Markup is text, hidden characters are symbols, long names are cut in rows."""
    tab.open((pages / "index.html").as_uri())
    found = tab.value(NAMES)
    assert HOSTILE[0] in found
    assert "⟨U+202E⟩right to left אבג" in found
    assert any(name.startswith("nnn") and len(name) < 200 for name in found)
    assert tab.value("document.querySelectorAll('main script').length") == 0


def test_a_troubled_ledger_and_damaged_rows_are_told(pages: Path, tab: Page) -> None:
    """On the page itself."""
    tab.open((pages / "index.html").as_uri())
    text = tab.value("document.body.innerText")
    assert "reports can't be believed: ledger entry 12: does not follow the one before" in text
    assert tab.value("document.querySelector('tr[data-state=\"damaged\"] td .state').innerText") == "damaged"


def test_light_and_dark_differ(pages: Path, tab: Page) -> None:
    """The page follows the system."""
    colours = []
    for dark in (False, True):
        tab.open((pages / "progress.html").as_uri(), Look(dark=dark))
        colours.append(tab.value("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(255, 255, 255)", "rgb(15, 20, 25)"]
