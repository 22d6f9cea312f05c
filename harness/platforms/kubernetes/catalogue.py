"""Every class of disagreement of Kubernetes Jobs: those decided by a rule, and those that no record decides."""

from __future__ import annotations

from harness.platforms.kubernetes.rules_agreement import AGREEMENT
from harness.platforms.kubernetes.rules_evidence import NOTES, UNKNOWN
from harness.platforms.kubernetes.rules_false_failure import FALSE_FAILURE
from harness.platforms.kubernetes.rules_false_success import FALSE_SUCCESS
from harness.platforms.kubernetes.rules_no_verdict import NO_VERDICT
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import OutOfScope, Rule

RULES: tuple[Rule[Witnesses], ...] = (
    *FALSE_FAILURE,
    *FALSE_SUCCESS,
    *UNKNOWN,
    *NO_VERDICT,
    *AGREEMENT,
    *NOTES,
)

_ORCHESTRATOR = "an orchestrator's own record of the task"
OUT_OF_SCOPE = (
    OutOfScope(
        "K13",
        "watcher timed out",
        f"{_ORCHESTRATOR} (Prefect, Airflow): the Job is Complete, only the watcher's cause says timeout",
        "PrefectHQ/prefect#8563, #7743, #12071, #16283, #15525",
    ),
    OutOfScope(
        "K14",
        "gone before read",
        f"{_ORCHESTRATOR} (Airflow, Argo): it read a 404 as a failure; the Job's own end is Complete, or K50",
        "apache/airflow#42923, #56693, #37090, argoproj/argo-workflows#5126, #13086",
    ),
    OutOfScope(
        "K15",
        "second mark",
        f"{_ORCHESTRATOR}, with both marks of one attempt",
        "apache/airflow#21420, argoproj/argo-workflows#686",
    ),
    OutOfScope(
        "K16",
        "side channel failed",
        f"{_ORCHESTRATOR} (Airflow): its error names exec, log or XCom, none of which a Job records",
        "apache/airflow#71369, #64962, #22318",
    ),
    OutOfScope(
        "K17",
        "submitter is not the work",
        "the inner job's status in RayJob (Ray): the submitter's Job says nothing of it",
        "ray-project/kuberay#1919, #2314, #5100, #2154",
    ),
    OutOfScope(
        "K18",
        "torn down after done",
        "the Spark operator's application record: when the work was done stands there only",
        "kubeflow/spark-operator#2775, #2277, #1290, #725",
    ),
    OutOfScope(
        "K29",
        "operator swallows the kill",
        f"{_ORCHESTRATOR} (Airflow): it deleted the pod and recorded success",
        "apache/airflow#73006, #71202, astronomer/astronomer-providers#814",
    ),
    OutOfScope(
        "K30",
        "retry tails logs",
        "the inner job's status in RayJob (Ray): the submitter's second attempt only follows logs",
        "ray-project/kuberay#3211, #3216",
    ),
    OutOfScope(
        "K31",
        "watch ended means done",
        f"{_ORCHESTRATOR} (Airflow): it took the end of a stream for the end of the pod",
        "apache/airflow#60495",
    ),
    OutOfScope(
        "K39",
        "operator stuck",
        "the operator's own custom resource (Kubeflow, Argo, Ray), whose status never moves",
        "kubeflow/trainer#2044, argoproj/argo-workflows#13533, ray-project/kuberay#3553",
    ),
    OutOfScope(
        "K40",
        "waits on one condition",
        "the waiter's own record: which condition a third party's script or orchestrator waits for",
        "kubernetes/kubectl#1482, #1629, kubernetes/kubernetes#100248",
    ),
)
