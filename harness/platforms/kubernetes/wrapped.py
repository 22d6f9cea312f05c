"""Where a Kubernetes document has the pod that does the work: one reader a kind of document. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from harness import parents
from harness.fields.paths import Path
from harness.model.job import Json
from harness.parents import kubeflow
from harness.platforms.draft import NotCarriedError
from harness.platforms.fault import Fault
from harness.platforms.tracked import Tracked

BACKOFF_LIMIT = 6
"""Of a Job that names none (batch/v1, JobSpec.backoffLimit)."""
MEMBERS_EXPECTED = "1: jobs of more than one member are not built yet"
_GENERATED = re.compile(r"-[0-9]{8,11}$")
"""What a CronJob appends to the names of its Jobs: the scheduled minute."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The pod of one job, inside its document."""

    kind: str
    own_name: str
    pod: Path
    """Of the pod's spec."""
    facts: Path
    """Of the pod's metadata."""
    job: Path = ()
    """Of the Job's spec; empty: no Job makes the pod."""
    container: str = ""
    """Name of the container that is the work, by the convention of what makes the pod; empty: the first one."""
    command: tuple[str, ...] = ()
    """What runs, where it is not the container's own command."""
    read: tuple[Path, ...] = ()
    """What was made use of besides the pod."""
    retries: int | None = None
    schedule: str = ""
    names: tuple[str, str] = ("", "")
    """Of the repository and of its job, where the document tells both apart."""
    missing: tuple[str, ...] = ()
    """What a pod alone does not have of it."""


Reader: TypeAlias = Callable[[Tracked], Wrapped]


def find(document: Tracked) -> Wrapped | None:
    """Find the pod of a document; None: it is of no kind that is known here.

    Raises:
        NotCarriedError: it wants more than one member, or only hands in work that runs elsewhere.
    """
    kind, group = document.look("kind"), str(document.look("apiVersion") or "").rpartition("/")[0]
    reader = _READERS.get((group, str(kind)))
    if reader is None:
        return None
    found = reader(document)
    owner = document.look("metadata", "ownerReferences", 0)
    if isinstance(owner, dict):
        found = _owned(found, owner, document)
    return found


def name_of(document: Tracked) -> str:
    """Give the object's name, or what its generated one begins with."""
    name = document.look("metadata", "name") or document.look("metadata", "generateName")
    return name.strip("-") if isinstance(name, str) else ""


def _owned(found: Wrapped, owner: Mapping[str, Json], document: Tracked) -> Wrapped:
    """Name a Job or pod after what made it; what only hands in work that runs elsewhere is no work."""
    kind, name = str(owner.get("kind")), str(owner.get("name"))
    parent = parents.kind_of(str(owner.get("apiVersion") or ""), kind)
    if parent is not None and parent.submits:
        expected = f"the {kind} itself: what it owns only hands the work in"
        hint = parent.get.format(name=name, kind=kind.lower())
        raise NotCarriedError(
            Fault(("metadata", "ownerReferences", 0), f"a {found.kind} of {kind} {name}", expected, hint)
        )
    if kind == "CronJob":
        return replace(found, kind=kind, own_name=name)
    if kind == "Job" and document.look("kind") == "Pod":
        _refuse_member(document)
        return replace(found, kind=kind, own_name=_GENERATED.sub("", name), retries=BACKOFF_LIMIT)
    return replace(found, kind=kind, own_name=name) if parent is not None and found.names == ("", "") else found


def _refuse_member(pod: Tracked) -> None:
    """Refuse a pod of an Indexed Job, whose other pods it does not show."""
    index = pod.look("metadata", "annotations", "batch.kubernetes.io/job-completion-index")
    if isinstance(index, str) and index != "0":
        found = f"the pod of index {index}: at least {int(index) + 1} members" if index.isdigit() else "an index"
        raise NotCarriedError(Fault(("metadata", "annotations"), found, MEMBERS_EXPECTED, "give the Job itself"))


# -- Kubernetes' own --------------------------------------------------------------------------------------------------


def _job(document: Tracked) -> Wrapped:
    check_members(job_members(document, ("spec",)))
    return _of_job(document, "Job", ("spec",))


def _cron_job(document: Tracked) -> Wrapped:
    spec = ("spec", "jobTemplate", "spec")
    check_members(job_members(document, spec))
    found = _of_job(document, "CronJob", spec)
    schedule = document.look("spec", "schedule")
    return replace(found, schedule=schedule if isinstance(schedule, str) else "")


def _of_job(document: Tracked, kind: str, spec: Path) -> Wrapped:
    retries = document.look(*spec, "backoffLimit")
    given = isinstance(retries, int) and not isinstance(retries, bool)
    return Wrapped(
        kind,
        name_of(document),
        pod=(*spec, "template", "spec"),
        facts=(*spec, "template", "metadata"),
        job=spec,
        retries=int(retries) if given and isinstance(retries, int) else BACKOFF_LIMIT,
        read=((*spec, "backoffLimit"),) if given else (),
    )


def job_members(document: Tracked, spec: Path) -> tuple[Path, int, str]:
    """Count the pods that a Job wants at once or in all."""
    counts = {name: _count(document.look(*spec, name)) for name in ("completions", "parallelism")}
    name = max(counts, key=lambda key: counts[key])
    mode = " of an Indexed Job" if document.look(*spec, "completionMode") == "Indexed" else ""
    return (*spec, name), counts[name], mode


def _count(value: Json, default: int = 1) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def check_members(counted: tuple[Path, int, str]) -> None:
    """Refuse more than one member, by name and count.

    Raises:
        NotCarriedError: there are more.
    """
    path, members, of = counted
    if members > 1:
        raise NotCarriedError(Fault(path, f"{members} members{of}", MEMBERS_EXPECTED))


def _pod(document: Tracked) -> Wrapped:
    labels, annotations = ("metadata", "labels"), ("metadata", "annotations")
    found = Wrapped("Pod", name_of(document), pod=("spec",), facts=("metadata",), retries=0)
    item = document.look()
    container = parents.work_container(item) if isinstance(item, dict) else ""
    if (named := document.look(*annotations, "kubectl.kubernetes.io/default-container")) and isinstance(named, str):
        container = named
    dag, task = document.look(*labels, "dag_id"), document.look(*labels, "task_id")
    if isinstance(dag, str) and isinstance(task, str):
        read = tuple((*labels, name) for name in ("dag_id", "task_id", "kubernetes_pod_operator"))
        return replace(
            found, kind="Airflow task", own_name=f"{dag}.{task}", names=(dag, task), container="base", read=read
        )
    for name in ("cron-workflow", "workflow-template", "workflow"):
        workflow = document.look(*labels, f"workflows.argoproj.io/{name}")
        if isinstance(workflow, str):
            node = str(document.look(*annotations, "workflows.argoproj.io/node-name") or "")
            step = re.sub(r"\([0-9:]*\)$", "", node.rpartition(".")[2]) if "." in node else "main"
            return replace(
                found, kind="Workflow step", own_name=f"{workflow}.{step}", names=(workflow, step), container="main"
            )
    return replace(found, container=container)


def _pod_template(document: Tracked) -> Wrapped:
    return Wrapped(
        "PodTemplate", name_of(document), pod=("template", "spec"), facts=("template", "metadata"), retries=0
    )


# -- operators --------------------------------------------------------------------------------------------------------


def _replicated(document: Tracked) -> Wrapped:
    """Take the one replica of a PyTorchJob or its like."""
    kind = str(document.look("kind"))
    spec = document.look("spec")
    names = [name for name in spec if name.endswith("ReplicaSpecs")] if isinstance(spec, dict) else []
    at = ("spec", names[0]) if names else ("spec",)
    replicas = document.look(*at)
    counts = {
        role: _count(part.get("replicas")) for role, part in replicas.items() if isinstance(part, dict)
    } if names and isinstance(replicas, dict) else {}  # fmt: skip
    members = sum(counts.values())
    told = " (" + ", ".join(f"{role} {count}" for role, count in counts.items()) + ")"
    check_members((at, members, told))
    processes = document.look("spec", "nprocPerNode")
    role = next((role for role, count in counts.items() if count), next(iter(counts), "Worker"))
    template = (*at, role, "template")
    return Wrapped(
        kind,
        name_of(document),
        pod=(*template, "spec"),
        facts=(*template, "metadata"),
        container=kubeflow.CONTAINERS.get(kind, ""),
        retries=_count(document.look("spec", "runPolicy", "backoffLimit"), 0),
        read=((*at, role, "replicas"), ("spec", "runPolicy", "backoffLimit")),
        missing=(f"{processes} processes a member (nprocPerNode)",) if processes not in {None, 1, "1"} else (),
    )


def _job_set(document: Tracked) -> Wrapped:
    at = ("spec", "replicatedJobs")
    number = document.count(*at)
    members = sum(
        _count(document.look(*at, place, "replicas")) * job_members(document, (*at, place, "template", "spec"))[1]
        for place in range(number)
    )
    check_members((at, members, f" in {number} replicated jobs" if number > 1 else ""))
    found = _of_job(document, "JobSet", (*at, 0, "template", "spec"))
    return replace(found, read=(*found.read, (*at, 0, "replicas"), (*at, 0, "name")))


def _train_job(document: Tracked) -> Wrapped:
    check_members((("spec", "trainer", "numNodes"), _count(document.look("spec", "trainer", "numNodes")), ""))
    runtime = document.look("spec", "runtimeRef", "name")
    return Wrapped(
        "TrainJob",
        name_of(document),
        pod=("spec", "podSpecOverrides", 0, "spec"),
        facts=("spec", "podSpecOverrides", 0, "metadata"),
        retries=0,
        missing=(f"the pod of its training runtime {runtime}",),
    )


def _ray_job(document: Tracked) -> Wrapped:
    if document.look("spec", "clusterSelector"):
        expected = "a RayJob with a cluster of its own"
        raise NotCarriedError(Fault(("spec", "clusterSelector"), "work on a cluster that is there already", expected))
    cluster = ("spec", "rayClusterSpec")
    workers = 0
    for number in range(document.count(*cluster, "workerGroupSpecs")):
        group = (*cluster, "workerGroupSpecs", number)
        counts = [_count(document.look(*group, "replicas"), 0)]
        if document.look(*cluster, "enableInTreeAutoscaling") is True:
            counts.append(_count(document.look(*group, "maxReplicas"), 0))
        workers += max(counts) * _count(document.look(*group, "numOfHosts"))
    check_members(((*cluster, "workerGroupSpecs"), 1 + workers, f" (a head and {workers} workers)"))
    head = (*cluster, "headGroupSpec", "template")
    entry = document.look("spec", "entrypoint")
    return Wrapped(
        "RayJob",
        name_of(document),
        pod=(*head, "spec"),
        facts=(*head, "metadata"),
        container="ray-head",
        command=_shell(entry) if isinstance(entry, str) else (),
        read=(("spec", "entrypoint"),),
        retries=_count(document.look("spec", "backoffLimit"), 0),
        missing=("the Ray cluster: the program has to start Ray in its own process",),
    )


def _shell(line: str) -> tuple[str, ...]:
    """Give a command line as arguments; one that needs a shell keeps it."""
    if re.search(r"[|&;<>$`*?~\n(){}]", line):
        return ("sh", "-c", line)
    try:
        return tuple(shlex.split(line))
    except ValueError:
        return ("sh", "-c", line)


def _spark(document: Tracked) -> Wrapped:
    spec = ("spec",)
    local = str(document.look(*spec, "sparkConf", "spark.master") or "").startswith("local")
    executors = _count(document.look(*spec, "executor", "instances"))
    if document.look(*spec, "dynamicAllocation", "enabled") is True:
        executors = max(executors, _count(document.look(*spec, "dynamicAllocation", "maxExecutors"), 2))
    members = 1 if local else 1 + executors
    check_members(((*spec, "executor"), members, f" (a driver and {executors} executors)"))
    submit = ["spark-submit", "--master", "local[*]"]
    read: list[Path] = [(*spec, "executor", "instances"), (*spec, "type"), (*spec, "mode"), (*spec, "sparkVersion")]
    if isinstance(main := document.look(*spec, "mainClass"), str):
        submit += ["--class", main]
        read.append((*spec, "mainClass"))
    conf = document.look(*spec, "sparkConf")
    for key, value in conf.items() if isinstance(conf, dict) else ():
        read.append((*spec, "sparkConf", key))
        submit += ["--conf", f"{key}={value}"] if key != "spark.master" else []
    submit += [str(document.look(*spec, "mainApplicationFile") or "")]
    submit += _texts(document.look(*spec, "arguments"))
    read += [(*spec, "mainApplicationFile"), (*spec, "arguments")]
    return Wrapped(
        "SparkApplication", name_of(document), pod=(*spec, "driver"), facts=(*spec, "driver"), command=tuple(submit),
        read=tuple(read), retries=0, container="", missing=("the operator's own settings of Spark",),
    )  # fmt: skip


def _scheduled_spark(document: Tracked) -> Wrapped:
    del document
    raise NotCarriedError(
        Fault(("spec", "template"), "a schedule of SparkApplications", "one SparkApplication: give one that it made")
    )


def _texts(value: Json) -> Iterator[str]:
    return (str(member) for member in value) if isinstance(value, list) else iter(())


def _workflow(document: Tracked) -> Wrapped:
    """Take the one step of a workflow."""
    kind = str(document.look("kind"))
    spec: Path = ("spec", "workflowSpec") if kind == "CronWorkflow" else ("spec",)
    steps = [
        number
        for number in range(document.count(*spec, "templates"))
        if _is_step(document, (*spec, "templates", number))
    ]
    if len(steps) != 1 or not document.look(*spec, "templates", steps[0], "container"):
        found = f"{len(steps)} steps" if len(steps) != 1 else "a step that is no container"
        expected = "a workflow of one container, or the pod of one step"
        hint = "kubectl get pods -l workflows.argoproj.io/workflow=NAME -o json"
        raise NotCarriedError(Fault((*spec, "templates"), found, expected, hint))
    template = (*spec, "templates", steps[0])
    schedule = document.look("spec", "schedule") or document.look("spec", "schedules", 0)
    return Wrapped(
        kind,
        name_of(document),
        pod=template,
        facts=(*template, "metadata"),
        container="container",
        retries=_count(document.look(*template, "retryStrategy", "limit"), 0),
        read=((*template, "name"), (*spec, "entrypoint")),
        schedule=schedule if isinstance(schedule, str) and kind == "CronWorkflow" else "",
    )


def _is_step(document: Tracked, template: Path) -> bool:
    kinds = ("container", "script", "resource", "containerSet", "http", "plugin")
    return any(document.look(*template, kind) for kind in kinds)


_READERS: Mapping[tuple[str, str], Reader] = {
    ("batch", "Job"): _job,
    ("batch", "CronJob"): _cron_job,
    ("", "Pod"): _pod,
    ("", "PodTemplate"): _pod_template,
    **{("kubeflow.org", kind): _replicated for kind in (*kubeflow.CONTAINERS, "MPIJob")},
    ("trainer.kubeflow.org", "TrainJob"): _train_job,
    ("jobset.x-k8s.io", "JobSet"): _job_set,
    ("ray.io", "RayJob"): _ray_job,
    ("sparkoperator.k8s.io", "SparkApplication"): _spark,
    ("sparkoperator.k8s.io", "ScheduledSparkApplication"): _scheduled_spark,
    **{("argoproj.io", kind): _workflow for kind in ("Workflow", "WorkflowTemplate", "CronWorkflow")},
}
KINDS = frozenset(kind for _, kind in _READERS)
"""Kinds of documents that can be read."""
