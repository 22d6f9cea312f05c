"""How a kind of job is reached on SageMaker: its calls, and what the service uploaded for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from harness.backends.aws import Clients
from harness.backends.base import FetchedOutput
from harness.model.job import Job, Side
from harness.model.order import S3Place
from harness.platforms.sagemaker.kind import facts_of
from harness.plugins import load


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Where the service put what one run left."""

    clients: Clients
    base: S3Place
    name: str
    """Of the job."""
    side: Side
    owned: Mapping[str, str]
    """What says in a call which account must own the bucket."""


Outputs = Callable[[Uploaded, Job, Path], tuple[FetchedOutput, ...]]
"""Downloads a run's outputs into a folder."""


def outputs_of(kind: str) -> Outputs:
    """Load what downloads the outputs of a kind; raises as `facts_of` does."""
    found: Outputs = load(facts_of(kind).fetched, FunctionType)
    return found


def call(sagemaker: Any, verb: str, kind: str, **arguments: object) -> dict[str, object]:  # noqa: ANN401 - boto3 has no types
    """Make a call of a kind: `create`, `describe` or `stop`."""
    return dict(getattr(sagemaker, f"{verb}_{_words(kind)}")(**arguments) or {})


def list_jobs(sagemaker: Any, kind: str, **arguments: object) -> dict[str, object]:  # noqa: ANN401 - the same
    """List one page of jobs."""
    return dict(getattr(sagemaker, f"list_{_words(kind)}s")(**arguments))


def describe(sagemaker: Any, kind: str, name: str) -> dict[str, object]:  # noqa: ANN401 - the same
    """Describe one job."""
    return call(sagemaker, "describe", kind, **{f"{facts_of(kind).job}Name": name})


def _words(kind: str) -> str:
    """Give `training_job` for `TrainingJob`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", facts_of(kind).job).lower()
