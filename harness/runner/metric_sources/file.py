"""Metrics that stand in files of outputs: JSON, JSON lines, CSV, MLflow and TensorBoard.

Files come from jobs: they are read strictly, up to a bound, and a value that is missing, doubled or cut has no number.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from harness.fields.placeholders import matches
from harness.model import strict_json
from harness.model.job import Json, Side
from harness.model.metric import FILE, Metric, MetricFile
from harness.model.observation import OutputFile, OutputSeen
from harness.runner.metric_source import MetricCurve, MetricEvidence, MetricSource, UnreadMetric, Values
from harness.runner.single_precision import refuse_too_fine
from harness.runner.tensorboard import BadEvents, scalars

BYTES_MAX = 64 * 1024 * 1024
"""Of one file; a curve of a million points has half of it."""
LINES = (".jsonl", ".ndjson")
_NO_END = "its last line has no end, so its last number may be cut: end the file with a line end"
EVENTS = "tfevents"
"""In the names of TensorBoard's event files."""


def read_file(metric: Metric, of: MetricEvidence) -> MetricCurve:
    """Read a metric from the file of an output that is declared for it.

    Raises:
        UnreadMetric: the file can't be read to its end, or is not the one that is meant.
    """
    assert metric.file is not None  # noqa: S101 # nosec B101 # a rule of the configuration
    values = _curve(metric.file, of.outputs.get(metric.file.output), of.campaign)
    if EVENTS in metric.file.name and len({metric.source_on(side) for side in Side}) > 1:
        for _, value in values:  # the other side's numbers were not rounded so
            refuse_too_fine(metric, value)
    return MetricCurve(values)


def _curve(of: MetricFile, output: OutputSeen | None, campaign: Path) -> Values:
    file = _file(of, output)
    try:
        with (campaign / file.stored).open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    except OSError as error:
        message = f"{file.name}: {error.strerror}"
        raise UnreadMetric(message) from error
    if len(data) > BYTES_MAX:
        message = f"{file.name}: more than {BYTES_MAX} bytes"
        raise UnreadMetric(message)
    try:
        return tuple(_values(of, file.name, data))
    except (strict_json.StrictError, BadEvents, UnicodeDecodeError, csv.Error, ValueError) as error:
        message = f"{file.name}: {error}"
        raise UnreadMetric(message) from error


def _file(of: MetricFile, output: OutputSeen | None) -> OutputFile:
    """Find the one file that is meant."""
    if output is None or output.absent or output.damage:
        why = output.damage if output is not None and output.damage else "it is not there"
        message = f"the output {of.output} can't be read: {why}"
        raise UnreadMetric(message)
    fitting = [file for file in output.files if file.sha256 and matches(file.name, of.name)]
    if len(fitting) != 1:
        count = f"{len(fitting)} files" if fitting else "no file"
        message = f"{count} of the output {of.output} fit {of.name}, where one is expected"
        raise UnreadMetric(message)
    if not fitting[0].stored:
        message = f"{fitting[0].name}: its payload was not kept"
        raise UnreadMetric(message)
    return fitting[0]


def _values(of: MetricFile, name: str, data: bytes) -> Iterator[tuple[int | None, float | None]]:
    suffix = PurePosixPath(name).suffix.lower()
    if EVENTS in PurePosixPath(name).name:
        yield from scalars(data, of.value)
    elif suffix in LINES:
        for line in data.splitlines():
            if line.strip():
                found = list(_at(strict_json.read(line, constants=True), of.value))
                yield from ((_step(line), value) for value in found)
    elif suffix == ".csv":
        yield from _column(data, of.value)
    elif suffix == ".json":
        found = list(_at(strict_json.read(data, constants=True), of.value))
        if not found:
            message = f"{of.value} is not in it"
            raise ValueError(message)
        yield from ((None, value) for value in found)
    else:
        yield from _mlflow(data)


def _at(value: Json, path: str) -> Iterator[float | None]:
    """Give the number at a path such as `$.test.auc` or `auc`; of a list, each of its numbers."""
    for step in path.removeprefix("$.").split("."):
        if not isinstance(value, Mapping) or step not in value:
            return
        value = value[step]
    yield from (_number(item) for item in (value if isinstance(value, list) else [value]))


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _step(line: bytes) -> int | None:
    document = strict_json.read(line, constants=True)
    named = [document.get(key) for key in ("step", "epoch", "iteration")] if isinstance(document, Mapping) else []
    return next((step for step in named if isinstance(step, int) and not isinstance(step, bool)), None)


def _column(data: bytes, column: str) -> Iterator[tuple[int | None, float | None]]:
    """Read a column of a table with a header; a row with another number of fields is refused."""
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    header = next(reader, [])
    if header.count(column) != 1:
        message = f"{column!r} is {'no' if column not in header else 'more than one'} column of it"
        raise ValueError(message)
    at = header.index(column)
    steps = next((header.index(name) for name in ("step", "epoch", "iteration") if name in header), None)
    if at == len(header) - 1 and not data.endswith((b"\n", b"\r")):
        raise ValueError(_NO_END)
    for row in reader:
        if not row:
            continue
        if len(row) != len(header):
            message = f"line {reader.line_num}: {len(row)} fields where {len(header)} are expected"
            raise ValueError(message)
        step = int(row[steps]) if steps is not None and row[steps].isdecimal() else None
        yield step, _parsed(row[at])


def _mlflow(data: bytes) -> Iterator[tuple[int | None, float | None]]:
    """Read a metric's file of an MLflow run: time, value and step a line (mlflow/store/tracking/file_store.py)."""
    if data and not data.endswith(b"\n"):
        raise ValueError(_NO_END)
    for number, line in enumerate(data.decode().splitlines(), 1):
        fields = line.split(" ")
        if len(fields) not in {2, 3, 5} or not fields[0].isdecimal() or not all(map(str.isdecimal, fields[2:3])):
            message = f"line {number}: no `time value step`, as a metric's file of MLflow has"
            raise ValueError(message)
        yield int(fields[2]) if len(fields) > 2 else None, _parsed(fields[1])  # noqa: PLR2004 - with its step


def _parsed(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


SOURCE = MetricSource(FILE, read_file)
