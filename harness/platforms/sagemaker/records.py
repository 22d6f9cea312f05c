"""Any JSON that someone may hold for a job's record → its facts, and whether they only hint. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.clock import Time
from harness.platforms.sagemaker import translate

JOB_EVENTS = frozenset(
    f"SageMaker {kind} Job State Change" for kind in ("Training", "Processing", "Transform", "HyperParameter Tuning")
)

LISTS = (
    "TrainingJobSummaries", "ProcessingJobSummaries", "TransformJobSummaries", "HyperParameterTuningJobSummaries",
    "Results",
)  # fmt: skip
"""Keys under which ListTrainingJobs and its like, and Search, have their items."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One reply or event about one job of any kind."""

    name: str
    facts: translate.Facts
    hint: bool
    """An EventBridge event: its ending is believed from a description only (T20)."""
    id: str = ""
    """Of the event; the bus may deliver one twice."""
    sent: Time | None = None
    """When the service sent the event."""


def read_record(value: Mapping[str, object]) -> JobRecord | None:
    """Read a Describe reply or an EventBridge event; None: it is no job's but, say, an endpoint's or a pipeline's."""
    hint = "detail-type" in value
    facts = value.get("detail") if hint else value
    if not isinstance(facts, Mapping) or (hint and str(value["detail-type"]) not in JOB_EVENTS):
        return None
    name = translate.name_of(facts)
    if not name:
        return None
    return JobRecord(
        name, facts, hint, str(value.get("id") or ""), translate.read_time(value.get("time")) if hint else None
    )


def kind_by_arn(value: Mapping[str, object]) -> str:
    """Name what a record is of by the first ARN in it, such as `endpoint`; empty where there is none."""
    arn = next((str(each) for name, each in value.items() if name.endswith("Arn")), "")
    return arn.split(":")[5].partition("/")[0] if arn.count(":") >= 5 else ""  # noqa: PLR2004 - arn:partition:service:region:account:resource
