"""Short literals for what was observed of a run on either side, and for the job that ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from build import Look, Object, history, job, pod
from sagemaker_cases import NORMAL, training

from harness.model.event import Event
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
from harness.model.observation import LogFacts, MetricPoint, Observation, OutputFile, OutputSeen, Record, Typed
from harness.model.plan import Identity, ImageIdentity, Run
from harness.platforms.sagemaker import translate

LEGACY, CANDIDATE = Side.LEGACY, Side.CANDIDATE
IMAGE = "sha256:" + "a" * 64
IDENTITY = Identity(ImageIdentity("image@sha256:1", IMAGE), None, {}, {})
NOW = 1_780_301_000.0


def declared(
    *,
    expected: ExpectedEnding | None = None,
    metrics: tuple[str, ...] = (),
    reading: Delivery = Delivery.FILE,
    candidate_reading: Delivery | None = None,
    **more: Any,
) -> Job:
    """Make a job with one output, `model`."""
    environment, secrets = more.pop("environment", {}), more.pop("secrets", ())
    parameters = more.pop("parameters", {LEGACY: {}, CANDIDATE: {}})
    deliveries = {LEGACY: reading, CANDIDATE: candidate_reading or reading}
    sides = {
        side: SideJob(("python", "train.py"), environment, parameters[side], ParameterReading(deliveries[side]),
                      secrets=secrets)
        for side in Side
    }  # fmt: skip
    facts: dict[str, Any] = {
        "name": "train", "kind": "training", "image": "image:1", "sides": sides, "inputs": (),
        "outputs": (Output("model", {LEGACY: "/out", CANDIDATE: "/opt/ml/model"}),), "outputs_discover": False,
        "metrics": tuple(Metric(name, "(.*)", Better.LOWER, 0.1, None) for name in metrics),
        "resources": Resources(), "time_limit_seconds": 60, "retries": 0, "shim": ShimMode.ON, "effects": (),
        "expected": expected or ExpectedEnding(),
    }  # fmt: skip
    return Job(**{**facts, **more})


def model(size: int = 9, **more: Any) -> OutputSeen:
    """Make the output that was found: one file of so many bytes; 0 bytes: it is absent."""
    files = (OutputFile("model.bin", size, "0" * 64),) if size else ()
    return OutputSeen("model", declared=True, files=files, absent=not size, **more)


def record(exit_code: int | None = 0, **more: Any) -> Record:
    """Make the shim's word."""
    facts: dict[str, Any] = {
        "run": "r", "exit_code": exit_code, "signal": None, "first_instruction_seconds": 1.0, "started_seconds": 1.0,
        "finished_seconds": 2.0, "parameters": {}, "environment": {"PATH": "/bin"}, "libraries": {"numpy": "2.2"},
        "inputs": {}, "outputs": {},
        "image_config_digest": IMAGE, "process": {"python": "3.11.7", "machine": "x86_64"},
    }  # fmt: skip
    return Record(**{**facts, **more})


def log(complaint: str = "", *, cut: bool = False) -> LogFacts:
    """Make what is known of a log."""
    return LogFacts(lines=3, bytes=30, cut=cut, complaint=complaint)


def typed(**values: Any) -> dict[str, Typed]:
    """Make parameters as a process read them."""
    return {name: Typed(type(value).__name__, value) for name, value in values.items()}


def curve(*values: float | None) -> tuple[MetricPoint, ...]:
    """Make a metric as the log reported it."""
    return tuple(MetricPoint(value, step) for step, value in enumerate(values))


def observed(
    side: Side,
    *story: Look | Object,
    reply: Mapping[str, Any] | None = None,
    more_events: tuple[Event, ...] = (),
    outputs: tuple[OutputSeen, ...] = (),
    metrics: Mapping[str, tuple[MetricPoint, ...]] | None = None,
    run: str = "r",
    **more: Any,
) -> Observation:
    """Make a run of one side: a success with its model unless said otherwise."""
    if side is LEGACY:
        events = history(*(story or (job("complete@9"), pod("main 2-8 0"))))
    else:
        events = translate.events_from_describe(reply or training("Completed", *NORMAL), NOW)
    facts: dict[str, Any] = {
        "schema": "parity.observation/1", "run": Run(run, run, "repo", "train", side, 1), "handle": {},
        "events": (*events, *more_events), "record": record(), "record_damage": "", "outputs": outputs or (model(),),
        "metrics": metrics or {}, "log": log(),
    }  # fmt: skip
    return Observation(**{**facts, **more})
