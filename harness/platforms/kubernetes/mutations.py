"""All that is changed of a manifest before it is created, by name. Pure."""

from __future__ import annotations

from harness.fields.paths import Path
from harness.model.document import CAMPAIGN, FOLDER, IMAGE, RUN, RUN_ID, SPEC, JobDocument, Mutation, at
from harness.model.job import Job, Json, ShimMode, Side
from harness.model.repository import Repository
from harness.platforms.changes import Changes
from harness.platforms.json_parts import mappings
from harness.platforms.kubernetes.document import POD, SHIM_FOLDERS, VOLUMES
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.kubernetes.labels import CAMPAIGN_LABEL, DIGEST_ANNOTATION, ONLY_BELOW, RUN_LABEL
from harness.platforms.kubernetes.work import DEFAULT_CONTAINER
from harness.platforms.training_layout import FOLDERS, HOST, is_laid_out

NAME, SERVER = "name: every run has its own", "labels: what a server gave another object"
LABELS = "labels: the run's pods and objects are found by them"
NAMESPACE, DEADLINE = "namespace: where the entry says that shadow runs live", "deadline: time_limit of the entry"
RETRIES = "retries: Kubernetes' own default, written out"
SHIM, PINNED = "shim: it starts the job's own command and records what it sees", "image: pinned by digest at plan"
PRIORITY = "priority: production never waits for a shadow run"
REPLICAS = "replicas of a shadow: its selector would take the pods of other runs"
CLEANUP = "cleanup: the harness removes it after it has read its log"
WORK = "labels: which container is the work"
LAYOUT = "layout: the places and the host that SageMaker gives a program"
EFFECTS = "effects redirect: redirect_environment of the entry"
BLOCKED = "effects block: the run may do nothing outside but write below its own place"
COMMAND = "shim: the entry's command, which the manifest leaves to the image, is started under it"

_SERVERS_OWN = (
    "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields", "selfLink",
    "ownerReferences", "finalizers",
)  # fmt: skip
_CONTROLLERS_LABELS = (
    "controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
)  # fmt: skip
_SERVERS_ANNOTATIONS = ("batch.kubernetes.io/job-tracking", "kubectl.kubernetes.io/last-applied-configuration")
_TEMPLATE: Path = ("spec", "template")


def mutations(repository: Repository, job: Job, side: Side) -> tuple[Mutation, ...]:
    """List what is changed of a side's manifest, with tokens for what differs from run to run."""
    document, home = job.sides[side].document, repository.home(side)
    if document is None or not isinstance(home, KubernetesHome):
        return ()
    changes = Changes(document.content)
    _clean(changes)
    _name(changes, home, document)
    _limits(changes, job)
    _priority(changes, home)
    _work(changes, job, side, document)
    if job.is_blocked:
        changes.put((*_TEMPLATE, "metadata", "annotations", ONLY_BELOW), FOLDER, BLOCKED)
    if is_laid_out(job):
        _layout(changes, document)
    return tuple(changes.made)


def _clean(changes: Changes) -> None:
    """Take away what a server wrote into an object that was read from it."""
    changes.drop(("status",), SERVER)
    for key in _SERVERS_OWN:
        changes.drop(("metadata", key), SERVER)
    changes.drop((*_TEMPLATE, "metadata", "creationTimestamp"), SERVER)
    for metadata in (("metadata",), (*_TEMPLATE, "metadata")):
        for label in _CONTROLLERS_LABELS:
            changes.drop((*metadata, "labels", label), SERVER)
    for annotation in _SERVERS_ANNOTATIONS:
        changes.drop(("metadata", "annotations", annotation), SERVER)
    for key in ("selector", "manualSelector"):
        changes.drop(("spec", key), REPLICAS)


def _name(changes: Changes, home: KubernetesHome, document: JobDocument) -> None:
    changes.drop(("metadata", "generateName"), NAME)
    changes.put(("metadata", "name"), RUN, NAME)
    changes.put(("metadata", "namespace"), home.namespace, NAMESPACE)
    for metadata in (("metadata",), (*_TEMPLATE, "metadata")):
        changes.put((*metadata, "labels", CAMPAIGN_LABEL), CAMPAIGN, LABELS)
        changes.put((*metadata, "labels", RUN_LABEL), RUN_ID, LABELS)
    changes.put(("metadata", "annotations", DIGEST_ANNOTATION), document.digest, LABELS)
    changes.put((*_TEMPLATE, "metadata", "annotations", DEFAULT_CONTAINER), document.main, WORK)


def _limits(changes: Changes, job: Job) -> None:
    seconds = at(changes.content, ("spec", "activeDeadlineSeconds"))
    if not isinstance(seconds, int) or seconds > job.time_limit_seconds:
        changes.put(("spec", "activeDeadlineSeconds"), job.time_limit_seconds, DEADLINE)
    if at(changes.content, ("spec", "backoffLimit")) is None and not _per_index(changes):
        changes.put(("spec", "backoffLimit"), 6, RETRIES)
    changes.drop(("spec", "ttlSecondsAfterFinished"), CLEANUP)


def _per_index(changes: Changes) -> bool:
    """Tell whether retries are counted by index: the Job's own limit has another default then."""
    return at(changes.content, ("spec", "backoffLimitPerIndex")) is not None


def _priority(changes: Changes, home: KubernetesHome) -> None:
    """Give shadow runs the entry's priority class, or none."""
    changes.drop((*POD, "priority"), PRIORITY)
    changes.drop((*POD, "preemptionPolicy"), PRIORITY)
    if home.priority_class:
        changes.put((*POD, "priorityClassName"), home.priority_class, PRIORITY)
    else:
        changes.drop((*POD, "priorityClassName"), PRIORITY)


def _work(changes: Changes, job: Job, side: Side, document: JobDocument) -> None:
    here = _main_place(changes, document)
    _pin(changes, at(changes.content, (*here, "image")))
    for name, value in sorted(_redirects(job).items()):
        _redirect(changes, name, value, here)
    given = at(changes.content, (*here, "command"))
    own: list[Json] = list(given) if isinstance(given, list) else []
    why = SHIM
    if not own and job.sides[side].command:
        own, why = list(job.sides[side].command), COMMAND
        arguments = at(changes.content, (*here, "args"))
        own = own[: len(own) - len(arguments)] if isinstance(arguments, list) else own
        if job.shim is ShimMode.OFF:
            return  # the image starts it, as it does without us
    if job.shim is ShimMode.OFF:
        return
    folder, grants = SHIM_FOLDERS
    shim: list[Json] = ["python3", f"{folder}/shim.py", f"{folder}/spec.json", SPEC, "--"]
    changes.put((*here, "command"), [*shim, *own], why)
    changes.add((*POD, "volumes"), {"name": VOLUMES[0], "configMap": {"name": RUN}}, SHIM)
    secret: Json = {"secretName": RUN, "defaultMode": 0o444}  # a user of the image's own has to read it
    changes.add((*POD, "volumes"), {"name": VOLUMES[1], "secret": secret}, SHIM)
    for name, path in zip(VOLUMES, (folder, grants), strict=True):
        changes.add((*here, "volumeMounts"), {"name": name, "mountPath": path, "readOnly": True}, SHIM)


def _layout(changes: Changes, document: JobDocument) -> None:
    """Give the work SageMaker's places where the manifest mounts nothing at or above them, and its host's name."""
    here = _main_place(changes, document)
    taken = [str(mount.get("mountPath")) for mount in mappings(at(changes.content, (*here, "volumeMounts")))]
    for name, path in FOLDERS.items():
        if not any(f"{path}/".startswith(f"{place.rstrip('/')}/") for place in taken):
            changes.add((*POD, "volumes"), {"name": name, "emptyDir": {}}, LAYOUT)
            changes.add((*here, "volumeMounts"), {"name": name, "mountPath": path}, LAYOUT)
    changes.add((*POD, "hostAliases"), {"ip": "127.0.0.1", "hostnames": [HOST]}, LAYOUT)


def _main_place(changes: Changes, document: JobDocument) -> Path:
    containers = at(changes.content, (*POD, "containers"))
    assert isinstance(containers, list)  # noqa: S101 # nosec B101 # the reader has seen it
    names = [container["name"] for container in containers if isinstance(container, dict)]
    return (*POD, "containers", names.index(document.main))


def _pin(changes: Changes, written: Json) -> None:
    """Pin the work's image wherever the pod names it: the same reference must be the same bytes in every container."""
    for group in ("initContainers", "containers"):
        containers = at(changes.content, (*POD, group))
        for number, container in enumerate(containers if isinstance(containers, list) else ()):
            if isinstance(container, dict) and container.get("image") == written:
                changes.put((*POD, group, number, "image"), IMAGE, PINNED)


def _redirects(job: Job) -> dict[str, str]:
    return {name: value for effect in job.effects for name, value in effect.redirect_environment.items()}


def _redirect(changes: Changes, name: str, value: str, work: Path) -> None:
    """Set a variable wherever the pod has it, and in the container that is the work."""
    told = False
    for part in ("containers", "initContainers"):
        containers = at(changes.content, (*POD, part))
        for number, container in enumerate(containers if isinstance(containers, list) else ()):
            variables = container.get("env") if isinstance(container, dict) else None
            for index, variable in enumerate(variables if isinstance(variables, list) else ()):
                if isinstance(variable, dict) and variable.get("name") == name:
                    path: Path = (*POD, part, number, "env", index)
                    changes.put(path, {"name": name, "value": value}, EFFECTS)
                    told = told or path[: len(work)] == work
    if not told:
        changes.add((*work, "env"), {"name": name, "value": value}, EFFECTS)
