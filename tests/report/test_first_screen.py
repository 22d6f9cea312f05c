"""The first screen: cause with its size, reasons in numbers, the next command, sign-off, and what changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report.campaign_sample import Case, found, go_case, inconclusive_case, no_go_case, observation

from harness.config.price import estimate
from harness.model.carry import StateEvidence
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.finding import Dimension, Finding, Measure, Outcome, Sample
from harness.model.policy import Approver
from harness.model.verdict import Decision, EvidenceKind, PairCount, PastVerdict, Reason
from harness.report import brief
from harness.report.first_screen import reason_keys, since_last
from harness.report.next_step import Campaign, cost_of, next_step, signoff_state
from harness.report.opening import LedgerFacts, NextStep, PreviousVerdict, ReasonLine
from harness.report.render import index, page, page_names
from harness.report.text import verdict_lines

CASES = (go_case(), no_go_case(), inconclusive_case())


def metric(outcome: Outcome, difference: float, interval: tuple[float, float] | None, **more: object) -> Finding:
    """Judge a metric whose owner allows 1 % of legacy."""
    measure = Measure(
        "",
        0.97,
        0.97 + difference,
        difference,
        0.0097,
        "1.000% of legacy",
        interval,
        0.9,
        8,
        pairs_needed=more.get("needed"),  # type: ignore[arg-type]
    )
    return found("metrics.equivalence", Dimension.METRICS, "classify/accuracy", "long words", outcome, measure=measure)


def judged(case: Case, decision: Decision, *reasons: Reason, findings: tuple[Finding, ...] = ()) -> Case:
    """Give a case other reasons and findings."""
    case = case.with_findings(findings)
    return replace(case, verdict=replace(case.verdict, decision=decision, reasons=reasons))


def of_metric(finding: Finding, remedy: str = "") -> Reason:
    """Make the reason of a finding."""
    word = "mismatch" if finding.outcome is Outcome.MISMATCH else "inconclusive"
    return Reason(f"{word}:{finding.check}", f"{finding.summary}.", (finding.id,), remedy, finding.subject)


FELL = metric(Outcome.MISMATCH, -0.2716, (-0.28, -0.26))
OPEN = metric(Outcome.INCONCLUSIVE, -0.0013, (-0.02, 0.017), needed=5)


# -- cause and size ---------------------------------------------------------------------------------------------------


def test_a_metric_says_how_far_it_moved_in_the_terms_of_its_limit() -> None:
    """28 per cent where the owner allows one per cent; the numbers stand beneath it, and no word twice."""
    first = judged(inconclusive_case(), Decision.NO_GO, of_metric(FELL), findings=(FELL,)).view().first
    assert first.sentence == "accuracy fell 28 % on the candidate, limit 1 %."
    (line,) = first.reasons
    assert line == ReasonLine("accuracy", "0.97", "0.6984", "−28 %", "1 %", anchor=line.anchor)


def test_an_estimate_whose_interval_holds_zero_is_not_called_a_fall() -> None:
    """It may be none at all: the sentence says how large it may be."""
    first = judged(inconclusive_case(), Decision.INCONCLUSIVE, of_metric(OPEN), findings=(OPEN,)).view().first
    assert first.sentence == "accuracy may differ by up to 2.06 %, limit 1 %."
    assert "fell" not in str(first)
    assert first.reasons[0].difference == "−0.134 % (may be none)"


def test_a_crash_is_its_own_sentence_and_both_endings_are_the_line() -> None:
    """Exit codes beside each other."""
    ending = found(
        "truth.expected", Dimension.TRUTH, "classify",
        "classify: candidate failed (exit code 1): “KeyError: 'target'”; legacy succeeded", Outcome.MISMATCH, pair="p1",
        samples=(Sample("ending", "success", "code error"), Sample("exit code", "0", "1")),
    )  # fmt: skip
    first = judged(inconclusive_case(), Decision.NO_GO, of_metric(ending), findings=(ending,)).view().first
    assert first.sentence == "classify: candidate failed (exit code 1): “KeyError: 'target'”; legacy succeeded."
    (line,) = first.reasons
    assert (line.what, line.legacy, line.candidate) == ("classify: ending", "success (0)", "code error (1)")


def test_what_is_cut_of_an_expectation_is_never_how_many_runs_fail_it() -> None:
    """Each cell says in whole what happened; which values, the findings say."""
    text = "1 of 4 expectations of features failed by the candidate only (features.csv: expect_x(value=178))"
    failed = "failed in all 5 runs: observed 57"
    label = "features.csv: expect_table_row_count_to_equal(value=178)"
    seen = found(
        "expectations", Dimension.OUTPUTS, "build/features", f"{text}, 3 met by both sides; from suite.json",
        Outcome.MISMATCH, samples=(Sample(label, "met in 5 runs", failed, "failed by the candidate only"),),
    )  # fmt: skip
    first = (
        judged(inconclusive_case(), Decision.NO_GO, of_metric(FELL), of_metric(seen), findings=(FELL, seen))
        .view()
        .first
    )
    line = first.reasons[1]
    assert line == ReasonLine(
        f"features: {label}", "met in 5 runs", "failed in all 5 runs", "failed by the candidate only", "none",
        anchor=line.anchor,
    )  # fmt: skip


def test_values_that_say_how_they_differ_have_no_sentence_cut_to_fit_beside_them() -> None:
    """The cell stays empty where only a long sentence would say it again."""
    text = "Variable TERM is absent on legacy and xterm on candidate"
    seen = found(
        "configuration.environment", Dimension.CONFIGURATION, "classify/environment", text, Outcome.MISMATCH,
        samples=(Sample("TERM", "absent", "xterm"),),
    )  # fmt: skip
    first = (
        judged(inconclusive_case(), Decision.NO_GO, of_metric(FELL), of_metric(seen), findings=(FELL, seen))
        .view()
        .first
    )
    assert [line.difference for line in first.reasons] == ["−28 %", ""]


@pytest.mark.parametrize("case", CASES, ids=["go", "no-go", "inconclusive"])
def test_the_sentence_has_at_most_25_words_and_the_lines_never_repeat_it(case: Case) -> None:
    """At most three lines, and none of them is the sentence again."""
    first = case.view().first
    assert len(first.sentence.split()) <= 25
    assert len(first.reasons) <= 3
    assert not any(line.text and line.text in first.sentence for line in first.reasons)
    assert len({(line.what, line.text, line.legacy) for line in first.reasons}) == len(first.reasons)


def test_a_sentence_that_is_too_long_is_cut_and_says_so() -> None:
    """The whole of it stands among the reasons."""
    long = Reason("mismatch:outputs.files", " ".join(f"word{n}" for n in range(40)) + ".", ())
    first = judged(no_go_case(), Decision.NO_GO, long).view().first
    assert first.sentence == " ".join(f"word{n}" for n in range(25)) + " …"


def test_a_go_shows_the_metrics_that_came_closest_to_their_limits() -> None:
    """Two metrics: the one that used most of its limit first."""
    near = replace(metric(Outcome.MATCH, -0.004, (-0.009, 0.001)), subject="score/near")
    far = replace(metric(Outcome.MATCH, 0.0001, (-0.001, 0.001)), subject="score/far")
    case = judged(go_case(), Decision.GO, Reason("go", "All agree.", ()), findings=(far, near))
    assert [line.what for line in case.view().first.reasons] == ["near", "far"]


# -- would be GO ------------------------------------------------------------------------------------------------------


def test_on_synthetic_evidence_nothing_is_a_go_and_nothing_may_move() -> None:
    """Title, page, index and terminal say `would be GO`; with real evidence they say GO."""
    view = go_case().view()
    told = [page(view).decode(), index([view], page_names([view])).decode(), "\n".join(verdict_lines([view]))]
    assert all("would be GO" in text and "may move" not in text for text in told)
    assert "<title>would be GO · wine-scoring" in told[0]
    assert "<h2>Why it would be GO</h2>" in told[0]
    assert "<title>1 would be GO" in told[1]
    case = go_case()
    real = replace(case, verdict=replace(case.verdict, evidence=EvidenceKind.REAL)).view()
    assert (real.headline, verdict_lines([real])[-1]) == ("GO", "1 GO")


@pytest.mark.parametrize("case", CASES, ids=["go", "no-go", "inconclusive"])
def test_no_page_offers_the_margin_that_would_pass(case: Case) -> None:
    """Neither as a number nor as a remedy: margins are fixed before data."""
    told = page(case.view()).decode()
    assert "would pass" not in told
    assert "wider margin" not in told


# -- what to do next --------------------------------------------------------------------------------------------------

NAMED = (Approver("ada", "ssh-ed25519 A"), Approver("bob", "ssh-ed25519 B"))
RUN = Campaign(180.0, 0)


def of_policy(case: Case, **more: object) -> Case:
    """Change the policy."""
    return replace(case, repository=replace(case.repository, policy=replace(case.repository.policy, **more)))  # type: ignore[arg-type]


def real(case: Case) -> Case:
    """Make the evidence real."""
    return replace(case, verdict=replace(case.verdict, evidence=EvidenceKind.REAL))


def step(case: Case, campaign: Campaign = RUN) -> NextStep:
    """Give the next step."""
    return next_step(case.repository, case.verdict, campaign)


def test_after_a_go_it_is_signed_by_as_many_as_the_policy_asks_for() -> None:
    """Two where it rests on a waiver; without approvers they are named first."""
    case = real(of_policy(go_case(), approvers=NAMED))
    assert step(case) == NextStep("needs 1 of 2 approvers:", "parity signoff wine-scoring")
    waived = replace(case, verdict=replace(case.verdict, waivers={"W": 1}))
    assert step(waived).text == "needs 2 of 2 approvers:"
    assert "policy.approvers" in step(real(go_case())).text


def test_after_a_would_be_go_the_real_platforms_are_next() -> None:
    """Nothing synthetic is signed."""
    assert step(go_case()).command == "parity plan wine-scoring"


def test_after_a_no_go_something_is_mended_and_no_pairs_are_bought() -> None:
    """What to mend, in words, before the run that shows that it is."""
    case = judged(no_go_case(), Decision.NO_GO, of_metric(FELL, "find what moves accuracy on the candidate"))
    assert step(case) == NextStep(
        "find what moves accuracy on the candidate, then", "parity run diabetes-train", "about 3 min"
    )
    assert "more pairs" not in str(step(case))


def test_where_only_pairs_are_missing_the_command_says_how_often_how_long_and_how_much() -> None:
    """3 of 9 runs with 3 a campaign: twice more; with 30 asked for, nine times; a day is a campaign each."""
    lacking = Reason("inconclusive:state-pairs", "3 runs ended as they should.", (), "6 more runs")
    policy = {"bad_runs_max": 0.3, "days": 2, "pairs": 3, "repeats": 3, "startup_required": False}
    case = judged(of_policy(inconclusive_case(), **policy), Decision.INCONCLUSIVE, lacking)
    state = StateEvidence(3, 0, 0.65, 0.3, 0, 0, enough=False, why="too few")
    case = replace(case, verdict=replace(case.verdict, pairs=PairCount(3, 3, 0, 0, 0), state=state))
    assert step(case) == NextStep("twice more:", "parity run digits-nightly", "about 6 min")
    assert step(of_policy(case, bad_runs_max=0.1)).text == "9 times more:"
    assert step(of_policy(case, bad_runs_max=0.1)).cost == "about 27 min"
    assert step(of_policy(case, bad_runs_max=0.6)).text == "once more:"
    assert step(case, Campaign(180.0, 7)).text == "7 times more:"
    assert step(of_policy(case, days=1, repeats=12), Campaign(180.0, 7)).text == "3 times more:"


def test_the_next_command_has_the_options_that_the_campaign_was_run_with() -> None:
    """What its sandbox was given, and where configuration and evidence are; a command without them ends with 2."""
    options = ("--sandbox", "--image", "digits:1=my images/digits", "--config", "team/repos.yaml")
    lacking = Reason("inconclusive:state-pairs", "2 clean pairs.", (), "")
    case = judged(of_policy(inconclusive_case(), bad_runs_max=0.3), Decision.INCONCLUSIVE, lacking)
    case = replace(case, plan=replace(case.plan, options=options))
    assert case.view().first.next.command == (
        "parity run digits-nightly --sandbox --image 'digits:1=my images/digits' --config team/repos.yaml"
    )


def test_an_open_question_that_no_pair_answers_has_its_own_remedy() -> None:
    """Damaged evidence is restored, not run again at once."""
    damaged = Reason("inconclusive:evidence", "Evidence is missing.", (), "restore the evidence from its copy")
    case = judged(of_policy(inconclusive_case(), bad_runs_max=0.3), Decision.INCONCLUSIVE, damaged)
    assert step(case).text == "restore the evidence from its copy, then"


def test_a_forecast_is_in_minutes_hours_and_days_and_the_price_is_a_bound() -> None:
    """By the time that one campaign took; the price is that of the whole plan."""
    repository = go_case().repository
    assert [cost_of(repository, seconds, 1) for seconds in (20.0, 400.0, 9_000.0, 200_000.0)] == [
        "about 1 min", "about 7 min", "about 2 h", "about 2 days",
    ]  # fmt: skip
    assert cost_of(repository, None, 1) == ""
    candidate = replace(repository.candidate, prices_per_hour=(("ml.m5.large", 0.2),))
    legacy = replace(repository.legacy, price_per_cpu_hour=0.1, price_per_gb_hour=0.01)
    priced = replace(repository, candidate=candidate, legacy=legacy)
    price = estimate((priced,))
    assert price is not None
    assert cost_of(priced, 400.0, 2) == f"about 13 min, at most {2 * price:.2f}"


def test_what_a_campaign_took_is_measured_from_the_events_of_its_runs() -> None:
    """From the first to the last thing seen of this repository."""
    case = inconclusive_case()
    run = case.plan.runs[0]
    events = tuple(
        Event(f"e{at}", Kind.STATUS, Witness.JOB, Time(at, ClockName.HARNESS), at) for at in (1_000.0, 1_360.0)
    )
    seen = {**case.observations, run.id: replace(observation(run, {}), events=events)}
    lacking = Reason("inconclusive:state-pairs", "2 clean pairs.", (), "")
    case = judged(of_policy(replace(case, observations=seen), bad_runs_max=0.1), Decision.INCONCLUSIVE, lacking)
    few = replace(case.verdict, state=None, pairs=PairCount(30, 2, 0, 0, 0))
    case = replace(case, verdict=few)
    assert case.view().first.next.cost == "about 6 min"


# -- sign-off and what changed ----------------------------------------------------------------------------------------


def test_the_state_of_the_sign_off_is_told() -> None:
    """Not before a GO, not on synthetic evidence; else by whom, and how many it takes."""
    case = real(of_policy(go_case(), approvers=NAMED))
    repository, verdict = case.repository, case.verdict
    assert signoff_state(repository, verdict, ()) == "not signed"
    assert signoff_state(repository, verdict, ("ada",)) == "signed by ada (1 of 1)"
    assert signoff_state(repository, go_case().verdict, ()) == "not on synthetic evidence"
    assert signoff_state(repository, no_go_case().verdict, ()) == "not before it is GO"


def test_what_is_new_fixed_and_still_there_is_told_by_what_the_reasons_are_about() -> None:
    """Another number in the same reason is no news."""
    verdict = judged(
        no_go_case(),
        Decision.NO_GO,
        Reason("mismatch:outputs.files", "model differs in 3 numbers.", (), subject="train/model"),
        Reason("mismatch:metrics.equivalence", "mse rose.", (), subject="train/mse"),
    ).verdict
    before = (
        Reason("inconclusive:outputs.files", "model differs in 5 numbers.", (), subject="train/model"),
        Reason("mismatch:truth.expected", "train failed.", (), subject="train"),
    )
    previous = PreviousVerdict("c0", "2026-11-20T10:00:00Z", "NO-GO", reason_keys(before))
    told = since_last(verdict, LedgerFacts(previous=previous))
    assert (told.new, told.fixed, told.still) == (("mse rose.",), ("train failed.",), 1)
    assert told.words == "since 2026-11-20 (NO-GO): 1 new, 1 fixed, 1 still there"
    unknown = since_last(verdict, LedgerFacts(previous=replace(previous, reasons=None)))
    assert unknown.words == "since 2026-11-20 (NO-GO): its verdict is not at hand"
    assert since_last(verdict, LedgerFacts()).words == "first report of this repository"


def test_the_evidence_says_until_which_day_it_counts() -> None:
    """From the day of the plan on, as long as the policy lets it."""
    assert go_case().view().first.counts_until == "2026-12-24"
    assert PastVerdict  # what the ledger remembers of earlier verdicts


def test_briefs_keep_four_digits_and_cut_words() -> None:
    """The parts that the sentences are made of."""
    assert brief.cut_words("a b c d", 3) == "a b c …"
    assert brief.cut_words("it left 5 bytes where 9 were; its log says why", 10) == "it left 5 bytes where 9 were …"
    assert brief.cut_words("it left 5; the other side left 9 bytes in all", 8) == "it left 5; the other side left 9 …"
    assert brief.cell("failed in 1 of 2 runs: 2 of 3 values", 4) == "failed in 1 of 2 runs"
    assert brief.cell('{"a": 1, "b": 2, "c": 3}', 4) == '{"a": 1, "b": 2 …'
    assert brief.first_sentence("model differs. It is large (in 3 pairs).") == "model differs"
    assert brief.first_sentence("rmse is 0.5. 3 pairs. No run was repeated.") == "rmse is 0.5"
