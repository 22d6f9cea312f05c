"""The level that was spent, by campaign and by metric, and the false GOs that a fleet lets one expect."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report.campaign_sample import Case, campaign, go_case, inconclusive_case, no_go_case

from harness.model.finding import Finding
from harness.model.verdict import LedgerPrefix
from harness.report.levels import fleet_lines, level_at_stake
from harness.report.markdown import escaped, summary_of
from harness.report.render import index
from harness.report.text import verdict_lines

LOOK = 0.05 / 3


def metric(case: Case) -> Finding:
    """Find the judged metric of a case."""
    return next(each for each in case.judgement.findings if each.check == "metrics.equivalence")


def at_level(case: Case, level: float) -> Case:
    """Judge the metric of a case by a test at this level."""
    found = metric(case)
    assert found.measure is not None
    other = replace(found, rule="paired", measure=replace(found.measure, level=1 - 2 * level))
    findings = tuple(other if each is found else each for each in case.judgement.findings)
    return replace(case, judgement=replace(case.judgement, findings=findings))


def method(case: Case, spent: float = 0.0, level: float = 0.0, *, synthetic: bool = False) -> dict[str, str]:
    """Read the Method of the page."""
    judgement = replace(case.judgement, prefix=LedgerPrefix(spent=spent, level=level))
    return dict(replace(case, plan=replace(case.plan, synthetic=synthetic), judgement=judgement).view().method)


@pytest.mark.parametrize(
    ("spent", "level", "left"),
    [
        (0.0, LOOK, "α = 0.03333; enough for 2 more campaigns with tests"),
        (LOOK, LOOK, "α = 0.01667; enough for 1 more campaign with tests"),
        (2 * LOOK, LOOK, "α = 0; enough for 0 more campaigns with tests"),
        (3 * LOOK, 0.0, "α = 0; enough for 0 more campaigns with tests"),
        (0.045, 0.0, "α = 0.005; enough for 0 more campaigns with tests"),
    ],
)
def test_the_method_says_what_was_spent_and_what_is_left(spent: float, level: float, left: str) -> None:
    """Three looks of a level of 5 %: three campaigns may test, and less than a look is nothing."""
    told = method(go_case(), spent, level)
    assert told["Level left"] == left
    assert told["Level spent by this campaign"].startswith("α = ")


def test_a_synthetic_campaign_says_that_it_spends_nothing() -> None:
    """It can never be signed off."""
    assert "synthetic" in method(go_case(), synthetic=True)["Level spent by this campaign"]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (go_case(), "none: bit-identical in A/A, compared exactly"),
        (at_level(go_case(), LOOK), "α = 0.01667"),
        (at_level(go_case(), 0.05), "α = 0.05, to confirm an earlier proof; it spends nothing"),
    ],
    ids=["exact", "tested", "confirmed"],
)
def test_each_metric_says_at_which_level_it_was_tested(case: Case, said: str) -> None:
    """By what decided it."""
    assert method(case)["Level of score/rmse"] == said


def test_a_metric_that_could_not_be_tested_has_no_level() -> None:
    """Nothing was claimed, so nothing can be wrong."""
    case = go_case()
    findings = tuple(replace(each, measure=None) if each is metric(case) else each for each in case.judgement.findings)
    blind = replace(case, judgement=replace(case.judgement, findings=findings))
    assert method(blind)["Level of score/rmse"] == "none: it could not be tested"


def test_at_stake_is_the_largest_level_of_a_test_that_decides() -> None:
    """Exact ones add nothing, and what only informs lets nothing pass."""
    case = at_level(go_case(), LOOK)
    findings = case.judgement.findings
    informs = [replace(each, required=False) for each in findings]
    policy = case.repository.policy
    assert level_at_stake(policy, go_case().judgement.findings) == 0
    assert level_at_stake(policy, findings) == pytest.approx(LOOK)
    assert level_at_stake(policy, [*findings, metric(at_level(go_case(), 0.05))]) == pytest.approx(0.05)
    assert level_at_stake(policy, informs) == 0


def test_a_fleet_adds_up_the_levels_of_its_tests_and_what_the_selfcheck_measured() -> None:
    """Two of three rest on a test at one look: 0.0333 now, 0.15 over three repositories; 4 of 1,000 measured."""
    cases = (go_case(), at_level(no_go_case(), LOOK), at_level(inconclusive_case(), LOOK))
    views = [replace(each.view(), at_margin=(4, 1000)) for each in cases]
    bound, measured = fleet_lines(views)
    assert "at most 0.0333 of 3 verdicts" in bound
    assert "at most 0.15 by all campaigns of these repositories together" in bound
    assert measured == ("The selfcheck measured 4 of 1,000 at the margin: 0.008 of 2 verdicts that rest on a test.")


def test_a_wider_fleet_expects_more_and_one_that_is_exact_expects_none() -> None:
    """Control: the number moves with the settings and with the count."""
    case = at_level(no_go_case(), LOOK)
    loose = replace(case, repository=replace(case.repository, policy=replace(case.repository.policy, alpha=0.2)))
    assert "at most 0.5 of 30 verdicts" in fleet_lines([case.view()] * 30)[0]
    assert "at most 6 by all campaigns" in fleet_lines([loose.view()] * 30)[0]
    assert "at most 0 of 30 verdicts" in fleet_lines([go_case().view()] * 30)[0]
    assert fleet_lines([]) == ()


def test_index_markdown_and_terminal_tell_the_same() -> None:
    """The terminal only where there is a fleet; none of them lacks a line."""
    views = [replace(each, at_margin=(4, 1000)) for each in campaign()]
    lines = fleet_lines(views)
    page = index(views, {each.repository: each.repository for each in views}).decode()
    terminal = " ".join(verdict_lines(views, width=500))
    for each in lines:
        assert (each in page, escaped(each) in summary_of(views), each in terminal) == (True, True, True)
    assert "false GO" not in " ".join(verdict_lines(views[:1], width=500))
