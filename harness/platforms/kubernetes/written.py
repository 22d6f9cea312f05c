"""What may be written of a Kubernetes side in `repos.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import StrictStr

from harness.fields import words
from harness.fields.job import PodJob, Written
from harness.fields.words import Checked
from harness.model.repository import Home
from harness.platforms.form import SideForm
from harness.platforms.kind import Kind
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.names import check_name

NAME = "kubernetes"


class KubernetesSettings(Written):
    """Where a Kubernetes side runs."""

    platform: Annotated[StrictStr, Checked(check_name, {"enum": [NAME]})] | None = None
    """`kubernetes`."""
    context: words.Line | None = None
    """Of your kubeconfig; the current one unless written."""
    namespace: words.Name | None = None
    """Where the jobs run."""
    service_account: words.Name | None = None
    """That the pods run as."""
    staging: words.Uri | None = None
    """An S3 prefix through which inputs and outputs travel."""
    staging_owner: words.Account | None = None
    """The account that the bucket must belong to."""
    region: words.Region | None = None
    """Of the staging bucket, where the other side has no account of AWS."""
    profile: words.Line | None = None
    """Of AWS, for the staging."""
    endpoint_url: words.Endpoint | None = None
    """Of the staging, for a test."""
    security_context: Literal["restricted", "none"] | None = None
    """`restricted`, or `none` for an image that needs more rights."""
    priority_class: words.ObjectName | None = None
    """Of the pods of jobs that stand on a manifest."""
    price_per_cpu_hour: words.NotNegative | None = None
    """What a core costs."""
    price_per_gb_hour: words.NotNegative | None = None
    """What a GB of memory costs."""


class KubernetesJob(PodJob):
    """What only a Kubernetes side of a job has or does otherwise."""

    manifest: words.Line | None = None
    """The team's own document."""
    container: words.Name | None = None
    """Its container that does the work, of several."""


def _build(settings: Mapping[str, Any]) -> Home:
    return KubernetesHome(
        context=settings.get("context"),
        namespace=settings["namespace"],
        service_account=settings.get("service_account"),
        staging_uri=settings["staging"],
        staging_owner=settings.get("staging_owner") or "",
        restricted=settings.get("security_context") != "none",
        price_per_cpu_hour=settings.get("price_per_cpu_hour"),
        price_per_gb_hour=settings.get("price_per_gb_hour"),
        region=settings.get("region") or "",
        profile=settings.get("profile"),
        endpoint_url=settings.get("endpoint_url"),
        priority_class=settings.get("priority_class") or "",
    )


def _no_path(kind: Kind, name: str) -> str | None:
    """A pod has its files wherever its job says."""
    del kind, name
    return None


FORM = SideForm(
    settings=KubernetesSettings,
    job=KubernetesJob,
    defaults={},
    job_defaults={"sidecars": [], "scratch": {}},
    required={
        "namespace": "the namespace of the Kubernetes side",
        "staging": "an S3 prefix for what travels",
    },
    required_of_job={},
    build=_build,
    output_path=_no_path,
    input_path=_no_path,
    no_pair={},
    elsewhere={
        "sidecars": "only Kubernetes has sidecars: write them for the job or under {side}:",
        "scratch": "only Kubernetes has scratch volumes: write them for the job or under {side}:",
        "manifest": "only Kubernetes has manifests: write it under {side}:",
        "container": "only Kubernetes has containers: write it beside manifest: under {side}:",
    },
)
