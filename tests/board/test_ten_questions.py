"""Ten questions of a platform engineer over eighty repositories, answered from the pages with their own controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from board.eighty import ADVICE, BASES, OWNERS, Fleet, Truth, fleet
from board.sample import DAY, NOW, STORE
from devtools import Page
from scipy.stats import chi2

from harness.board import writes
from harness.board.export import ExportOptions, export
from harness.board.index import open_index
from harness.board.values import StorePosition
from harness.board.weeks import day_of

pytestmark = pytest.mark.chromium
ROWS = "[...document.querySelectorAll('tr[data-owner]')].filter((row) => row.offsetHeight > 0)"


@pytest.fixture(scope="module")
def made() -> Fleet:
    """Draw the fleet once."""
    return fleet()


@pytest.fixture(scope="module")
def truth(made: Fleet) -> Truth:
    """Give what is true of it."""
    return made.truth


@pytest.fixture(scope="module")
def site(made: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export its board."""
    folder = tmp_path_factory.mktemp("eighty")
    index = open_index(str(folder / "board.sqlite"))
    with index.writing() as connection:
        writes.put_reads(connection, made.reads, fresh=True)
        writes.put_steps(connection, made.steps)
        writes.put_signed(connection, made.signatures)
        writes.settle(connection, STORE, sorted(made.truth.owner))
        writes.put_place(connection, StorePosition(STORE, 400, "sha256:40", NOW))
    export(index, {}, {}, ExportOptions(folder / "site", NOW, None, "parity-harness"))
    index.close()
    return folder / "site"


class Reader:
    """Somebody with a mouse: sees what is shown, and clicks what can be clicked."""

    def __init__(self, tab: Page, site: Path) -> None:
        """Open the first page, the only address that is typed."""
        self.tab = tab
        tab.open((site / "index.html").as_uri())

    def control(self, text: str, within: str = "body") -> str:
        """Find the link or the fold whose text this is."""
        found = f"[...document.querySelectorAll('{within} a, {within} summary')]"
        found += f".find((place) => place.textContent.trim() === {text!r})"
        assert self.tab.value(f"Boolean({found})"), f"no control {text!r}"
        return found

    def click(self, text: str, within: str = "body") -> None:
        """Click what stays on the page."""
        self.tab.value(f"{self.control(text, within)}.click()")

    def page(self, name: str, file: str) -> None:
        """Go to another page."""
        self.tab.follow(self.control(name))
        assert self.tab.value("location.pathname").endswith(f"/{file}")

    def narrow(self, text: str, shown: int) -> None:
        """Click a filter; it says how many rows are left."""
        self.click(text)
        self.tab.until(f"document.getElementById('count').textContent === '{shown} of 80 shown'")

    def rows(self, label: str = "") -> list[str]:
        """Read a column of the rows that are shown; without a label their names."""
        cell = (
            f"row.querySelector('td[data-label=\"{label}\"]').innerText"
            if label
            else "row.querySelector('th a').innerText"
        )
        found = self.tab.value(f"{ROWS}.map((row) => {cell})")
        assert isinstance(found, list)
        return found

    def texts(self, selector: str) -> list[str]:
        """Read every place of a page that is shown."""
        found = self.tab.value(
            f"[...document.querySelectorAll({selector!r})].filter((place) => place.offsetHeight > 0)"
            ".map((place) => place.innerText)"
        )
        assert isinstance(found, list)
        return found


@pytest.fixture
def reader(tab: Page, site: Path) -> Iterator[Reader]:
    """Begin at the first page."""
    yield Reader(tab, site)
    assert tab.said == []


def test_which_are_stuck_why_and_whose(reader: Reader, truth: Truth) -> None:
    """In the order of how long, each with what to do and with its owner; then those of one owner alone."""
    reader.page("longest stuck", "stuck.html")
    reader.narrow(f"{len(truth.no_go_days)} NO-GO", len(truth.no_go_days))
    stuck = sorted(truth.no_go_days, key=truth.no_go_days.__getitem__, reverse=True)
    assert reader.rows() == stuck
    for name, told in zip(stuck, reader.rows("next"), strict=True):
        assert ADVICE[truth.cause[name]] in told
        assert f"so for {truth.no_go_days[name]} d" in told
    assert reader.rows("owner") == [truth.owner[name] for name in stuck]
    own = [name for name in stuck if truth.owner[name] == OWNERS[5]]
    reader.click("owner")
    reader.narrow(OWNERS[5], len(own))
    assert reader.rows() == own


def test_which_is_closest_to_go(reader: Reader, truth: Truth) -> None:
    """Of those whose evidence is too thin the one that needs fewest runs comes first."""
    reader.narrow(f"{len(truth.missing)} INCONCLUSIVE", len(truth.missing))
    assert reader.rows() == sorted(truth.missing, key=truth.missing.__getitem__)
    assert f"{29 - min(truth.missing.values())} of 29 sound runs" in reader.rows("next")[0]


def test_which_cause_hits_most_and_on_which_base_image(reader: Reader, truth: Truth) -> None:
    """The first card has it, with its repositories and their owners."""
    (cause, hits), *_ = Counter(truth.cause.values()).most_common()
    reader.page("Causes", "causes.html")
    assert reader.texts("main section h2")[0].split("\n")[-1].strip().endswith(f"{cause}: {hits} repositories")
    hit = sorted(name for name, why in truth.cause.items() if why == cause)
    bases = sorted(Counter(truth.base[name] for name in hit).items(), key=lambda item: (-item[1], item[0]))
    said = ", ".join(f"{base} ({count})" for base, count in bases)
    assert f"base images: {said}" in reader.texts("main section .muted")
    reader.click(f"{hits} repositories", "main section")
    first = reader.tab.value(
        "[...document.querySelector('main section').querySelectorAll('li')].map((li) => li.innerText)"
    )
    assert [line.partition(")")[0] + ")" for line in first] == [f"{name} ({truth.owner[name]})" for name in hit]


@pytest.mark.parametrize("state", ["stale", "damaged"])
def test_whose_evidence_is_too_old_or_damaged(reader: Reader, truth: Truth, state: str) -> None:
    """One filter each."""
    wanted: set[str] = getattr(truth, state)
    reader.narrow(f"{len(wanted)} {state}", len(wanted))
    assert set(reader.rows()) == wanted


def test_who_must_sign_next(reader: Reader, truth: Truth) -> None:
    """The row names up to three; the repository's page names all of them."""
    for name, may in sorted(truth.to_sign.items()):
        reader.narrow(f"{len(truth.to_sign)} ready to sign", len(truth.to_sign))
        assert set(reader.rows()) == set(truth.to_sign)
        row = next(told for shown, told in zip(reader.rows(), reader.rows("next"), strict=True) if shown == name)
        if len(may) <= 3:
            assert all(person in row for person in may - {truth.owner[name]})  # the owner has a column
        else:
            assert f"{len(may)} approvers:" in row
        reader.page(name, f"{name}.html")
        (said,) = [fact for fact in reader.texts("dl.facts div") if fact.startswith("may sign")]
        assert set(said.removeprefix("may sign").strip().split(", ")) == may
        reader.page("Now", "index.html")


def test_what_each_week_costs(reader: Reader, truth: Truth) -> None:
    """Below the picture, as a table."""
    reader.page("Progress", "progress.html")
    sections = "[...document.querySelectorAll('section')]"
    section = f"{sections}.find((part) => part.querySelector('h2').innerText === 'Cost by week')"
    reader.tab.value(f"{section}.querySelector('summary').click()")
    told = reader.tab.value(
        f"[...{section}.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.innerText))"
    )
    assert dict(map(tuple, told)) == {week: f"{price:.2f}" for week, price in truth.spend.items()}


def test_when_it_will_be_done(reader: Reader, truth: Truth) -> None:
    """The sentence at the top: how many are cut over, how many lately, and between which days the rest follow."""
    recent, left = sum(days < 28 for days in truth.cut_over_days), 80 - len(truth.cut_over_days)
    high, low = chi2.ppf(0.9, 2 * recent + 2) / 2 / 28, chi2.ppf(0.1, 2 * recent) / 2 / 28
    early, late = (day_of(NOW + left / rate * DAY) for rate in (high, low))
    reader.page("Progress", "progress.html")
    assert reader.texts("main p strong")[0] == (
        f"{len(truth.cut_over_days)} of 80 repositories are cut over, {recent} of them in the last 28 days. "
        f"At that pace the rest follow between {early} and {late} (80 % range)."
    )


def test_what_ran_last_night(reader: Reader, truth: Truth) -> None:
    """Below the running campaigns, with verdict and owner."""
    reader.page("Live", "live.html")
    names, owners = (reader.texts(f"#judged tbody {cell}") for cell in ("th", "td[data-label=owner]"))
    assert set(names) == truth.last_night
    assert owners == [truth.owner[name] for name in names]


def test_which_run_on_a_base_image(reader: Reader, truth: Truth) -> None:
    """A filter of its own."""
    own = {name for name, base in truth.base.items() if base == BASES[2]}
    reader.click("base image")
    reader.narrow(BASES[2], len(own))
    assert set(reader.rows()) == own


def test_the_fixture_is_the_same_for_the_same_seed_and_has_eighty_repositories(made: Fleet) -> None:
    """Another seed draws other ones, whose truth would be another."""
    assert (fleet().reads, fleet().truth) == (made.reads, made.truth)
    assert fleet(81).truth != made.truth
    assert len(made.truth.owner) == 80
