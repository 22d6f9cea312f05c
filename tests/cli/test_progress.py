"""Progress of a campaign: a table by repository on a terminal, two lines a run and one each minute elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from report.campaign_sample import job, plan, repository
from rich.console import Console

from harness.cli import progress
from harness.cli.run_tally import RunCounts
from harness.model.plan import Plan, Run
from harness.runner.context import Notice, Progress

PLAN = plan(
    [
        repository("digits", "ada", "standard", (job("train", "accuracy", 0.01),)),
        repository("wine", "bob", "standard", (job("train", "accuracy", 0.01),)),
    ],
    1,
)
"""Two repositories with one pair and one repeat a side: four runs each."""
STATES = ("submitting", "submitted", "running", "finishing", "fetched")


def _told(of: Plan, states: Sequence[str] = STATES) -> list[Progress]:
    return [Progress(run, state) for run in of.runs for state in states]


def test_a_run_has_two_lines_however_many_states_it_goes_through(capsys: pytest.CaptureFixture[str]) -> None:
    """Its begin and its end, on stderr; with -v every state; a notice is always there."""
    for every, lines in ((False, 2), (True, len(STATES))):
        with progress._plain(RunCounts(PLAN), every=every) as listener:
            for step in _told(PLAN):
                listener(step)
            listener(Notice("the platform does not answer"))
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == lines * len(PLAN.runs) + 1
    assert re.search(r"^ +\d+\.\ds digits\.train\.p1-legacy fetched$", said.err, re.MULTILINE)


def test_a_run_that_is_submitted_again_is_not_said_again(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of the platform costs no line."""
    run = PLAN.runs[0]
    with progress._plain(RunCounts(PLAN), every=False) as listener:
        for state in ("submitting", "waiting", "submitting", "waiting", "given up"):
            listener(Progress(run, state))
    assert [line.split()[-1] for line in capsys.readouterr().err.splitlines()] == ["submitting", "up"]


def test_a_heartbeat_says_how_far_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes by itself, and ends with the campaign; control: without a plan there is none."""
    monkeypatch.setattr(progress, "HEARTBEAT_SECONDS", 0.001)
    tally = RunCounts(PLAN)
    with progress._plain(tally, every=False):
        while "8 runs done" not in capsys.readouterr().err:
            pass
    with progress._plain(RunCounts(None), every=False):
        pass
    assert capsys.readouterr().err.count("runs done") <= 1


def test_a_heartbeat_counts_done_under_way_and_expected_time() -> None:
    """At the pace so far; nothing is expected before a run is over."""
    tally = RunCounts(PLAN)
    assert tally.line(0.0) == "0 s: 0 of 8 runs done, 0 under way"
    for step in _told(PLAN)[:12]:
        tally.take(step)
    assert tally.line(60.0) == "60 s: 2 of 8 runs done, 1 under way, about 3 min 00 s left"


def test_the_table_has_a_row_a_repository_with_done_of_planned() -> None:
    """Runs that were added to the plan count as planned; the price stands beside its cap where one is given."""
    tally = RunCounts(PLAN)
    extra = Run("spare", "spare", "wine", "train", PLAN.runs[0].side, 1)
    for at, step in enumerate((*_told(PLAN)[:12], Progress(extra, "submitting"))):
        tally.take(step, float(at))
    assert [(row.repository, row.share, row.phase, row.spent) for row in tally.rows(60.0)] == [
        ("digits", "2 of 4", "1 submitted", "–"),
        ("wine", "0 of 5", "1 submitting", "–"),
    ]
    assert _drawn(tally, 60.0) == [
        "repository  pairs done  runs done  phase         elapsed  left        at most spent",
        "digits      1 of 1      2 of 4     1 submitted   60 s     about 60 s  –",
        "wine        0 of 1      0 of 5     1 submitting  48 s     –           –",
        "60 s so far, about 3 min 30 s left; Ctrl-C stops and says how to go on",
    ]


def _drawn(tally: RunCounts, elapsed: float) -> list[str]:
    console = Console(width=140, record=True)
    with console.capture() as shown:
        console.print(progress.table_of(tally, elapsed))
    return [line.rstrip() for line in shown.get().splitlines()]


VERDICT = Notice("digits: NO-GO: accuracy fell 28 %", "digits", "NO-GO")


def test_a_repository_that_is_judged_shows_its_verdict_and_how_long_it_took() -> None:
    """Its clock stands still from its last run on; the others go on."""
    tally = RunCounts(PLAN)
    for at, step in enumerate(_told(PLAN)[:20]):
        tally.take(step, float(at))
    assert _drawn(tally, 90.0)[1].split("  ")[0:1] == ["digits"]
    assert (tally.rows(90.0)[0].phase, tally.rows(90.0)[0].elapsed) == ("waits for others", "19 s")
    tally.judge("digits", "NO-GO")
    row = tally.rows(90.0)[0]
    assert (row.pairs, row.share, row.phase, row.elapsed, row.left) == ("1 of 1", "4 of 4", "NO-GO", "19 s", "–")
    assert tally.rows(90.0)[1].phase == "waits"


def test_a_verdict_is_one_line_as_soon_as_it_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody watches; with -q it is told by the data alone."""
    with progress._plain(RunCounts(PLAN), every=False) as listener:
        listener(VERDICT)
    assert re.fullmatch(r" +\d+\.\ds digits: NO-GO: accuracy fell 28 %\n", capsys.readouterr().err)
    progress._silent(VERDICT)
    progress._silent(Notice("the platform does not answer"))
    assert capsys.readouterr().err == "the platform does not answer\n"


def test_github_actions_folds_the_lines_of_a_campaign(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One group, closed whatever happens; nowhere else."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(KeyError), progress._grouped(PLAN):
        raise KeyError
    assert capsys.readouterr().err == f"::group::campaign {PLAN.campaign}\n::endgroup::\n"
    monkeypatch.delenv("GITHUB_ACTIONS")
    with progress._grouped(PLAN):
        pass
    assert capsys.readouterr().err == ""
