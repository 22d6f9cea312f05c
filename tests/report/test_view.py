"""The view: counting and wording that every format shares."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest
from report.campaign_sample import Case, found, go_case, inconclusive_case, no_go_case, totals_of

from harness.model.carry import StateEvidence
from harness.model.finding import LAZY_IMAGE, Dimension, Measure, Outcome, Waiver
from harness.model.plan import Pair
from harness.model.schedule import Cause, Replacement, RunAtStop, Stop
from harness.model.verdict import Decision
from harness.report.render import page
from harness.report.text import verdict_lines
from harness.report.view import OUTCOMES


@pytest.mark.parametrize("case", [go_case(), no_go_case(), inconclusive_case()], ids=["go", "no-go", "inconclusive"])
def test_every_total_lists_six_outcomes_and_adds_up(case: Case) -> None:
    """Rows, columns and the grand total agree with the number of findings."""
    view = case.view()
    assert tuple(view.totals) == OUTCOMES
    assert sum(view.totals.values()) == len(view.findings) == sum(row.total for row in view.scorecard)
    for n, outcome in enumerate(OUTCOMES):
        assert view.totals[outcome] == sum(row.counts[n] for row in view.scorecard)
    assert all(sum(row.counts) == row.total for row in view.scorecard)
    assert view.warnings == ()


def test_totals_that_differ_from_the_findings_are_said_on_the_page() -> None:
    """A verdict whose totals do not fit the findings gets a warning."""
    case = go_case()
    off = replace(case.verdict, totals={**case.verdict.totals, "MATCH": 99})
    assert "MATCH: verdict 99, page 16" in replace(case, verdict=off).view().warnings[0]


def test_a_go_that_the_gate_table_does_not_support_warns_before_signing() -> None:
    """The page never shows a silent contradiction between the gate table and the verdict."""
    case = go_case()
    broken = found("outputs.table", Dimension.OUTPUTS, "score/predictions", "differs", Outcome.MISMATCH, pair="x")
    view = case.with_findings((*case.judgement.findings, broken)).view()
    assert any("Do not sign" in warning and "Declared outputs" in warning for warning in view.warnings)


def test_the_sentence_names_the_first_cause() -> None:
    """The first thing read is the answer with its cause, in words of its own."""
    assert no_go_case().view().sentence == (
        'Parameter alpha arrived as string "0.5" on the candidate; legacy read number 0.5.'
    )
    assert inconclusive_case().view().sentence == "accuracy may differ by up to 0.0081, limit 0.005."
    assert go_case().view().sentence == (
        "All required checks agree in 3 pairs on stand-ins for the platforms, so nothing is proven yet; "
        "3 false failures of legacy explained."
    )


def test_reasons_carry_value_margin_remedy_and_findings() -> None:
    """Each reason shows the number that decided against what was allowed, and links to its findings."""
    view = no_go_case().view()
    retyped, metric, table, _ = view.reasons
    assert retyped.value == 'alpha: legacy number 0.5, candidate string "0.5"'
    assert (metric.value, metric.margin) == ("legacy 2,860, candidate 3,277, difference +417.2", "±25")
    assert table.remedy == "mend the parameter first"
    anchors = {finding.anchor for finding in view.findings}
    assert len(retyped.findings) == 3
    assert all(anchor in anchors for reason in view.reasons for anchor, _ in reason.findings)


def test_a_reason_that_names_an_unknown_finding_says_so() -> None:
    """A finding that is not there is listed as absent, never linked."""
    case = no_go_case()
    lost = replace(case.verdict, reasons=(replace(case.verdict.reasons[0], findings=("gone/x",)),))
    reason = replace(case, verdict=lost).view().reasons[0]
    assert (reason.findings, reason.absent) == ((), ("gone/x",))


def test_waivers_change_the_headline_and_show_hits_and_expiry() -> None:
    """GO with waivers says how many; an expired and a never-hit waiver are named as such."""
    case = go_case()
    waivers = tuple(
        Waiver(name, "o", "r", "*", day)
        for name, day in (("W1", date(2027, 1, 1)), ("W2", date(2026, 11, 23)), ("W3", date(2026, 11, 24)))
    )
    view = replace(
        case,
        repository=replace(case.repository, waivers=waivers),
        verdict=replace(case.verdict, waivers={"W1": 2, "W2": 0, "W3": 0, "W9": 1}),
    ).view()
    assert view.headline == "would be GO with 2 waivers"
    assert [(waiver.id, waiver.hits, waiver.state) for waiver in view.waivers] == [
        ("W1", 2, "in use"),
        ("W2", 0, "expired"),
        ("W3", 0, "never hit"),
        ("W9", 1, "unknown"),
    ]


def test_exit_and_label_that_disagree_are_marked_on_pair_and_truth() -> None:
    """`exit 0, job Failed` is said where it is so, and nowhere else."""
    view = go_case().view()
    assert [pair.mark for pair in view.pairs] == ["legacy: exit 0, job Failed"] * 3 + ["", ""]
    assert [truth_row.side for truth_row in view.truth if not truth_row.agrees] == ["legacy"] * 3
    assert view.truth_counts["legacy"]["ok"] == {"ok": 1, "failed": 3, "none": 0}


def test_false_success_is_marked_though_the_exit_code_agrees() -> None:
    """Half the output with exit 0 under a job called Succeeded is a disagreement of the work itself."""
    case = no_go_case()
    run = "diabetes-train.train.p1-candidate"
    view = replace(case, stories={**case.stories, run: replace(case.stories[run], work="failed")}).view()
    assert view.pairs[0].mark == "candidate: work failed, job Succeeded"


def test_a_launched_pair_without_findings_is_inconclusive_and_a_repeat_is_not_judged() -> None:
    """Nothing checked is never a match."""
    view = go_case().with_findings(()).view()
    assert [pair.outcome for pair in view.pairs] == ["INCONCLUSIVE"] * 3 + ["", ""]


def test_a_void_pair_names_the_one_that_stands_for_it() -> None:
    """Replacement is visible in both directions."""
    case = inconclusive_case()
    first = case.plan.pairs[0]
    spare = Pair("spare", first.repository, first.job, first.grade, (), replaces=first.id)
    view = replace(case, amendments=(Replacement(spare, (), Cause.VOID, "cut"),)).view()
    assert view.pairs[0].note == "void, replaced by spare"
    assert view.pairs[-1].note == f"stands for void pair {first.id}"
    assert view.pairs[2].note == "void"


def test_a_stopped_pair_is_shown_with_who_stopped_it_and_when() -> None:
    """Of one that told nothing, the one that stands for it; of one that did, that it counts."""
    case = inconclusive_case()
    first, second = case.plan.pairs[:2]
    spare = Pair("spare", first.repository, first.job, first.grade, (), replaces=first.id)
    told_nothing = RunAtStop(first.runs[0], submitted=True, ended=False, reported=False)
    when = "2026-11-24T11:00:00Z"
    stops = (
        Stop(first.id, (told_nothing,), "ada@host", when, "interrupted"),
        Stop(second.id, (replace(told_nothing, reported=True),), "<b>eve@host", when, "stopped by request"),
    )
    view = replace(case, amendments=(*stops, Replacement(spare, (), Cause.STOPPED, ""))).view()
    assert [(stop.pair, stop.who, stop.at, stop.reason, stop.effect) for stop in view.stops] == [
        (first.id, "ada@host", when, "interrupted", "reported nothing; spare stands for it"),
        (second.id, "<b>eve@host", when, "stopped by request", "counts as it stands, for it had reported something"),
    ]
    assert view.pairs[0].note == "stopped: reported nothing; spare stands for it"
    assert view.pairs[-1].note == f"stands for stopped pair {first.id}"
    (line, _) = (line for line in verdict_lines([view], width=200) if line.startswith("stopped"))
    assert line == f"stopped: {first.id} by ada@host at {when} (interrupted): reported nothing; spare stands for it"
    shown = page(view).decode()
    assert "stopped by <strong>ada@host</strong> at <time>2026-11-24 11:00 UTC</time>" in shown
    assert "&lt;b&gt;eve@host" in shown


def test_what_the_processes_saw_is_compared_with_types() -> None:
    """A number and a string of the same digits differ; equal values are listed as same."""
    rows = {seen_row.key: seen_row for seen_row in no_go_case().view().seen}
    assert (rows["alpha"].legacy, rows["alpha"].candidate, rows["alpha"].same) == ("number 0.5", 'string "0.5"', False)
    assert rows["seed"].same
    assert not rows["uid"].same


def test_a_phase_with_an_unknown_end_is_not_counted_as_a_duration() -> None:
    """An open end is said in words and never becomes zero."""
    row = next(startup_row for startup_row in inconclusive_case().view().startup if startup_row.phase == "finishing")
    assert row.legacy == "1.4 s ± 0.5 s (3 runs)"
    assert row.note == "legacy: end unknown in 1 run"
    assert row.candidate == "not seen"


def test_what_is_known_of_lazy_images_stands_with_the_startup() -> None:
    """A job that claims one and a notebook's image; without such a finding the table has phases only."""
    subjects = ("train/lazy image", "notebook image nb/x:1")
    told = [found(LAZY_IMAGE, Dimension.STARTUP, subject, f"said of {subject}") for subject in subjects]
    rows = go_case().with_findings(told).view().startup
    assert [(row.job, row.sources, row.note) for row in rows if row.phase == "lazy image"] == [
        ("train", "", "said of train/lazy image"),
        ("notebook", "ECR", "said of notebook image nb/x:1"),
    ]
    assert all(startup_row.phase != "lazy image" for startup_row in go_case().view().startup)


def test_findings_with_one_id_keep_apart() -> None:
    """Two findings under one id get different refs and anchors."""
    twin = found("a.b", Dimension.OUTPUTS, "s", "first")
    view = go_case().with_findings((twin, twin)).view()
    assert [finding.ref for finding in view.findings] == ["a.b/s", "a.b/s #2"]
    assert len({finding.anchor for finding in view.findings}) == 2


def test_numbers_that_are_not_finite_never_reach_a_chart() -> None:
    """NaN and infinities are dropped as numbers and named in words."""
    measure = Measure("s", math.nan, math.inf, math.nan, 1.0, interval=(-math.inf, 1.0), series_legacy=(1.0, math.nan))
    finding = found("m.e", Dimension.METRICS, "score/rmse", "odd", Outcome.INCONCLUSIVE, measure=measure)
    shown = go_case().with_findings((finding,)).view().findings[0].measure
    assert shown is not None
    assert (shown.legacy, shown.candidate, shown.interval, shown.series_legacy) == (None, None, None, (1.0,))
    assert dict(shown.words)["legacy"] == "not a number s"


def test_gate_rows_fail_when_what_they_count_fails() -> None:
    """Each rule has a case in which it is not met."""
    case = no_go_case()
    rows = {gate_row.rule: gate_row for gate_row in case.view().gate}
    assert rows["No difference beyond its margin"].met == "no"
    assert (rows["Critical metrics equivalent"].seen, rows["Critical metrics equivalent"].met) == ("0 of 1", "no")
    assert rows["Wrong endings"].met == "yes"
    assert rows["Startup latency"].met == "not asked"
    strict = replace(case.repository, policy=replace(case.repository.policy, bad_runs_max=0.1, startup_required=True))
    short = StateEvidence(9, 0, 0.292, 0.1, 0, 0, enough=False, why="too few")
    asked = replace(case, repository=strict, verdict=replace(case.verdict, state=short))
    rows = {row.rule: row for row in asked.view().gate}
    assert rows["Wrong endings"].met == "no"
    void = inconclusive_case().view()
    rows = {gate_row.rule: gate_row for gate_row in void.gate}
    assert (rows["Void pairs"].seen, rows["Void pairs"].met) == ("1 of 3 (33%)", "no")
    assert rows["Every required check has an answer"].met == "no"


def test_the_sample_has_all_three_verdicts() -> None:
    """The other tests speak of a GO, a NO-GO and an INCONCLUSIVE."""
    assert {go_case().verdict.decision, no_go_case().verdict.decision, inconclusive_case().verdict.decision} == set(
        Decision
    )
    assert totals_of(())["MATCH"] == 0


def test_a_void_informs_and_never_decides() -> None:
    """A void pair that was replaced can't turn a GO red in any format."""
    void = found("identity.void", Dimension.IDENTITY, "score/legacy", "node lost", Outcome.INCONCLUSIVE, pair="p9")
    case = go_case()
    view = case.with_findings((*case.judgement.findings, void)).view()
    assert not view.findings[-1].required
    assert view.warnings == ()
