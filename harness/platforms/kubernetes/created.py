"""Whether an object is the one that was sent: what a server fills in by itself is no difference, all else is. Pure.

Sources: Kubernetes 1.34, pkg/apis/batch/v1/defaults.go and pkg/apis/core/v1/defaults.go; a real API server is asked by
tests/cluster/test_documents.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.fields.paths import Path, key_path
from harness.model.job import Json
from harness.platforms.kubernetes.amounts import amount

_ALWAYS = frozenset({"status", "apiVersion", "kind"})
_BY_PLACE: Mapping[str, frozenset[str]] = {
    "metadata": frozenset(
        {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "name", "namespace",
         "annotations"}
    ),
    "labels": frozenset(
        {"controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"}
    ),
    "annotations": frozenset({"batch.kubernetes.io/job-tracking"}),
    "spec": frozenset(
        {"backoffLimit", "completionMode", "completions", "parallelism", "suspend", "manualSelector", "selector",
         "podReplacementPolicy", "dnsPolicy", "restartPolicy", "schedulerName", "securityContext", "serviceAccount",
         "terminationGracePeriodSeconds", "volumeMode"}
    ),
    "template": frozenset({"metadata"}),
}  # fmt: skip
"""Name of a map → keys that a server fills in."""
_ANYWHERE = frozenset(
    {"terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "resources", "protocol", "scheme",
     "failureThreshold", "periodSeconds", "successThreshold", "timeoutSeconds", "divisor", "defaultMode", "optional",
     "expirationSeconds", "type", "fsType", "service"}
)  # fmt: skip
"""Keys of containers, probes and volumes that a server fills in, or leaves out where they say nothing."""
_AMOUNTS = frozenset({"requests", "limits"})
_AMOUNT_KEYS = frozenset({"sizeLimit", "divisor", "storage"})
_NOTHING: tuple[Json, ...] = (None, "", False, [], {})


def differences(found: Json, planned: Json) -> tuple[str, ...]:
    """List what an object has otherwise than was planned, lacks, or has besides."""
    return tuple(_between(found, planned, ()))


def _between(found: Json, planned: Json, path: Path) -> Iterator[str]:
    if planned in _NOTHING and found in _NOTHING:
        return
    if isinstance(planned, dict) and isinstance(found, dict | None):
        held = found or {}
        for name in sorted({*planned, *held}):
            if name in planned:
                yield from _between(held.get(name), planned[name], (*path, name))
            elif not _filled_in(path, name, planned, held[name]):
                yield f"{key_path((*path, name))}: found {_short(held[name])}, planned nothing"
    elif isinstance(planned, list) and isinstance(found, list) and len(planned) == len(found):
        for number, item in enumerate(planned):
            yield from _between(found[number], item, (*path, number))
    elif found != planned and not _same_amount(found, planned, path):
        yield f"{key_path(path)}: found {_short(found)}, planned {_short(planned)}"


def _filled_in(path: Path, name: str, planned: Mapping[str, Json], value: Json) -> bool:
    place = next((part for part in reversed(path) if isinstance(part, str)), "")
    if value in _NOTHING or name in _ANYWHERE or (not path and name in _ALWAYS):
        return True
    if place == "resources" and name == "requests":
        return _requested(planned.get("limits"), value)
    if place in _AMOUNTS or (place in {"fieldRef", "spec"} and name == "apiVersion"):
        return place not in _AMOUNTS
    return name in _BY_PLACE.get(place, ())


def _requested(limits: Json, requests: Json) -> bool:
    """Tell whether requests are no more than limits that a server copied."""
    return isinstance(limits, dict) and isinstance(requests, dict) and not list(_between(requests, limits, ("limits",)))


def _same_amount(found: Json, planned: Json, path: Path) -> bool:
    """Tell whether two quantities are one number, written otherwise."""
    named = path and (path[-1] in _AMOUNT_KEYS or (len(path) > 1 and path[-2] in _AMOUNTS))
    one, other = amount(found), amount(planned)
    return bool(named) and one is not None and one == other


def _short(value: Json) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"  # noqa: PLR2004 - one line of a page
