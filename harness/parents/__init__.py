"""Parents and neighbours of a Job, as witnesses: one file a kind of document, and one registry.

A new kind is a file with a value of `ParentKind`, named in `PARENTS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.parent import Parent
from harness.parents.ack import ACK
from harness.parents.airflow import AIRFLOW
from harness.parents.argo import WORKFLOW
from harness.parents.cronjob import CRON_JOB
from harness.parents.jobset import JOB_SET
from harness.parents.kind import ParentKind
from harness.parents.kubeflow import TRAIN_JOB, TRAINING
from harness.parents.kueue import WORKLOAD
from harness.parents.prefect import PREFECT
from harness.parents.ray import RAY_CLUSTER, RAY_JOB
from harness.parents.reading import Object, text
from harness.parents.spark import SPARK_APPLICATION, SPARK_HISTORY
from harness.parents.tekton import TEKTON
from harness.parents.waiter import WAITER

_ALL = (
    RAY_JOB, RAY_CLUSTER, SPARK_APPLICATION, SPARK_HISTORY, TRAINING, TRAIN_JOB, JOB_SET, WORKLOAD, WORKFLOW,
    TEKTON, AIRFLOW, PREFECT, CRON_JOB, ACK, WAITER,
)  # fmt: skip
PARENTS: Mapping[str, ParentKind] = {kind.name: kind for kind in _ALL}
"""Every kind of parent, by name."""
_BY_KIND = {(kind.group, name): kind for kind in _ALL for name in kind.kinds}
_BY_SHAPE = tuple(kind for kind in _ALL if not kind.kinds)
LISTS = ("task_instances",)
"""Keys under which a document that is no Kubernetes list has its items (Airflow's REST API)."""


def kind_of(api_version: str, kind: str) -> ParentKind | None:
    """Find a kind of parent by what an owner reference says of it."""
    return _BY_KIND.get((api_version.partition("/")[0], kind))


def read(item: Object) -> tuple[Parent, ...]:
    """Say what a document says of a Job; empty where it is no parent's."""
    kind = item.get("kind")
    if isinstance(kind, str):
        found = kind_of(text(item, "apiVersion"), kind)
        return found.read(item) if found else ()
    return next((told for shape in _BY_SHAPE if (told := shape.read(item))), ())


def work_container(pod: Object) -> str:
    """Name the container that is the work by the convention of what made the pod; empty where none says."""
    return next((name for kind in _ALL if (name := kind.work(pod))), "")
