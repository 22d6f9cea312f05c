"""Short literals for documents beside a Job: custom resources, tasks of orchestrators, pods that wait."""

from __future__ import annotations

from typing import Any

from build import Object, pod, stamp

NAMESPACE = "ml"


def resource(api: str, kind: str, name: str, status: Object | None = None, **spec: Any) -> Object:
    """Make a custom resource; its uid is its kind and name."""
    return {
        "apiVersion": api, "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "uid": f"{kind}/{name}", "creationTimestamp": stamp(0)},
        "spec": spec, "status": status or {},
    }  # fmt: skip


def held(kind: str, at: float, reason: str = "", message: str = "", status: str = "True") -> Object:
    """Make a condition."""
    return {
        "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": stamp(at),
    }  # fmt: skip


def owned(item: Object, *owners: Object, **labels: str) -> Object:
    """Give an object these owners and labels, in the namespace of all of them."""
    facts = item["metadata"]
    references = [
        {
            "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"], "controller": True,
        }
        for owner in owners
    ]  # fmt: skip
    named = {name.replace("__", "/").replace("_DOT_", "."): value for name, value in labels.items()}
    return {
        **item,
        "metadata": {
            **facts, "namespace": NAMESPACE, "ownerReferences": references or facts.get("ownerReferences", []),
            "labels": {**facts.get("labels", {}), **named},
        },
    }  # fmt: skip


def labelled(item: Object, labels: dict[str, str]) -> Object:
    """Give an object labels, in the namespace of all."""
    facts = item["metadata"]
    return {**item, "metadata": {**facts, "namespace": NAMESPACE, "labels": {**facts.get("labels", {}), **labels}}}


def member(
    name: str, *containers: str, of: Object | None = None, labels: dict[str, str] | None = None, **more: Any
) -> Object:
    """Make a pod of a custom resource, or a bare one."""
    made = pod(*containers, name=name, **more)
    made["metadata"] |= {"name": name, "uid": name, "ownerReferences": []}
    return labelled(owned(made, of) if of else made, labels or {})


# -- Ray --------------------------------------------------------------------------------------------------------------


def ray_job(inner: str, deployed: str, *, message: str = "", ended: float | None = None, cluster: str = "rc") -> Object:
    """Make a RayJob by its two states."""
    status = {"jobStatus": inner, "jobDeploymentStatus": deployed, "rayClusterName": cluster, "message": message}
    if ended is not None:
        status["rayJobInfo"] = {"endTime": stamp(ended)}
    return resource("ray.io/v1", "RayJob", "infer", status)


RAY_CLUSTER = resource("ray.io/v1", "RayCluster", "rc")
HEAD = {"ray.io/cluster": "rc", "ray.io/node-type": "head"}


# -- Spark ------------------------------------------------------------------------------------------------------------


def spark(
    state: str, *, ended: float | None = None, message: str = "", executors: dict[str, str] | None = None
) -> Object:
    """Make a SparkApplication."""
    status: Object = {
        "applicationState": {"state": state, "errorMessage": message}, "driverInfo": {"podName": "etl-driver"},
        "executorState": executors or {},
    }  # fmt: skip
    if ended is not None:
        status["terminationTime"] = stamp(ended)
    return resource("sparkoperator.k8s.io/v1beta2", "SparkApplication", "etl", status)


DRIVER = {"spark-role": "driver", "spark-app-selector": "spark-1"}
EXECUTOR = {"spark-role": "executor", "spark-app-selector": "spark-1"}


def history(*, completed: bool, ended: float) -> Object:
    """Make an application as Spark's history server prints it."""
    at = stamp(ended).replace("Z", ".000GMT")
    return {"id": "spark-1", "name": "etl", "attempts": [{"completed": completed, "endTime": at, "sparkUser": "etl"}]}


# -- Airflow, Prefect -------------------------------------------------------------------------------------------------

TASK = {"dag_id": "nightly", "task_id": "train", "run_id": "r1", "try_number": "1", "kubernetes_pod_operator": "True"}
"""Labels of a pod that a task of the KubernetesPodOperator made."""


def task(state: str | None, *, ended: float | None = None, note: str | None = None, **more: Any) -> Object:
    """Make a task instance as the REST API prints it."""
    return {
        "dag_id": "nightly", "task_id": "train", "dag_run_id": "r1", "state": state, "try_number": 1, "map_index": -1,
        "start_date": stamp(0), "end_date": None if ended is None else stamp(ended), "note": note,
        "operator": "KubernetesPodOperator", **more,
    }  # fmt: skip


def log(*lines: str) -> Object:
    """Make a task's log as the REST API of Airflow 2 prints it."""
    return {"content": "\n".join(lines), "continuation_token": None}


def flow_run(state: str, message: str, job: str = "train") -> Object:
    """Make a flow run of Prefect."""
    return {
        "id": "f-1", "name": "wise-owl", "flow_id": "flow-1", "state_type": state, "state_name": state.title(),
        "infrastructure_pid": f"cluster-1:ml:{job}", "state": {"type": state, "message": message}, "end_time": stamp(9),
    }  # fmt: skip


# -- others -----------------------------------------------------------------------------------------------------------


def kubeflow(kind: str, *conditions: Object, name: str = "train") -> Object:
    """Make a job of Kubeflow's training operator."""
    return resource("kubeflow.org/v1", kind, name, {"conditions": list(conditions)})


def workflow(phase: str, node: str, message: str = "", *, ended: float | None = None, **template: Any) -> Object:
    """Make a Workflow with one step, whose node is `step-1`."""
    made = {
        "id": "step-1", "displayName": "train", "name": "wf.train", "type": "Pod", "templateName": "train",
        "phase": node, "message": message, "finishedAt": None if ended is None else stamp(ended),
    }  # fmt: skip
    status = {"phase": phase, "message": "", "nodes": {"step-1": made}}
    return resource("argoproj.io/v1alpha1", "Workflow", "wf", status, templates=[{"name": "train", **template}])


STEP = {"workflows.argoproj.io/workflow": "wf"}


def step(*containers: str, **more: Any) -> Object:
    """Make the pod of a Workflow's step."""
    made = member("wf-1", *containers, of=workflow("", ""), labels=STEP, **more)
    made["metadata"]["annotations"] = {"workflows.argoproj.io/node-id": "step-1"}
    return made


def workload(*conditions: Object, of: str = "job-1") -> Object:
    """Make Kueue's Workload of a Job."""
    made = resource(
        "kueue.x-k8s.io/v1beta1", "Workload", "job-train", {"conditions": list(conditions)}, queueName="gpu"
    )
    made["metadata"]["ownerReferences"] = [{"apiVersion": "batch/v1", "kind": "Job", "name": "train", "uid": of}]
    return made


def waiter(command: str, *, running: bool = True) -> Object:
    """Make a pod whose container waits for a Job."""
    made = member("waits", "main 1-" if running else "main 1-9 0")
    made["spec"]["containers"] = [{"name": "main", "command": ["sh", "-c"], "args": [command]}]
    return made
