"""A container's log on its way to CloudWatch, and the metrics that the service reads from it."""

from __future__ import annotations

import hashlib
import math
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.bounded.pattern import NotSearched, PatternRefused, first_groups
from harness.sandbox.aws.emulator import open_stream, put_lines, put_metric
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.rules import parts
from harness.sandbox.aws.states import Kind, Metric

METRICS = "/aws/sagemaker/TrainingJobs"
"""The namespace of what is read from logs (developer guide, "monitor metrics")."""
CHUNK_BYTES = 1024 * 1024
LINE_MAX = 256 * 1024 - 26
"""One CloudWatch event holds 256 KB less 26 bytes (CloudWatch Logs API)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a container's log; the time is the node's, in epoch seconds."""

    at: float
    text: str


class Follower:
    """Reads a growing log (time, stream, F, text) piece by piece, whole lines only."""

    def __init__(self, path: Path) -> None:
        """Start at its beginning; it may not be there yet."""
        self._path = path
        self._offset = 0

    def read(self) -> list[Line]:
        """Give the lines that came since the last time, at most a chunk."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(CHUNK_BYTES)
        except FileNotFoundError:
            return []
        whole = chunk[: chunk.rfind(b"\n") + 1]
        if not whole and len(chunk) == CHUNK_BYTES:
            whole = chunk  # one line longer than a chunk: cut
        self._offset += len(whole)
        return [_line(raw) for raw in whole.decode("utf-8", "replace").split("\n") if raw]


def _line(raw: str) -> Line:
    head = raw.split(" ", 3)
    try:
        return Line(datetime.fromisoformat(head[0][:26] + "+00:00").timestamp(), head[3])
    except (ValueError, IndexError):  # the rest of a line that was cut
        return Line(0.0, raw)


class Metrics:
    """The values of each defined metric: group 1 of its regular expression, numbers only; each goes to CloudWatch."""

    def __init__(self, job: Job) -> None:
        """Take the job's definitions; one that is no regular expression finds nothing."""
        definitions = parts(job.request, "AlgorithmSpecification", "MetricDefinitions")
        self._home, self._dimension = job.home, ("TrainingJobName", job.name)
        self._definitions = [(str(definition["Name"]), str(definition["Regex"])) for definition in definitions]
        self._names = tuple(name for name, _ in self._definitions)
        self._last: dict[str, Metric] = {}

    def look(self, lines: Sequence[Line]) -> None:
        """Search new lines; a definition that can't be searched for in its time finds nothing more."""
        for definition in tuple(self._definitions):
            name, regex = definition
            try:
                groups = first_groups(regex, [line.text for line in lines])
            except (PatternRefused, NotSearched):
                self._definitions.remove(definition)
                continue
            for line, group in zip(lines, groups, strict=True):
                value = _number(group)
                if value is not None:
                    self._last[name] = Metric(name, value, int(line.at))
                    put_metric(self._home, METRICS, name, self._dimension, value=value, at=line.at)

    def final(self) -> tuple[Metric, ...]:
        """Give the last values, in order of definition."""
        return tuple(self._last[name] for name in self._names if name in self._last)


def _number(text: str | None) -> float | None:
    """Read a number as the service keeps it: in single precision."""
    try:
        value: float = struct.unpack("f", struct.pack("f", float(text or "")))[0]
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def stream_name(job: Job, host: str, started: float) -> str:
    """Name a container's stream: a transform job's by its instance, any other by its host."""
    if job.kind is Kind.TRANSFORM:
        host = "i-" + hashlib.sha256(f"{job.arn}{host}".encode()).hexdigest()[:17]
    return f"{job.name}/{host}-{int(started)}"


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\t]")


def escaped(text: str) -> str:
    """Write control characters as SageMaker's log agent does: # and three octal digits, so a tab is #011."""
    return _CONTROL.sub(lambda match: f"#{ord(match[0]):03o}", text)


class LogStream:
    """One container's stream: group by kind of job, `<job>/<host>-<epoch seconds>`."""

    def __init__(self, job: Job, log: Path, started: float, host: str) -> None:
        """Open it; the stream exists from the first instruction on, not before."""
        self._job = job
        self._group = f"/aws/sagemaker/{job.kind.word}Jobs"
        self.name = stream_name(job, host, started)
        self._follower = Follower(log)
        self._last = started
        open_stream(job.home, self._group, self.name)

    def carry(self, also: Callable[[Sequence[Line]], None]) -> None:
        """Carry all lines that are there, and show them to somebody else too."""
        while lines := self._follower.read():
            events = []
            for line in lines:
                self._last = max(self._last, line.at)
                if line.text.strip():  # CloudWatch takes no empty message
                    events.append((int(self._last * 1000), escaped(line.text)[:LINE_MAX]))
            if events:
                put_lines(self._job.home, self._group, self.name, events)
            also(lines)
