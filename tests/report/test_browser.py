"""What happens where there is no browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from report.browser import chromium


def test_without_a_browser_tests_are_skipped_with_a_printed_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A machine without Chromium says so and goes on."""
    monkeypatch.delenv("PARITY_REQUIRE_CHROMIUM", raising=False)
    with pytest.raises(pytest.skip.Exception):
        chromium([str(tmp_path / "none"), None])
    assert "chromium is not installed" in capsys.readouterr().out


def test_where_a_browser_is_required_its_absence_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI can't lose these tests silently; a browser that is there is taken."""
    monkeypatch.setenv("PARITY_REQUIRE_CHROMIUM", "1")
    with pytest.raises(pytest.fail.Exception):
        chromium([str(tmp_path / "none")])
    there = tmp_path / "chromium"
    there.touch()
    assert chromium([None, str(there)]) == str(there)
