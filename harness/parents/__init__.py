"""Parents and neighbours of a Job, as witnesses: one file a kind; others by entry point `parity.parents`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from harness.model.parent import Parent
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, text
from harness.plugins import Registry

PARENTS = Registry(
    "parity.parents",
    ParentKind,
    {
        "rayjob": "harness.parents.ray:RAY_JOB",
        "raycluster": "harness.parents.ray:RAY_CLUSTER",
        "sparkapplication": "harness.parents.spark:SPARK_APPLICATION",
        "spark-history": "harness.parents.spark:SPARK_HISTORY",
        "kubeflow-job": "harness.parents.kubeflow:TRAINING",
        "trainjob": "harness.parents.kubeflow:TRAIN_JOB",
        "jobset": "harness.parents.jobset:JOB_SET",
        "kueue-workload": "harness.parents.kueue:WORKLOAD",
        "argo-workflow": "harness.parents.argo:WORKFLOW",
        "tekton-run": "harness.parents.tekton:TEKTON",
        "airflow-task": "harness.parents.airflow:AIRFLOW",
        "prefect-flow-run": "harness.parents.prefect:PREFECT",
        "cronjob": "harness.parents.cronjob:CRON_JOB",
        "ack-job": "harness.parents.ack:ACK",
        "waiting-pod": "harness.parents.waiter:WAITER",
    },
)
LISTS = ("task_instances",)
"""Keys under which a document that is no Kubernetes list has its items (Airflow's REST API)."""


@cache
def _every() -> tuple[ParentKind, ...]:
    return tuple(PARENTS)


@cache
def _by_kind() -> Mapping[tuple[str, str], ParentKind]:
    """Index by API group and kind; a built-in one stands before another that claims the same."""
    return {(kind.group, name): kind for kind in reversed(_every()) for name in kind.kinds}


def kind_of(api_version: str, kind: str) -> ParentKind | None:
    """Find a kind of parent by what an owner reference says of it."""
    return _by_kind().get((api_version.partition("/")[0], kind))


def read(item: Object) -> tuple[Parent, ...]:
    """Say what a document says of a Job; empty where it is no parent's."""
    kind = item.get("kind")
    if isinstance(kind, str):
        found = kind_of(text(item, "apiVersion"), kind)
        return found.read(item) if found else ()
    return next((told for shape in _every() if not shape.kinds and (told := shape.read(item))), ())


def work_container(pod: Object) -> str:
    """Name the container that is the work by the convention of what made the pod; empty where none says."""
    return next((name for kind in _every() if (name := kind.work(pod))), "")
