"""Order → the objects of one run: Job, ConfigMap, Secret. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from harness.model import document as document_words
from harness.model import strict_json
from harness.model.document import JobDocument, at, filled, mutated
from harness.model.job import Delivery, Job, Json, Side, Sidecar
from harness.model.order import Order
from harness.platforms import training_layout
from harness.platforms.json_parts import mappings
from harness.platforms.kubernetes.document import POD, VOLUMES
from harness.platforms.kubernetes.labels import (
    CAMPAIGN_LABEL,
    DIGEST_ANNOTATION,
    LABEL,
    ONLY_BELOW,
    RUN_LABEL,
    campaign_label,
)
from harness.platforms.kubernetes.work import DEFAULT_CONTAINER

SHIM_FOLDER = "/parity"
GRANTS_FOLDER = "/parity-grants"
MAIN = "main"
_POWERS = ("m", "", "k", "M", "G", "T", "P", "E")


def labels_of(order: Order) -> dict[str, Json]:
    """Give the labels of every object of a run."""
    return {
        "app.kubernetes.io/managed-by": LABEL,
        CAMPAIGN_LABEL: campaign_label(order.campaign),
        RUN_LABEL: order.run.id,
    }


def config_map(order: Order, namespace: str, shim: str, spec: bytes) -> dict[str, Json]:
    """Build the ConfigMap with the shim and its specification."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(order, namespace),
        "data": {"shim.py": shim, "spec.json": spec.decode()},
    }


def secret(order: Order, namespace: str, grants: bytes) -> dict[str, Json]:
    """Build the Secret with the presigned URLs and the hash key of one run; it is removed with the run."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(order, namespace),
        "type": "Opaque",
        "stringData": {"grants.json": grants.decode()},
    }


RESTRICTED_POD: dict[str, Json] = {"seccompProfile": {"type": "RuntimeDefault"}}
RESTRICTED_CONTAINER: dict[str, Json] = {"allowPrivilegeEscalation": False}
"""Of the Pod Security Standards' `restricted` what changes nothing for an image that needs no privilege: no user id is
set, because an image may need its own."""


HOST_ALIAS: dict[str, Json] = {"ip": "127.0.0.1", "hostnames": [training_layout.HOST]}
"""So that a program finds the host that its resources name."""


def job(
    order: Order, namespace: str, account: str | None, spec_digest: str, *, folder: str = "", restricted: bool = True
) -> dict[str, Json]:
    """Build the Job; its annotation carries the digest of everything that was planned for it.

    `account`: the service account; `folder`: the run's own s3:// place, below which alone a blocked one may write.
    """
    side = order.job.sides[order.run.side]
    pod: dict[str, Json] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 30,
        "containers": [
            _main(order, spec_digest),
            *(_sidecar(sidecar, order) for sidecar in side.sidecars if not sidecar.native),
        ],
        "initContainers": [
            {**_sidecar(sidecar, order), "restartPolicy": "Always"} for sidecar in side.sidecars if sidecar.native
        ],
        "volumes": _volumes(order),
    }
    if restricted:
        pod["securityContext"] = RESTRICTED_POD
        for part in ("containers", "initContainers"):
            pod[part] = [{**container, "securityContext": RESTRICTED_CONTAINER} for container in mappings(pod[part])]
    if training_layout.is_laid_out(order.job):
        pod["hostAliases"] = [HOST_ALIAS]
    if account:
        pod["serviceAccountName"] = account
    annotations: dict[str, Json] = {DEFAULT_CONTAINER: MAIN, **({ONLY_BELOW: folder} if order.job.is_blocked else {})}
    spec: dict[str, Json] = {
        "backoffLimit": order.job.retries,
        "activeDeadlineSeconds": order.job.time_limit_seconds,
        "template": {
            "metadata": {"labels": labels_of(order), "annotations": annotations},
            "spec": {name: value for name, value in pod.items() if value != []},
        },
    }
    metadata = _metadata(order, namespace)
    metadata["annotations"] = {DIGEST_ANNOTATION: _digest(spec)}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def of_document(order: Order, document: JobDocument, spec_digest: str, folder: str = "") -> dict[str, Json]:
    """Give the team's own Job, changed by the planned mutations alone; `folder` is the run's own s3:// place."""
    values = {
        document_words.RUN: order.run.name,
        document_words.RUN_ID: order.run.id,
        document_words.CAMPAIGN: campaign_label(order.campaign),
        document_words.IMAGE: order.identity.image.reference,
        document_words.SPEC: spec_digest,
        document_words.FOLDER: folder,
    }
    return mutated(document.content, filled(order.mutations, values))


def main_container(planned: Job, side: Side) -> str:
    """Name the container that is the work."""
    document = planned.sides[side].document
    return document.main if document else MAIN


def message_path(order: Order) -> str:
    """Say where the kubelet looks for the main container's last words."""
    document = order.job.sides[order.run.side].document
    containers = mappings(at(dict(document.content), (*POD, "containers"))) if document else []
    found = next((item for item in containers if document and item.get("name") == document.main), {})
    return str(found.get("terminationMessagePath") or "/dev/termination-log")


def _metadata(order: Order, namespace: str) -> dict[str, Json]:
    return {"name": order.run.name, "namespace": namespace, "labels": labels_of(order)}


def _digest(value: Json) -> str:
    return hashlib.sha256(strict_json.write(value)).hexdigest()


def _main(order: Order, spec_digest: str) -> dict[str, Json]:
    side, planned = order.job.sides[order.run.side], order.job
    command = list(side.command)
    environment = dict(side.environment)
    if order.run.shim:
        command = ["python3", f"{SHIM_FOLDER}/shim.py", f"{SHIM_FOLDER}/spec.json", spec_digest]
    elif side.reading.delivery is Delivery.ARGV:
        command += [
            part for name, value in side.parameters.items() for part in (f"--{name}", strict_json.text_of(value))
        ]
    elif side.reading.delivery is Delivery.ENV:
        environment |= {name.upper(): strict_json.text_of(value) for name, value in side.parameters.items()}
    return {
        "name": MAIN,
        "image": order.identity.image.reference,
        "imagePullPolicy": "IfNotPresent",
        "command": list(command),
        "env": _plain(environment) + _secrets(order),
        "resources": _resources(planned),
        "volumeMounts": _mounts(order),
    }


def _plain(environment: Mapping[str, str]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in sorted(environment.items())]


def _secrets(order: Order) -> list[Json]:
    """Let the kubelet hand over keys of Secrets that are there already.

    With the shim a key is optional: without one the container starts, and the shim ends it before the job's own command
    and says why. A kubelet would wait for a missing key until the job's time is up.
    """
    return [
        {
            "name": name,
            "valueFrom": {"secretKeyRef": {"name": source.name, "key": source.key, "optional": order.run.shim}},
        }
        for name, source in sorted(order.job.sides[order.run.side].secret_sources.items())
    ]


def _resources(planned: Job) -> dict[str, Json]:
    asked: dict[str, Json] = {
        "cpu": quantity(round(planned.resources.cpu * 1000)),
        "memory": quantity(planned.resources.memory_bytes * 1000),
    }
    if planned.resources.gpu:
        asked["nvidia.com/gpu"] = str(planned.resources.gpu)
    limits: dict[str, Json] = {name: value for name, value in asked.items() if name != "cpu"}
    return {"requests": asked, "limits": limits}


def quantity(thousandths: int) -> str:
    """Write a quantity as the API server stores it, or adoption would see another: whole, in the largest power of 1000.

    Source: apimachinery's Quantity, "canonical form".
    """
    number, power = thousandths, 0
    while number and number % 1000 == 0 and power < len(_POWERS) - 1:
        number, power = number // 1000, power + 1
    return f"{number}{_POWERS[power]}" if number else "0"


def _sidecar(sidecar: Sidecar, order: Order) -> dict[str, Json]:
    return {
        "name": sidecar.name,
        "image": sidecar.image or order.identity.image.reference,
        "imagePullPolicy": "IfNotPresent",
        "command": list(sidecar.command),
        "volumeMounts": _scratch_mounts(order),
    }


def _mounts(order: Order) -> list[Json]:
    shim: list[Json] = [
        {"name": "parity", "mountPath": SHIM_FOLDER, "readOnly": True},
        {"name": "parity-grants", "mountPath": GRANTS_FOLDER, "readOnly": True},
    ]
    outputs: list[Json] = [
        {"name": f"output-{n}", "mountPath": output.path[order.run.side]}
        for n, output in enumerate(order.job.outputs)
        if order.run.side in output.path
    ]
    inputs: list[Json] = [
        {"name": f"input-{n}", "mountPath": given.path[order.run.side]}
        for n, given in enumerate(order.job.inputs)
        if order.run.side in given.path
    ]
    declared = outputs + inputs + _scratch_mounts(order)
    return (shim if order.run.shim else []) + declared + _layout_mounts(order, declared)


def _layout_mounts(order: Order, declared: list[Json]) -> list[Json]:
    """Give a program that counts on SageMaker's places those that nothing of its own is mounted at."""
    taken = {mount["mountPath"] for mount in declared if isinstance(mount, dict)}
    wanted = training_layout.FOLDERS if training_layout.is_laid_out(order.job) and order.run.shim else {}
    return [{"name": name, "mountPath": path} for name, path in wanted.items() if path not in taken]


def _scratch_mounts(order: Order) -> list[Json]:
    return [
        {"name": f"scratch-{name}", "mountPath": path} for name, path in order.job.sides[order.run.side].scratch.items()
    ]


def _volumes(order: Order) -> list[Json]:
    shim: list[Json] = [
        {"name": "parity", "configMap": {"name": order.run.name}},
        {"name": "parity-grants", "secret": {"secretName": order.run.name, "defaultMode": 0o400}},
    ]
    empty: list[Json] = [
        {"name": mount["name"], "emptyDir": {}}
        for mount in [*_mounts(order), *_scratch_mounts(order)]
        if isinstance(mount, dict) and mount["name"] not in VOLUMES
    ]
    unique = {str(volume["name"]): volume for volume in empty if isinstance(volume, dict)}
    return (shim if order.run.shim else []) + list(unique.values())
