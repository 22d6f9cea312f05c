"""A campaign as an owner meets it: one GO with a legacy false failure, one NO-GO, one INCONCLUSIVE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from harness.campaign.selfcheck.world import REAL
from harness.judge.pooling import state_evidence
from harness.model.finding import CLEAN, Dimension, Finding, Measure, NoiseClass, Outcome, Sample, Waiver
from harness.model.job import (
    Delivery,
    Effect,
    EffectKind,
    EffectPolicy,
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
from harness.model.observation import Observation, Record, Typed
from harness.model.plan import Grade, Identity, ImageIdentity, Pair, Plan, Run
from harness.model.policy import PRESETS
from harness.model.repository import Limits, Repository
from harness.model.schedule import Amendment, Schedule
from harness.model.verdict import Decision, EvidenceKind, Judgement, PairCount, Reason, Verdict
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.sagemaker.home import SageMakerHome
from harness.report.values import Dot, MetricPicture, Outlook
from harness.report.view import ReportView, RunStory, view_of

CAMPAIGN = "2026-11-24-a1b2c3"
TOOL = "parity-harness 0.1.0"
SELFCHECK = "false GO at the margin 4 of 1,000; every limit holds (seed 1, parity-harness 0.1.0, 2026-11-25)"
OUTLOOK = Outlook(
    "80% of simulated repositories whose sides are equal are GO by then under trial, with one campaign a week",
    (
        ("the same image all the time", "1 week"),
        ("an image a commit", "never within 16 weeks: keep one image"),
    ),
)
PICTURES = (
    MetricPicture(
        "train/rmse",
        "INCONCLUSIVE",
        ("2026-11-23", "2026-11-24"),
        (
            Dot(0, 0.2, newest=False, bad=False),
            Dot(0, -0.4, newest=False, bad=False),
            Dot(1, 0.3, newest=True, bad=False),
            Dot(1, 6.0, newest=True, bad=True),
        ),
        (-0.9, 1.3),
        (("no shift upwards", 0.4), ("no shift downwards", 1.0)),
    ),
)
JUDGED_AT = "2026-11-24T11:02:09Z"


@dataclass(frozen=True)
class Case:
    """All that a view is made of; tests replace one part at a time."""

    plan: Plan
    repository: Repository
    verdict: Verdict
    judgement: Judgement
    observations: dict[str, Observation]
    differences: tuple[tuple[str, str, str], ...]
    stories: dict[str, RunStory]
    amendments: tuple[Amendment, ...] = ()
    pictures: tuple[MetricPicture, ...] = PICTURES

    @property
    def schedule(self) -> Schedule:
        """The plan as its amendments left it."""
        return Schedule.whole(self.plan).amended(self.amendments)

    def view(self) -> ReportView:
        """Build the view."""
        return view_of(
            self.schedule,
            self.repository,
            self.verdict,
            self.judgement,
            observations=self.observations,
            differences=self.differences,
            selfcheck=SELFCHECK,
            stories=self.stories,
            outlook=OUTLOOK,
            pictures=self.pictures,
        )

    def with_findings(self, findings: Sequence[Finding]) -> Case:
        """Put other findings in, with totals that fit them."""
        return replace(
            self,
            judgement=replace(self.judgement, findings=tuple(findings)),
            verdict=replace(self.verdict, totals=totals_of(findings)),
        )


def totals_of(findings: Sequence[Finding]) -> dict[str, int]:
    """Count all six outcomes."""
    counts = Counter(finding.outcome for finding in findings)
    return {outcome.value: counts[outcome] for outcome in Outcome}


def job(name: str, metric: str, margin: float, outputs: Sequence[str] = ("model", "predictions")) -> Job:
    """Describe one training job."""
    side = SideJob(
        command=("python", "train.py"),
        environment={},
        parameters={"learning_rate": 0.1},
        reading=ParameterReading(Delivery.FILE, "/opt/ml/input/config/hyperparameters.json"),
    )
    return Job(
        name=name,
        kind="training",
        image="registry.example/ml/train:3",
        sides={Side.LEGACY: side, Side.CANDIDATE: replace(side, instance_type="ml.m5.large")},
        inputs=(),
        outputs=tuple(
            Output(output, {Side.LEGACY: f"/opt/ml/{output}", Side.CANDIDATE: f"/opt/ml/{output}"})
            for output in outputs
        ),
        outputs_discover=False,
        metrics=(Metric(metric, f"{metric}=([0-9.]+)", Better.LOWER, margin, None),),
        resources=Resources(),
        time_limit_seconds=3600,
        retries=0,
        shim=ShimMode.ON,
        effects=(Effect(EffectKind.BUCKET, "s3://features", EffectPolicy.DUPLICATE_SAFE),),
        expected=ExpectedEnding(),
    )


def repository(name: str, owner: str, tier: str, jobs: tuple[Job, ...], waivers: tuple[Waiver, ...] = ()) -> Repository:
    """Describe one repository."""
    return Repository(
        name=name,
        owner=owner,
        tier=tier,
        legacy=KubernetesHome(None, "ml", None, "s3://legacy/parity", None, None),
        candidate=SageMakerHome("123456789012", "eu-west-1", None, "role", "s3://candidate/parity", None, (), (), ()),
        jobs=jobs,
        policy=replace(PRESETS["trial"], bad_runs_max=0.65),
        limits=Limits(None, 100, 4, 3600),
        waivers=waivers,
        expected_verdict=None,
        file="repos.yaml",
        line=1,
        real=REAL,
    )


def plan(repositories: Sequence[Repository], pairs_each: int = 3, *, repeats: bool = True) -> Plan:
    """Plan every job of every repository."""
    runs: list[Run] = []
    pairs: list[Pair] = []
    for repository in repositories:
        for one in repository.jobs:
            for n in range(1, pairs_each + 1):
                pair = f"{repository.name}.{one.name}.p{n}"
                both = [
                    Run(f"{pair}-{side.value}", f"{pair}-{side.value}-1", repository.name, one.name, side, 1)
                    for side in Side
                ]
                both = both if n % 2 else both[::-1]
                runs += both
                pairs.append(Pair(pair, repository.name, one.name, Grade.LAUNCHED, tuple(run.id for run in both)))
            if repeats:
                for side in Side:
                    name = f"{repository.name}.{one.name}.aa-{side.value}"
                    runs.append(Run(name, name, repository.name, one.name, side, 1))
                    pairs.append(Pair(name, repository.name, one.name, Grade.REPEAT, (name,)))
    image = ImageIdentity("registry.example/ml/train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32)
    return Plan(
        schema="parity.plan/1",
        campaign=CAMPAIGN,
        created_at="2026-11-24T10:58:00Z",
        tool=TOOL,
        seed=7,
        synthetic=True,
        config_digest="sha256:" + "11" * 32,
        repositories=tuple(repositories),
        identities={
            f"{r.name}/{j.name}": Identity(image, None, {}, {"table": "2026-11-23"})
            for r in repositories
            for j in r.jobs
        },
        runs=tuple(runs),
        pairs=tuple(pairs),
        endpoints={
            f"{r.name}/{side.value}": {"endpoint": "http://127.0.0.1:41231", "isolation": "none"}
            for r in repositories
            for side in Side
        },
        price=None,
    )


def story(  # noqa: PLR0913 - one argument for each way a run can be odd
    run: Run,
    n: int,
    *,
    platform: str = "ok",
    work: str = "ok",
    klass: str = "",
    because: str = "",
    exit_code: str = "0",
    open_end: bool = False,
) -> RunStory:
    """Tell one run: startup near published figures, then work."""
    legacy = run.side is Side.LEGACY
    lengths = (
        [
            ("queued", 0.8, "pod"),
            ("image pull", 6.2, "events"),
            ("starting", 1.1, "kubelet"),
            ("running", 31.0 + n, "container"),
            ("finishing", 1.4, "job"),
        ]
        if legacy
        else [
            ("provisioning", 21.0 + n, "control-plane"),
            ("image download", 8.5, "control-plane"),
            ("starting", 2.3, "control-plane"),
            ("running", 30.5 + n, "container"),
            ("upload", 4.0, "control-plane"),
        ]
    )
    phases, at = [], 0.0
    for name, length, source in lengths:
        last = name in {"finishing", "upload"}
        phases.append(
            (name, round(at, 2), None if last and open_end else round(at + length, 2), 0.5 if legacy else 1.0, source)
        )
        at += length
    moves = [(start, source, name.upper(), True) for name, start, _, _, source in phases]
    if klass:
        moves.append((round(at, 2), "job", "FAILED", True))
    return RunStory(
        run=run.id,
        side=run.side.value,
        work=work,
        platform=platform,
        klass=klass,
        because=because or "exit code 0 by the kubelet, all declared outputs are complete",
        cause="success" if work == "ok" else "unknown",
        exit_code=exit_code,
        phases=tuple(phases),
        transitions=tuple(moves),
        ended_at_seconds=None if open_end else round(at, 2),
    )


def record(run: Run, parameters: dict[str, Typed]) -> Record:
    """Tell what one process saw."""
    return Record(
        run=run.id,
        exit_code=0,
        signal=None,
        first_instruction_seconds=1.0,
        started_seconds=1.0,
        finished_seconds=2.0,
        parameters=parameters,
        environment={"PARITY_ML_ROOT": "/opt/ml", "TZ": "UTC"},
        libraries={"scikit-learn": "1.7.2", "numpy": "2.2.6"},
        inputs={},
        outputs={},
        image_config_digest=None,
        process={"uid": "1000" if run.side is Side.LEGACY else "0", "python": "3.11.2", "cpu count": "2"},
    )


def observation(run: Run, parameters: dict[str, Typed]) -> Observation:
    """Keep one run."""
    return Observation(
        schema="parity.observation/1",
        run=run,
        handle={},
        events=(),
        record=record(run, parameters),
        record_damage="",
        outputs=(),
        metrics={},
        log=None,
        files={f"runs/{run.id}/history.jsonl": "ab" * 32, f"runs/{run.id}/record.json": "cd" * 32},
    )


def found(
    check: str,
    dimension: Dimension,
    subject: str,
    summary: str,
    outcome: Outcome = Outcome.MATCH,
    *,
    pair: str | None = None,
    **more: Any,
) -> Finding:
    """Make a finding."""
    return Finding(check, dimension, subject, pair, outcome, summary, **more)


def common(name: str, pairs: Sequence[Pair], but: Sequence[str] = ()) -> list[Finding]:
    """List the findings of pairs in which nothing happened."""
    findings = []
    for pair in (pair for pair in pairs if pair.grade is Grade.LAUNCHED):
        rows = (
            ("truth.ending", Dimension.TRUTH, name, "both sides did the work and say so"),
            ("transitions.legal", Dimension.TRANSITIONS, name, "every move was legal, and both ended the same"),
            ("outputs.table", Dimension.OUTPUTS, f"{name}/predictions", "442 rows equal by key"),
            ("outputs.bytes", Dimension.OUTPUTS, f"{name}/model", "1 file, same bytes"),
            (
                "configuration.parameters",
                Dimension.CONFIGURATION,
                name,
                "both processes read the same typed parameters",
            ),
            ("identity.received", Dimension.IDENTITY, name, "both sides received what the plan fixed"),
        )
        findings += [
            found(*row, pair=pair.id, evidence=(f"runs/{pair.runs[0]}/history.jsonl",))
            for row in rows
            if row[0] not in but
        ]
    return findings


def startup(name: str) -> Finding:
    """Judge the time to the first instruction, for information."""
    return found(
        "startup.latency",
        Dimension.STARTUP,
        f"{name}/first instruction",
        "The candidate takes 3.9 times as long to its first instruction; synthetic, so it decides nothing.",
        Outcome.MISMATCH,
        required=False,
        measure=Measure("s", 8.1, 31.8, 23.7, margin_text="1.25 × legacy or 60 s more", error=1.5, pairs=3),
    )


def judged(
    of: Repository,
    the_plan: Plan,
    decision: Decision,
    reasons: tuple[Reason, ...],
    findings: Sequence[Finding],
    pairs: PairCount,
    **more: Any,
) -> tuple[Verdict, Judgement]:
    """Wrap findings as a judgement and its verdict."""
    given: dict[str, Any] = {
        "false_failures": 0,
        "waivers": {waiver.id: 0 for waiver in of.waivers},
        "not_checked": (),
        "would_change": (),
        "evidence": EvidenceKind.SYNTHETIC,
        "state": state_evidence(of.policy, pairs.clean, 0, ()),
    } | more
    verdict = Verdict(
        schema="parity.verdict/1",
        repository=of.name,
        campaign=the_plan.campaign,
        decision=decision,
        judged_at=JUDGED_AT,
        policy="trial",
        reasons=reasons,
        totals=totals_of(findings),
        pairs=pairs,
        attempts=1,
        digests={
            each: "sha256:" + f"{n:02x}" * 32
            for n, each in enumerate(("evidence", "findings", "plan", "policy", "tool"), 40)
        },
        **given,
    )
    judgement = Judgement(
        "parity.judgement/1",
        of.name,
        the_plan.campaign,
        JUDGED_AT,
        TOOL,
        {"plan.json": "ef" * 32},
        1,
        tuple(findings),
        rule="bets/1",
    )
    return verdict, judgement


def go_case() -> Case:
    """Tell a GO whose legacy side reported a failure that was none: the sidecar failed after the work was done."""
    name = "score"
    of = repository("wine-scoring", "team-cellar@example.org", "gold", (job(name, "rmse", 0.5),))
    planned = plan([of])
    mine = list(planned.pairs)
    because = "main container exit 0, outputs complete; sidecar `log-shipper` exit 1 made the pod and the job Failed"
    stories = {
        run.id: story(run, n, platform="failed", klass="K08", because=because)
        if run.side is Side.LEGACY and ".p" in run.id
        else story(run, n)
        for n, run in enumerate(planned.runs)
    }
    findings = common(name, mine, but=("truth.ending",))
    findings += [
        found(
            "truth.ending",
            Dimension.TRUTH,
            name,
            "The legacy job was marked Failed though its work was done: a sidecar failed afterwards.",
            Outcome.EXPLAINED,
            pair=pair.id,
            rule="K08",
            evidence=(f"runs/{pair.runs[0]}/history.jsonl",),
            samples=(Sample("legacy", "work ok, exit 0", "job Failed", "log-shipper exit 1 at +40.1 s"),),
        )
        for pair in mine
        if pair.grade is Grade.LAUNCHED
    ]
    findings.append(
        found(
            "metrics.equivalence",
            Dimension.METRICS,
            f"{name}/rmse",
            "rmse is the same to the last bit in every pair",
            rule="exact",
            measure=Measure(
                "",
                0.5213,
                0.5213,
                0.0,
                0.5,
                "±0.5",
                (0.0, 0.0),
                None,
                3,
                0.0,
                0.0,
                0.0,
                series_legacy=(0.5213,) * 3,
                series_candidate=(0.5213,) * 3,
                noise_class=NoiseClass.DETERMINISTIC,
            ),
        )
    )
    findings.append(startup(name))
    reason = Reason(
        "go",
        "All required checks are clean in 3 pairs, 3 of them with a legacy false failure that is explained. "
        "3 runs ended as they should: fewer than 64.2% can end wrongly; the policy asks for fewer than 65%.",
        (),
    )
    verdict, judgement = judged(
        of, planned, Decision.GO, (reason,), findings, PairCount(3, 3, 3, 0, 0), false_failures=3
    )
    parameters = {"learning_rate": Typed("number", 0.1), "depth": Typed("number", 4)}
    return Case(
        planned,
        of,
        verdict,
        judgement,
        {run.id: observation(run, parameters) for run in planned.runs},
        (("image.entrypoint", "python score.py", "python score.py --sm"), ("instance_type", "–", "ml.m5.large")),
        stories,
    )


def no_go_case() -> Case:
    """Tell a NO-GO: the candidate platform turned a number into a string and training changed silently."""
    name = "train"
    waiver = Waiver("W-12", "team-insulin@example.org", "file times differ", "outputs.listing/*", date(2026, 12, 31))
    of = repository("diabetes-train", "team-insulin@example.org", "silver", (job(name, "mse", 25.0),), (waiver,))
    planned = plan([of])
    mine = list(planned.pairs)
    launched = [pair for pair in mine if pair.grade is Grade.LAUNCHED]
    findings = common(name, mine, but=("configuration.parameters", "outputs.bytes", "outputs.table"))
    for pair in launched:
        findings += [
            found(
                "configuration.parameters",
                Dimension.CONFIGURATION,
                name,
                'Parameter alpha arrived as string "0.5" on the candidate; legacy read number 0.5.',
                Outcome.MISMATCH,
                pair=pair.id,
                rule="C02",
                remedy="parse alpha as a number in train.py, or read hyperparameters.json by type",
                samples=(Sample("alpha", "number 0.5", 'string "0.5"', "retyped by the platform"),),
            ),
            found(
                "outputs.table",
                Dimension.OUTPUTS,
                f"{name}/predictions",
                "428 of 442 rows differ beyond 1e-6 in column y.",
                Outcome.MISMATCH,
                pair=pair.id,
                samples_left_out=422,
                samples=tuple(
                    Sample(f"row id={n}, column y", f"{150 + n * 1.31:.3f}", f"{171 + n * 0.9:.3f}") for n in range(6)
                ),
                remedy="mend the parameter first",
            ),
            found(
                "outputs.bytes",
                Dimension.OUTPUTS,
                f"{name}/model",
                "model.json differs in 10 of 11 numbers.",
                Outcome.MISMATCH,
                pair=pair.id,
                samples=(Sample("coef[2]", "521.4", "303.7"),),
            ),
        ]
    findings.append(
        found(
            "metrics.equivalence",
            Dimension.METRICS,
            f"{name}/mse",
            "mse is 417 higher on the candidate, far outside its margin of ±25.",
            Outcome.MISMATCH,
            rule="TOST and sign-TOST",
            remedy="mend the parameter first, then run the pairs again",
            measure=Measure(
                "",
                2859.7,
                3276.9,
                417.2,
                25.0,
                "±25",
                (398.2, 436.2),
                None,
                3,
                6.1,
                4.4,
                436.2,
                None,
                series_legacy=(2857.1, 2860.0, 2862.0),
                series_candidate=(3270.0, 3278.1, 3282.6),
                noise_class=NoiseClass.JITTER,
            ),
        )
    )
    findings.append(startup(name))
    ids = {
        check: tuple(finding.id for finding in findings if finding.check == check)
        for check in {finding.check for finding in findings}
    }
    reasons = (
        Reason(
            "mismatch:configuration.parameters",
            'Parameter alpha arrived as string "0.5" on the candidate; legacy read number 0.5 (in 3 pairs).',
            ids["configuration.parameters"],
            "parse alpha as a number in train.py, or read hyperparameters.json by type",
        ),
        Reason(
            "mismatch:metrics.equivalence",
            "mse is 417 higher on the candidate, far outside its margin of ±25.",
            ids["metrics.equivalence"],
            "mend the parameter first, then run the pairs again",
        ),
        Reason(
            "mismatch:outputs.table",
            "428 of 442 rows differ beyond 1e-6 in column y (in 3 pairs).",
            ids["outputs.table"],
            "",
        ),
        Reason(
            "mismatch:outputs.bytes", "model.json differs in 10 of 11 numbers (in 3 pairs).", ids["outputs.bytes"], ""
        ),
    )
    change = tuple(dict.fromkeys(reason.remedy for reason in reasons if reason.remedy))
    verdict, judgement = judged(
        of, planned, Decision.NO_GO, reasons, findings, PairCount(3, 3, 0, 0, 0), would_change=change
    )
    seen = {
        Side.LEGACY: {"alpha": Typed("number", 0.5), "seed": Typed("number", 3)},
        Side.CANDIDATE: {"alpha": Typed("string", "0.5"), "seed": Typed("number", 3)},
    }
    return Case(
        planned,
        of,
        verdict,
        judgement,
        {run.id: observation(run, seen[run.side]) for run in planned.runs},
        (("instance_type", "–", "ml.m5.large"),),
        {run.id: story(run, n) for n, run in enumerate(planned.runs)},
    )


def inconclusive_case() -> Case:
    """Tell an INCONCLUSIVE: too few clean pairs, a metric noisier than its margin, one output nobody fetched."""
    name = "classify"
    of = repository("digits-nightly", "team-pixel@example.org", "gold", (job(name, "accuracy", 0.005),))
    planned = plan([of])
    mine = list(planned.pairs)
    launched = [pair for pair in mine if pair.grade is Grade.LAUNCHED]
    findings = [
        finding
        for finding in common(name, mine)
        if not (finding.pair == launched[2].id and finding.dimension is Dimension.OUTPUTS)
    ]
    findings = [
        replace(
            finding,
            outcome=Outcome.INCONCLUSIVE,
            summary="The legacy pod vanished before its exit code was seen.",
            rule="K31",
            remedy="run 1 more pair that ends cleanly",
        )
        if finding.pair == launched[2].id and finding.check == "truth.ending"
        else finding
        for finding in findings
    ]
    findings.append(
        found(
            "identity.void",
            Dimension.IDENTITY,
            f"{name}/legacy",
            "The node was lost; the pair is void.",
            Outcome.INCONCLUSIVE,
            pair=launched[2].id,
            required=False,
        )
    )
    findings.append(
        found(
            "outputs.required",
            Dimension.OUTPUTS,
            f"{name}/confusion",
            "outputs of classify/confusion was not checked",
            Outcome.NOT_RUN,
            remedy="run the pairs of classify again so that its outputs can be checked",
        )
    )
    findings.append(
        found(
            "metrics.equivalence",
            Dimension.METRICS,
            f"{name}/accuracy",
            "accuracy: two legacy runs differ by more than the margin allows; 6 more pairs are needed.",
            Outcome.INCONCLUSIVE,
            remedy="about 6 more pairs would decide accuracy",
            measure=Measure(
                "",
                0.9712,
                0.9689,
                -0.0023,
                0.005,
                "±0.005",
                (-0.0081, 0.0035),
                None,
                3,
                0.0061,
                0.0048,
                0.0081,
                6,
                series_legacy=(0.972, 0.9695, 0.9721),
                series_candidate=(0.9701, 0.9672, 0.9694),
                noise_class=NoiseClass.JITTER,
            ),
        )
    )
    findings.append(startup(name))
    by_check = {finding.check: finding.id for finding in findings if finding.outcome not in CLEAN}
    reasons = (
        Reason(
            "inconclusive:metrics.equivalence",
            "accuracy: two legacy runs differ by more than the margin allows; 6 more pairs are needed.",
            (by_check["metrics.equivalence"],),
            "about 6 more pairs would decide accuracy",
        ),
        Reason(
            "inconclusive:outputs.required",
            "outputs of classify/confusion was not checked.",
            (by_check["outputs.required"],),
            "run the pairs of classify again so that its outputs can be checked",
        ),
        Reason(
            "inconclusive:truth.ending",
            "The legacy pod vanished before its exit code was seen.",
            (by_check["truth.ending"],),
            "run 1 more pair that ends cleanly",
        ),
        Reason(
            "inconclusive:state-pairs",
            "2 clean state pairs; the policy asks for 3.",
            (),
            "run 1 more pairs that end cleanly",
        ),
    )
    stories = {run.id: story(run, n) for n, run in enumerate(planned.runs)}
    lost = next(run for run in planned.runs if run.id == f"{launched[2].id}-legacy")
    gone = story(
        lost,
        3,
        work="unknown",
        platform="failed",
        klass="unexplained",
        exit_code="",
        because="the pod vanished: no witness saw the exit",
        open_end=True,
    )
    stories[lost.id] = replace(gone, transitions=(*gone.transitions, (41.0, "pod", "RUNNING", False)))
    verdict, judgement = judged(
        of,
        planned,
        Decision.INCONCLUSIVE,
        reasons,
        findings,
        PairCount(3, 2, 0, 1, 0),
        not_checked=("outputs of classify/confusion was not checked",),
        would_change=tuple(reason.remedy for reason in reasons),
    )
    parameters = {"seed": Typed("null", None), "hidden": Typed("number", 64)}
    return Case(
        planned, of, verdict, judgement, {run.id: observation(run, parameters) for run in planned.runs}, (), stories
    )


def campaign() -> list[ReportView]:
    """Build the whole campaign's views."""
    return [go_case().view(), no_go_case().view(), inconclusive_case().view()]
