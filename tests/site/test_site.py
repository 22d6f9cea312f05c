"""The documentation's site: built strictly, whole, and without a request to anybody."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it as `nox -s site` does."""
    into = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(into)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    return into


def test_every_page_of_the_documentation_is_there(site: Path) -> None:
    """Decisions too, and an index of them."""
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    built = {path.relative_to(site) for path in site.rglob("*.html")}
    assert pages <= built
    index = (site / "adr" / "index.html").read_text(encoding="utf-8")
    assert all(page.name in index for page in pages if page.parent == Path("adr"))


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    """Style, script, font and picture are files of the site."""
    loads = re.compile(
        r'<(?:script|img|iframe|source)[^>]+src="?(https?:)?//|<link[^>]+rel="?stylesheet"?[^>]+href="?(?:https?:)?//'
    )
    assert [path.name for path in site.rglob("*.html") if loads.search(path.read_text(encoding="utf-8"))] == []


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    """The strict build can fail."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[nowhere](nothing.md)\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nstrict: true\nvalidation: {links: {not_found: warn}}\n")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(tmp_path / "out")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1
    assert "nothing.md" in done.stderr
