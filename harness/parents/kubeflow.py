"""Kubeflow's training operator (PyTorchJob, TFJob, MPIJob, …), and its successor's TrainJob."""

from __future__ import annotations

from harness.model.parent import Parent, ParentState, Relation
from harness.parents.kind import ParentKind, named
from harness.parents.reading import Object, by_condition, line, owners, part, parts, said, seconds, text

_STATES = {
    "Failed": ParentState.FAILED,
    "Succeeded": ParentState.OK,
    "Suspended": ParentState.WAITING,
    "Restarting": ParentState.RUNNING,
    "Running": ParentState.RUNNING,
    "Created": ParentState.WAITING,
}
"""JobConditionType of common_types.go; an ended job keeps no Running condition that is True."""
_TRAIN_STATES = {
    "Failed": ParentState.FAILED,
    "Complete": ParentState.OK,
    "Suspended": ParentState.WAITING,
    "Created": ParentState.RUNNING,
}
"""Condition types of trainjob_types.go."""
_DECIDES = (
    ("training.kubeflow.org/job-role", frozenset({"master", "launcher"})),
    ("training.kubeflow.org/replica-type", frozenset({"master", "chief", "launcher", "Master", "Chief", "Launcher"})),
)
"""Labels of the replica whose end decides: the master or chief, MPI's launcher (common_types.go, JobRoleLabel)."""
CONTAINERS = {
    "PyTorchJob": "pytorch",
    "TFJob": "tensorflow",
    "XGBoostJob": "xgboost",
    "PaddleJob": "paddle",
    "MXJob": "mxnet",
    "JAXJob": "jax",
}
"""Name that the operator asks of the container that is the work (…DefaultContainerName); MPIJob asks for none."""
JOB_NAME = "training.kubeflow.org/job-name"


def _training(item: Object) -> tuple[Parent, ...]:
    facts = part(item, "metadata")
    state, condition, name = by_condition(item, _STATES)
    return (
        Parent(
            kind=text(item, "kind"),
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.CONSISTS,
            state=state,
            says=line(name or "no condition", said(text(condition, "reason"), text(condition, "message"))),
            ended_seconds=seconds(part(item, "status").get("completionTime")),
            owners=owners(item),
            labels=((JOB_NAME, text(facts, "name")),),
            decides=_DECIDES,
            merges=True,
            all_count=True,
        ),
    )


def _train_job(item: Object) -> tuple[Parent, ...]:
    facts = part(item, "metadata")
    state, condition, name = by_condition(item, _TRAIN_STATES)
    ended = state in {ParentState.OK, ParentState.FAILED}
    return (
        Parent(
            kind="TrainJob",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.CONSISTS,
            state=state,
            says=line(name or "no condition", said(text(condition, "reason"), text(condition, "message"))),
            ended_seconds=seconds(condition.get("lastTransitionTime")) if ended else None,
            owners=owners(item),
            made=frozenset({("JobSet", text(facts, "name"))}),
        ),
    )


def _work(pod: Object) -> str:
    owners = (text(owner, "kind") for owner in parts(part(pod, "metadata"), "ownerReferences"))
    return next((named(pod, CONTAINERS[kind]) for kind in owners if kind in CONTAINERS), "")


TRAINING = ParentKind(
    "kubeflow-job",
    "kubeflow.org",
    frozenset({*CONTAINERS, "MPIJob"}),
    _training,
    "kubeflow/training-operator, pkg/apis/kubeflow.org/v1/common_types.go; kubeflow/mpi-operator, v2beta1 types.go",
    "kubectl get {kind} {name} -o json",
    work=_work,
)
TRAIN_JOB = ParentKind(
    "trainjob",
    "trainer.kubeflow.org",
    frozenset({"TrainJob"}),
    _train_job,
    "kubeflow/trainer, pkg/apis/trainer/v1alpha1/trainjob_types.go",
    "kubectl get trainjob {name} -o json",
)
