"""TrainingJob and its like of ACK (AWS Controllers for Kubernetes): a SageMaker job as a Kubernetes object.

Its status is a copy of what DescribeTrainingJob and its like said when the controller last asked.
"""

from __future__ import annotations

from harness.model.job import Json
from harness.model.parent import Parent, ParentState, Relation
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, conditions, line, part, said, text

_KINDS = ("TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob")
_STATES = {
    "Completed": ParentState.OK,
    "Failed": ParentState.FAILED,
    "Stopped": ParentState.STOPPED,
    "InProgress": ParentState.RUNNING,
    "Stopping": ParentState.RUNNING,
    "": ParentState.WAITING,
}


def _read(item: Object) -> tuple[Parent, ...]:
    facts, status, kind = part(item, "metadata"), part(item, "status"), text(item, "kind")
    told = text(status, f"{kind[0].lower()}{kind[1:]}Status")
    held = conditions(item)
    refused = held.get("ACK.Terminal", {})
    why = text(refused, "message") or text(status, "failureReason")
    state = ParentState.FAILED if refused and not told else _STATES.get(told, ParentState.UNKNOWN)
    return (
        Parent(
            kind=f"ACK {kind}",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.CONSISTS,
            state=state,
            says=line(told or ("refused" if refused else "no status"), said(text(status, "secondaryStatus"), why)),
            made=frozenset({(kind, arn)} if (arn := text(part(status, "ackResourceMetadata"), "arn")) else ())
            | frozenset({(kind, job_name(item))}),
        ),
    )


def job_name(item: Object) -> str:
    """Give the SageMaker job's name."""
    kind = text(item, "kind")
    return text(part(item, "spec"), f"{kind[0].lower()}{kind[1:]}Name") or text(part(item, "metadata"), "name")


def described(item: Object) -> dict[str, Json]:
    """Write an object as the Describe reply that its status copies; empty where SageMaker never had the job."""
    kind, status = text(item, "kind"), part(item, "status")
    if not ACK.is_of(item) or not text(status, f"{kind[0].lower()}{kind[1:]}Status"):
        return {}
    facts = {f"{name[0].upper()}{name[1:]}": value for name, value in {**part(item, "spec"), **status}.items() if name}
    arn = text(part(status, "ackResourceMetadata"), "arn")
    return {**facts, f"{kind}Name": job_name(item), **({f"{kind}Arn": arn} if arn else {})}


ACK = ParentKind(
    "ack-job",
    "sagemaker.services.k8s.aws",
    frozenset(_KINDS),
    _read,
    "aws-controllers-k8s/sagemaker-controller, apis/v1alpha1/training_job.go; ACK documentation, conditions",
    "kubectl get {kind} {name} -o json",
)
