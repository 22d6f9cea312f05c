"""FinalMetricDataList of DescribeTrainingJob: the last value of each metric, in single precision."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.metric import Metric
from harness.runner.described_metrics import document_of, final_of, refuse_stale, reported
from harness.runner.metric_source import MetricCurve, MetricEvidence, MetricSource
from harness.runner.single_precision import refuse_too_fine

NAME = "final_metrics"
UNKNOWN = "FinalMetricDataList holds the last value only"


def read_final(metric: Metric, of: MetricEvidence) -> MetricCurve:
    """Read the last value; what the log of the run says otherwise leaves none.

    Raises:
        UnreadMetric: see `final_of`, `refuse_stale` and `refuse_too_fine`.
    """
    described = document_of(of.answer, NAME)["described"]
    assert isinstance(described, Mapping)  # noqa: S101 # nosec B101 # `document_of` looked
    final = final_of(described, metric.name)
    refuse_stale(final, reported(described, metric, of.log))
    if final is None:
        return MetricCurve(())
    refuse_too_fine(metric, final.value)
    return MetricCurve(((None, final.value),), UNKNOWN)


SOURCE = MetricSource(NAME, read_final, asked=True)
