"""What the evidence leaves possible, and bad runs that were seen: on the page, whatever the verdict."""

from __future__ import annotations

from dataclasses import replace

from report.campaign_sample import Case, found, go_case, inconclusive_case, no_go_case

from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.report.possible import possible
from harness.report.render import page

SEEN = "1 of 12 candidate runs is off by more than a margin from all 12 runs of legacy"
BAD = found("metrics.runs", Dimension.METRICS, "score/bad-runs", SEEN, Outcome.MATCH)


def with_bad_runs(case: Case, *samples: Sample) -> Case:
    """Add what the count of bad runs found."""
    finding: Finding = BAD if not samples else _with(samples)
    return case.with_findings((*case.judgement.findings, finding))


def _with(samples: tuple[Sample, ...]) -> Finding:
    return found("metrics.runs", Dimension.METRICS, "score/bad-runs", SEEN, Outcome.MATCH, samples=samples)


def test_shift_bad_runs_and_wrong_endings_are_three_numbers_of_the_page() -> None:
    """With over how many pairs, and what is allowed."""
    told = possible(with_bad_runs(go_case()).view())
    assert told == (
        ("Largest shift of score/rmse", "0, by 3 pairs; 0.5 is allowed"),
        ("Bad runs of score", SEEN),
        (
            "Wrong endings",
            (
                "fewer than 64.2%, by 3 runs (3 of them with an explained legacy false failure); "
                "the policy asks for fewer than 65% of runs"
            ),
        ),
    )


def test_a_shift_that_nothing_excludes_is_said_to_be_any() -> None:
    """It is not left out: that is where GO fails."""
    case = inconclusive_case()
    blind = [
        replace(finding, measure=replace(finding.measure, interval=None)) if finding.measure else finding
        for finding in case.judgement.findings
    ]
    told = dict(possible(case.with_findings(tuple(blind)).view()))
    assert told["Largest shift of classify/accuracy"] == "any is still possible, after 3 pairs; 0.005 is allowed"


def test_a_bad_run_that_was_seen_stands_on_the_first_screen_of_a_go() -> None:
    """Control: where none was seen, nothing is told there."""
    seen = with_bad_runs(go_case(), Sample("rmse", "10 to 10.5", "11.6"), Sample("rmse", "10 to 10.5", "12"))
    first = seen.view().first.reasons[0]
    assert (first.what, first.legacy, first.candidate) == ("rmse of one run, and of 1 more", "10 to 10.5", "11.6")
    assert "rmse of one run" in page(seen.view()).decode()
    assert "of one run" not in str(with_bad_runs(go_case()).view().first)


def test_a_bad_run_is_told_beside_another_reason_for_no_go() -> None:
    """It comes first, so that the three lines of the first screen do not hide it."""
    seen = with_bad_runs(no_go_case(), Sample("rmse", "10 to 10.5", "11.6"))
    assert seen.view().first.reasons[0].what == "rmse of one run"
