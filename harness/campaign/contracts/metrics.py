"""What a source of metrics must hold: it makes no number of what is not there or can't be read, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.config.registered import metric_source_names
from harness.model.job import Side
from harness.model.metric import LOG, Better, Metric, MetricFile
from harness.runner.metric_source import MetricCurve, MetricEvidence, MetricSource, UnreadMetric

_ANSWERS = (b"", b"\x00\xff", b"null", b"[]", b"{}", b'{"described": 1}', b'{"described": {}}', b'{"a": 1', b"NaN")
"""Answers that no service gives, or that are cut."""
_METRIC = Metric("parity-contract", "x=(.)", Better.HIGHER, 0.1, None, file=MetricFile("model", "*", "x"))


def of_metric_source(source: MetricSource) -> Iterator[str]:
    """Say what is wrong with a source of metrics."""
    if source.name == LOG:
        yield f"the name {LOG} means the log"
    if source.name not in metric_source_names():
        yield "its name is not in the schema of repos.yaml"
    with TemporaryDirectory(prefix="parity-contract-") as folder:
        for answer in (None, *_ANSWERS):
            evidence = MetricEvidence(Side.LEGACY, {}, Path(folder), answer)
            found = _read(source, evidence)
            if found != _read(source, evidence):
                yield f"it gives another answer for the same evidence: {answer!r}"
            if isinstance(found, str) and not found:
                yield f"it does not say why it read nothing: {answer!r}"
            if isinstance(found, MetricCurve) and found.values:
                yield f"it makes a number of an answer that holds none: {answer!r}"


def _read(source: MetricSource, evidence: MetricEvidence) -> MetricCurve | str:
    try:
        return source.read(_METRIC, evidence)
    except UnreadMetric as error:
        return str(error)
