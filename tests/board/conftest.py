"""An empty index on each database, and one browser for the pages of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from board import postgres
from devtools import Page, browser

from harness.board.index import Index, clear, open_index


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start one PostgreSQL for all tests."""
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    """Give an empty index."""
    url = str(tmp_path / "board.sqlite")
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    opened = open_index(url)
    with opened.writing() as connection:
        clear(connection)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Index]:
    """Give an empty index where one database is enough."""
    opened = open_index(str(tmp_path / "board.sqlite"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Open one tab for all tests of a module."""
    with browser(tmp_path_factory.mktemp("browser")) as page:
        yield page
