"""What a namespace's ResourceQuotas and LimitRanges make of a Job's pod, before it is created. Pure.

Kubernetes, "Resource Quotas" and "Limit Ranges": a Job is taken, and then its pods are refused (FailedCreate).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.fields.paths import key_path
from harness.model.document import at
from harness.model.job import Json
from harness.platforms.json_parts import mapping, mappings, part
from harness.platforms.kubernetes.amounts import amount
from harness.platforms.kubernetes.document import POD

Object = Mapping[str, Json]
_COMPUTE = ("cpu", "memory")
"""A quota of one of these asks every container to name it; of others a pod that names none has none."""
_PODS, _JOBS = frozenset({"pods", "count/pods"}), "count/jobs.batch"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one container asks for, after the namespace's defaults."""

    name: str
    place: str
    beside: bool
    """It runs while others do: a container of the pod, or a native sidecar."""
    requests: Mapping[str, Decimal]
    limits: Mapping[str, Decimal]

    def of(self, which: str) -> Mapping[str, Decimal]:
        """Give its requests or limits."""
        return self.limits if which == "limits" else self.requests


def refusals(job: Object, quotas: Sequence[Object], ranges: Sequence[Object]) -> Iterator[str]:
    """Say which rule of the namespace a Job's pod breaks, and by how much; quotas of some pods only are left out."""
    bounds = [(_name(found), bound) for found in ranges for bound in mappings(part(found, "spec").get("limits"))]
    asked = list(_asked(job, [bound for _, bound in bounds if bound.get("type") == "Container"]))
    for name, bound in bounds:
        if bound.get("type") == "Container":
            for container in asked:
                yield from _out_of_bounds(f"{container.place} ({container.name})", name, bound, (container,))
        elif bound.get("type") == "Pod":
            yield from _out_of_bounds("the pod", name, bound, asked)
    for quota in quotas:
        spec = part(quota, "spec")
        if not spec.get("scopes") and not spec.get("scopeSelector"):
            yield from _over_quota(quota, asked)


def _name(found: Object) -> str:
    return str(part(found, "metadata").get("name"))


def _asked(job: Object, defaults: Sequence[Object]) -> Iterator[_Asked]:
    pod = mapping(at(dict(job), POD))
    for key in ("initContainers", "containers"):
        for number, container in enumerate(mappings(pod.get(key))):
            written = part(container, "resources")
            limits, requests = _amounts(part(written, "limits")), _amounts(part(written, "requests"))
            of_limits = {name: most for each in defaults for name, most in _amounts(part(each, "default")).items()}
            of_requests = {
                name: most for each in defaults for name, most in _amounts(part(each, "defaultRequest")).items()
            }
            requests = {**of_requests, **{name: limits[name] for name in limits}, **requests}
            limits = {**of_limits, **limits}
            beside = key == "containers" or container.get("restartPolicy") == "Always"
            place = key_path((*POD, key, number))
            yield _Asked(str(container.get("name")), place, beside, {**limits, **requests}, limits)


def _amounts(written: Object) -> dict[str, Decimal]:
    found = {name: amount(value) for name, value in written.items()}
    return {name: value for name, value in found.items() if value is not None}


def _total(asked: Sequence[_Asked], which: str, name: str) -> Decimal:
    """Add what runs together; an init container that ends before needs its own share beside nothing of the work."""
    together = sum((container.of(which).get(name, Decimal()) for container in asked if container.beside), Decimal())
    before = (container.of(which).get(name, Decimal()) for container in asked if not container.beside)
    return max([together, *before])


def _out_of_bounds(what: str, name: str, bound: Object, asked: Sequence[_Asked]) -> Iterator[str]:
    for resource, most in _amounts(part(bound, "max")).items():
        for which in ("limits", "requests"):
            found = _total(asked, which, resource)
            if found > most:
                yield f"{what}: {which}.{resource} is {_shown(found)}, LimitRange {name} allows at most {_shown(most)}"
                break
    for resource, least in _amounts(part(bound, "min")).items():
        found = _total(asked, "requests", resource)
        if found < least:
            yield f"{what}: requests.{resource} is {_shown(found)}, LimitRange {name} asks for at least {_shown(least)}"


def _over_quota(quota: Object, asked: Sequence[_Asked]) -> Iterator[str]:
    hard = _amounts(part(part(quota, "status"), "hard") or part(part(quota, "spec"), "hard"))
    used = _amounts(part(part(quota, "status"), "used"))
    for key, most in hard.items():
        which, dot, rest = key.partition(".")
        resource = rest if dot and which in {"requests", "limits"} else key
        which = which if resource == rest and dot else "requests"
        if key in _PODS or key == _JOBS:
            needed = Decimal(1)
        elif resource in _COMPUTE:
            for container in asked:
                if resource not in container.of(which):
                    wants = f"{which}.{resource}, which ResourceQuota {_name(quota)} asks every container for"
                    yield f"{container.place} ({container.name}) names no {wants}"
            needed = _total(asked, which, resource)
        else:
            needed = _total(asked, which, resource) if dot and which in {"requests", "limits"} else Decimal()
        left = most - used.get(key, Decimal())
        if needed > left:
            now = f"leaves {_shown(max(left, Decimal()))} of {_shown(most)} now"
            yield f"the Job needs {_shown(needed)} of {key}, ResourceQuota {_name(quota)} {now}"


def _shown(value: Decimal) -> str:
    """Write an amount as teams do: whole units of memory where it is some."""
    for unit in ("Gi", "Mi"):
        size = amount(f"1{unit}")
        if size and value >= size and value % size == 0:
            return f"{value // size}{unit}"
    return f"{value.normalize():f}"
