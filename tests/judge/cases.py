"""Findings of one repository, whole and clean; tests change one thing at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from harness.campaign.checks import requirements_of
from harness.campaign.conclude import RULE
from harness.judge.gate import Case
from harness.model.finding import Dimension, Finding, Outcome, Waiver
from harness.model.job import (
    Delivery,
    ExpectedEnding,
    Job,
    Output,
    ParameterReading,
    Resources,
    ShimMode,
    Side,
    SideJob,
)
from harness.model.metric import Better, Metric
from harness.model.plan import Grade, Identity, ImageIdentity, Pair, Plan, Run
from harness.model.policy import PRESETS
from harness.model.repository import Limits, Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Judgement
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.sagemaker.home import SageMakerHome

JUDGED_AT = "2026-11-25T10:00:00Z"
SIDE = SideJob(("python", "train.py"), {}, {}, ParameterReading(Delivery.ENV))
JOB = Job(
    name="train",
    kind="training",
    image="registry.example/train:3",
    sides=dict.fromkeys(Side, SIDE),
    inputs=(),
    outputs=(Output("model", {}),),
    outputs_discover=False,
    metrics=(Metric("rmse", "rmse=(.*)", Better.LOWER, 0.5, None),),
    resources=Resources(),
    time_limit_seconds=3600,
    retries=0,
    shim=ShimMode.ON,
    effects=(),
    expected=ExpectedEnding(),
)
PAIRS = ("p1", "p2", "p3")
POLICY = replace(PRESETS["trial"], bad_runs_max=0.65, pairs=3, waivers_max=1)
REPOSITORY = Repository(
    name="wine",
    owner="cellar@example.org",
    tier="gold",
    legacy=KubernetesHome(None, "ml", None, "s3://legacy/p", None, None),
    candidate=SageMakerHome("123456789012", "eu-west-1", None, "role", "s3://candidate/p", None, (), (), ()),
    jobs=(JOB,),
    policy=POLICY,
    limits=Limits(None, 100, 4, 3600),
    waivers=(),
    expected_verdict=None,
    file="repos.yaml",
    line=1,
)
PLAN = Plan(
    schema="parity.plan/1",
    campaign="c1",
    created_at=JUDGED_AT,
    tool="parity-harness 0",
    seed=1,
    synthetic=False,
    config_digest="sha256:0",
    repositories=(REPOSITORY,),
    identities={"wine/train": Identity(ImageIdentity("i@sha256:0", "sha256:1"), None, {}, {})},
    runs=tuple(Run(f"{p}-{s.value}", f"{p}-{s.value}", "wine", "train", s, 1) for p in PAIRS for s in Side),
    pairs=tuple(Pair(p, "wine", "train", Grade.LAUNCHED, (f"{p}-legacy", f"{p}-candidate")) for p in PAIRS),
    endpoints={},
    price=None,
)


def finding(check: str, dimension: Dimension, subject: str, pair: str | None = None, **more: object) -> Finding:
    """Make a finding that found nothing wrong."""
    given: dict[str, object] = {"outcome": Outcome.MATCH, "summary": f"{check} of {subject} is clean"} | more
    return Finding(check=check, dimension=dimension, subject=subject, pair=pair, **given)  # type: ignore[arg-type]


def clean() -> tuple[Finding, ...]:
    """Give what the checks of a sound campaign say: one of each kind for each pair, then those over all pairs."""
    rows = (
        ("truth.agreement", Dimension.TRUTH, "train/legacy"),
        ("truth.agreement", Dimension.TRUTH, "train/candidate"),
        ("transitions.history", Dimension.TRANSITIONS, "train/legacy"),
        ("truth.expected", Dimension.TRUTH, "train"),
        ("transitions.history", Dimension.TRANSITIONS, "train/candidate"),
        ("transitions.ending", Dimension.TRANSITIONS, "train"),
        ("configuration.parameters", Dimension.CONFIGURATION, "train/parameters"),
        ("configuration.environment", Dimension.CONFIGURATION, "train/environment"),
        ("configuration.libraries", Dimension.CONFIGURATION, "train/libraries"),
        ("configuration.process", Dimension.CONFIGURATION, "train/process"),
        ("identity.pair", Dimension.IDENTITY, "train"),
        ("outputs.files", Dimension.OUTPUTS, "train/model"),
    )
    return (
        *(finding(*row, pair=pair) for pair in PAIRS for row in rows),
        finding("metrics.equivalence", Dimension.METRICS, "train/rmse"),
        finding("metrics.runs", Dimension.METRICS, "train/bad-runs"),
        finding("startup.noninferiority", Dimension.STARTUP, "train/first-instruction"),
    )


def case(
    findings: Iterable[Finding] | None = None,
    *,
    repository: Repository = REPOSITORY,
    damaged: tuple[str, ...] = (),
    plan: Plan = PLAN,
) -> Case:
    """Put findings before the gate."""
    found = clean() if findings is None else tuple(findings)
    judgement = Judgement("parity.judgement/1", "wine", "c1", JUDGED_AT, "parity-harness 0", {}, 1, found, rule=RULE)
    return Case(Schedule(plan), repository, judgement, damaged, {}, required=requirements_of(repository))


def waiver(scope: str, last_day: date = date(2026, 12, 31), name: str = "W-1") -> Waiver:
    """Accept what a pattern names."""
    return Waiver(name, "cellar@example.org", "known", scope, last_day)


def with_waivers(*waivers: Waiver) -> Repository:
    """Give the repository waivers."""
    return replace(REPOSITORY, waivers=waivers)


def void(pair: str, side: Side) -> Finding:
    """Void a pair by one side's doing."""
    return finding(
        "identity.void", Dimension.IDENTITY, f"train/{side.value}", pair, outcome=Outcome.INCONCLUSIVE, required=False
    )


def other(findings: Iterable[Finding], check: str, pair: str | None = None, **changes: object) -> tuple[Finding, ...]:
    """Change the first finding of a check (of one pair, where one is named)."""
    found = list(findings)
    place = next(n for n, each in enumerate(found) if each.check == check and pair in {None, each.pair})
    found[place] = replace(found[place], **changes)  # type: ignore[arg-type]
    return tuple(found)
