"""What the gate says of findings: every reason with a case and its control, and the laws no reason may break."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.cases import JOB, PAIRS, PLAN, POLICY, REPOSITORY, case, clean, finding, other, void, waiver, with_waivers

from harness.campaign.checks import requirements_of
from harness.compare.configuration import PARTS
from harness.judge.coverage import missing
from harness.judge.gate import decide, effective_findings, waive
from harness.model.finding import Dimension, Finding, Measure, Outcome, Requirement
from harness.model.job import Job, ShimMode, Side
from harness.model.plan import Grade, Pair, Run
from harness.model.schedule import Cause, Replacement, RunAtStop, Schedule, Stop
from harness.model.verdict import Decision, EvidenceKind, PairCount

REQUIRED = requirements_of(REPOSITORY)


def keys(of: Job, *, in_pair: bool) -> list[tuple[Dimension, str]]:
    """List dimension and subject of what the checks require of a job."""
    asked = requirements_of(replace(REPOSITORY, jobs=(of,)))
    return [(requirement.dimension, requirement.subject) for requirement in asked if requirement.in_pair is in_pair]


GO, INCONCLUSIVE, NO_GO = Decision.GO, Decision.INCONCLUSIVE, Decision.NO_GO
RAISE = {NO_GO: 0, INCONCLUSIVE: 1, GO: 2}


def codes(of: object) -> list[str]:
    """List the codes of a verdict's reasons."""
    return [reason.code for reason in decide(of).reasons]  # type: ignore[arg-type]


# -- one reason after the other ---------------------------------------------------------------------------------------


def test_a_campaign_in_which_everything_is_clean_is_go() -> None:
    """The control of every case below; totals list all six outcomes and add up."""
    verdict = decide(case())
    assert (verdict.decision, [reason.code for reason in verdict.reasons]) == (GO, ["go"])
    assert verdict.reasons[0].sentence == (
        "All required checks are clean in 3 pairs. 3 runs ended as they should: fewer than 64.2% can end wrongly; "
        "the policy asks for fewer than 65%."
    )
    assert verdict.pairs == PairCount(planned=3, clean=3, explained=0, void=0, unclean=0)
    assert (set(verdict.totals), sum(verdict.totals.values())) == ({outcome.value for outcome in Outcome}, len(clean()))
    assert verdict.evidence is EvidenceKind.REAL


@pytest.mark.parametrize(
    ("outcome", "decision", "code"),
    [
        (Outcome.MISMATCH, NO_GO, "mismatch:outputs.files"),
        (Outcome.INCONCLUSIVE, INCONCLUSIVE, "inconclusive:outputs.files"),
        (Outcome.NOT_RUN, INCONCLUSIVE, "inconclusive:outputs.files"),
        (Outcome.EXPLAINED, GO, "go"),
        (Outcome.WAIVED, GO, "go"),
    ],
)
def test_a_required_outcome_decides(outcome: Outcome, decision: Decision, code: str) -> None:
    """One finding of one pair."""
    verdict = decide(case(other(clean(), "outputs.files", outcome=outcome)))
    assert (verdict.decision, [reason.code for reason in verdict.reasons]) == (decision, [code])


def test_a_finding_that_only_informs_decides_nothing() -> None:
    """Not required: shown in the totals, no reason."""
    curve = finding("metrics.curve", Dimension.METRICS, "train/rmse", "p1", outcome=Outcome.MISMATCH, required=False)
    verdict = decide(case([*clean(), curve]))
    assert (verdict.decision, verdict.totals["MISMATCH"]) == (GO, 1)


def test_the_same_difference_in_three_pairs_is_one_reason_that_names_three_findings() -> None:
    """The count stands in the sentence."""
    found = clean()
    for pair in PAIRS:
        found = other(found, "outputs.files", pair, outcome=Outcome.MISMATCH, summary="model differs.")
    (reason,) = decide(case(found)).reasons
    assert reason.sentence == "model differs (in 3 pairs)."
    assert reason.findings == tuple(f"outputs.files/train/model/{pair}" for pair in PAIRS)


def test_mismatches_come_before_what_is_inconclusive() -> None:
    """Worst first, whatever the order of the checks."""
    found = other(clean(), "metrics.equivalence", outcome=Outcome.MISMATCH)
    found = other(found, "configuration.parameters", outcome=Outcome.INCONCLUSIVE)
    assert codes(case(found)) == ["mismatch:metrics.equivalence", "inconclusive:configuration.parameters"]


@pytest.mark.parametrize(("dimension", "subject"), keys(JOB, in_pair=False))
def test_what_is_judged_over_all_pairs_and_was_not_is_not_run(dimension: Dimension, subject: str) -> None:
    """Curves of pairs and phases of startup speak of neither."""
    left = [finding for finding in clean() if finding.dimension is not dimension]
    left += [finding("metrics.curve", Dimension.METRICS, "train/rmse", "p1", required=False)]
    left += [finding("startup.phase", Dimension.STARTUP, "train/queued", required=False)]
    verdict = decide(case(left))
    assert verdict.decision is INCONCLUSIVE
    assert f"{dimension.value} of {subject} was not checked" in verdict.not_checked


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize(("dimension", "subject"), keys(JOB, in_pair=True))
def test_every_pair_must_have_been_checked_for_everything(dimension: Dimension, subject: str, pair: str) -> None:
    """Leave out what one pair says of one subject: it is named, and there is no GO."""
    prefixes = (subject,) if dimension in {Dimension.TRUTH, Dimension.TRANSITIONS} else (subject, f"{subject}/")
    left = [
        finding
        for finding in clean()
        if not (finding.pair == pair and finding.dimension is dimension and finding.subject.startswith(prefixes))
        or (len(prefixes) == 1 and finding.subject != subject)
    ]
    verdict = decide(case(left))
    assert (verdict.decision, verdict.totals["NOT RUN"]) == (INCONCLUSIVE, 1)
    assert f"{dimension.value} of {subject} was not checked" in verdict.not_checked


@pytest.mark.parametrize("kept", [(), REQUIRED[:1], REQUIRED], ids=["emptied", "shortened", "whole"])
def test_a_judgement_whose_requirements_were_shortened_requires_no_less(kept: tuple[Requirement, ...]) -> None:
    """What the checks of today require is added to what is stored; each thing that is missing is missed once."""
    left = [finding for finding in clean() if finding.dimension is not Dimension.OUTPUTS]
    whole = case(left)
    verdict = decide(replace(whole, judgement=replace(whole.judgement, required=kept)))
    assert (verdict.decision, verdict.totals["NOT RUN"]) == (INCONCLUSIVE, len(PAIRS))


def test_what_was_required_then_is_required_though_no_check_of_today_asks_for_it() -> None:
    """A judgement of another version keeps its own word; control: without it, GO."""
    more = Requirement(Dimension.OUTPUTS, "train/other", in_pair=True)
    whole = case()
    assert decide(whole).decision is GO
    verdict = decide(replace(whole, judgement=replace(whole.judgement, required=(more,))))
    assert verdict.not_checked == ("outputs of train/other was not checked",)


@pytest.mark.parametrize(
    ("name", "missed"), [("owners.rows", ()), ("outputs.rows", ("outputs of train was not checked",))]
)
def test_what_one_check_requires_no_other_check_can_stand_for(name: str, missed: tuple[str, ...]) -> None:
    """Two checks may speak of one dimension and subject; the finding's name says whose it is."""
    wanted = Requirement(Dimension.OUTPUTS, "train", in_pair=True, check="owners")
    found = [finding(name, Dimension.OUTPUTS, "train", pair) for pair in PAIRS]
    whole = case([*clean(), *found])
    verdict = decide(replace(whole, required=(*whole.required, wanted)))
    assert verdict.not_checked == missed
    assert verdict.decision is (INCONCLUSIVE if missed else GO)


def test_a_requirement_without_a_check_gives_way_to_the_one_that_names_it() -> None:
    """A judgement of before checks were named misses each thing once, not once for each version."""
    left = [finding for finding in clean() if (finding.pair, finding.dimension) != ("p1", Dimension.IDENTITY)]
    earlier = tuple(replace(requirement, check="") for requirement in REQUIRED)
    whole = case(left)
    verdict = decide(replace(whole, judgement=replace(whole.judgement, required=earlier)))
    assert (verdict.totals["NOT RUN"], verdict.not_checked) == (1, ("identity of train was not checked",))


def test_a_job_of_which_nothing_is_required_was_checked_by_nobody() -> None:
    """Neither stored nor asked: an empty list never lets anything through."""
    verdict = decide(replace(case(), required=()))
    assert (verdict.decision, verdict.not_checked) == (INCONCLUSIVE, ("coverage of train was not checked",))


def test_a_pair_of_which_nothing_is_known_is_missed() -> None:
    """A failed pair can't be dropped: every planned pair of a wave that began must be there."""
    left = [finding for finding in clean() if finding.pair != "p2"]
    verdict = decide(case(left))
    assert (verdict.decision, verdict.totals["NOT RUN"]) == (INCONCLUSIVE, len(keys(JOB, in_pair=True)))
    later = replace(PLAN, pairs=(*PLAN.pairs[:1], replace(PLAN.pairs[1], wave=2), *PLAN.pairs[2:]))
    asked = replace(REPOSITORY, policy=replace(POLICY, bad_runs_max=0.8))
    assert decide(case(left, plan=later, repository=asked)).decision is GO


def test_a_check_that_crashed_in_a_pair_is_one_reason_and_not_several() -> None:
    """It speaks of its whole dimension, and blocks."""
    left = [finding for finding in clean() if not (finding.pair == "p1" and finding.dimension is Dimension.TRUTH)]
    crashed = finding("truth.crashed", Dimension.TRUTH, "train", "p1", outcome=Outcome.INCONCLUSIVE)
    asked = replace(REPOSITORY, policy=replace(POLICY, bad_runs_max=0.8))
    assert codes(case([*left, crashed], repository=asked)) == ["inconclusive:truth.crashed"]


def test_a_metric_judged_over_fewer_pairs_than_are_sound_is_inconclusive() -> None:
    """Two of three pairs; control: three of three."""
    for seen, wanted in ((2, ["inconclusive:coverage.pairs"]), (3, ["go"])):
        assert codes(case(other(clean(), "metrics.equivalence", measure=Measure("", pairs=seen)))) == wanted


def test_a_critical_metric_that_only_informs_was_not_judged() -> None:
    """Required by the owner, not required in the finding."""
    assert codes(case(other(clean(), "metrics.equivalence", required=False))) == ["inconclusive:metrics.required"]


def test_without_the_shim_nobody_requires_what_only_the_shim_sees() -> None:
    """Configuration and identity; every other dimension stays."""
    left = set(keys(JOB, in_pair=True)) - set(keys(replace(JOB, shim=ShimMode.OFF), in_pair=True))
    parts = {(Dimension.CONFIGURATION, f"train/{part}") for part in PARTS}
    assert left == {*parts, (Dimension.IDENTITY, "train")}


def test_a_finding_about_another_job_covers_nothing() -> None:
    """`train` is not spoken of by `trainer`."""
    found = [
        replace(finding, subject=finding.subject.replace("train", "trainer"))
        if finding.dimension is Dimension.OUTPUTS
        else finding
        for finding in clean()
    ]
    assert "outputs of train/model was not checked" in decide(case(found)).not_checked


def test_a_job_that_declares_no_outputs_is_never_go() -> None:
    """Discovered outputs are shown and compared with nothing."""
    undeclared = replace(REPOSITORY, jobs=(replace(JOB, outputs_discover=True),))
    assert codes(case(repository=undeclared)) == ["inconclusive:coverage.discover"]


def test_damaged_evidence_closes_the_gate_and_is_named() -> None:
    """Five by name, the rest by number."""
    verdict = decide(case(damaged=tuple(f"runs/{n}: changed" for n in range(7))))
    assert (verdict.decision, verdict.reasons[0].code) == (INCONCLUSIVE, "inconclusive:evidence")
    assert verdict.reasons[0].sentence.endswith("runs/4: changed and 2 more.")


def test_too_few_clean_state_pairs_is_inconclusive_and_says_how_many_are_missing() -> None:
    """One run fewer than what the policy asks for needs; control: exactly as many."""
    asked = replace(REPOSITORY, policy=replace(POLICY, bad_runs_max=0.55))
    verdict = decide(case(repository=asked))
    assert (verdict.decision, verdict.reasons[0].code) == (INCONCLUSIVE, "inconclusive:state-pairs")
    assert verdict.would_change == ("1 more run that ends as it should: parity run",)
    assert decide(case()).decision is GO


def test_an_explained_legacy_false_failure_is_a_clean_state_pair_and_is_counted() -> None:
    """Design section 5."""
    found = other(clean(), "truth.agreement", outcome=Outcome.EXPLAINED)
    verdict = decide(case(found))
    assert (verdict.decision, verdict.false_failures) == (GO, 1)
    assert verdict.pairs == PairCount(planned=3, clean=3, explained=1, void=0, unclean=0)


def test_a_void_pair_is_counted_and_shown_and_is_no_clean_pair() -> None:
    """One of three, and the pair that replaced it: above a fifth, and one clean too few; the control allows both."""
    voids = [void(name, Side.CANDIDATE) for name in ("p3", "p3-r")]
    found = [finding for finding in clean() if finding.pair != "p3"] + voids
    verdict = decide(case(found))
    assert verdict.pairs == PairCount(planned=3, clean=2, explained=0, void=2, unclean=0)
    assert codes(case(found)) == ["inconclusive:state-pairs", "inconclusive:voids"]
    allowed = replace(REPOSITORY, policy=replace(POLICY, bad_runs_max=0.8, void_share_max=0.67))
    assert decide(case(found, repository=allowed)).decision is GO


def test_a_pair_that_replaces_a_void_one_is_asked_for() -> None:
    """Whoever loses its evidence would else lose what it said."""
    found = [finding for finding in clean() if finding.pair != "p3"] + [void("p3", Side.CANDIDATE)]
    allowed = replace(REPOSITORY, policy=replace(POLICY, bad_runs_max=0.8, void_share_max=0.67))
    assert {finding.pair for finding in missing(Schedule(PLAN), allowed, found, REQUIRED)} - {None} == {"p3-r"}
    assert decide(case(found, repository=allowed)).decision is INCONCLUSIVE


def test_a_job_of_which_no_pair_is_sound_was_not_checked() -> None:
    """Void shares and clean pairs are the repository's: another job's would carry it."""
    found = [void(f"{pair}{again}", Side.LEGACY) for pair in PAIRS for again in ("", "-r")]
    told = [
        (finding.dimension, finding.subject)
        for finding in missing(Schedule(PLAN), REPOSITORY, found, REQUIRED)
        if finding.pair is None
    ]
    assert (Dimension.COVERAGE, "train") in told


def test_a_check_that_crashed_is_waived_by_nobody() -> None:
    """It says nothing of what it would have found."""
    crashed = replace(clean()[0], check="metrics.crashed", dimension=Dimension.METRICS, outcome=Outcome.INCONCLUSIVE)
    (found,), hits = waive([crashed], (waiver("*"),), date(2026, 11, 28))
    assert (found.outcome, hits["W-1"]) == (Outcome.INCONCLUSIVE, 0)
    (found,), _ = waive([replace(crashed, check="metrics.curve")], (waiver("*"),), date(2026, 11, 28))
    assert found.outcome is Outcome.WAIVED


def test_voids_on_one_side_beyond_chance_are_inconclusive() -> None:
    """Six of six on one side (two-sided p 0.031); control: three and three, and five of five (p 0.0625)."""
    allowed = replace(REPOSITORY, policy=replace(POLICY, void_share_max=1.0))
    for sides, wanted in (
        ([Side.CANDIDATE] * 6, ["inconclusive:void-balance"]),
        ([Side.CANDIDATE] * 3 + [Side.LEGACY] * 3, ["go"]),
        ([Side.LEGACY] * 5, ["go"]),
    ):
        voids = [void(f"v{n}", side) for n, side in enumerate(sides)]
        assert codes(case([*clean(), *voids], repository=allowed)) == wanted


@pytest.mark.parametrize(("stopped", "flying", "wanted"), [(3, 3, "go"), (3, 2, "inconclusive:stops")])
def test_more_stopped_pairs_than_the_policy_allows_and_one_interruption_stops_are_inconclusive(
    stopped: int, flying: int, wanted: str
) -> None:
    """Three of six: above a fifth; as many as fly at once may always be stopped."""
    pairs = [f"s{n}" for n in range(stopped)]
    more = tuple(Pair(name, "wine", "train", Grade.LAUNCHED, (f"{name}-l", f"{name}-c")) for name in pairs)
    runs = tuple(Run(run, run, "wine", "train", Side.LEGACY, 1) for pair in more for run in pair.runs)
    plan = replace(PLAN, pairs=(*PLAN.pairs, *more), runs=(*PLAN.runs, *runs))
    told_nothing = tuple(RunAtStop(f"{name}-l", submitted=True, ended=False, reported=False) for name in pairs)
    stops = [
        Stop(each.id, (run,), "ada@host", "then", "interrupted") for each, run in zip(more, told_nothing, strict=True)
    ]
    again = [
        Replacement(Pair(f"{pair.id}-r", "wine", "train", Grade.LAUNCHED, (), replaces=pair.id), (), Cause.STOPPED, "")
        for pair in more
    ]
    found = [
        *clean(),
        *(finding("identity.stopped", Dimension.IDENTITY, "train", name, required=False) for name in pairs),
    ]
    asked = replace(REPOSITORY, limits=replace(REPOSITORY.limits, pairs_in_flight=flying))
    whole = case(found, repository=asked)
    schedule = Schedule(plan, (*stops, *again))
    for name in (replacement.pair.id for replacement in again):
        found += [replace(finding, pair=name) for finding in clean() if finding.pair == "p1"]
    found = [replace(finding, measure=None) for finding in found]
    judgement = replace(whole.judgement, findings=tuple(found))
    verdict = decide(replace(whole, schedule=schedule, judgement=judgement))
    assert (verdict.pairs.stopped, [reason.code for reason in verdict.reasons]) == (3, [wanted])


def test_synthetic_evidence_is_named_as_such() -> None:
    """It follows the same rules."""
    verdict = decide(case(plan=replace(PLAN, synthetic=True)))
    assert (verdict.decision, verdict.evidence) == (GO, EvidenceKind.SYNTHETIC)


# -- waivers ----------------------------------------------------------------------------------------------------------

DIFFERS = other(clean(), "outputs.files", outcome=Outcome.MISMATCH)


def test_a_waiver_in_force_covers_what_it_names_and_counts_its_hits() -> None:
    """And shows with 0 when it covers nothing."""
    verdict = decide(case(DIFFERS, repository=with_waivers(waiver("outputs.files/*"), waiver("none", name="W-2"))))
    assert (verdict.decision, verdict.waivers) == (GO, {"W-1": 1, "W-2": 0})


@pytest.mark.parametrize(
    ("scope", "last_day"), [("outputs.files/*", date(2026, 11, 24)), ("outputs.table/*", date(2026, 12, 31))]
)
def test_a_waiver_that_is_over_or_names_something_else_covers_nothing(scope: str, last_day: date) -> None:
    """Its last day was yesterday; its pattern does not fit. Control: above, and on the last day itself."""
    assert decide(case(DIFFERS, repository=with_waivers(waiver(scope, last_day)))).decision is NO_GO
    today = with_waivers(waiver("outputs.files/*", date(2026, 11, 25)))
    assert decide(case(DIFFERS, repository=today)).decision is GO


def test_more_waivers_than_the_policy_allows_is_inconclusive() -> None:
    """Two used, one allowed; a waiver that covers nothing is not used."""
    found = other(DIFFERS, "configuration.parameters", outcome=Outcome.MISMATCH)
    both = with_waivers(waiver("outputs.files/*"), waiver("configuration.*", name="W-2"))
    assert codes(case(found, repository=both)) == ["inconclusive:waivers"]
    assert codes(case(DIFFERS, repository=both)) == ["go"]


def test_one_waiver_over_more_differences_than_the_policy_allows_is_inconclusive() -> None:
    """One allowed: the same difference in all pairs is one, another subject is a second one."""
    wide = with_waivers(waiver("configuration.*"))
    once = other(clean(), "configuration.parameters", outcome=Outcome.MISMATCH)
    assert codes(case(once, repository=wide)) == ["go"]
    twice = other(once, "configuration.libraries", outcome=Outcome.MISMATCH)
    verdict = decide(case(twice, repository=wide))
    assert [reason.code for reason in verdict.reasons] == ["inconclusive:waivers"]
    assert verdict.reasons[0].sentence == "1 waivers were needed, for 2 differences; the policy allows 1 of each."


def test_no_waiver_covers_a_check_that_did_not_run_or_the_evidence_itself() -> None:
    """What nobody looked at, nobody can accept."""
    everything = with_waivers(waiver("*"))
    left = [finding for finding in clean() if finding.dimension is not Dimension.METRICS]
    assert decide(case(left, repository=everything)).decision is INCONCLUSIVE
    broken = finding("evidence.lost", Dimension.EVIDENCE, "train", outcome=Outcome.INCONCLUSIVE)
    assert decide(case([*clean(), broken], repository=everything)).decision is INCONCLUSIVE


# -- laws -------------------------------------------------------------------------------------------------------------

FINDINGS = st.builds(
    finding,
    st.sampled_from(["truth.agreement", "truth.false-success", "outputs.files", "metrics.other", "identity.void"]),
    st.sampled_from(list(Dimension)),
    st.sampled_from(["train", "train/legacy", "train/candidate", "train/model", "train/rmse", "elsewhere"]),
    st.sampled_from([None, *PAIRS, "p4"]),
    outcome=st.sampled_from(list(Outcome)),
    required=st.booleans(),
    false_success=st.booleans(),
)
SOME = st.lists(FINDINGS, max_size=8).map(tuple)


@given(st.permutations(clean() + tuple(other(clean(), "outputs.files", outcome=Outcome.MISMATCH)[:9])))
def test_the_order_of_findings_changes_nothing(found: list[Finding]) -> None:
    """Decision, totals and pairs alike; the reasons are the same set."""
    one, sorted_ = decide(case(found)), decide(case(sorted(found, key=repr)))
    assert (one.decision, one.totals, one.pairs) == (sorted_.decision, sorted_.totals, sorted_.pairs)
    assert {reason.code for reason in one.reasons} == {reason.code for reason in sorted_.reasons}


@given(SOME, st.permutations([Dimension.OUTPUTS, Dimension.METRICS, Dimension.TRUTH, Dimension.STARTUP]))
def test_the_grouping_of_findings_changes_no_decision(more: tuple[Finding, ...], order: list[Dimension]) -> None:
    """By check, by pair, or mixed."""
    found = [*clean(), *more]
    by_check = sorted(found, key=lambda each: (each.dimension in order and order.index(each.dimension), each.check))
    by_pair = sorted(found, key=lambda each: each.pair or "")
    assert decide(case(by_check)).decision is decide(case(by_pair)).decision is decide(case(found)).decision


@given(SOME, SOME)
def test_another_finding_about_a_known_pair_never_raises_a_verdict_to_go(
    found: tuple[Finding, ...], more: tuple[Finding, ...]
) -> None:
    """NO-GO and INCONCLUSIVE stay below GO when a check is added to those of a whole campaign."""
    before = decide(case([*clean(), *found])).decision
    after = decide(case([*clean(), *found, *more])).decision
    assert before is GO or after is not GO


@given(SOME, FINDINGS)
def test_a_required_mismatch_is_no_go_whatever_stands_beside_it(more: tuple[Finding, ...], bad: Finding) -> None:
    """Nothing outweighs it."""
    bad = replace(bad, check="outputs.files", outcome=Outcome.MISMATCH, required=True)
    assert decide(case([*clean(), *more, bad])).decision is NO_GO


@pytest.mark.parametrize("place", range(len(clean())))
def test_no_item_of_a_go_campaign_is_dispensable(place: int) -> None:
    """Take each required finding away: the number of GOs left is 0."""
    found = [each for n, each in enumerate(clean()) if n != place]
    assert decide(case(found)).decision is not GO


@given(st.sampled_from(["*", "truth.*", "truth.false-success/*", "*/p1"]), FINDINGS)
def test_no_waiver_ever_covers_a_false_success(scope: str, bad: Finding) -> None:
    """Whatever its pattern: the finding keeps its outcome, and the verdict is NO-GO."""
    bad = replace(bad, check="truth.false-success", outcome=Outcome.MISMATCH, required=True, false_success=True)
    judged = case([*clean(), bad], repository=with_waivers(waiver(scope)))
    assert decide(judged).decision is NO_GO
    assert bad in effective_findings(judged)[0]


@given(SOME, st.lists(st.sampled_from(["*", "outputs.*", "truth.*"]), max_size=2))
def test_totals_add_up_to_the_findings_shown(more: tuple[Finding, ...], scopes: list[str]) -> None:
    """All six outcomes, after waivers."""
    waivers = [waiver(scope, name=f"W-{n}") for n, scope in enumerate(scopes)]
    judged = case([*clean(), *more], repository=with_waivers(*waivers))
    assert sum(decide(judged).totals.values()) == len(effective_findings(judged)[0])
