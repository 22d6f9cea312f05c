"""Which findings of different repositories are one divergence."""

from __future__ import annotations

import pytest

from harness.board.signatures import divergences_of, signature_of, wording
from harness.model.finding import Dimension, Finding, Outcome


def finding(summary: str, subject: str = "train/rmse", rule: str = "", outcome: Outcome = Outcome.MISMATCH) -> Finding:
    """Make one that decides."""
    return Finding("metrics.equivalence", Dimension.METRICS, subject, None, outcome, summary, rule, remedy="mend it")


@pytest.mark.parametrize(
    ("summary", "names", "said"),
    [
        ("rmse fell by 5, which is better; at most 1 is allowed. 3 pairs.", ("rmse",),
         "… fell by …, which is better; at most … is allowed"),
        ("accuracy fell by 28.1 %; at most 1 % is allowed", ("accuracy",), "… fell by …; at most … is allowed"),
        ("its log says “KeyError: 'x'” and 12 MB are missing", (), "its log says … and … are missing"),
        ("the image is sha256:0123456789abcdef now", (), "the image is … now"),
        ("train/rows has 2 files", ("train", "rows"), "…/… has … files"),
    ],
)  # fmt: skip
def test_names_numbers_and_quotations_are_taken_out_of_a_sentence(
    summary: str, names: tuple[str, ...], said: str
) -> None:
    """What is left is the same in all repositories."""
    assert wording(summary, names) == said


def test_one_divergence_has_one_signature_in_all_repositories() -> None:
    """Other names and numbers, the same sentence."""
    one = signature_of(finding("rmse fell by 5; at most 1 is allowed"), "wine")
    other = signature_of(finding("auc fell by 0.25; at most 0.1 is allowed", "fit/auc"), "digits")
    assert one == other
    assert signature_of(finding("rmse rose by 5; at most 1 is allowed"), "wine") != one


def test_a_named_class_is_the_signature_and_brings_its_advice() -> None:
    """Whatever the sentence says."""
    found = signature_of(finding("legacy: proxy ended with 1", rule="K08"), "wine")
    assert found == signature_of(finding("another sentence", rule="K08"), "digits")
    assert found.title.startswith("K08 ")
    assert "native" in found.advice


def test_what_agrees_or_only_informs_is_no_divergence() -> None:
    """The worst comes first, and equal ones are counted."""
    agrees = finding("same", outcome=Outcome.MATCH)
    informs = Finding("x.y", Dimension.METRICS, "train", None, Outcome.MISMATCH, "informs", required=False)
    told = finding("legacy: proxy ended with 1", rule="K08", outcome=Outcome.EXPLAINED)
    found = divergences_of([agrees, informs, told, finding("rmse fell by 1"), finding("rmse fell by 2")], "wine")
    assert [(one.outcome, one.rule, one.count) for one in found] == [("MISMATCH", "", 2), ("EXPLAINED", "K08", 1)]
