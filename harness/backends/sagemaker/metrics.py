"""What SageMaker kept of a training job's metrics: FinalMetricDataList, and CloudWatch's series; kept as it came."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.backends.aws import Clients, mapped
from harness.backends.base import Handle, MetricAnswer
from harness.backends.sagemaker.limiter import Limiter
from harness.backends.sagemaker.reach import describe
from harness.errors import LATER, BackendError
from harness.model.clock import Clock, Deadline
from harness.model.job import Job
from harness.platforms.sagemaker.metrics import asked_sources

NAMESPACE = "/aws/sagemaker/TrainingJobs"
"""Of what the service reads from logs (developer guide, "Monitor a training job with metrics")."""
DIMENSION = "TrainingJobName"
PERIOD_SECONDS = 60
"""The finest period that CloudWatch keeps for 15 days (user guide, "Metrics retention")."""
STATISTICS = ("SampleCount", "Minimum", "Maximum")
"""Of 40 metrics at most (sagemaker.md): fewer than the 500 queries that one GetMetricData call may have."""
PAGES_MAX = 200
LAG_SECONDS = 120.0
"""A value is in CloudWatch two minutes after it was put there (user guide: "up to two minutes")."""
POLL_SECONDS = 10.0
AROUND = timedelta(minutes=5)
"""Looked at before a job's start and after its end: clocks differ."""
_KEPT = (
    "TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "SecondaryStatus", "CreationTime", "TrainingStartTime",
    "TrainingEndTime", "LastModifiedTime", "FinalMetricDataList",
)  # fmt: skip
"""Members of a Describe that say something of metrics; environment and parameters are not among them."""

Facts = dict[str, Any]


def fetch_metrics(
    clients: Clients, limiter: Limiter, handle: Handle, job: Job, *, clock: Clock
) -> tuple[MetricAnswer, ...]:
    """Ask the service for what the side's metrics name; what it refuses is the trouble of that source.

    Raises:
        Throttled, Unavailable, Unreachable: whoever asks again may be answered.
    """
    asked = asked_sources(job, handle.run.side)
    if not asked:
        return ()
    try:
        described = _described(clients, limiter, handle)
    except LATER:
        raise
    except BackendError as error:
        return tuple(MetricAnswer(source, None, str(error)) for source in sorted(asked))
    answers = []
    if "final_metrics" in asked:
        answers.append(MetricAnswer("final_metrics", _json({"described": described})))
    if "cloudwatch" in asked:
        names = [m.name for m in job.reported_metrics if m.source_on(handle.run.side) == "cloudwatch"]
        answers.append(_series(clients, described, names, clock))
    return tuple(answers)


def _described(clients: Clients, limiter: Limiter, handle: Handle) -> Facts:
    limiter.wait(threading.Event())
    with mapped(f"metrics of {handle.native['name']}"):
        facts = describe(clients("sagemaker"), handle.native["kind"], handle.native["name"])
    algorithm = facts.get("AlgorithmSpecification")
    definitions = algorithm.get("MetricDefinitions", []) if isinstance(algorithm, dict) else []
    return {name: facts[name] for name in _KEPT if name in facts} | {"MetricDefinitions": definitions}


def _series(clients: Clients, described: Facts, names: Sequence[str], clock: Clock) -> MetricAnswer:
    """Ask CloudWatch, and again until the last values that Describe knows of are there."""
    queries = [(name, statistic) for name in names for statistic in STATISTICS]
    deadline = Deadline.after(clock, LAG_SECONDS)
    try:
        while True:
            pages = _pages(clients, described, queries)
            if _arrived(described, names, pages) or not deadline.left(clock):
                break
            clock.wait(threading.Event(), POLL_SECONDS)
    except LATER:
        raise
    except BackendError as error:
        return MetricAnswer("cloudwatch", None, str(error))
    asked = {_id(number): list(query) for number, query in enumerate(queries)}
    data = {"described": described, "period_seconds": PERIOD_SECONDS, "queries": asked, "pages": pages}
    return MetricAnswer("cloudwatch", _json(data))


def _pages(clients: Clients, described: Facts, queries: Sequence[tuple[str, str]]) -> list[Facts]:
    """Read all pages; an answer that goes on beyond the bound keeps its last token, which says so."""
    job, pages, token = str(described["TrainingJobName"]), list[Facts](), ""
    asked = [_query(job, number, *query) for number, query in enumerate(queries)]
    while len(pages) < PAGES_MAX and (token or not pages):
        with mapped(f"CloudWatch metrics of {job}"):
            reply = clients("cloudwatch").get_metric_data(
                MetricDataQueries=asked,
                ScanBy="TimestampAscending",
                **_times(described),
                **({"NextToken": token} if token else {}),
            )
        pages.append({key: reply[key] for key in ("MetricDataResults", "Messages", "NextToken") if key in reply})
        token = reply.get("NextToken", "")
    return pages


def _query(job: str, number: int, name: str, statistic: str) -> Facts:
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": [{"Name": DIMENSION, "Value": job}]}
    return {"Id": _id(number), "MetricStat": {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": statistic}}


def _id(number: int) -> str:
    return f"q{number}"


def _times(described: Facts) -> dict[str, datetime]:
    """Give the time to look at, in whole minutes, as CloudWatch wants it."""
    begin, end = (_time(described, *names) for names in (("TrainingStartTime", "CreationTime"), _ENDS))
    return {"StartTime": _minute(begin - AROUND), "EndTime": _minute(end + AROUND)}


_ENDS = ("TrainingEndTime", "LastModifiedTime", "CreationTime")


def _time(described: Facts, *names: str) -> datetime:
    found = next((described[name] for name in names if name in described), None)
    if not isinstance(found, datetime):
        message = f"metrics of {described.get('TrainingJobName')}: Describe names none of {', '.join(names)}"
        raise BackendError(message)
    return found


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _arrived(described: Facts, names: Sequence[str], pages: Sequence[Facts]) -> bool:
    """Tell whether CloudWatch holds the minute of every last value that Describe names."""
    last: dict[str, datetime] = {}
    for result in (result for page in pages for result in page["MetricDataResults"]):
        name, times = names[int(result["Id"][1:]) // len(STATISTICS)], result["Timestamps"]
        last[name] = max([*times, *([last[name]] if name in last else [])], default=_NEVER)
    finals = {final["MetricName"]: final["Timestamp"] for final in described.get("FinalMetricDataList", ())}
    return all(last.get(name, _NEVER) >= _minute(finals[name]) for name in names if name in finals)


_NEVER = datetime.min.replace(tzinfo=UTC)


def _json(value: Facts) -> bytes:
    """Write what a client read; times as ISO text, and a NaN as Python writes it."""
    return json.dumps(value, default=_iso, sort_keys=True).encode()


def _iso(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
