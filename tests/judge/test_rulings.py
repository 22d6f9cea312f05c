"""A ruling covers the one difference that was signed: every fact of it, and its size by proof."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge import cases

from harness.judge import rulings
from harness.judge.classify import metric_findings
from harness.judge.gate import decide, effective_findings
from harness.model.finding import Dimension, Finding, Measure, Outcome, Ruling
from harness.model.metric import Better, Metric
from harness.model.sample import PairedSample
from harness.model.verdict import Decision, LedgerPrefix, Verdict

RMSE = Metric("rmse", "rmse=(.*)", Better.LOWER, 0.5, None)
LEGACY = (10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 10.0, 10.1)
WOBBLE = (0.02, -0.02, 0.01, -0.01, 0.02, -0.02, 0.01, -0.01)


def moved(by: float, *, exact: bool = False) -> Finding:
    """Judge eight pairs whose candidate is moved by about so much; allowed is 0.5."""
    legacy = (10.0,) * 8 if exact else LEGACY
    candidate = tuple(each + by + (0 if exact else wobble) for each, wobble in zip(legacy, WOBBLE, strict=True))
    pairs = tuple(f"p{n}" for n in range(8))
    sample = PairedSample("rmse", "", legacy, candidate, pairs, legacy, candidate, None, (), "log")
    return metric_findings("train", [(RMSE, sample)], cases.POLICY)[0]


def ruling(finding: Finding, **changes: object) -> Ruling:
    """Accept a finding, signed."""
    measure = finding.measure or Measure("")
    made = Ruling(
        "R-1", f"{finding.check}/{finding.subject}", rulings.signature_of("wine", finding), measure.difference,
        measure.margin, finding.summary, "cellar@example.org", "legacy rounds twice", "c0", cases.JUDGED_AT, ("ada",),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def covered(finding: Finding, *held: Ruling) -> str:
    """Say which ruling covers a finding; empty: none."""
    return rulings.apply("wine", [finding], held, cases.POLICY)[0].ruling


def output(difference: str = "sha256:one", **changes: object) -> Finding:
    """Make a finding of one output that differs."""
    given_: dict[str, object] = {"outcome": Outcome.MISMATCH, "difference": difference} | changes
    return replace(cases.finding("outputs.json", Dimension.OUTPUTS, "train/model", "p1"), **given_)  # type: ignore[arg-type]


def judged(finding: Finding, *held: Ruling) -> Verdict:
    """Put a difference in an otherwise clean campaign before the gate."""
    case = cases.case((*cases.clean(), finding))
    return decide(replace(case, judgement=replace(case.judgement, prefix=LedgerPrefix(rulings=held))))


def test_a_ruled_difference_is_waived_in_the_verdict_and_its_hits_are_counted() -> None:
    """Without the ruling it is NO-GO; with it GO, one hit, and no waiver is used up."""
    found = output()
    assert judged(found).decision is Decision.NO_GO
    verdict = judged(found, ruling(found), ruling(output("sha256:gone"), id="R-2"))
    assert verdict.decision is Decision.GO
    assert (verdict.rulings, verdict.waivers, verdict.totals["WAIVED"]) == ({"R-1": 1, "R-2": 0}, {}, 1)


@pytest.mark.parametrize(
    "other",
    [
        output("sha256:two"),
        output(check="outputs.table"),
        output(subject="train/scores"),
        output(rule="K08"),
        output(difference=""),
    ],
    ids=["another content", "another check", "another output", "another class", "not told whole"],
)
def test_a_second_difference_is_never_covered(other: Finding) -> None:
    """Whatever fact is another one, the difference is."""
    assert covered(other, ruling(output())) == ""
    assert covered(output(), ruling(output())) == "R-1"


def test_the_same_difference_of_another_repository_is_another_one() -> None:
    """The repository's name is part of the signature."""
    assert rulings.signature_of("wine", output()) != rulings.signature_of("digits", output())


@pytest.mark.parametrize(("by", "held"), [(1.0, True), (1.05, True), (0.95, True), (1.4, False), (-1.0, False)])
def test_a_measured_difference_is_covered_where_it_is_proven_to_be_the_one_that_was_ruled(
    by: float,
    held: bool,  # noqa: FBT001
) -> None:
    """Ruled is a rise of 1.0 with a margin of 0.5: 0.5 to 1.5 is the same, more or the other way is not."""
    found = moved(by)
    assert found.outcome is Outcome.MISMATCH
    assert covered(found, ruling(moved(1.0))) == ("R-1" if held else "")


@pytest.mark.parametrize(("by", "held"), [(1.0, True), (1.4, True), (1.6, False), (-1.0, False)])
def test_an_exact_difference_is_covered_within_the_margin_of_the_one_that_was_ruled(by: float, held: bool) -> None:  # noqa: FBT001
    """What never varies needs no test."""
    assert covered(moved(by, exact=True), ruling(moved(1.0, exact=True))) == ("R-1" if held else "")


def test_a_margin_that_was_widened_since_does_not_widen_the_ruling() -> None:
    """The smaller one counts, the one that was signed or the one in force."""
    assert covered(moved(1.2), ruling(moved(1.0), margin=0.05)) == ""


def test_three_campaigns_may_look_whether_a_measured_difference_is_the_one_that_was_ruled() -> None:
    """Retry until the estimate lands near the ruled one would be retry until green; what is exact may be seen often."""
    assert covered(moved(1.0), ruling(moved(1.0), looked=2)) == "R-1"
    assert covered(moved(1.0), ruling(moved(1.0), looked=3)) == ""
    assert covered(moved(1.0, exact=True), ruling(moved(1.0, exact=True), looked=3)) == "R-1"
    assert covered(moved(1.0), ruling(moved(1.0), looked=3), ruling(moved(1.01), id="R-2")) == "R-2"


def test_a_ruling_that_is_void_covers_nothing() -> None:
    """Such as one whose signature does not hold."""
    assert covered(output(), ruling(output(), void="the signature does not hold")) == ""


NEVER = [
    (output(false_success=True), "a false success is never accepted"),
    (output(outcome=Outcome.INCONCLUSIVE), "only a difference that is known"),
    (output(outcome=Outcome.NOT_RUN), "only a difference that is known"),
    (output(required=False), "decides nothing"),
    (output(dimension=Dimension.EVIDENCE), "what was looked at"),
    (output(dimension=Dimension.COVERAGE), "what was looked at"),
    (output(dimension=Dimension.IDENTITY), "what was looked at"),
    (output(difference=""), "can't tell all that differs"),
]


@pytest.mark.parametrize(("found", "why"), NEVER, ids=[why for _, why in NEVER])
def test_what_can_never_be_ruled_says_why_and_is_never_covered(found: Finding, why: str) -> None:
    """Even by a ruling that somebody wrote for it."""
    assert why in rulings.refusal(found)
    assert covered(found, ruling(found)) == ""


@given(
    outcome=st.sampled_from(Outcome),
    dimension=st.sampled_from(Dimension),
    difference=st.sampled_from(["", "sha256:one", "sha256:two"]),
    false_success=st.booleans(),
    required=st.booleans(),
)
def test_a_ruling_changes_nothing_but_the_difference_it_is_bound_to(
    outcome: Outcome,
    dimension: Dimension,
    difference: str,
    *,
    false_success: bool,
    required: bool,
) -> None:
    """Law: either the finding stays as it is, or it is the very difference, required, known and no false success."""
    found = output(difference, outcome=outcome, dimension=dimension, false_success=false_success, required=required)
    after = rulings.apply("wine", [found], (ruling(output()),), cases.POLICY)[0]
    same = difference == "sha256:one" and outcome is Outcome.MISMATCH and required and not false_success
    looked = dimension not in {Dimension.EVIDENCE, Dimension.COVERAGE, Dimension.IDENTITY}
    wanted = replace(found, outcome=Outcome.WAIVED, ruling="R-1") if same and looked else found
    assert after == wanted


def test_a_ruling_goes_before_a_waiver_that_would_cover_the_same() -> None:
    """So that a waiver that is no longer needed is seen to be hit by nothing."""
    found = output()
    case = cases.case((*cases.clean(), found), repository=cases.with_waivers(cases.waiver("outputs.json/*")))
    held = replace(case, judgement=replace(case.judgement, prefix=LedgerPrefix(rulings=(ruling(found),))))
    findings, hits = effective_findings(held)
    assert ([finding.ruling for finding in findings if finding.ruling], dict(hits)) == (["R-1"], {})
