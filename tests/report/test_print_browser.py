"""What a page prints: at most two pages of decision record and six in all, everything where it was asked for."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from report.browser import FLAGS, TIMEOUT_SECONDS, chromium
from report.states import states

from harness.report.render import page
from harness.report.values import ReportView

pytestmark = pytest.mark.chromium

NAMES = ("no-go", "crash", "hostile", "ten-thousand")


@pytest.fixture(scope="module")
def views() -> Mapping[str, ReportView]:
    """Give the states that are printed."""
    return {name: view for name, view in states().items() if name in NAMES}


def _sheets(data: bytes, folder: Path) -> int:
    """Print a page on A4 and count the sheets."""
    (folder / "page.html").write_bytes(data)
    printed = folder / "page.pdf"
    command = [
        chromium(), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer",
        f"--print-to-pdf={printed}", (folder / "page.html").as_uri(),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=True)
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))


def _record(data: bytes) -> bytes:
    """Cut everything off that follows the decision record."""
    text = data.decode()
    return (text[: text.index('<nav class="toc"')] + "</main></body></html>").encode()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_prints_on_six_sheets_of_which_two_are_the_record(
    views: Mapping[str, ReportView], name: str, tmp_path: Path
) -> None:
    """Whatever it holds: hostile names, a crash, ten thousand findings."""
    data = page(views[name])
    assert _sheets(_record(data), tmp_path) <= 2
    assert _sheets(data, tmp_path) <= 6


def test_a_full_page_prints_its_appendix_too(views: Mapping[str, ReportView], tmp_path: Path) -> None:
    """The control of the limits: the same page in full is longer than they allow."""
    assert _sheets(page(views["no-go"], full=True), tmp_path) > 6
