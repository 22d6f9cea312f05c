"""FinalMetricDataList and CloudWatch's series of a training job, as they were kept: one value, or why there is none."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judge.cases import JOB
from observed import observed

from harness.backends.base import MetricAnswer
from harness.compare.metrics import check_curves, metric_samples
from harness.model.finding import Outcome
from harness.model.job import Side
from harness.model.metric import Better, Metric, Take
from harness.model.observation import MetricPoint, ObservedPair
from harness.runner.log_lines import LogLines, lines_with_gap
from harness.runner.metric_reading import MetricsRead, read_metrics
from harness.runner.metric_source import MetricEvidence

SINGLE_89 = 0.8899999856948853
"""0.89 as the service keeps it."""
REGEX = "auc=([0-9.]+)"
AUC = Metric("auc", REGEX, Better.HIGHER, 0.01, None)


def final(*entries: tuple[str, Any, str], **changes: Any) -> dict[str, Any]:
    """Describe a job that ended at 12:10, with these last values: name, value, time of the day."""
    return {
        "TrainingJobName": "j", "TrainingJobStatus": "Completed",
        "TrainingStartTime": "2026-12-01T12:00:00+00:00", "TrainingEndTime": "2026-12-01T12:10:00+00:00",
        "MetricDefinitions": [{"Name": "auc", "Regex": REGEX}],
        "FinalMetricDataList": [
            {"MetricName": name, "Value": value, "Timestamp": f"2026-12-01T{at}+00:00"} for name, value, at in entries
        ],
        **changes,
    }  # fmt: skip


DESCRIBED = final(("loss", 1.0, "12:09:59"), ("auc", SINGLE_89, "12:09:59"))
Row = tuple[str, int, float, float]
"""Minute, number, minimum and maximum."""


def series(*rows: Row, described: dict[str, Any] = DESCRIBED, **changes: Any) -> dict[str, Any]:
    """Give CloudWatch's answer of one metric, on two pages where it has more than one minute."""
    statistics = ("SampleCount", "Minimum", "Maximum")

    def page(rows: tuple[Row, ...], status: str) -> dict[str, Any]:
        results = [
            {
                "Id": f"q{n}", "StatusCode": status,
                "Timestamps": [f"2026-12-01T{row[0]}:00+00:00" for row in rows],
                "Values": [float(row[n + 1]) for row in rows],
            }
            for n in range(3)
        ]  # fmt: skip
        return {"MetricDataResults": results}

    pages = [page(rows[-1:], "Complete")]
    if len(rows) > 1:
        pages.insert(0, {**page(rows[:-1], "PartialData"), "NextToken": "t"})
    queries = {f"q{n}": ["auc", name] for n, name in enumerate(statistics)}
    return {"described": described, "period_seconds": 60, "queries": queries, "pages": pages, **changes}


def log_of(*values: str) -> LogLines:
    """Give the lines of a log that reports these."""
    return lines_with_gap("".join(f"auc={value}\n" for value in values).encode())


def read(source: str, document: Any, log: LogLines | None = None, metric: Metric = AUC) -> MetricsRead:
    """Read the metric of a candidate run from what was kept of a service's answer."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    job = replace(JOB, metrics=(replace(metric, sources={"candidate": source}),))
    evidence = MetricEvidence(Side.CANDIDATE, {}, Path(), log=log)
    return read_metrics(job, evidence, {source: MetricAnswer(source, data)})


def told(found: MetricsRead) -> tuple[list[float | None], str]:
    """Give the values, or why there are none."""
    return [point.value for point in found.curves.get("auc", ())], found.unread.get("auc", "")


def test_the_last_value_is_the_number_that_the_job_wrote() -> None:
    """Single precision is no number that anybody wrote; and the way there is not known."""
    found = read("final_metrics", {"described": DESCRIBED}, log_of("0.5", "0.89"))
    assert told(found) == ([0.89], "")
    assert found.unknown == {"auc": "FinalMetricDataList holds the last value only"}
    assert told(read("final_metrics", {"described": final()})) == ([], "")  # never reported
    assert told(read("final_metrics", {"described": final(("auc", 1, "12:09:59"))})) == ([1.0], "")


@pytest.mark.parametrize(
    ("described", "log", "why"),
    [
        (final(("auc", 0.5, "12:01:00"), ("auc", SINGLE_89, "12:09:59")), None, "FinalMetricDataList has 2 values"),
        (final(("auc", SINGLE_89, "12:09:59"), TrainingJobStatus="InProgress"), None, "the job was InProgress"),
        (final(("auc", SINGLE_89, "12:16:00")), None, "360 s after its end"),
        (final(("auc", SINGLE_89, "11:54:00")), None, "360 s before its start"),
        (final(("auc", SINGLE_89, "12:09:59")), log_of("0.89", "0.91"), "its log's last report is another, line 2"),
        (final(("auc", SINGLE_89, "12:09:59")), log_of("0.89", "nan"), "'nan' is reported last"),
        (final(("auc", 1.5, "12:09:59")), log_of("1.5e-3"), "the number goes on after '1.5'"),
        (final(), log_of("0.5", "0.89"), "has no value of it, and its log reports one in line 2"),
    ],
    ids=["doubled", "not ended", "after the end", "before the start", "stale", "a NaN later", "cut", "missing"],
)
def test_a_last_value_that_is_not_the_last_is_none(described: dict[str, Any], log: LogLines | None, why: str) -> None:
    """Told by name; the number that stands there is not taken."""
    values, said = told(read("final_metrics", {"described": described}, log))
    assert (values, why in said) == ([], True), said


@pytest.mark.parametrize("value", ["0.89", None, True, [0.89], {"n": 1}])
def test_what_is_no_number_is_reported_and_no_finite_number(value: Any) -> None:
    """A text that looks like a number is none."""
    assert told(read("final_metrics", {"described": final(("auc", value, "12:09:59"))})) == ([None], "")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_a_constant_of_python_is_no_finite_number(text: str) -> None:
    """As a client writes what a service answered."""
    data = json.dumps({"described": DESCRIBED}).replace(str(SINGLE_89), text).encode()
    assert told(read("final_metrics", data)) == ([None], "")


@pytest.mark.parametrize("source", ["final_metrics", "cloudwatch"])
@pytest.mark.parametrize(
    "spoiled", [b"", b"{", b"null", b"[]", b'{"described": 3}', b'{"described": {}, "described": {}}']
)
def test_an_answer_that_is_none_has_no_value(source: str, spoiled: bytes) -> None:
    """Empty, cut, of another shape, a key twice."""
    values, said = told(read(source, spoiled))
    assert (values, bool(said)) == ([], True)


def test_a_number_that_no_double_holds_is_refused() -> None:
    """1e400 would be infinite."""
    data = json.dumps({"described": DESCRIBED}).replace(str(SINGLE_89), "1e400").encode()
    values, said = told(read("final_metrics", data))
    assert (values, said.startswith("final_metrics: byte ")) == ([], True), said


def test_a_margin_below_single_precision_is_not_judged() -> None:
    """Rounding alone would be a difference."""
    fine = replace(AUC, margin_absolute=1e-9)
    assert "single precision" in told(read("final_metrics", {"described": DESCRIBED}, metric=fine))[1]
    assert "single precision" in told(read("cloudwatch", series(("12:09", 1, SINGLE_89, SINGLE_89)), metric=fine))[1]


WHOLE = (("12:08", 1, 0.5, 0.5), ("12:09", 1, SINGLE_89, SINGLE_89))
CROWDED = (("12:08", 3, 0.5, 0.75), ("12:09", 1, SINGLE_89, SINGLE_89))


def test_one_value_a_minute_is_the_whole_curve() -> None:
    """On two pages, in the order of time."""
    found = read("cloudwatch", series(*WHOLE), log_of("0.5", "0.89"))
    assert (told(found), found.unknown) == (([0.5, 0.89], ""), {})


@pytest.mark.parametrize(("take", "value"), [(Take.LAST, 0.89), (Take.MAX, 0.89), (Take.MIN, 0.5), (Take.BEST, 0.89)])
def test_a_crowded_minute_leaves_the_value_that_counts(take: Take, value: float) -> None:
    """Minimum and maximum of a minute are exact; how the metric went is not known."""
    found = read("cloudwatch", series(*CROWDED), log_of("0.5", "0.75", "0.6", "0.89"), replace(AUC, take=take))
    assert told(found) == ([value], "")
    assert found.unknown["auc"].endswith("and 1 minute hold different values")


@pytest.mark.parametrize(
    ("document", "log", "why"),
    [
        (series(("12:09", 2, 0.5, SINGLE_89)), None, "has 2 values from 0.5 to 0.89, and CloudWatch keeps no order"),
        (series(("12:08", 1, 0.5, 0.5)), None, "has not all of it: it ends at 2026-12-01T12:08:00+00:00"),
        (series(*WHOLE), log_of("0.5", "0.6", "0.89"), "CloudWatch has 2 values of it, and its log reports 3"),
        (series(*CROWDED), log_of("0.5", "0.89"), "some are of an earlier attempt, or doubled"),
        (series(*WHOLE, pages=series(*WHOLE)["pages"][:1]), None, "goes on after 1 pages"),
        (series(*WHOLE, pages=[]), None, "CloudWatch's answer is not there"),
        (series(*WHOLE, queries={}), None, "CloudWatch's answer is not there"),
        (series(*WHOLE, described=final(("auc", 0.75, "12:09:59"))), None, "FinalMetricDataList has 0.75"),
        (series(("12:09", 10**9, SINGLE_89, SINGLE_89)), None, "more than 100000 values"),
        (series(("12:09", 1, 0.9, 0.8)), None, "no whole numbers"),
    ],
    ids=["no order", "late", "fewer than logged", "more than logged", "cut pages", "no page", "not asked", "other",
         "far too many", "impossible"],
)  # fmt: skip
def test_a_series_that_is_late_doubled_or_cut_has_no_value(document: Any, log: LogLines | None, why: str) -> None:
    """Told by name."""
    values, said = told(read("cloudwatch", document, log))
    assert (values, why in said) == ([], True), said


def test_results_that_are_not_whole_are_refused() -> None:
    """A status that is not Complete at the end, times without values, a minute twice."""
    partial, cut, doubled = (series(*WHOLE[1:]) for _ in range(3))
    partial["pages"][-1]["MetricDataResults"][1]["StatusCode"] = "InternalError"
    cut["pages"][-1]["MetricDataResults"][2]["Values"] = []
    doubled["pages"].insert(0, series(("12:09", 1, 0.5, 0.5))["pages"][0])
    assert told(read("cloudwatch", partial))[1] == "CloudWatch's answer is InternalError, not Complete"
    assert "times and values are not of one number" in told(read("cloudwatch", cut))[1]
    assert "two values of Minimum for 2026-12-01T12:09" in told(read("cloudwatch", doubled))[1]


def test_a_source_that_gave_no_answer_is_told_with_its_trouble() -> None:
    """And one that nobody asked, as of runs that others started."""
    job = replace(JOB, metrics=(replace(AUC, sources={"candidate": "final_metrics"}),))
    evidence = MetricEvidence(Side.CANDIDATE, {}, Path())
    refused = {"final_metrics": MetricAnswer("final_metrics", None, "AccessDenied: no")}
    assert read_metrics(job, evidence, refused).unread == {"auc": "final_metrics: AccessDenied: no"}
    assert "nothing was asked" in read_metrics(job, evidence, {}).unread["auc"]
    assert read_metrics(job, replace(evidence, side=Side.LEGACY), {}).unread == {}  # it reads its log


def test_the_sides_of_a_pair_are_read_from_their_own_sources() -> None:
    """Legacy's log and candidate's last value are one pair; how it went is INCONCLUSIVE by name and only informs."""
    job = replace(JOB, metrics=(replace(AUC, sources={"candidate": "final_metrics"}),))
    found = read("final_metrics", {"described": DESCRIBED})
    legacy = observed(Side.LEGACY, metrics={"auc": (MetricPoint(0.5, 0), MetricPoint(0.89, 1))})
    candidate = replace(observed(Side.CANDIDATE), metrics=found.curves, curves_unknown=found.unknown)
    sample = metric_samples(job, [ObservedPair("p", legacy, candidate)], [], [])["auc"]
    assert (sample.legacy, sample.candidate, sample.problems) == ((0.89,), (0.89,), ())
    assert sample.source == "legacy: last value in the log, candidate: final_metrics"
    (curve,) = check_curves(job, "p", legacy, candidate)
    assert (curve.outcome, curve.required) == (Outcome.INCONCLUSIVE, False)
    assert curve.summary == "how auc went on candidate is not known: FinalMetricDataList holds the last value only"


def test_single_precision_is_what_the_literal_says() -> None:
    """The control of the literals above."""
    assert struct.unpack("f", struct.pack("f", 0.89))[0] == SINGLE_89
