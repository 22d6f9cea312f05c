"""What a page is told by the ledger: the report before it, what changed since, and who signed."""

from __future__ import annotations

import json
from pathlib import Path

from campaign.finished import Finished, finish

from harness.campaign.pages import views_of
from harness.campaign.selfcheck.world import Draft
from harness.store import ledger

SECOND = "2026-11-25T12:30:00Z"
OTHER_ROWS = '[{"id":1,"x":0.9,"label":"a"},{"id":2,"x":0.2,"label":"b"},{"id":3,"x":0.3,"label":"a"}]'


def twice(reports: Path, first: Draft, second: Draft) -> Finished:
    """Judge two campaigns of a repository, one after the other."""
    finish(reports, "c1", candidate=first)
    return finish(reports, "c2", candidate=second, at=SECOND)[0]


def test_the_first_report_of_a_repository_says_so(tmp_path: Path) -> None:
    """There is nothing to compare it with."""
    of, _ = finish(tmp_path)
    (view,) = views_of(of.archive)
    assert view.first.since.words == "first report of this repository"
    assert view.first.signoff == "not signed"
    assert view.outlook.weeks[0] == ("the same image all the time", "1 week")


def test_the_second_report_says_what_is_new_and_what_is_fixed(tmp_path: Path) -> None:
    """A metric that was off is mended, and an output differs now."""
    of = twice(tmp_path, Draft(15.0), Draft(10.0, rows=OTHER_ROWS))
    (view,) = views_of(of.archive)
    since = view.first.since
    assert (since.campaign, since.decision, len(since.fixed)) == ("c1", "NO-GO", 1)
    assert since.fixed[0].startswith("rmse rose")
    assert since.new[0].startswith("Of 2 files in rows, 2 differ")


def test_a_campaign_says_nothing_of_those_after_it(tmp_path: Path) -> None:
    """The page of the first is what it was."""
    of = twice(tmp_path, Draft(15.0), Draft(10.0))
    (view,) = views_of(of.archive.beside("c1"))
    assert view.first.since.campaign == ""


def test_a_previous_verdict_that_was_changed_is_not_believed(tmp_path: Path) -> None:
    """Its file is not the one that the ledger has the digest of; the control is the test above."""
    of = twice(tmp_path, Draft(15.0), Draft(10.0))
    path = tmp_path / "c1" / "verdict" / "wine.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | {"reasons": []}), encoding="utf-8")
    (view,) = views_of(of.archive)
    assert view.first.since.words == "since 2026-11-25 (NO-GO): its verdict is not at hand"


def test_signers_are_told_in_the_order_in_which_they_signed(tmp_path: Path) -> None:
    """Once each; what a signature is worth, `parity signoff` says."""
    of, _ = finish(tmp_path)
    for name in ("bob", "ada", "bob"):
        of.archive.ledger.append(ledger.SIGNOFF, SECOND, "wine", campaign="c1", facts={"signer": name})
    of.archive.ledger.append(ledger.SIGNOFF, SECOND, "wine", campaign="c0", facts={"signer": "eve"})
    (view,) = views_of(of.archive)
    assert view.first.signoff == "signed by bob and ada (1 of 1)"
