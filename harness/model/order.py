"""One run to submit, and the places in S3 that it is given. Values only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.model.document import Mutation
from harness.model.job import Job, Side
from harness.model.metric import MLFLOW
from harness.model.plan import Identity, Run


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A part of a listing that can be asked for again."""

    after: str
    """The key that it begins after; empty: the first one."""
    objects: int
    sha256: str
    """Over key, size and entity tag of each object."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lay at an input's place when its pair was staged: neither run may start its command on anything else."""

    pages: tuple[ListedPage, ...]
    cut: int | None
    """How much of each key comes before an object's name in the input's folder; None: not the same of all."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run to submit: everything the platform object is made from."""

    campaign: str
    run: Run
    job: Job
    identity: Identity
    mutations: tuple[Mutation, ...] = ()
    """What the plan says is changed of the side's document; empty where the job has none."""
    listings: Mapping[str, Listing] = field(default_factory=dict)
    """By input, the same for both runs of a pair; one that is not there is not looked at before the command."""


MLFLOW_TAG = "parity.run"
"""Tag of a run in MLflow; its value is the run's name on its platform, which no other campaign's run has."""
MLFLOW_CONTEXT = "MLFLOW_RUN_CONTEXT"
"""Variable that holds tags for every run that MLflow's client starts, as JSON (mlflow/tracking/context)."""


def tagged(job: Job, run: Run) -> Job:
    """Let MLflow's client tag what a run logs, where its side reads a metric from MLflow."""
    if not reads_mlflow(job, run.side):
        return job
    own = job.sides[run.side]
    tags = {**json.loads(own.environment.get(MLFLOW_CONTEXT) or "{}"), MLFLOW_TAG: run.name}
    environment = {**own.environment, MLFLOW_CONTEXT: json.dumps(tags, sort_keys=True)}
    return replace(job, sides={**job.sides, run.side: replace(own, environment=environment)})


def reads_mlflow(job: Job, side: Side) -> bool:
    """Tell whether a side reads a metric from MLflow."""
    return any(metric.source_on(side) == MLFLOW for metric in job.reported_metrics)


@dataclass(frozen=True, slots=True)
class S3Place:
    """An s3:// prefix taken apart."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, uri: str) -> S3Place:
        """Split s3://bucket/prefix; the prefix ends with a slash unless it is empty."""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        return cls(bucket, prefix if not prefix or prefix.endswith("/") else prefix + "/")

    def key(self, *parts: str) -> str:
        """Name a key below the prefix."""
        return self.prefix + "/".join(parts)

    def uri(self, *parts: str) -> str:
        """Name it as an s3:// URI."""
        return f"s3://{self.bucket}/{self.key(*parts)}"


def of_campaign(uri: str, campaign: str) -> str:
    """Give a campaign's own part of a staging prefix: runs have the same ids in every campaign."""
    return S3Place.of(uri).uri(campaign)
