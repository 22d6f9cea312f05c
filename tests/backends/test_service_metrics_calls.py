"""What the backend asks SageMaker and CloudWatch for metrics, and what it makes of pages, late values and refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from backends.candidate_sample import order, repository
from botocore.stub import ANY, Stubber

from harness.backends.aws import Account, Clients
from harness.backends.base import Handle, MetricAnswer
from harness.backends.sagemaker.limiter import Limiter
from harness.backends.sagemaker.metrics import LAG_SECONDS, fetch_metrics
from harness.errors import Throttled
from harness.model.clock import SystemClock
from harness.model.job import Side
from harness.runner.metric_reading import MetricsRead, read_metrics
from harness.runner.metric_source import MetricEvidence
from harness.runner.single_precision import single

BEGIN = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
MINUTES = 1_200
"""Of a job that reports once a minute."""


class Hurried(SystemClock):
    """Waits for nothing, and counts what was waited."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.waited = 0.0

    def monotonic(self) -> float:
        """Give what was waited."""
        return self.waited

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait."""
        self.waited += seconds
        return event.is_set()


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Make clients whose answers are scripted, and that don't ask twice."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    return Clients(Account("123456789012", "us-east-1", None, "http://127.0.0.1:9"), attempts_max=1)


@contextmanager
def scripted(clients: Clients, service: str) -> Iterator[Stubber]:
    """Answer a service's calls in order, each checked against the service's own model."""
    with Stubber(clients(service)) as stub:
        yield stub
        stub.assert_no_pending_responses()


ASKED = dict.fromkeys(("MetricDataQueries", "ScanBy", "StartTime", "EndTime"), ANY)


def described(last: float) -> dict[str, Any]:
    """Describe a job that ended."""
    end = BEGIN + timedelta(minutes=MINUTES)
    return {
        "TrainingJobName": "j", "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/j",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"}, "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed", "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"VolumeSizeInGB": 1}, "StoppingCondition": {}, "CreationTime": BEGIN,
        "TrainingStartTime": BEGIN, "TrainingEndTime": end, "HyperParameters": {"password": "hunter2"},
        "FinalMetricDataList": [
            {"MetricName": "auc", "Value": last, "Timestamp": end - timedelta(seconds=30)}
        ],
    }  # fmt: skip


def page(first: int, last: int, token: str = "") -> dict[str, Any]:
    """Give a page of a series of one value a minute."""
    times = [BEGIN + timedelta(minutes=minute) for minute in range(first, last)]
    values = [single(minute / 1_000) for minute in range(first, last)]
    rows = ([1.0] * len(values), values, values)
    status = "PartialData" if token else "Complete"
    results = [
        {"Id": f"q{n}", "Label": "auc", "Timestamps": times, "Values": row, "StatusCode": status}
        for n, row in enumerate(rows)
    ]
    return {"MetricDataResults": results, **({"NextToken": token} if token else {})}


def fetched(clients: Clients, folder: Path, source: str, clock: SystemClock) -> tuple[MetricsRead, MetricAnswer]:
    """Fetch and read the metric of a run."""
    metric = {"better": "higher", "margin": {"absolute": 0.01}, "source": {"candidate": source}}
    given = order(repository(folder, {"metrics": {"auc": metric}}), Side.CANDIDATE)
    handle = Handle(given.run, {"name": "j", "kind": "training"})
    (answer,) = fetch_metrics(clients, Limiter(clock), handle, given.job, clock=clock)
    evidence = MetricEvidence(Side.CANDIDATE, {}, folder)
    return read_metrics(given.job, evidence, {source: answer}), answer


def test_a_long_series_comes_in_pages(clients: Clients, tmp_path: Path) -> None:
    """1,200 values on three pages; nothing of a job's parameters is kept."""
    with scripted(clients, "sagemaker") as sagemaker, scripted(clients, "cloudwatch") as cloudwatch:
        sagemaker.add_response("describe_training_job", described((MINUTES - 1) / 1_000), {"TrainingJobName": "j"})
        cloudwatch.add_response("get_metric_data", page(0, 500, "a"))
        cloudwatch.add_response(
            "get_metric_data", page(500, 1_000, "b"), {**dict.fromkeys(ASKED, ANY), "NextToken": "a"}
        )
        cloudwatch.add_response(
            "get_metric_data", page(1_000, MINUTES), {**dict.fromkeys(ASKED, ANY), "NextToken": "b"}
        )
        found, answer = fetched(clients, tmp_path, "cloudwatch", Hurried())
    assert [point.value for point in found.curves["auc"]] == [minute / 1_000 for minute in range(MINUTES)]
    assert b"hunter2" not in (answer.data or b"")


def test_a_late_value_is_waited_for_and_never_taken_for_the_last(clients: Clients, tmp_path: Path) -> None:
    """CloudWatch gathers late; what has not come within two minutes leaves no value."""
    with scripted(clients, "sagemaker") as sagemaker, scripted(clients, "cloudwatch") as cloudwatch:
        sagemaker.add_response("describe_training_job", described((MINUTES - 1) / 1_000))
        cloudwatch.add_response("get_metric_data", page(0, 100))
        cloudwatch.add_response("get_metric_data", page(0, MINUTES))
        clock = Hurried()
        found, _ = fetched(clients, tmp_path, "cloudwatch", clock)
        assert (found.curves["auc"][-1].value, clock.waited) == ((MINUTES - 1) / 1_000, 10.0)
    with scripted(clients, "sagemaker") as sagemaker, scripted(clients, "cloudwatch") as cloudwatch:
        sagemaker.add_response("describe_training_job", described((MINUTES - 1) / 1_000))
        for _ in range(13):
            cloudwatch.add_response("get_metric_data", page(0, 100))
        clock = Hurried()
        found, _ = fetched(clients, tmp_path, "cloudwatch", clock)
        assert (found.curves, clock.waited) == ({}, LAG_SECONDS)
    assert "CloudWatch has not all of it" in found.unread["auc"]


def test_a_refusal_is_the_trouble_of_its_source_and_throttling_is_asked_again(clients: Clients, tmp_path: Path) -> None:
    """Whoever fetches asks three times in all; rights that are missing will be so the next time."""
    with scripted(clients, "sagemaker") as sagemaker:
        sagemaker.add_client_error("describe_training_job", "AccessDeniedException", "no", 400)
        assert fetched(clients, tmp_path, "final_metrics", Hurried())[0].unread == {
            "auc": "final_metrics: metrics of j: AccessDeniedException: no"
        }
        sagemaker.add_client_error("describe_training_job", "ThrottlingException", "slow down", 400)
        with pytest.raises(Throttled, match="slow down"):
            fetched(clients, tmp_path, "final_metrics", Hurried())
    with scripted(clients, "sagemaker") as sagemaker, scripted(clients, "cloudwatch") as cloudwatch:
        sagemaker.add_response("describe_training_job", described(0.5))
        cloudwatch.add_client_error("get_metric_data", "AccessDenied", "no", 403)
        found, answer = fetched(clients, tmp_path, "cloudwatch", Hurried())
    assert (found.unread["auc"], answer.data) == ("cloudwatch: CloudWatch metrics of j: AccessDenied: no", None)


def test_the_answer_is_kept_as_it_came(clients: Clients, tmp_path: Path) -> None:
    """Single precision is undone when it is read, not when it is kept."""
    with scripted(clients, "sagemaker") as sagemaker:
        sagemaker.add_response("describe_training_job", described(0.8899999856948853))
        found, answer = fetched(clients, tmp_path, "final_metrics", Hurried())
    assert found.curves["auc"][0].value == 0.89
    final = json.loads(answer.data or b"")["described"]["FinalMetricDataList"]
    assert final == [{"MetricName": "auc", "Value": 0.8899999856948853, "Timestamp": "2026-12-02T07:59:30+00:00"}]
