"""A metric of a job: where its numbers stand, which of them counts, and how far they may differ. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LOG = "log"
"""Source of a metric that is read from the log."""
FILE = "file"
"""Source of a metric that stands in a file of an output."""
MLFLOW = "mlflow"
"""Source of a metric of a run in an MLflow tracking server."""


class Better(StrEnum):
    """Which way a metric improves."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Score(StrEnum):
    """How a metric is computed from label and prediction of every test example."""

    AUC = "auc"
    ACCURACY = "accuracy"
    ABSOLUTE_ERROR = "absolute-error"
    SQUARED_ERROR = "squared-error"


@dataclass(frozen=True, slots=True)
class Examples:
    """The table of test examples that a metric is computed from; rows are paired by the key of the output's rule."""

    output: str
    file: str
    """Its name inside the output."""
    label: str
    """Column."""
    prediction: str
    """Column."""
    score: Score


class NumberForm(StrEnum):
    """How a job writes a number into its log."""

    POINT = "point"
    COMMA = "comma"
    """Decimal comma: 1.234,5."""
    THOUSANDS = "thousands"
    """Decimal point, thousands apart: 1,234.5."""
    PERCENT = "percent"
    """93.4% is read as 0.934."""


class Take(StrEnum):
    """Which report of a metric counts."""

    LAST = "last"
    BEST = "best"
    """By `better`."""
    MIN = "min"
    MAX = "max"
    STEP = "step"
    """The report at one training step, by its number."""


@dataclass(frozen=True, slots=True)
class MetricFile:
    """Where a metric stands in a file of an output."""

    output: str
    name: str
    """A pattern that one file fits."""
    value: str
    """A path in JSON, a column of CSV, a tag of TensorBoard; empty for a metric's file of MLflow."""


@dataclass(frozen=True, slots=True)
class MlflowPlace:
    """Where a metric stands in an MLflow tracking server, of the run that has our run's tag."""

    uri: str
    """Of the server: https://host or http://host:port."""
    experiment: str
    """Name of the experiment that the run is in."""
    key: str = ""
    """Of the metric there; empty: its own name."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a job reports or its examples give, with the largest difference its owner accepts."""

    name: str
    regex: str
    """Group 1 is the number, as in SageMaker's MetricDefinitions; not looked for where examples give the metric."""
    better: Better
    margin_absolute: float | None
    margin_relative: float | None
    critical: bool = True
    examples: Examples | None = None
    margin_reason: str = ""
    """Why a relative margin is above 100 %; shown on the first page."""
    number: NumberForm = NumberForm.POINT
    take: Take = Take.LAST
    step: int | None = None
    """The step that counts with `take: step`."""
    target: str = ""
    """`>= NUMBER` or `<= NUMBER`: the metric is the first step whose report reaches it; empty: a report counts."""
    rank: int | None = None
    """Of the process whose reports count; None: the only one, or rank 0 of SageMaker's MPI launcher."""
    file: MetricFile | None = None
    """Where it stands in a file of an output, on sides that read it from there."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """By side, the name of a source of metrics; a side without one reads what is declared of file and MLflow, or else
    its log."""
    mlflow: MlflowPlace | None = None
    """Where it stands in a tracking server, on sides that read it from there."""

    def source_on(self, side: str) -> str:
        """Name the source that a side reads it from."""
        declared = FILE if self.file is not None else MLFLOW if self.mlflow is not None else LOG
        return self.sources.get(side) or declared
