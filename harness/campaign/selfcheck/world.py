"""Campaigns that never ran: one job's plan, and the observations its runs would have left."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from harness.bounded.pattern import NotSearched
from harness.config.defaults import metric_regex
from harness.model import reality
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Role, Witness
from harness.model.job import (
    CompareRule,
    Delivery,
    ExpectedEnding,
    Input,
    Job,
    Output,
    ParameterReading,
    Resources,
    ShimMode,
    Side,
    SideJob,
)
from harness.model.metric import Better, Metric
from harness.model.observation import MetricPoint, Observation, OutputFile, OutputSeen, Record, Typed
from harness.model.plan import ImageIdentity, Plan, Run
from harness.model.policy import PRESETS, Policy
from harness.model.reality import Real
from harness.model.repository import Limits, Repository
from harness.model.truth import Cause
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.sagemaker.home import SageMakerHome
from harness.runner.log_lines import LogLines, lines_of
from harness.runner.metrics import curve_of
from harness.runner.plan import Header, make_plan

START_SECONDS = 1_800_000_000.0
WORK_SECONDS = 60.0
SUBMITTED_AT = "2026-11-25T10:00:00Z"
MARGIN = 1.0
BASE = '[{"id":1,"x":0.1,"label":"a"},{"id":2,"x":0.2,"label":"b"},{"id":3,"x":0.3,"label":"a"}]'
"""What a sound run writes; defects write something else."""
POLICY = replace(PRESETS["trial"], startup_required=True, startup_floor_seconds=5.0)
"""`trial`, with startup that decides."""
IMAGE = ImageIdentity("registry.example/train@sha256:" + "0" * 64, "sha256:" + "1" * 64)


@dataclass(frozen=True, slots=True)
class Draft:
    """What one run does; a defect is a change of it."""

    value: float
    wait_seconds: float = 100.0
    rows: str = BASE
    partitions: tuple[str, ...] = ("part-0.json", "part-1.json")
    parameter: Typed = Typed("int", 3)  # noqa: RUF009 - a frozen value
    input: str = "sha256:" + "2" * 64
    exit_code: int = 0
    ending: Kind | None = Kind.SUCCEEDED
    """None: the last event was lost."""
    metric: str = "rmse"
    arrived: bool = True
    """False: the output came too late to be fetched."""
    undeclared: bool = False
    image: str = IMAGE.config_digest
    lost: bool = False
    """The platform cut the run: legacy's pod was preempted, the candidate got no capacity."""
    start_seconds: float = START_SECONDS
    """When it is submitted, by every clock."""
    sidecar_failed: bool = False
    """A sidecar of the legacy side ended with 1 after the work was done, so the job is marked failed (K08)."""
    log: str = ""
    """What the process printed; the metric is read from it. Empty: it reported `value` in plain digits."""
    regex: str = metric_regex("rmse")
    """The expression that the owner declared for it."""
    others: tuple[float, ...] = ()
    """Last values of the job's further metrics."""


ACCOUNT, CLUSTER = "123456789012", "0f8fad5b-d9cb-469f-a165-70867728950e"
REAL = Real((ACCOUNT,), (CLUSTER,))


def endpoints_of(name: str, *, synthetic: bool = False) -> dict[str, dict[str, str]]:
    """Give what both platforms of a repository would have proven of themselves; the selfcheck judges as if real."""
    said = {reality.VERIFICATION: "on", reality.SYNTHETIC: "yes" if synthetic else "no"}
    sides = {Side.LEGACY: (reality.CLUSTER, CLUSTER), Side.CANDIDATE: (reality.ACCOUNT, ACCOUNT)}
    return {
        f"{name}/{side.value}": {**said, kind: found, reality.PROVEN: found}
        | {f"{service}.tls": reality.VALIDATED for service in reality.SERVICES[kind]}
        | {f"{service}.fingerprint": "sha256:" + "0" * 64 for service in reality.SERVICES[kind]}
        for side, (kind, found) in sides.items()
    }


def _job(instance_type: str, metrics: int = 1) -> Job:
    reading = ParameterReading(Delivery.FILE, "/opt/ml/input/config/hyperparameters.json")
    side = SideJob(("python", "train.py"), {}, {"depth": 3}, reading, instance_type=instance_type)
    return Job(
        name="train",
        kind="training",
        image="registry.example/train:1",
        sides=dict.fromkeys(Side, side),
        inputs=(Input("table", "s3://data/table", "v1", path=dict.fromkeys(Side, "/data")),),
        outputs=(Output("rows", dict.fromkeys(Side, "/opt/ml/model"), rules=(CompareRule("*.json", "json"),)),),
        outputs_discover=False,
        metrics=tuple(Metric(name, f"{name}=(.*)", Better.LOWER, MARGIN, None) for name in _names(metrics)),
        resources=Resources(),
        time_limit_seconds=3600,
        retries=0,
        shim=ShimMode.ON,
        effects=(),
        expected=ExpectedEnding(),
    )


def _names(metrics: int) -> tuple[str, ...]:
    return ("rmse", *(f"metric-{number}" for number in range(2, metrics + 1)))


def repository_of(
    policy: Policy, name: str = "selfcheck", instance_type: str = "ml.m5.large", *, metrics: int = 1
) -> Repository:
    """Describe a repository of one job, whose first metric is that of `Draft.value`."""
    return Repository(
        name=name,
        owner="parity",
        tier="none",
        legacy=KubernetesHome(None, "ml", None, "s3://legacy/p", None, None),
        candidate=SageMakerHome("000000000000", "eu-west-1", None, "role", "s3://candidate/p", None, (), (), ()),
        jobs=(_job(instance_type, metrics),),
        policy=policy,
        limits=Limits(None, 1000, 4, 3600),
        waivers=(),
        expected_verdict=None,
        file="repos.yaml",
        line=1,
        real=REAL,
    )


def plan_of(repository: Repository, campaign: str = "selfcheck", image: ImageIdentity = IMAGE) -> Plan:
    """Plan it as the harness would."""
    header = Header(campaign, SUBMITTED_AT, "selfcheck", 1, "")
    return make_plan(
        header, (repository,), resolve=lambda _, __: image, endpoints=endpoints_of(repository.name), price=None
    )


def observed(run: Run, draft: Draft, digest: str) -> Observation:
    """Write down what the witnesses of one run would have said."""
    metrics, unread = _reported(draft)
    return Observation(
        schema="parity.observation/1",
        run=run,
        handle={},
        events=_events(run.side, draft),
        record=None if draft.lost else _record(run, draft),
        record_damage="",
        outputs=_outputs(draft, digest),
        metrics=metrics,
        log=None,
        metrics_unread=unread,
    )


def _reported(draft: Draft) -> tuple[dict[str, tuple[MetricPoint, ...]], dict[str, str]]:
    """Give what the log says of the metric, or why it is not read; a run that was lost reported nothing."""
    if draft.lost:
        return {}, {}
    if not draft.log:
        values = zip((draft.metric, *_names(len(draft.others) + 1)[1:]), (draft.value, *draft.others), strict=True)
        return {name: (MetricPoint(value, 0),) for name, value in values}, {}
    (metric,) = _job("").metrics
    try:
        return {draft.metric: curve_of(LogLines(lines_of(draft.log)), replace(metric, regex=draft.regex))}, {}
    except NotSearched as error:
        return {}, {draft.metric: str(error)}


def _events(side: Side, draft: Draft) -> tuple[Event, ...]:
    legacy = side is Side.LEGACY
    witness = Witness.JOB if legacy else Witness.CONTROL_PLANE
    began = draft.start_seconds + draft.wait_seconds
    told = [
        _event(Kind.SUBMITTED, witness, draft.start_seconds, "created"),
        _event(Kind.RUNNING, Witness.POD if legacy else witness, began - 0.1, "Training"),
        _event(Kind.FIRST_INSTRUCTION, Witness.SHIM, began, "first instruction"),
    ]
    ended = began + WORK_SECONDS
    if draft.lost:
        return tuple(told[:1] + (_preempted(began, told[1]) if legacy else [_no_capacity(ended)]))
    if legacy:
        native = {"exitCode": str(draft.exit_code), "finishedAt": SUBMITTED_AT, "reason": "Completed"}
        exited = _event(Kind.EXITED, Witness.CONTAINER, ended, "terminated", native=native)
        told.append(replace(exited, container="main", role=Role.MAIN))
        if draft.sidecar_failed:
            return (*told, _sidecar(ended), _event(Kind.FAILED, witness, ended + 1, "BackoffLimitExceeded"))
    if draft.ending is not None:
        told.append(_event(draft.ending, witness, ended + 1, draft.ending.value, native=_last_word(draft.ending)))
    return tuple(told)


def _sidecar(ended: float) -> Event:
    native = {"exitCode": "1", "finishedAt": SUBMITTED_AT, "reason": "Error"}
    exited = _event(Kind.EXITED, Witness.CONTAINER, ended, "terminated", native=native)
    return replace(exited, key="exited/proxy", container="proxy", role=Role.SIDECAR)


def _preempted(began: float, running: Event) -> list[Event]:
    native = {"exitCode": "143", "finishedAt": SUBMITTED_AT, "reason": "Error"}
    exited = _event(Kind.EXITED, Witness.CONTAINER, began + 2, "terminated", native=native)
    condition = {"condition": "DisruptionTarget"}
    return [
        running,
        _event(Kind.STATUS, Witness.POD, began + 1, "PreemptionByScheduler", native=condition),
        replace(exited, container="main", role=Role.MAIN),
        _event(Kind.FAILED, Witness.JOB, began + 3, "BackoffLimitExceeded"),
    ]


def _no_capacity(ended: float) -> Event:
    told = _failed("CapacityError", "Unable to provision requested ML compute", Cause.NO_CAPACITY)
    return _event(Kind.FAILED, Witness.CONTROL_PLANE, ended, "Failed", native=told)


def _last_word(ending: Kind) -> dict[str, str]:
    if ending is Kind.SUCCEEDED:
        return {"TrainingJobStatus": "Completed", "Cause": Cause.SUCCESS.value}
    return _failed("InternalServerError", "please retry", Cause.PLATFORM_LOSS)


def _failed(fault: str, text: str, cause: Cause) -> dict[str, str]:
    """Say it as the candidate backend would, with what it read out of the reason."""
    reason = {"FailureReason": f"{fault}: {text}", "FailureClass": fault}
    return {"TrainingJobStatus": "Failed", **reason, "Cause": cause.value}


def _event(kind: Kind, witness: Witness, seconds: float, label: str, *, native: dict[str, str] | None = None) -> Event:
    at = Time(seconds, ClockName.HARNESS)
    return Event(f"{kind.value}/{witness.value}", kind, witness, at, seconds, label=label, native=native or {})


def _record(run: Run, draft: Draft) -> Record:
    began = draft.start_seconds + draft.wait_seconds
    return Record(
        run=run.id,
        exit_code=draft.exit_code,
        signal=None,
        first_instruction_seconds=began,
        started_seconds=began,
        finished_seconds=began + WORK_SECONDS,
        parameters={"depth": draft.parameter},
        environment={"PATH": "/usr/bin"},
        libraries={"numpy": "2.2"},
        inputs={"table": draft.input},
        outputs={},
        image_config_digest=draft.image,
        process={"python": "3.11", "implementation": "CPython", "machine": "x86_64"},
    )


def _outputs(draft: Draft, digest: str) -> tuple[OutputSeen, ...]:
    size = len(draft.rows)
    files = tuple(OutputFile(name, size, digest, stored=digest) for name in draft.partitions)
    there = draft.arrived and not draft.lost
    rows = OutputSeen("rows", declared=True, files=files if there else (), absent=not there)
    if not draft.undeclared:
        return (rows,)
    return rows, OutputSeen("cache", declared=False, files=(OutputFile("cache.bin", size, digest, stored=digest),))


def keep(folder: Path, rows: str) -> str:
    """Write an output's content once, under its digest."""
    digest = hashlib.sha256(rows.encode()).hexdigest()
    path = folder / digest
    if not path.exists():
        path.write_text(rows, encoding="utf-8")
    return digest
