"""Evidence expires, and what is green soaks: each rule by itself, with what is just allowed beside it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge import cases

from harness.judge.expiry import Current, expired, green_seconds, reasons_today
from harness.judge.gate import decide
from harness.model.clock import iso
from harness.model.job import (
    Delivery,
    ExpectedEnding,
    Input,
    Job,
    ParameterReading,
    Resources,
    Side,
    Sidecar,
)
from harness.model.plan import Identity, ImageIdentity, Plan
from harness.model.policy import DAY, PRESETS
from harness.model.verdict import Decision, LedgerPrefix, PastVerdict

MANIFEST, CONFIG, OTHER = ("sha256:" + name * 64 for name in "abc")
JOB = replace(cases.JOB, image="registry.example/train:3", code="r1")
REPOSITORY = replace(cases.REPOSITORY, jobs=(JOB,))
PLAN = replace(
    cases.PLAN,
    identities={"wine/train": Identity(ImageIdentity(f"registry.example/train@{MANIFEST}", CONFIG), "r1", {}, {})},
)
TRIAL, STANDARD = PRESETS["trial"], PRESETS["standard"]
GO, NO_GO, OPEN = Decision.GO, Decision.NO_GO, Decision.INCONCLUSIVE


def day(number: float) -> str:
    """Name a time so many days after the campaigns began."""
    return f"2026-11-{1 + int(number):02d}T{round(number % 1 * 24):02d}:00:00Z"


def past(*verdicts: tuple[str, float, Decision]) -> tuple[PastVerdict, ...]:
    """Write down campaign, day and verdict."""
    return tuple(PastVerdict(campaign, day(at), decision) for campaign, at, decision in verdicts)


def codes(
    *verdicts: tuple[str, float, Decision], plan: Plan = PLAN, preset: str = "trial", now: Current | None = None
) -> list[str]:
    """Look at campaign c1 today, and name the reasons against it."""
    repository = replace(REPOSITORY, policy=PRESETS[preset])
    prefix = LedgerPrefix(verdicts=past(*verdicts))
    found = reasons_today(plan, repository, prefix, {"wine/train": now} if now else {})
    return [reason.code.removeprefix("inconclusive:") for reason in found]


def test_a_job_that_is_in_no_plan_and_would_cut_over_has_no_evidence() -> None:
    """By its repository; another repository's job is that one's affair."""
    current = {"wine/train": Current(JOB), "wine/score": Current(JOB), "beer/train": Current(JOB)}
    found = reasons_today(PLAN, replace(REPOSITORY, policy=TRIAL), LedgerPrefix(verdicts=past(("c1", 0, GO))), current)
    assert [(reason.code, reason.sentence) for reason in found] == [
        ("inconclusive:unproven", "wine/score would cut over today, and the campaign has no evidence of it.")
    ]


def test_the_data_of_an_input_may_change_and_its_place_in_the_job_may_not() -> None:
    """A pin is a day's; another name or path is another job."""

    def reading(uri: str, path: str) -> Job:
        return replace(JOB, inputs=(Input("rows", uri, uri, {Side.LEGACY: path, Side.CANDIDATE: path}),))

    planned = replace(REPOSITORY, jobs=(reading("s3://b/monday", "/in"),), policy=TRIAL)
    looks = [reading("s3://b/tuesday", "/in"), reading("s3://b/monday", "/data")]
    prefix = LedgerPrefix(verdicts=past(("c1", 0, GO)))
    found = [reasons_today(PLAN, planned, prefix, {"wine/train": Current(look)}) for look in looks]
    assert [[reason.code for reason in some] for some in found] == [[], ["inconclusive:changed-inputs"]]


@pytest.mark.parametrize(("age", "old"), [(0, False), (30, False), (30.25, True), (400, True)])
def test_evidence_expires_by_the_age_of_the_policy(age: float, old: bool) -> None:  # noqa: FBT001
    """Counted from the plan: thirty days are allowed, six hours more are not."""
    plan = replace(cases.PLAN, created_at="2025-01-01T00:00:00Z")
    seconds = 1735689600 + age * DAY
    assert bool(expired(plan, TRIAL, iso(seconds))) is old


def test_a_go_whose_evidence_is_too_old_is_inconclusive_and_says_so() -> None:
    """Through the gate: the same findings, judged 31 days after the plan."""
    case = cases.case()
    late = replace(case, judgement=replace(case.judgement, judged_at="2026-12-26T10:00:00Z"))
    assert decide(case).decision is GO
    verdict = decide(late)
    assert (verdict.decision, verdict.reasons[0].sentence) == (
        OPEN, "The evidence is 31 days old; after 30 days it expires.",
    )  # fmt: skip


def written(**changes: object) -> Current:
    """Say what repos.yaml holds today."""
    return Current(replace(JOB, **changes))  # type: ignore[arg-type]


def on_legacy(**changes: object) -> Job:
    """Change one side only."""
    return replace(JOB, sides={**JOB.sides, Side.LEGACY: replace(JOB.sides[Side.LEGACY], **changes)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "reasons"),
    [
        (written(), []),
        (written(image=f"registry.example/train@{MANIFEST}"), []),
        (written(image=f"registry.example/train@{OTHER}"), ["changed-image"]),
        (written(image="registry.example/train:4"), ["changed-image"]),
        (written(code="r2"), ["changed-code"]),
        (written(code=None), []),
        (Current(on_legacy(command=("python", "other.py"))), ["changed-command"]),
        (Current(on_legacy(parameters={"depth": 3})), ["changed-parameters"]),
        (Current(on_legacy(environment={"MODE": "full"})), ["changed-environment"]),
        (Current(on_legacy(instance_type="ml.m5.large")), ["changed-instance"]),
        (written(resources=Resources(cpu=4)), ["changed-resources"]),
        (written(time_limit_seconds=1), ["changed-time-limit"]),
        (written(retries=5), ["changed-retries"]),
        (written(kind="processing"), ["changed-kind"]),
        (written(expected=ExpectedEnding("failure", 3)), ["changed-expected"]),
        (written(outputs=()), ["changed-outputs"]),
        (written(metrics=()), ["changed-metrics"]),
        (Current(on_legacy(reading=ParameterReading(Delivery.ARGV))), ["changed-reading"]),
        (Current(on_legacy(sidecars=(Sidecar("proxy", ("run",), None, native=False),))), ["changed-sidecars"]),
        (written(inputs=(Input("rows", "s3://b/2026-11-28", "v2", {}),)), ["changed-inputs"]),
        (Current(image=MANIFEST), []),
        (Current(image=CONFIG), []),
        (Current(image=OTHER), ["changed-image"]),
        (Current(replace(JOB), image=OTHER, code="r2"), ["changed-image", "changed-code"]),
        (Current(code="r1"), []),
        (Current(absent_from="repos.yaml"), ["absent"]),
        (None, []),
    ],
)
def test_evidence_of_another_image_or_code_is_not_of_what_would_cut_over(
    now: Current | None, reasons: list[str]
) -> None:
    """By tag, by digest of manifest or configuration, by revision, by what is written; what is not told is not said."""
    assert codes(("c1", 0, GO), now=now) == reasons


@pytest.mark.parametrize(
    ("later", "reasons"),
    [
        ([], []),
        ([("c2", 1, GO)], []),
        ([("c2", 1, NO_GO)], ["superseded"]),
        ([("c2", 1, OPEN)], ["superseded"]),
        ([("c2", 1, NO_GO), ("c3", 2, GO)], []),
        ([("c1", 1, GO)], []),
    ],
)
def test_a_go_is_not_chosen_from_the_past(later: list[tuple[str, float, Decision]], reasons: list[str]) -> None:
    """A newer campaign that was not GO stands against it, until a still newer one is."""
    assert codes(("c0", -0.0, NO_GO), ("c1", 0.5, GO), *later) == reasons


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ([], 0),
        ([("c1", 0, GO)], 0),
        ([("c1", 0, GO), ("c2", 7, GO)], 7),
        ([("c1", 0, GO), ("c2", 3, NO_GO), ("c3", 7, GO)], 0),
        ([("c1", 0, NO_GO), ("c2", 3, GO), ("c3", 7, GO)], 4),
        ([("c1", 0, GO), ("c2", 7, GO), ("c3", 8, OPEN)], 0),
    ],
)
def test_soak_counts_the_row_of_green_verdicts_that_is_unbroken_today(
    row: list[tuple[str, float, Decision]], days: int
) -> None:
    """From the first GO to the last one, not to today: a single campaign has soaked nothing, however old it is."""
    assert green_seconds(past(*row), STANDARD) == days * DAY


def test_a_gap_in_which_the_evidence_expired_begins_the_row_anew() -> None:
    """Thirty-one days without a look are not thirty-one days of green."""
    row = (PastVerdict("c1", "2026-09-01T00:00:00Z", GO), PastVerdict("c2", "2026-10-02T00:00:00Z", GO))
    assert green_seconds(row, STANDARD) == 0
    assert green_seconds(row, replace(STANDARD, evidence_seconds_max=31 * DAY)) == 31 * DAY


def test_the_gate_asks_for_the_soak_of_the_policy_and_for_the_campaign_in_the_row() -> None:
    """Seven days for `standard`, none for `trial`; a campaign that is not in the row has no soak."""
    assert codes(("c1", 0, GO), preset="standard") == ["soak"]
    assert codes(("c1", 0, GO), preset="trial") == []
    assert codes(("c0", 0, GO), ("c1", 6.5, GO), preset="standard") == ["soak"]
    assert codes(("c0", 0, GO), ("c1", 7, GO), preset="standard") == []
    assert codes(("c0", 0, GO), ("c2", 7, GO), preset="standard") == ["soak"]


@given(
    st.lists(st.tuples(st.integers(0, 27), st.sampled_from(Decision)), max_size=8).map(sorted),
)
def test_a_verdict_that_is_not_go_never_lengthens_the_soak(row: list[tuple[int, Decision]]) -> None:
    """Law: putting a NO-GO anywhere into a row gives at most the soak that the row had."""
    whole = past(*((f"c{n}", at, decision) for n, (at, decision) in enumerate(row)))
    assert all(one.at <= other.at for one, other in pairwise(whole))
    for place in range(len(whole) + 1):
        at = whole[place].at if place < len(whole) else day(28)
        broken = (*whole[:place], PastVerdict("bad", at, NO_GO), *whole[place:])
        assert green_seconds(broken, STANDARD) <= green_seconds(whole, STANDARD)
