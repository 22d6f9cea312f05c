"""What the API server fills in and refuses on Jobs and Pods (batch/v1 and core/v1 defaulting and validation). Pure."""

from __future__ import annotations

import re
from typing import Any

from harness.sandbox.block.outlet import ONLY_BELOW
from harness.sandbox.kube.objects import ApiError, Object
from harness.sandbox.process import hard_codes

_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
_SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
_UNSUPPORTED = (
    "podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "maxFailedIndexes", "managedBy", "manualSelector",
)  # fmt: skip
_ONLY = {
    "completionMode": "NonIndexed", "parallelism": 1, "completions": 1, "podReplacementPolicy": "TerminatingOrFailed",
}  # fmt: skip
_VOLUMES = ("configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected", "downwardAPI")
_NO_CONTAINER_FIELDS = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_DEFAULTS: Object = {**_ONLY, "backoffLimit": 6, "suspend": False}
"""What batch/v1 fills in (reference: kubernetes 3.1), and which of it the sandbox has no other value of."""


def invalid(kind: str, name: str, field: str, text: str) -> ApiError:
    """Say which field is wrong, as the API server does."""
    causes = [{"reason": "FieldValueInvalid", "message": text, "field": field}]
    return ApiError(
        422, "Invalid", f'{kind} "{name}" is invalid: {field}: {text}', {"name": name, "kind": kind, "causes": causes}
    )


def check_name(kind: str, name: str) -> None:
    """Refuse a name that is no DNS subdomain."""
    if not name or len(name) > 253 or not _SUBDOMAIN.match(name):
        raise invalid(kind, name, "metadata.name", f'Invalid value: "{name}": a lowercase RFC 1123 subdomain is needed')


def prepare_job(job: Object, uid: str) -> None:
    """Fill in and check a Job that is about to be created under a uid."""
    name, spec = job["metadata"]["name"], job.setdefault("spec", {})
    if len(name) > 63:
        raise invalid("Job", name, "metadata.name", "must be no more than 63 characters")
    template = spec.get("template")
    if not isinstance(template, dict) or not template.get("spec", {}).get("containers"):
        raise invalid("Job", name, "spec.template.spec.containers", "Required value")
    if template["spec"].get("restartPolicy") not in {"Never", "OnFailure"}:
        raise invalid(
            "Job", name, "spec.template.spec.restartPolicy", 'Required value: valid values: "OnFailure", "Never"'
        )
    _check_supported(spec)
    _check_numbers(name, spec)
    for field, value in _DEFAULTS.items():
        spec[field] = value if spec.get(field) is None else spec[field]
    prepare_pod_spec("Job", name, template["spec"])
    _label(job, uid)


def _check_supported(spec: Object) -> None:
    for field in _UNSUPPORTED:
        if spec.get(field) is not None and spec[field] is not False:  # 0 is a limit
            raise _unsupported("the Job field spec." + field)
    for field, value in _ONLY.items():
        if spec.get(field, value) != value:
            what = f"spec.{field} other than {value}: parallel and Indexed Jobs need a real cluster"
            raise _unsupported(what)


def _check_numbers(name: str, spec: Object) -> None:
    for field in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        value = spec.get(field)
        if value is not None and (not isinstance(value, int) or value < 0):
            raise invalid("Job", name, f"spec.{field}", f"Invalid value: {value}: must be greater than or equal to 0")


def _label(job: Object, uid: str) -> None:
    """Give the Job its generated selector and its template the labels that go with it."""
    name = job["metadata"]["name"]
    labels = {
        "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
        "controller-uid": uid, "job-name": name,
    }  # fmt: skip
    template = job["spec"]["template"].setdefault("metadata", {})
    template["labels"] = {**(template.get("labels") or {}), **labels}
    job["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    job["metadata"].setdefault("labels", dict(template["labels"]))


def prepare_pod_spec(kind: str, name: str, spec: dict[str, Any]) -> None:
    """Fill in and check a pod's spec."""
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    _check_pod_supported(spec)
    seen = set()
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        found = container.get("name", "")
        if not _LABEL.match(found) or len(found) > 63:
            raise invalid(kind, name, "spec.containers[].name", f'Invalid value: "{found}"')
        if found in seen:
            raise invalid(kind, name, "spec.containers[].name", f'Duplicate value: "{found}"')
        seen.add(found)
        if not container.get("image"):
            raise invalid(kind, name, f"spec.containers[{found}].image", "Required value")
        if not container.get("command") and not container.get("args"):
            raise _unsupported("a container without command: its images have none of their own")
        container.setdefault("imagePullPolicy", "IfNotPresent")
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        container["resources"] = {name: each for name, each in (container.get("resources") or {}).items() if each}
        _check_amounts(kind, name, container)


def _check_amounts(kind: str, name: str, container: Object) -> None:
    for side in ("requests", "limits"):
        for what, amount in container["resources"].get(side, {}).items():
            try:
                quantity(amount)
            except ValueError:
                field = f"spec.containers[{container['name']}].resources.{side}.{what}"
                raise invalid(kind, name, field, f'Invalid value: "{amount}": must be a quantity') from None


def _check_pod_supported(spec: Object) -> None:
    """Refuse by name what a pod asks for and the node has not."""
    for volume in spec.get("volumes") or []:
        for kind in sorted(set(volume) - {"name", *_VOLUMES}):
            raise _unsupported("volumes of kind " + kind)
        if (volume.get("emptyDir") or {}).get("sizeLimit"):
            raise _unsupported("emptyDir with a sizeLimit: nobody would evict the pod")
    for container in [*(spec.get("initContainers") or []), *spec.get("containers", [])]:
        for field in _NO_CONTAINER_FIELDS:
            if container.get(field):
                raise _unsupported("the container field " + field)


def check_paths(plural: str, item: Object) -> None:
    """Refuse by name a script that has a mount's path in its text: relocated processes do not have that path.

    Raises:
        ApiError: 501, with the path.
    """
    spec = _pod(plural, item)["spec"]
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        words = [*(container.get("command") or []), *(container.get("args") or [])]
        for mount in container.get("volumeMounts") or []:
            if any(hard_codes(str(word), str(mount.get("mountPath"))) for word in words):
                what = f"a command that hard-codes {mount['mountPath']}, where no isolation but relocation is to be had"
                raise _unsupported(what)


def check_network(plural: str, item: Object, why: str) -> None:
    """Refuse by name a pod that may do nothing outside, where nobody can keep it from it.

    Raises:
        ApiError: 501, with the reason.
    """
    if ONLY_BELOW in (_pod(plural, item).get("metadata", {}).get("annotations") or {}):
        what = f"effects: block here: {why}"
        raise _unsupported(what)


def _pod(plural: str, item: Object) -> Object:
    """Give the pod that an object is or makes; one without containers where it is neither."""
    found: Object = item if plural == "pods" else item["spec"]["template"] if plural == "jobs" else {"spec": {}}
    return found


def _unsupported(what: str) -> ApiError:
    return ApiError(501, "NotImplemented", f"the sandbox does not support {what}")


_UNITS = {
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60,
    "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
}  # fmt: skip


def quantity(text: str | float) -> float:
    """Read a quantity, in cores or bytes (Kubernetes API, resource.Quantity).

    Raises:
        ValueError: it is none.
    """
    word = str(text)
    for unit, factor in _UNITS.items():
        if word.endswith(unit):
            return float(word[: -len(unit)]) * factor
    return float(word)
