"""Whatever lies below a reports folder is its owner's alone: 0700 and 0600, whatever the umask was."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import private
from harness.cli.campaigns import keep_private
from harness.model.clock import SystemClock
from harness.report import render
from harness.store import artifacts, fence, ledger
from harness.store.files import write_durably
from harness.store.folder import Folder
from harness.store.journal import Journal


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Run under a umask."""
    kept = os.umask(mask)
    try:
        yield
    finally:
        os.umask(kept)


def modes_below(root: Path) -> dict[str, str]:
    """List modes of everything below a folder."""
    return {
        path.relative_to(root).as_posix(): f"{stat.S_IMODE(path.lstat().st_mode):04o}"
        for path in sorted(root.rglob("*"))
    }


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o377])
def test_all_that_a_campaign_writes_is_its_owners_alone(mask: int, tmp_path: Path) -> None:
    """Plan, journal, fence, ledger, payloads and pages, under a umask that opens and one that closes too much."""
    tree = tmp_path / "job"
    tree.mkdir()
    (tree / "rows.csv").write_text("a\n")
    root = tmp_path / "made" / "reports" / "campaign"
    with umask(mask):
        fence.take(Folder(root), fence.this_writer(), SystemClock())
        write_durably(root / "plan.json", b"{}")
        with Journal(root / "journal.log") as journal:
            journal.append([{"record": "note"}])
        ledger.append(
            root.parent / "ledger.jsonl",
            ledger.CAMPAIGN,
            "2026-11-30T00:00:00Z",
            repository="wine",
            campaign="c",
            facts={},
        )
        artifacts.scan_tree(tree, root / "runs" / "r" / "payload" / "x", artifacts.Limits())
        render._write(root / "report" / "index.html", b"page")
    found = modes_below(tmp_path / "made")
    assert {name: mode for name, mode in found.items() if mode not in {"0700", "0600"}} == {}
    assert sum(mode == "0600" for mode in found.values()) == 7
    assert found["reports"] == "0700"


def test_a_journal_that_others_could_read_is_tightened_when_it_is_opened(tmp_path: Path) -> None:
    """The next writer closes what an earlier version left open."""
    path = tmp_path / "journal.log"
    path.touch(mode=0o644)
    Journal(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_open_reports_folder_is_tightened_with_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pages of an earlier version lie there too; the owner's own rights stay, links are left alone."""
    outside = tmp_path / "outside"
    outside.write_text("somebody else's")
    outside.chmod(0o644)
    reports = tmp_path / "reports"
    (reports / "c" / "report").mkdir(parents=True)
    (reports / "c" / "report" / "index.html").write_text("page")
    (reports / "c" / "run.sh").touch()
    (reports / "c" / "link").symlink_to(outside)
    for path, mode in {
        "": 0o755,
        "c": 0o755,
        "c/report": 0o2775,
        "c/report/index.html": 0o644,
        "c/run.sh": 0o755,
    }.items():
        (reports / path).chmod(mode)
    keep_private(reports)
    assert capsys.readouterr().err == (
        f"{reports}: others could read it; rights of 5 files and folders are now 0700 and 0600\n"
    )
    assert modes_below(reports) == {
        "c": "0700",
        "c/link": "0777",
        "c/report": "2700",
        "c/report/index.html": "0600",
        "c/run.sh": "0700",
    }
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
    keep_private(reports)
    assert capsys.readouterr().err == ""


def test_a_name_that_is_a_file_is_no_folder(tmp_path: Path) -> None:
    """Nothing is written beside it."""
    (tmp_path / "reports").touch()
    with pytest.raises(NotADirectoryError):
        private.make_folder(tmp_path / "reports")
