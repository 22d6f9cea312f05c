"""How many epochs or steps it takes to reach a value of a curve: read from the log, judged as any metric."""

from __future__ import annotations

import pytest

from harness.bounded.pattern import NotSearched
from harness.judge.carry import claim_of
from harness.judge.classify import metric_findings
from harness.model.finding import Finding, Outcome
from harness.model.metric import Better, Metric
from harness.model.policy import PRESETS
from harness.model.sample import PairedSample
from harness.model.target import NEVER, reached
from harness.runner.log_lines import Gap, LogLines, lines_of
from harness.runner.metrics import reading_of

EPOCHS = Metric("epochs-to-93", r"val_acc=([0-9.]+)", Better.LOWER, 2.0, None, target=">= 0.93")
MATCH, INCONCLUSIVE, MISMATCH = Outcome.MATCH, Outcome.INCONCLUSIVE, Outcome.MISMATCH


def read(log: str) -> float:
    """Give what is judged."""
    return reading_of(LogLines(lines_of(log)), EPOCHS).points[-1].value or 0.0


@pytest.mark.parametrize(
    ("log", "steps"),
    [
        ("epoch 1 val_acc=0.80\nepoch 2 val_acc=0.93\nepoch 3 val_acc=0.95\n", 2.0),
        ("epoch 5 val_acc=0.80\nepoch 10 val_acc=0.94\nepoch 15 val_acc=0.91\n", 10.0),
        ("step 100\nval_acc=0.80\nstep 200\nval_acc=0.94\n", 200.0),
        ("val_acc=0.80\nval_acc=0.91\nval_acc=0.99\n", 3.0),
        ("epoch 1 val_acc=0.80\nepoch 2 val_acc=0.92\n", NEVER),
        ("epoch 1 val_acc=nan\nepoch 2 val_acc=0.93\n", 2.0),
    ],
    ids=["by epoch", "every fifth epoch", "step on the line before", "no steps named", "never", "not a number first"],
)
def test_the_first_report_that_reaches_the_target_says_when(log: str, steps: float) -> None:
    """What comes after it does not count; a run that never does is further off than any margin."""
    assert read(log) == steps


def test_a_log_without_a_report_has_no_value_and_one_with_a_hole_is_not_searched() -> None:
    """The report that reached the target may stand in what was not kept."""
    assert reading_of(LogLines(lines_of("hello\n")), EPOCHS).points == ()
    lines = lines_of("val_acc=0.80\nval_acc=0.99\n")
    for log in (LogLines(lines, Gap(1, 100)), LogLines(lines, start_lost=True)):
        with pytest.raises(NotSearched, match=r"target: >= 0\.93 asks for all"):
            reading_of(log, EPOCHS)


def test_a_target_is_reached_from_below_or_from_above() -> None:
    """At the bound it is reached."""
    assert [reached(">= 0.93", value) for value in (0.92, 0.93, 0.94)] == [False, True, True]
    assert [reached("<=0.25", value) for value in (0.24, 0.25, 0.26)] == [True, True, False]


def test_another_target_is_another_claim() -> None:
    """Pairs measured against it do not count."""
    other = Metric("epochs-to-93", EPOCHS.regex, Better.LOWER, 2.0, None, target=">= 0.94")
    assert claim_of(EPOCHS) != claim_of(other)


# -- judged -----------------------------------------------------------------------------------------------------------


def told(legacy: tuple[float, ...], candidate: tuple[float, ...]) -> Finding:
    """Judge it under `trial`."""
    pairs = tuple(f"p{number}" for number in range(len(legacy)))
    moments = tuple(60.0 * number for number in range(len(legacy)))
    sample = PairedSample(
        EPOCHS.name, "", legacy, candidate, pairs, legacy, candidate, None, (), "log", (), moments
    )  # fmt: skip
    (found,) = metric_findings("train", [(EPOCHS, sample)], PRESETS["trial"])
    return found


def test_as_many_epochs_within_the_margin_are_equal() -> None:
    """Two more or less are allowed."""
    found = told((12, 13, 12, 12, 13, 12, 12, 13), (12, 12, 13, 12, 13, 13, 12, 12))
    assert found.outcome is MATCH


def test_a_candidate_that_learns_more_slowly_differs() -> None:
    """Five epochs more in each pair."""
    found = told((12, 13, 12, 12, 13, 12, 12, 13), (17, 18, 17, 18, 18, 17, 17, 18))
    assert found.outcome is MISMATCH
    assert found.summary.startswith("epochs-to-93 rose by 5")


def test_a_candidate_that_never_gets_there_differs_and_is_named() -> None:
    """In every run, and in some of them."""
    legacy = (12.0, 13.0, 12.0, 12.0, 13.0, 12.0, 12.0, 13.0)
    found = told(legacy, (NEVER,) * 8)
    assert found.outcome is MISMATCH
    assert found.summary.startswith(
        "epochs-to-93: the target >= 0.93 was never reached in 8 of 8 candidate runs; at most 2 is allowed."
    )
    some = told(legacy, (*legacy[:6], NEVER, NEVER))
    assert "was never reached in 2 of 8 candidate runs;" in some.summary


def test_a_target_that_neither_side_reaches_proves_nothing() -> None:
    """Both never is no equality."""
    found = told((NEVER,) * 8, (NEVER,) * 8)
    assert (found.outcome, found.summary) == (
        INCONCLUSIVE,
        "epochs-to-93 could not be judged: the target was reached on neither side in 8 pairs",
    )


def test_too_few_pairs_are_inconclusive() -> None:
    """As with any metric."""
    assert told((12, 13), (12, 12)).outcome is INCONCLUSIVE
