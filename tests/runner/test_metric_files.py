"""Metrics that stand in files of outputs: JSON, JSON lines, CSV, MLflow, TensorBoard; read whole, or not at all."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judge.cases import JOB
from observed import observed

from harness.compare.metrics import check_curves, metric_samples
from harness.model.finding import Outcome
from harness.model.job import Job, Side
from harness.model.metric import Better, Metric, MetricFile, Take
from harness.model.observation import LogFacts, ObservedPair, OutputFile, OutputSeen
from harness.runner.metric_reading import MetricsRead, read_metrics
from harness.runner.metric_source import MetricEvidence
from harness.runner.tensorboard import masked_crc


def job(name: str, value: str = "", **more: Any) -> Job:
    """Make a job with one metric in a file."""
    metric = Metric("auc", "", Better.HIGHER, 0.01, None, file=MetricFile("model", name, value), **more)
    return replace(JOB, metrics=(metric,))


def read(folder: Path, of: Job, files: dict[str, bytes]) -> tuple[list[float | None], str]:
    """Read the metric of a run that left these files: its values, or why there are none."""
    kept = []
    for name, data in files.items():
        digest = hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        kept.append(OutputFile(name, len(data), digest, stored=digest))
    found = read_outputs(of, (OutputSeen("model", declared=True, files=tuple(kept)),), folder)
    return [point.value for point in found.curves.get("auc", ())], found.unread.get("auc", "")


def read_outputs(of: Job, outputs: tuple[OutputSeen, ...], folder: Path) -> MetricsRead:
    """Read the metrics of a run that left these outputs."""
    evidence = MetricEvidence(Side.LEGACY, {output.name: output for output in outputs}, folder)
    return read_metrics(of, evidence, {})


def event(step: int, tag: str, value: bytes) -> bytes:
    """Write one record of TensorBoard."""

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    body = bytes([2 << 3, step]) + field(5, field(1, field(1, tag.encode()) + value))
    head = struct.pack("<Q", len(body))
    return head + struct.pack("<I", masked_crc(head)) + body + struct.pack("<I", masked_crc(body))


def simple(value: float) -> bytes:
    """Write a simple value."""
    return bytes([2 << 3 | 5]) + struct.pack("<f", value)


def tensor(value: float) -> bytes:
    """Write a tensor of one float."""
    content = bytes([1 << 3, 1, 4 << 3 | 2, 4]) + struct.pack("<f", value)
    return bytes([8 << 3 | 2, len(content)]) + content


EVENTS = event(1, "val/auc", simple(0.5)) + event(1, "loss", simple(2.0)) + event(2, "val/auc", tensor(0.75))


@pytest.mark.parametrize(
    ("name", "value", "data", "values"),
    [
        ("metrics.json", "$.test.auc", b'{"test": {"auc": 0.75}}', [0.75]),
        ("metrics.json", "auc", b'{"auc": [0.5, 0.75]}', [0.5, 0.75]),
        ("metrics.json", "auc", b'{"auc": NaN}', [None]),
        ("history.jsonl", "auc", b'{"auc": 0.5}\n{"loss": 1}\n{"auc": 0.75}\n', [0.5, 0.75]),
        ("history.csv", "auc", b"epoch,auc\n1,0.5\n2,0.75\n", [0.5, 0.75]),
        ("history.csv", "auc", b"epoch,auc\n1,nan\n", [None]),
        ("metrics/auc", "", b"1764000000000 0.5 0\n1764000001000 0.75 1\n", [0.5, 0.75]),
        ("events.out.tfevents.1764000000.host", "val/auc", EVENTS, [0.5, 0.75]),
    ],
)
def test_a_metric_is_read_from_its_file(tmp_path: Path, name: str, value: str, data: bytes, values: list[Any]) -> None:
    """By a path, a column or a tag; in the order of the file, and what is no finite number is none."""
    assert read(tmp_path, job(name, value), {name: data, "other.bin": b"x"}) == (values, "")


@pytest.mark.parametrize(
    ("name", "value", "data", "why"),
    [
        ("metrics.json", "$.auc", b'{"acc": 1}', "metrics.json: $.auc is not in it"),
        ("metrics.json", "$.auc", b'{"auc": 1, "auc": 2}', "metrics.json: byte"),
        ("metrics.json", "$.auc", b'{"auc": 1', "metrics.json: byte"),
        ("history.csv", "auc", b"auc,auc\n1,2\n", "'auc' is more than one column of it"),
        ("history.csv", "auc", b"epoch,auc\n1,0.5\n2\n", "line 3: 1 fields where 2 are expected"),
        ("history.csv", "auc", b"epoch,acc\n1,0.5\n", "'auc' is no column of it"),
        ("metrics/auc", "", b"0.5\n", "line 1: no `time value step`"),
        ("events.out.tfevents.1", "val/auc", EVENTS[:-1], "it is cut or spoiled at byte"),
        ("events.out.tfevents.1", "val/auc", EVENTS[:20] + b"x" + EVENTS[21:], "the checksum of the record at byte 0"),
    ],
)
def test_a_value_that_is_missing_doubled_or_cut_is_named(
    tmp_path: Path, name: str, value: str, data: bytes, why: str
) -> None:
    """And no number is made of it."""
    values, said = read(tmp_path, job(name, value), {name: data})
    assert (values, why in said) == ([], True), said


def test_exactly_one_file_is_meant(tmp_path: Path) -> None:
    """A placeholder stands for what differs from run to run; two files would be two values."""
    of = job("metrics-{timestamp}.json", "auc")
    one = {"metrics-20261201T1200.json": b'{"auc": 0.5}'}
    assert read(tmp_path, of, one) == ([0.5], "")
    assert "2 files of the output model fit" in read(tmp_path, of, {**one, "metrics-20261202.json": b"{}"})[1]
    assert "no file of the output model fit" in read(tmp_path, of, {"other.json": b"{}"})[1]
    assert read_outputs(of, (), tmp_path).unread == {"auc": "the output model can't be read: it is not there"}


@pytest.mark.parametrize(
    ("more", "judged"),
    [
        ({"take": Take.LAST}, 0.25),
        ({"take": Take.BEST}, 0.75),
        ({"take": Take.MIN}, 0.25),
        ({"take": Take.STEP, "step": 1}, 0.5),
    ],
)
def test_the_value_that_counts_stands_last(tmp_path: Path, more: dict[str, Any], judged: float) -> None:
    """As of a log; a step that stands twice has no value."""
    data = b"epoch,auc\n1,0.5\n2,0.75\n3,0.25\n"
    values, _ = read(tmp_path, job("h.csv", "auc", **more), {"h.csv": data})
    assert (values[:3], values[-1]) == ([0.5, 0.75, 0.25], judged)
    twice = read(tmp_path, job("h.csv", "auc", take=Take.STEP, step=1), {"h.csv": data + b"1,0.5\n"})
    assert twice == ([], "2 values at step 1, where one is expected")


def test_a_cut_log_says_nothing_of_a_metric_in_a_file(tmp_path: Path) -> None:
    """It is judged and its curve compared; what was not read has its reason in both."""
    of = job("m.json", "auc")
    curves = read_outputs(of, _left(tmp_path, b'{"auc": 0.5}'), tmp_path).curves
    log = LogFacts(1, 1, cut=True)
    runs = [replace(observed(side, metrics=curves), log=log) for side in Side]
    sample = metric_samples(of, [ObservedPair("p1", *runs)], [], [])["auc"]
    assert (sample.legacy, sample.candidate, sample.problems) == ((0.5,), (0.5,), ())
    assert sample.source == "auc of m.json in the output model"
    assert [finding.outcome for finding in check_curves(of, "p1", *runs)] == [Outcome.MATCH]
    unread = replace(runs[1], metrics={}, metrics_unread={"auc": "m.json: it is cut"})
    problems = metric_samples(of, [ObservedPair("p1", runs[0], unread)], [], [])["auc"].problems
    assert problems == ("pair p1: candidate was not read: m.json: it is cut",)
    assert [finding.outcome for finding in check_curves(of, "p1", runs[0], unread)] == [Outcome.INCONCLUSIVE]


def _left(folder: Path, data: bytes) -> tuple[OutputSeen, ...]:
    (folder / "kept").write_bytes(data)
    return (OutputSeen("model", declared=True, files=(OutputFile("m.json", len(data), "0" * 64, stored="kept"),)),)


def test_the_checksum_is_that_of_the_standard() -> None:
    """CRC-32C of `123456789` is e3069283 (RFC 3720, appendix B.4, and common use), masked as TensorFlow does."""
    crc = 0xE3069283
    assert masked_crc(b"123456789") == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
