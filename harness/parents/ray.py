"""RayJob and RayCluster (KubeRay): the Job of a RayJob only submits, the work runs on the cluster's pods."""

from __future__ import annotations

from harness.model.parent import Parent, ParentState, Relation
from harness.parents.kind import ParentKind, named
from harness.parents.reading import Object, line, owners, part, said, seconds, text

_INNER = {
    "SUCCEEDED": ParentState.OK,
    "FAILED": ParentState.FAILED,
    "STOPPED": ParentState.STOPPED,
    "RUNNING": ParentState.RUNNING,
    "PENDING": ParentState.WAITING,
    "": ParentState.WAITING,
}
"""status.jobStatus, which is the Ray dashboard's (rayjob_types.go, JobStatus)."""
_DEPLOYMENT = {"Complete": ParentState.OK, "Failed": ParentState.FAILED}
"""status.jobDeploymentStatus that is terminal (rayjob_types.go, IsJobDeploymentTerminal)."""
SUBMITTER = "ray-job-submitter"
"""Container of the submitter's pod (KubeRay, SubmitterContainerName)."""


def _job(item: Object) -> tuple[Parent, ...]:
    facts, status = part(item, "metadata"), part(item, "status")
    inner, deployed = text(status, "jobStatus"), text(status, "jobDeploymentStatus")
    told = f"{inner or 'no job status'}, deployment {deployed or 'not begun'}"
    cluster = text(status, "rayClusterName")
    return (
        Parent(
            kind="RayJob",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.SUBMITS,
            state=_INNER.get(inner, ParentState.UNKNOWN),
            says=line(told, said(text(status, "reason"), text(status, "message"))),
            mark=_DEPLOYMENT.get(deployed, ParentState.RUNNING),
            ended_seconds=seconds(part(status, "rayJobInfo").get("endTime")) or seconds(status.get("endTime")),
            owners=owners(item),
            made=frozenset({("RayCluster", cluster)} if cluster else ()),
            labels=(("ray.io/originated-from-crd", "RayJob"), ("ray.io/originated-from-cr-name", text(facts, "name"))),
            merges=True,
        ),
    )


def _cluster(item: Object) -> tuple[Parent, ...]:
    facts, status = part(item, "metadata"), part(item, "status")
    state = text(status, "state")
    return (
        Parent(
            kind="RayCluster",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.CONSISTS,
            state=ParentState.RUNNING,
            says=line(state or "no state", said("", text(status, "reason"))),
            owners=owners(item),
            labels=(("ray.io/cluster", text(facts, "name")),),
            merges=True,
            serves=True,
        ),
    )


RAY_JOB = ParentKind(
    "rayjob",
    "ray.io",
    frozenset({"RayJob"}),
    _job,
    "ray-project/kuberay, ray-operator/apis/ray/v1/rayjob_types.go",
    "kubectl get rayjob {name} -o json",
    work=lambda pod: named(pod, SUBMITTER),
    submits=True,
)
RAY_CLUSTER = ParentKind(
    "raycluster",
    "ray.io",
    frozenset({"RayCluster"}),
    _cluster,
    "ray-project/kuberay, ray-operator/apis/ray/v1/raycluster_types.go",
    "kubectl get raycluster {name} -o json",
)
