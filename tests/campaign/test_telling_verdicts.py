"""A verdict is told as soon as it is entered, repository by repository."""

from __future__ import annotations

from pathlib import Path

from campaign.finished import LATER, Draft, finish
from campaign.team import Clock

from harness.campaign import conclude
from harness.campaign.telling import telling_verdicts
from harness.model.verdict import Verdict
from harness.runner.context import Notice, Progress
from harness.store import ledger


def test_each_verdict_is_told_once_it_stands_in_the_ledger(tmp_path: Path) -> None:
    """Control: a campaign that was concluded is not told again."""
    finished, _ = finish(tmp_path, "c1", candidate=Draft(5.0))
    heard: list[Progress | Notice] = []
    tell, entered = telling_verdicts(heard.append), list[int]()

    def told(verdict: Verdict) -> None:
        entered.append(len(finished.archive.ledger.entries()))
        tell(verdict)

    conclude.conclude(finished.plan, finished.archive, Clock(LATER), tell=told)
    assert heard == []
    before = len(finished.archive.ledger.entries())
    conclude.conclude(finished.plan, finished.archive, Clock(LATER), ledger.RECOMPARISON, tell=told)
    (notice,) = heard
    assert isinstance(notice, Notice)
    assert (notice.repository, notice.verdict) == ("wine", "NO-GO")
    assert notice.text.startswith("wine: NO-GO: ")
    assert len(notice.text.split()) <= 28
    assert entered == [before + 1]
