"""SparkApplication (Spark operator), and an application as Spark's history server prints it."""

from __future__ import annotations

from harness.model.parent import Parent, ParentState, Relation
from harness.parents.kind import ParentKind, named
from harness.parents.reading import Object, line, owners, part, parts, said, seconds, text

_STATES = {
    "COMPLETED": ParentState.OK,
    "FAILED": ParentState.FAILED,
    "SUBMISSION_FAILED": ParentState.FAILED,
    "UNKNOWN": ParentState.UNKNOWN,
    "": ParentState.WAITING,
    "PENDING_RERUN": ParentState.WAITING,
}
"""status.applicationState.state (ApplicationStateType); SUBMITTED, RUNNING, SUCCEEDING, FAILING, … are on the way."""
DRIVER, EXECUTOR = "spark-kubernetes-driver", "spark-kubernetes-executor"
"""Containers of Spark's own pods (Spark, Constants.DEFAULT_DRIVER_CONTAINER_NAME and its like)."""
ROLE = "spark-role"
"""Spark's label of its pods: driver or executor."""


def _application(item: Object) -> tuple[Parent, ...]:
    facts, status = part(item, "metadata"), part(item, "status")
    told = part(status, "applicationState")
    state, ended = text(told, "state"), seconds(status.get("terminationTime"))
    driver = text(part(status, "driverInfo"), "podName")
    pods = (driver, *part(status, "executorState"))
    return (
        Parent(
            kind="SparkApplication",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.CONSISTS,
            state=_STATES.get(state, ParentState.RUNNING),
            says=line(state or "no state", said("", text(told, "errorMessage"))),
            ended_seconds=ended,
            done_seconds=ended if state == "COMPLETED" else None,
            owners=owners(item),
            made=frozenset(("Pod", name) for name in pods if name),
            labels=(("sparkoperator.k8s.io/app-name", text(facts, "name")),),
            decides=((ROLE, frozenset({"driver"})),),
            merges=True,
        ),
    )


def _history(item: Object) -> tuple[Parent, ...]:
    """Read /api/v1/applications/ID: `completed` says that the application reported its end, not that it went well."""
    attempts = [one for one in parts(item, "attempts") if "completed" in one]
    identity = text(item, "id")
    if not attempts or not identity:
        return ()
    newest = attempts[0]  # the history server lists the newest attempt first
    done = newest.get("completed") is True
    ended = seconds(text(newest, "endTime").removesuffix("GMT") + "Z") if done else None
    return (
        Parent(
            kind="Spark history",
            name=identity,
            namespace="",
            uid=f"spark/{identity}",
            relation=Relation.WATCHES,
            state=ParentState.UNKNOWN if done else ParentState.RUNNING,
            says="the application reported its end" if done else "the application has not reported its end",
            done_seconds=ended,
            labels=(("spark-app-selector", identity),),
        ),
    )


def _work(pod: Object) -> str:
    role = text(part(pod, "metadata", "labels"), ROLE)
    return named(pod, {"driver": DRIVER, "executor": EXECUTOR}.get(role, ""))


SPARK_APPLICATION = ParentKind(
    "sparkapplication",
    "sparkoperator.k8s.io",
    frozenset({"SparkApplication"}),
    _application,
    "kubeflow/spark-operator, api/v1beta2/sparkapplication_types.go",
    "kubectl get sparkapplication {name} -o json",
    work=_work,
)
SPARK_HISTORY = ParentKind(
    "spark-history",
    "",
    frozenset(),
    _history,
    "Apache Spark documentation, Monitoring and Instrumentation, REST API",
    example={"id": "spark-1", "name": "etl", "attempts": [{"attemptId": "1", "completed": True}]},
)
