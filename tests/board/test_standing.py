"""Where a repository stands, and who does what next: one line a case."""

from __future__ import annotations

from dataclasses import replace

import pytest
from board.sample import DAY, NOW, known, row, signed, step

from harness.board.actions import Action, next_action
from harness.board.fleet import Filter, Sort, line_of, now_view
from harness.board.standing import Known, RepositoryState, stage_of, standing_of
from harness.board.values import State

NO_GO = row(decision="NO-GO", blocking=1, remedy="mend the loss")
THIN = row(decision="INCONCLUSIVE", clean=3, blocking=1)
STALE = row(expires_at=NOW - 1)
DAMAGED = row(state=State.DAMAGED, trouble="plan.json: it is not there")
OPEN = row(state=State.OPEN, judged_at=0.0, decision="")
CUT_OVER = (step("digits", "canary", 9, 1), step("digits", "cut-over", 3, 2))


@pytest.mark.parametrize(
    ("found", "standing", "action"),
    [
        (
            Known("reports", "digits", None, running=OPEN),
            RepositoryState.NOT_JUDGED,
            Action("", "wait: its first campaign is running", ""),
        ),
        (
            known(DAMAGED),
            RepositoryState.DAMAGED,
            Action("ml-platform", "restore the evidence, or run it again", "parity rejudge c1"),
        ),
        (known(NO_GO), RepositoryState.NO_GO, Action("ml-platform", "mend the loss", "parity explain-verdict digits")),
        (
            known(THIN),
            RepositoryState.INCONCLUSIVE,
            Action("ml-platform", "run it again: 3 of 29 sound runs", "parity run digits"),
        ),
        (
            known(STALE),
            RepositoryState.STALE,
            Action("ml-platform", "run it again: its evidence is too old", "parity run digits"),
        ),
        (
            replace(known(THIN), running=OPEN),
            RepositoryState.INCONCLUSIVE,
            Action("", "wait: a campaign is running", ""),
        ),
        (
            replace(known(row(evidence="synthetic")), running=OPEN),
            RepositoryState.WOULD_GO,
            Action("", "wait: a campaign is running", ""),
        ),
        (replace(known(STALE), running=OPEN), RepositoryState.STALE, Action("", "wait: a campaign is running", "")),
        (
            known(row(approvals=2)),
            RepositoryState.READY,
            Action("ada and bob", "sign it off (0 of 2 signed)", "parity signoff digits"),
        ),
        (
            known(row(evidence="synthetic")),
            RepositoryState.WOULD_GO,
            Action("ml-platform", "run it on the real platforms", "parity run digits"),
        ),
        (
            known(),
            RepositoryState.READY,
            Action("ada or bob", "sign it off (0 of 1 signed)", "parity signoff digits"),
        ),
        (
            known(row(approvals=2), signed=(signed(),)),
            RepositoryState.READY,
            Action("bob", "sign it off (1 of 2 signed)", "parity signoff digits"),
        ),
        (
            known(row(approvers=("carol",))),
            RepositoryState.READY,
            Action("ml-platform", "name approvers: policy.approvers has nobody who may sign", ""),
        ),
        (
            known(signed=(signed(),)),
            RepositoryState.SIGNED,
            Action("ml-platform", "go from off to shadow", "parity cutover digits --to shadow --reason WHY"),
        ),
        (
            known(signed=(signed(),), steps=(step("digits", "dual", 2, 1),)),
            RepositoryState.SIGNED,
            Action(
                "ml-platform", "go from dual to canary", "parity cutover digits --to canary --share 10 --reason WHY"
            ),
        ),
        (
            known(signed=(signed(),), steps=CUT_OVER),
            RepositoryState.MOVING,
            Action("ml-platform", "go from cut-over to soak", "parity cutover digits --to soak --reason WHY"),
        ),
        (
            known(NO_GO, steps=CUT_OVER),
            RepositoryState.NO_GO,
            Action(
                "ml-platform",
                "mend the cause, or let legacy's output count again",
                "parity rollback digits --reason WHY",
            ),
        ),
        (
            known(steps=(*CUT_OVER, step("digits", "done", 1, 3))),
            RepositoryState.DONE,
            Action("", "nothing: legacy is removed", ""),
        ),
    ],
)
def test_a_repository_stands_somewhere_and_somebody_does_something_next(
    found: Known, standing: RepositoryState, action: Action
) -> None:
    """From the newest verdict, the stage and the signatures."""
    assert standing_of(found, NOW) is standing
    assert next_action(found, standing) == action


def test_a_signature_over_an_older_campaign_counts_for_nothing() -> None:
    """The sign-off was of other evidence."""
    assert standing_of(known(row(campaign="c2"), signed=(signed(campaign="c1"),)), NOW) is RepositoryState.READY


def test_a_practice_on_synthetic_evidence_moves_no_stage() -> None:
    """Only steps on real evidence count."""
    assert stage_of(known(steps=(step("digits", "canary", 1, 1, synthetic=True),))) == "off"


def test_old_evidence_is_grey_in_every_cell_and_says_so() -> None:
    """The gate is closed, whatever the verdict was."""
    line = line_of(known(row(expires_at=NOW - 1, planned_at=NOW - 31 * DAY)), NOW)
    assert (line.standing, line.klass, line.age) == (RepositoryState.STALE, "notrun", "31 d")
    assert {cell.klass for cell in line.cells} == {"notrun"}
    assert line.cells[0].word == "MATCH, stale"


def test_synthetic_verdicts_say_what_they_would_be() -> None:
    """Never the word GO alone."""
    assert line_of(known(row(evidence="synthetic")), NOW).verdict == "would be GO"
    assert line_of(known(row(evidence="synthetic", decision="NO-GO")), NOW).verdict == "would be NO-GO"


def test_a_row_is_recorded_until_its_evidence_was_hashed() -> None:
    """And then says how long ago that was."""
    assert line_of(known(), NOW).vouched == "recorded"
    assert line_of(known(row(verified_at=NOW - 7200)), NOW).vouched == "verified 2 h ago"


def test_another_store_is_named_in_the_command() -> None:
    """A command works as it is typed."""
    found = replace(known(THIN), store="s3://team-a/parity")
    assert next_action(found, RepositoryState.INCONCLUSIVE).command == "parity run digits --reports s3://team-a/parity"


FLEET = [
    known(row("a", decision="NO-GO", blocking=3), since=NOW - 9 * DAY),
    known(row("b", decision="NO-GO", blocking=1, owner="ada"), since=NOW - 2 * DAY, causes=("k",)),
    known(row("c"), since=NOW - 1 * DAY),
    known(row("d", decision="INCONCLUSIVE", clean=20, blocking=1), since=NOW - 20 * DAY),
    known(row("e", decision="INCONCLUSIVE", clean=28, blocking=1), since=NOW - 3 * DAY),
    known(row("f"), steps=(step("f", "done", 50, 1),), since=NOW - 90 * DAY),
]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(), "cedbaf"),
        (Filter(sort=Sort.STUCK), "daebcf"),
        (Filter(sort=Sort.NAME), "abcdef"),
        (Filter(owner="ada"), "b"),
        (Filter(state="INCONCLUSIVE"), "ed"),
        (Filter(cause="k"), "b"),
        (Filter(owner="ada", state="INCONCLUSIVE"), ""),
    ],
)
def test_rows_are_sorted_and_filtered(wanted: Filter, names: str) -> None:
    """Closest to GO: fewest reasons against it, then fewest missing pairs; longest stuck: what is done never is."""
    view = now_view(FLEET, wanted, NOW)
    assert "".join(line.repository for line in view.lines) == names
    assert view.total == 6


def test_filters_come_from_a_url_and_unknown_orders_are_the_first_one() -> None:
    """What is asked twice or wrongly does no harm."""
    assert Filter.of({"owner": "ada", "sort": "stuck", "x": "y"}) == Filter(owner="ada", sort=Sort.STUCK)
    assert Filter.of({"sort": "nonsense"}) == Filter()
