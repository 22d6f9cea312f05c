"""A Kubernetes job as the draft of an entry: what a repository can say of it, each field taken once. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.fields import units
from harness.fields.paths import Path
from harness.fields.words import LABEL
from harness.platforms.draft import WORD, Draft, Drafts, Known, NotCarriedError, Others, StandIns, label
from harness.platforms.fault import Fault
from harness.platforms.kubernetes import container_environment, schedules, wrapped
from harness.platforms.kubernetes.checks import MAIN_CONTAINER
from harness.platforms.kubernetes.container_environment import Environment
from harness.platforms.kubernetes.losses import is_node_life, losses
from harness.platforms.kubernetes.wrapped import Wrapped
from harness.platforms.tracked import Tracked

_WHERE = "where each side keeps its value"
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m?)")
_BYTES = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][0-9]{1,2})?")
_KIB = 1024
_RETRIES_MAX = 30
"""Of `retries:` in `repos.yaml`: what SageMaker tries at most."""
_GROUP_NAME_MAX = 22
"""Two names of a document that has both stand in one label."""
_EMISSARY = re.compile(r"(.*/)?argoexec")
_AIRFLOW_SIDECAR = "airflow-xcom-sidecar"
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def read(document: Tracked, others: Others) -> Draft | None:
    """Draft an entry of a Job or what wraps one; None: it is none.

    Raises:
        NotCarriedError: it can't be one.
    """
    found = wrapped.find(document)
    if found is None:
        return None
    if not found.own_name:
        raise NotCarriedError(Fault(("metadata", "name"), "nothing", "a name"))
    for path in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"), *found.read):
        document.take(*path)
    container = _container(document, found)
    namespace = document.look("metadata", "namespace")
    namespace = namespace if isinstance(namespace, str) else ""
    environment = container_environment.read(document, container, namespace, others)
    written, notes = _work(document, found, container, environment)
    _take_what_every_pod_has(document, found, container)
    names = found.names if all(found.names) else (found.own_name, "")
    return Draft(
        kind=found.kind,
        own_name=found.own_name,
        namespace=namespace,
        name=label(names[0], _GROUP_NAME_MAX) if names[1] else label(names[0]),
        job_name=label(names[1], _GROUP_NAME_MAX) if names[1] else "main",
        entry={"legacy": _home(document, found, namespace)},
        job=written,
        decide={f"secrets.{name}": _WHERE for name in written["secrets"]} | _command_left(written),
        notes=notes,
        loss=losses(found, container, str(document.look("kind"))),
        missing=_missing(document, found, container, environment),
        document="manifest" if _can_stand(document, found, environment) else "",
        beside=_beside_manifest(document, found, container, written),
        role=_role(document, found, namespace, others),
    )


_MANIFESTS = frozenset({"Job", "CronJob", "Pod", "PodTemplate"})


def _can_stand(document: Tracked, found: Wrapped, environment: Environment) -> bool:
    """Tell whether the legacy side can stand on the document: a wrapper that was taken off is none of the job's."""
    return document.look("kind") in _MANIFESTS and not found.names[1] and not environment.credentials


def _beside_manifest(document: Tracked, found: Wrapped, at: Path, written: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is written beside a manifest: what the other side needs, and which container is the work."""
    kept = {key: written[key] for key in ("command", "environment", "cadence") if written.get(key)}
    kept["secrets"] = {name: {"candidate": sides["candidate"]} for name, sides in written["secrets"].items()}
    if document.count(*found.pod, "containers") > 1:
        kept["legacy"] = {"container": document.look(*at, "name")}
    return kept


def _container(document: Tracked, found: Wrapped) -> Path:
    """Choose the container that is the work: by the convention of what makes the pod, else the first one."""
    inline = {"SparkApplication": found.pod, "TrainJob": ("spec", "trainer")}.get(found.kind, (*found.pod, "container"))
    if isinstance(document.look(*inline), dict):
        return inline
    at = (*found.pod, "containers")
    named = (
        number
        for number in range(document.count(*at))
        if found.container and document.look(*at, number, "name") == found.container
    )
    return (*at, next(named, 0))


def _home(document: Tracked, found: Wrapped, namespace: str) -> dict[str, Any]:
    home = {"namespace": namespace, "service_account": _service_account(document, found.pod)}
    return {key: value for key, value in home.items() if value}


def _service_account(document: Tracked, pod: Path) -> str:
    found = document.look(*pod, "serviceAccountName") or document.look(*pod, "serviceAccount")
    if not isinstance(found, str) or found == "default" or not re.fullmatch(LABEL, found):
        return ""
    for key in ("serviceAccountName", "serviceAccount"):
        if document.look(*pod, key) == found:
            document.take(*pod, key)
    return found


def _work(
    document: Tracked, found: Wrapped, at: Path, environment: Environment
) -> tuple[dict[str, Any], dict[str, str]]:
    document.take(*at, "name")
    image = document.text(*at, "image") or document.text("spec", "image")
    written: dict[str, Any] = {"image": image or None}
    if command := _command(document, found, at, environment):
        written["command"] = command
    written["environment"], written["secrets"] = environment.values, environment.secrets
    written["resources"] = _resources(document, at)
    written["legacy"] = {"sidecars": _sidecars(document, found, at), "scratch": _scratch(document, found.pod, at)}
    notes: dict[str, str] = {}
    for base in (found.job, found.pod):
        seconds = document.look(*base, "activeDeadlineSeconds") if base else None
        if isinstance(seconds, int) and seconds > 0:
            document.take(*base, "activeDeadlineSeconds")
            written["time_limit"] = units.duration(seconds)
    if found.retries is not None and found.retries <= _RETRIES_MAX:
        written["retries"] = max(0, found.retries)
        if found.retries == wrapped.BACKOFF_LIMIT and not document.look(*found.job, "backoffLimit"):
            notes["retries"] = "Kubernetes tries a Job so often that names no backoffLimit"
    _cadence(document, found, written, notes)
    return written, notes


def _cadence(document: Tracked, found: Wrapped, written: dict[str, Any], notes: dict[str, str]) -> None:
    seconds = schedules.gap_seconds(found.schedule) if found.schedule else None
    if seconds is not None:
        written["cadence"] = units.duration(seconds)
        notes["cadence"] = f'the shortest time between two runs of "{found.schedule}"'
        document.take("spec", "schedule")
        document.take("spec", "schedules")


def _command(document: Tracked, found: Wrapped, at: Path, environment: Environment) -> list[str]:
    """Give command and arguments, with variables in their places; without a command the image's own is undecided.

    Raises:
        NotCarriedError: a part of it is known to the cluster or the workflow only.
    """
    command, arguments = document.texts(*at, "command"), document.texts(*at, "args")
    if command and _EMISSARY.fullmatch(command[0]) and "--" in command:
        command = command[command.index("--") + 1 :]
    if command[:3] == ["airflow", "tasks", "run"] or arguments[:3] == ["airflow", "tasks", "run"]:
        expected = "the pod that the task itself starts"
        raise NotCarriedError(Fault((*at, "args"), "a worker of Airflow's Kubernetes executor", expected))
    if found.command:
        return list(found.command)
    words = [
        container_environment.expanded(word, environment, (*at, key, number))
        for key, texts in (("command", command), ("args", arguments))
        for number, word in enumerate(texts)
    ]
    for number, word in enumerate(words):
        if _TEMPLATE.search(word):
            expected = "a value: give the pod that the workflow made"
            raise NotCarriedError(
                Fault((*at, "args", number), f"a parameter that nobody filled, {word[:80]}", expected)
            )
    if words and not command:
        return [WORD, *words]
    return words


def _command_left(written: Mapping[str, Any]) -> dict[str, str]:
    left = written.get("command", [""])[:1] == [WORD]
    return {"command": "the image's own entry point stands before these arguments"} if left else {}


# -- resources --------------------------------------------------------------------------------------------------------


def _resources(document: Tracked, at: Path) -> dict[str, Any]:
    """Take what it asks for: CPUs by request, memory and disk by limit, which it may use up."""
    found: dict[str, Any] = {}
    base = (*at, "resourcesPerNode") if document.look(*at, "resourcesPerNode") else (*at, "resources")
    for key, resource, kinds in (
        ("cpu", "cpu", ("requests", "limits")),
        ("memory", "memory", ("limits", "requests")),
        ("disk", "ephemeral-storage", ("limits", "requests")),
        ("gpu", "nvidia.com/gpu", ("limits", "requests")),
    ):
        for kind in kinds:
            path = (*base, kind, resource)
            value = _amount(key, document.look(*path))
            if value is not None and (found.setdefault(key, value) == value or key == "memory"):
                document.take(*path)
    for key, name in (("cpu", "cores"), ("memory", "memory")):
        value = _amount(key, _spark_size(document.look(*at, name)))
        if value is not None and key not in found:
            found[key] = value
            document.take(*at, name)
    return found


def _spark_size(value: object) -> object:
    """Write a size as Spark does (512m, 4g) in Kubernetes' units."""
    match = re.fullmatch(r"([0-9]+)([kmgt])b?", value.lower()) if isinstance(value, str) else None
    return f"{match[1]}{match[2].upper()}i" if match else value


def _amount(key: str, value: object) -> str | float | int | None:
    """Read a quantity; None: there is none, or it has no form of its own in the file."""
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    text = str(value)
    if key in {"cpu", "gpu"}:
        found = _QUANTITY.fullmatch(text)
        if found is None or float(found[1]) <= 0:
            return None
        amount = float(found[1]) / (1000 if found[2] else 1)
        return int(amount) if amount.is_integer() else amount if key == "cpu" else None
    size = units.size_bytes(text)
    if size is None and _BYTES.fullmatch(text):
        size = math.ceil(float(text))
        text = f"{math.ceil(size / _KIB)}Ki"
    if size is None or units.size_bytes(text) is None:
        return None
    return text if key == "memory" or size >= units.BYTES["Gi"] else None


# -- what stands beside it --------------------------------------------------------------------------------------------


def _sidecars(document: Tracked, found: Wrapped, main: Path) -> list[dict[str, Any]]:
    sidecars: list[dict[str, Any]] = []
    for at, native in _beside(document, found, main):
        if not isinstance(document.look(*at, "command"), list) or document.look(*at, "name") == _AIRFLOW_SIDECAR:
            continue
        command = document.texts(*at, "command")
        if command and _EMISSARY.fullmatch(command[0]):
            continue  # Argo's own, which hands outputs to the workflow
        name = document.text(*at, "name")
        name = f"{name}-beside" if name == MAIN_CONTAINER else name  # the harness calls the work so
        sidecar: dict[str, Any] = {"name": name, "command": command}
        sidecar["command"] += document.texts(*at, "args")
        if image := document.text(*at, "image"):
            sidecar["image"] = image
        if native:
            document.take(*at, "restartPolicy")
            sidecar["native"] = True
        sidecars.append(sidecar)
    return sidecars


def _beside(document: Tracked, found: Wrapped, main: Path) -> Iterator[tuple[Path, bool]]:
    """List the other containers that run as long as the work does; those of the second form are native sidecars."""
    for number in range(document.count(*found.pod, "containers")):
        if (at := (*found.pod, "containers", number)) != main:
            yield at, False
    for number in range(document.count(*found.pod, "initContainers")):
        at = (*found.pod, "initContainers", number)
        if document.look(*at, "restartPolicy") == "Always":
            yield at, True


def _scratch(document: Tracked, pod: Path, main: Path) -> dict[str, str]:
    """Take emptyDir volumes that the main container mounts."""
    scratch: dict[str, str] = {}
    empty = {
        str(document.look(*pod, "volumes", number, "name")): number
        for number in range(document.count(*pod, "volumes"))
        if document.look(*pod, "volumes", number, "emptyDir") == {}
    }
    for number in range(document.count(*main, "volumeMounts")):
        at = (*main, "volumeMounts", number)
        mount = document.look(*at)
        if isinstance(mount, dict) and str(mount.get("name")) in empty and set(mount) == {"name", "mountPath"}:
            name = str(mount["name"])
            if not re.fullmatch(LABEL, name) or name in scratch:
                continue
            scratch[name] = str(mount["mountPath"])
            document.take(*at)
            document.take(*pod, "volumes", empty[name])
    return scratch


def _take_what_every_pod_has(document: Tracked, found: Wrapped, main: Path) -> None:
    """Leave out what the API server gives every pod: two tolerations and the token of its service account."""
    for number in range(document.count(*found.pod, "tolerations")):
        if is_node_life(document.look(*found.pod, "tolerations", number)):
            document.take(*found.pod, "tolerations", number)
    for at in ((*found.pod, "volumes"), (*main, "volumeMounts")):
        for number in range(document.count(*at)):
            if str(document.look(*at, number, "name") or "").startswith(("kube-api-access-", "default-token-")):
                document.take(*at, number)


def _missing(document: Tracked, found: Wrapped, main: Path, environment: Environment) -> tuple[str, ...]:
    """Say what else is lost, and is no field that nothing was made of."""
    missing = list(found.missing)
    if found.retries is not None and found.retries > _RETRIES_MAX:
        missing.append(f"{found.retries} retries: {_RETRIES_MAX} are the most that can be written")
    if environment.credentials:
        missing.append(f"credentials in {', '.join(environment.credentials)}: the file takes none")
    containers = document.count(*found.pod, "containers")
    if containers > 1 and not found.container:
        name = document.look(*main, "name")
        missing.append(f"which of {containers} containers is the work: {name} was taken, the first one")
    return tuple(missing)


def _role(document: Tracked, found: Wrapped, namespace: str, others: Others) -> str:
    """Find the role that its service account gives the work; empty: the input does not say."""
    account = document.look(*found.pod, "serviceAccountName") or "default"
    for item in others:
        metadata = item.get("metadata")
        if item.get("kind") != "ServiceAccount" or not isinstance(metadata, dict):
            continue
        annotations = metadata.get("annotations")
        role = annotations.get("eks.amazonaws.com/role-arn") if isinstance(annotations, dict) else None
        same = metadata.get("name") == account and str(metadata.get("namespace") or namespace) == namespace
        if same and isinstance(role, str):
            return role
    return ""


# -- what can't be read -----------------------------------------------------------------------------------------------


def _hint(document: Tracked) -> str:
    """Say how to get a job out of what holds or serves some."""
    kind = str(document.look("kind"))
    if kind == "Kustomization":
        return "render it first: kubectl kustomize FOLDER | parity init --from -"
    if kind in {"Application", "HelmRelease"}:
        return "render it first: helm template CHART | parity init --from -"
    if kind in {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}:
        return "it serves and has no end; only jobs that end can be compared"
    return ""


def _settings(known: Known) -> StandIns:
    del known
    return {"namespace": ("default", "where its shadow runs may live")}


def _job(known: Known) -> StandIns:
    del known
    return {}


DRAFTS = Drafts(
    "a batch/v1 Job, CronJob, Pod, List of them, or a PyTorchJob, TFJob, RayJob or SparkApplication of one member",
    read,
    _hint,
    _settings,
    _job,
)
