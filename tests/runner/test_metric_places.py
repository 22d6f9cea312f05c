"""The same curve in every place that a metric is read from gives the same findings; a fault in any has its name."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge.cases import POLICY
from observed import declared
from runner.test_metric_files import event, simple

from harness.backends.base import Fetched, FetchedOutput, Handle, MetricAnswer
from harness.compare.metrics import metric_samples
from harness.config.registered import metric_source_names
from harness.judge.classify import metric_findings
from harness.model.finding import Finding, Outcome
from harness.model.job import Output, ShimMode, Side
from harness.model.metric import Better, Metric, MetricFile, MlflowPlace, Take
from harness.model.observation import Observation, ObservedPair
from harness.model.plan import Run
from harness.runner.collect import observe
from harness.scrub.scrubber import Scrubber

Values = tuple[str, ...]
"""As a job writes them, by step from 0 on."""
REGEX = "auc=([-0-9.]+)"
MISSING, DOUBLED, CUT = "missing", "doubled", "cut"


@dataclass(frozen=True)
class Left:
    """What a run left in one place."""

    log: bytes | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    answer: bytes | None = None


def _log(values: Values) -> Left:
    return Left("".join(f"step {step} auc={value}\n" for step, value in enumerate(values)).encode())


def _json(values: Values) -> Left:
    return Left(files={"m.json": f'{{"auc": [{", ".join(values)}]}}'.encode()})


def _lines(values: Values) -> Left:
    lines = (f'{{"step": {step}, "auc": {value}}}\n' for step, value in enumerate(values))
    return Left(files={"m.jsonl": "".join(lines).encode()})


def _csv(values: Values) -> Left:
    rows = (f"{step},{value}\n" for step, value in enumerate(values))
    return Left(files={"m.csv": ("step,auc\n" + "".join(rows)).encode()})


def _store(values: Values) -> Left:
    rows = (f"{1796135765000 + step} {value} {step}\n" for step, value in enumerate(values))
    return Left(files={"1/run/metrics/auc": "".join(rows).encode()})


def _events(values: Values) -> Left:
    records = (event(step, "auc", simple(float(value))) for step, value in enumerate(values))
    return Left(files={"events.out.tfevents.1": b"".join(records)})


def _single(value: str) -> float:
    return float(struct.unpack("f", struct.pack("f", float(value)))[0])


def _described(values: Values) -> dict[str, object]:
    last = [{"MetricName": "auc", "Value": _single(values[-1]), "Timestamp": "2026-12-01T12:09:59+00:00"}]
    return {
        "TrainingJobStatus": "Completed", "TrainingStartTime": "2026-12-01T12:00:00+00:00",
        "TrainingEndTime": "2026-12-01T12:10:00+00:00", "FinalMetricDataList": last if values else [],
        "MetricDefinitions": [{"Name": "auc", "Regex": REGEX}],
    }  # fmt: skip


def _final(values: Values) -> Left:
    return Left(_log(values).log, answer=json.dumps({"described": _described(values)}).encode())


def _series(values: Values) -> Left:
    times = [f"2026-12-01T{10 + step // 60}:{step % 60:02d}:00+00:00" for step in range(len(values))]
    rows = [[1.0] * len(values), *[[_single(value) for value in values]] * 2]
    results = [
        {"Id": f"q{n}", "StatusCode": "Complete", "Timestamps": times, "Values": row} for n, row in enumerate(rows)
    ]
    queries = {f"q{n}": ["auc", name] for n, name in enumerate(("SampleCount", "Minimum", "Maximum"))}
    described = _described(values)
    answer = {"described": described, "queries": queries, "pages": [{"MetricDataResults": results}]}
    return Left(_log(values).log, answer=json.dumps(answer).encode())


def _mlflow(values: Values) -> Left:
    points = [
        {"key": "auc", "value": float(value), "timestamp": 1796135765000 + step, "step": step}
        for step, value in enumerate(values)
    ]
    info = {"run_id": "r", "status": "FINISHED", "end_time": 1796135765000 + len(values)}
    run = {"info": info, "data": {"metrics": points[-1:]}}
    told = {"search": [{"runs": [run]}], "history": [{"metrics": points}]}
    return Left(answer=json.dumps({"metrics": {"auc": told}}).encode())


PLACES: dict[str, tuple[Callable[[Values], Left], str, MetricFile | None]] = {
    "log": (_log, "log", None),
    "json": (_json, "file", MetricFile("model", "m.json", "auc")),
    "json lines": (_lines, "file", MetricFile("model", "m.jsonl", "auc")),
    "csv": (_csv, "file", MetricFile("model", "m.csv", "auc")),
    "mlruns": (_store, "file", MetricFile("model", "*/metrics/auc", "")),
    "tensorboard": (_events, "file", MetricFile("model", "*tfevents*", "auc")),
    "final_metrics": (_final, "final_metrics", None),
    "cloudwatch": (_series, "cloudwatch", None),
    "mlflow": (_mlflow, "mlflow", None),
}


def metric_of(place: str, take: Take = Take.LAST) -> Metric:
    """Make the metric that candidate reads from a place, and legacy from its log."""
    _, source, file = PLACES[place]
    of = MlflowPlace("http://127.0.0.1:9", "e") if source == "mlflow" else None
    sources = {"legacy": "log", "candidate": source}
    return Metric("auc", REGEX, Better.HIGHER, 0.01, None, take=take, file=file, sources=sources, mlflow=of)


def seen(folder: Path, side: Side, metric: Metric, left: Left) -> Observation:
    """Observe a run that left this."""
    outputs = (Output("model", {Side.LEGACY: "/out", Side.CANDIDATE: "/opt/ml/model"}),)
    job = replace(declared(), metrics=(metric,), outputs=outputs, shim=ShimMode.OFF)
    run = Run(side.value, side.value, "repo", "train", side, 1, shim=False)
    place, brought = folder / "runs" / side.value, folder / f"brought-{side.value}"
    place.mkdir(parents=True)
    for name, data in {"other.bin": b"x", **left.files}.items():
        (brought / name).parent.mkdir(parents=True, exist_ok=True)
        (brought / name).write_bytes(data)
    answers = (MetricAnswer(metric.source_on(side), left.answer),) if left.answer is not None else ()
    output = FetchedOutput("model", declared=True, path=brought, source="here")
    fetched = Fetched(left.log, False, None, (output,), (), answers=answers)
    return observe(Handle(run, {}), job, (), fetched, folder=place, scrub=Scrubber())


def judged(place: str, legacy: Values, left: Left, take: Take = Take.LAST) -> tuple[Finding, str]:
    """Judge a pair of which candidate's values are in a place; with what was wrong with the values."""
    metric = metric_of(place, take)
    with TemporaryDirectory(prefix="parity-places-") as folder:
        runs = (seen(Path(folder), Side.LEGACY, metric, _log(legacy)), seen(Path(folder), Side.CANDIDATE, metric, left))
        job = replace(declared(), metrics=(metric,))
        sample = metric_samples(job, [ObservedPair("p", *runs)], [], [])["auc"]
    (found,) = metric_findings("train", [(metric, sample)], POLICY)
    return replace(found, evidence=()), "; ".join(sample.problems)


NUMBERS = st.integers(-99_999, 99_999).map(lambda number: f"{number / 100_000:.5f}")
CURVES = st.lists(NUMBERS, min_size=1, max_size=8).map(tuple)


@settings(max_examples=25, deadline=None)
@given(legacy=CURVES, candidate=CURVES, take=st.sampled_from([Take.LAST, Take.BEST, Take.MIN]))
def test_the_same_curve_gives_the_same_finding_from_every_place(legacy: Values, candidate: Values, take: Take) -> None:
    """Whatever a place keeps of it: double or single precision, all of it or the last."""
    found = {
        place: _without_place(judged(place, legacy, write(candidate), take)[0])
        for place, (write, *_) in PLACES.items()
        if take is Take.LAST or place != "final_metrics"
    }
    assert {place: finding for place, finding in found.items() if finding != found["log"]} == {}


GOOD = ("0.5", "0.75", "0.89")


def _swapped(left: Left, *changes: tuple[str, str]) -> Left:
    """Change texts of an answer, each of which has to be there."""
    text = (left.answer or b"").decode()
    for old, new in changes:
        assert old in text, text
        text = text.replace(old, new)
    return replace(left, answer=text.encode())


def _file(name: str, data: bytes) -> Left:
    return Left(files={name: data})


RUN_INFO = '"runs": [{"info"'
FAULTS: list[tuple[str, str, Left, str]] = [
    ("log", MISSING, Left(b"step 0\n"), "never reported it"),
    ("log", DOUBLED, Left(b"[rank0]: auc=0.5\n[rank1]: auc=0.7\n"), "2 ranks report it"),
    ("log", CUT, Left(b"auc=0.5\nauc=0.8e"), "the number goes on after '0.8'"),
    ("json", MISSING, _file("m.json", b'{"acc": 0.5}'), "auc is not in it"),
    ("json", DOUBLED, _file("m.json", b'{"auc": 0.5, "auc": 0.7}'), "m.json: byte"),
    ("json", CUT, _file("m.json", b'{"auc": 0.8'), "m.json: byte"),
    ("json lines", MISSING, _file("m.jsonl", b'{"step": 0}\n'), "never reported it"),
    ("json lines", DOUBLED, _file("m.jsonl", b'{"step": 1, "auc": 0.5}\n{"step": 1, "auc": 0.7}\n'), "at step 1"),
    ("json lines", CUT, _file("m.jsonl", b'{"step": 1, "auc": 0.5}\n{"step": 2, "auc": 0.8'), "m.jsonl: byte"),
    ("csv", MISSING, _file("m.csv", b"step,acc\n0,0.5\n"), "'auc' is no column"),
    ("csv", DOUBLED, _file("m.csv", b"step,auc\n3,0.5\n3,0.7\n"), "2 different values at step 3"),
    ("csv", CUT, _file("m.csv", b"step,auc\n0,0.5\n1,0.8"), "its last line has no end"),
    ("mlruns", MISSING, _file("1/run/metrics/acc", b"1 0.5 0\n"), "no file of the output model fit"),
    ("mlruns", DOUBLED, Left(files={f"1/{run}/metrics/auc": b"1 0.5 0\n" for run in "ab"}), "2 files of the output"),
    ("mlruns", CUT, _file("1/run/metrics/auc", b"1 0.5 0\n2 0.7 1"), "its last line has no end"),
    ("tensorboard", MISSING, _file("events.tfevents.1", event(0, "acc", simple(0.5))), "never reported it"),
    (
        "tensorboard", DOUBLED,
        _file("events.tfevents.1", event(4, "auc", simple(0.5)) + event(4, "auc", simple(0.7))), "values at step 4",
    ),
    ("tensorboard", CUT, _file("events.tfevents.1", event(0, "auc", simple(0.5))[:-1]), "cut or spoiled at byte 0"),
    ("final_metrics", MISSING, _swapped(_final(GOOD), ('"auc", "Value"', '"acc", "Value"')), "has no value of it"),
    (
        "final_metrics", DOUBLED,
        _swapped(_final(GOOD), ('"FinalMetricDataList": [', '"FinalMetricDataList": [{"MetricName": "auc"}, ')),
        "FinalMetricDataList has 2 values",
    ),
    ("final_metrics", CUT, replace(_final(GOOD), answer=(_final(GOOD).answer or b"")[:-9]), "final_metrics: byte"),
    ("cloudwatch", MISSING, _swapped(_series(GOOD), ('["auc",', '["acc",')), "CloudWatch's answer is not there"),
    ("cloudwatch", DOUBLED, _swapped(_series(GOOD), ("[1.0, 1.0, 1.0]", "[1.0, 1.0, 2.0]")), "or doubled"),
    (
        "cloudwatch", CUT,
        _swapped(_series(GOOD), ('{"MetricDataResults"', '{"NextToken": "t", "MetricDataResults"')),
        "goes on after 1 page",
    ),
    ("mlflow", MISSING, _swapped(_mlflow(GOOD), (RUN_INFO, '"others": [{"info"')), "no MLflow run has the tag"),
    ("mlflow", DOUBLED, _swapped(_mlflow(GOOD), (RUN_INFO, '"runs": [{}, {"info"')), "2 MLflow runs"),
    (
        "mlflow", CUT,
        _swapped(_mlflow(GOOD), ('"history": [{', '"history": [{"next_page_token": "t", ')), "goes on after 1 page",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "left", "why"),
    [(place, left, why) for place, _, left, why in FAULTS],
    ids=[f"{place}, {fault}" for place, fault, *_ in FAULTS],
)
def test_a_value_that_is_missing_doubled_or_cut_is_inconclusive_by_name(place: str, left: Left, why: str) -> None:
    """In every place; no older and no other value stands in for it, and legacy's own would have been a MATCH."""
    found, problems = judged(place, GOOD, left)
    assert (found.outcome, why in problems) == (Outcome.INCONCLUSIVE, True), problems


def test_every_place_has_every_fault() -> None:
    """A new place needs a row of each."""
    assert {(place, fault) for place, fault, *_ in FAULTS} == {
        (place, fault) for place in PLACES for fault in (MISSING, DOUBLED, CUT)
    }
    assert {source for _, source, _ in PLACES.values()} == set(metric_source_names())


def _without_place(finding: Finding) -> Finding:
    """Leave out where the numbers are from, which is all that may differ."""
    return replace(finding, summary=finding.summary.partition(" (")[0])
