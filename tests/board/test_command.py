"""`parity board --export`: what it says and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from campaign.finished import Draft, finish, repository
from click.testing import CliRunner, Result

from harness.cli.main import parity


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the default index of these tests apart."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def board(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(parity, ["board", *words])


def test_pages_of_all_campaigns_of_all_stores_are_written(tmp_path: Path) -> None:
    """Two teams, one of them with a repository of the same name; each links to its own report."""
    finish(tmp_path / "a", "c1", repositories=(repository("wine"), repository("iris")))
    finish(tmp_path / "b", "c2", candidate=Draft(5.0))
    done = board("--reports", "a", "--reports", "b", "--export", "site", "--target", "2027-03-31")
    assert (done.exit_code, done.stderr) == (0, "a: 4 new ledger entries\nb: 2 new ledger entries\n")
    assert done.stdout.startswith("site/index.html: 3 repositories; 8 files, 0.")
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "policy.approvers has nobody who may sign" in page
    assert "parity explain-verdict wine --reports b" in page
    (iris,) = (tmp_path / "site" / "r").glob("iris.html")
    assert '<a href="../../a/c1/report/iris.html">' in iris.read_text(encoding="utf-8")
    assert len(list((tmp_path / "site" / "r").glob("wine-in-*.html"))) == 2


def test_damaged_evidence_ends_with_3(tmp_path: Path) -> None:
    """`--verify` hashes what the index does not read."""
    finish(tmp_path / "reports", "c1")
    assert board("--export", "site").exit_code == 0
    (tmp_path / "reports/c1/runs/wine-train-01-legacy-1/payload/0").write_text("forged", encoding="utf-8")
    assert board("--export", "site").exit_code == 0
    done = board("--export", "site", "--verify")
    assert (done.exit_code, "1 repository, 1 of them damaged" in done.stdout) == (3, True)


def test_a_replaced_ledger_ends_with_3_and_rebuild_mends_it(tmp_path: Path) -> None:
    """The message says what to type."""
    finish(tmp_path / "reports", "c1")
    board("--export", "site")
    (tmp_path / "reports" / "ledger.jsonl").unlink()
    finish(tmp_path / "reports", "c3", candidate=Draft(5.0))
    done = board("--export", "site")
    assert done.exit_code == 3
    assert "`parity ledger verify`, then --rebuild" in done.stderr
    assert board("--export", "site", "--rebuild").exit_code == 0


def test_the_default_index_is_private_and_one_a_set_of_stores(tmp_path: Path) -> None:
    """In the user's state folder, for nobody else to read."""
    finish(tmp_path / "a", "c1")
    for words in (["--reports", "a"], ["--reports", "a"], ["--reports", "a", "--reports", "b"]):
        assert board(*words, "--export", "site").exit_code == 0
    found = list((tmp_path / "state" / "parity" / "board").glob("*.sqlite"))
    assert len(found) == 2
    assert {path.stat().st_mode & 0o777 for path in found} == {0o600}


def test_a_store_that_is_none_is_refused() -> None:
    """As every --reports is."""
    done = board("--reports", "gs://bucket", "--export", "site")
    assert (done.exit_code, "expected a folder, or s3://BUCKET" in done.stderr) == (2, True)


def test_without_its_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no traceback."""
    monkeypatch.setattr("harness.cli.commands.board.find_spec", lambda _: None)
    done = board("--export", "site")
    assert (done.exit_code, "pip install 'parity-harness[board]'" in done.stderr) == (2, True)
