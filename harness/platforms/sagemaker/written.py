"""What may be written of a SageMaker side in `repos.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr

from harness.fields import words
from harness.fields.job import BothJob, Written
from harness.fields.words import Checked
from harness.model.repository import Home
from harness.platforms.form import SideForm
from harness.platforms.kind import Kind
from harness.platforms.names import check_name
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.kind import on_sagemaker

NAME = "sagemaker"


class SageMakerSettings(Written):
    """Where a SageMaker side runs."""

    platform: Annotated[StrictStr, Checked(check_name, {"enum": [NAME]})] | None = None
    """`sagemaker`."""
    account: words.Account | None = None
    """12 digits, quoted."""
    region: words.Region | None = None
    """Where the jobs run."""
    profile: words.Line | None = None
    """Of your AWS configuration."""
    role: words.Role | None = None
    """That the jobs run with."""
    staging: words.Uri | None = None
    """An S3 prefix through which inputs and outputs travel."""
    staging_owner: words.Account | None = None
    """The account that the bucket must belong to; this one unless written."""
    endpoint_url: words.Endpoint | None = None
    """Of all services, for a test."""
    event_source: words.Line | None = None
    """Of the status events; a test needs its own."""
    prices: dict[words.InstanceType, words.NotNegative | None] | None = None
    """What an hour of an instance type costs."""
    subnets: Annotated[list[words.Subnet], Field(max_length=16)] | None = None
    """Of the jobs."""
    security_groups: Annotated[list[words.SecurityGroup], Field(max_length=5)] | None = None
    """Of the jobs."""
    notebook_images: list[words.Image] | None = None
    """Looked up for a lazy-loading index, never started."""


class SageMakerJob(BothJob):
    """What only a SageMaker side of a job has or does otherwise."""

    instance_type: words.InstanceType | None = None
    """Such as `ml.m5.large`."""
    keep_alive: words.Duration | None = None
    """How long instances are kept warm after a run."""
    lazy_image: Literal["soci"] | None = None
    """`soci`: a claim that is checked and flagged."""
    request: words.Line | None = None
    """The team's own request."""


def _build(settings: Mapping[str, Any]) -> Home:
    return SageMakerHome(
        account=settings["account"],
        region=settings["region"],
        profile=settings.get("profile"),
        role=settings["role"],
        staging_uri=settings["staging"],
        staging_owner=settings.get("staging_owner") or "",
        endpoint_url=settings.get("endpoint_url"),
        prices_per_hour=tuple(sorted(settings["prices"].items())),
        subnets=tuple(settings["subnets"]),
        security_groups=tuple(settings["security_groups"]),
        event_source=settings["event_source"],
        notebook_images=tuple(settings["notebook_images"]),
    )


def _output_path(kind: Kind, name: str) -> str | None:
    return kind.output_path(name) if on_sagemaker(kind) else None


def _input_path(kind: Kind, name: str) -> str | None:
    return kind.input_path(name) if on_sagemaker(kind) else None


FORM = SideForm(
    settings=SageMakerSettings,
    job=SageMakerJob,
    defaults={
        "prices": {},
        "subnets": [],
        "security_groups": [],
        "notebook_images": [],
        "event_source": "aws.sagemaker",  # the service's own; only a test sends events from another
    },
    job_defaults={"keep_alive": "0s"},  # a warm pool costs money while nothing runs
    required={
        "account": 'an account of 12 digits, quoted: "123456789012"',
        "region": "a region such as us-east-1",
        "role": "the role that the SageMaker jobs run with",
        "staging": "an S3 prefix for what travels",
    },
    required_of_job={"instance_type": "an instance type such as ml.m5.large"},
    build=_build,
    output_path=_output_path,
    input_path=_input_path,
    no_pair={
        "transform": "SageMaker's batch transform has no entry point for the shim: as a pair, write processing",
        "tuning": "a tuning job has no entry point for the shim: write one training job with its parameters",
    },
    elsewhere={
        "instance_type": "only SageMaker has instance types: write it under {side}:",
        "keep_alive": "only SageMaker has warm pools: write it under {side}:",
        "lazy_image": "only SageMaker has lazy images: write it under {side}:",
        "request": "only SageMaker has requests: write it under {side}:",
    },
)
