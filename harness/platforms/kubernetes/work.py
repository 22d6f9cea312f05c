"""Which container of a pod is the work: said by somebody, or left over alone, and never guessed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.event import Role
from harness.model.job import Json
from harness.parents import work_container
from harness.platforms.json_parts import mappings, part

DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
"""Annotation of kubectl, which the harness sets too: the container that a person means by the pod's name."""
_AIRFLOW_LABEL, _AIRFLOW_CONTAINER = "kubernetes_pod_operator", "base"
"""Airflow's KubernetesPodOperator labels its pods, and calls the task's container `base` (BASE_CONTAINER_NAME)."""


@dataclass(frozen=True, slots=True)
class WorkHint:
    """What is known besides the pod itself of the container that is the work."""

    template: Mapping[str, Json] = field(default_factory=dict)
    """The owner's pod template; a container that it does not name was injected by an admission webhook."""
    container: str = ""
    """The name that a user gave."""


NO_HINT = WorkHint()


def roles_of(pod: Mapping[str, Json], hint: WorkHint = NO_HINT) -> dict[str, Role]:
    """Give each container's role; where nothing says which plain container is the work, they are all undecided."""
    spec, template = part(pod, "spec"), _names(part(hint.template, "spec"), "containers")
    names = _named(pod, spec)
    work = _work(pod, hint, names, template)
    planned = [name for name in names if name in template] or names
    roles = dict.fromkeys(names, Role.SIDECAR)
    roles |= {work: Role.MAIN} if work else dict.fromkeys(planned, Role.UNDECIDED)
    for name, policy in _policies(spec, "initContainers").items():
        roles[name] = Role.NATIVE_SIDECAR if policy == "Always" else Role.INIT
    return roles


def _named(pod: Mapping[str, Json], spec: Mapping[str, Json]) -> list[str]:
    """Give the plain containers: those of the spec, and what a status tells of others, for a spec may be cut short."""
    told = [
        str(status["name"]) for status in mappings(part(pod, "status").get("containerStatuses")) if "name" in status
    ]
    return list(dict.fromkeys([*_names(spec, "containers"), *told]))


def restart_policy(spec: Mapping[str, Json]) -> str:
    """Give a pod's restartPolicy; `ByContainer` where a container has one, or restartPolicyRules, of its own (1.34)."""
    containers = mappings(spec.get("containers"))
    own = any("restartPolicy" in container or container.get("restartPolicyRules") for container in containers)
    policy = spec.get("restartPolicy")
    return "ByContainer" if own else policy if isinstance(policy, str) else ""


def _work(pod: Mapping[str, Json], hint: WorkHint, names: list[str], template: list[str]) -> str:
    """Name the work: by the user, an annotation, Airflow's label, or because one planned container is left alone."""
    planned = [name for name in names if name in template] or names
    labels = part(part(pod, "metadata"), "labels")
    said = (
        hint.container,
        _annotated(pod),
        _annotated(hint.template),
        _AIRFLOW_CONTAINER if labels.get(_AIRFLOW_LABEL) == "True" else "",
        work_container(pod),
    )
    alone = planned[0] if len(planned) == 1 else ""
    if hint.container in names:
        return hint.container
    return next((name for name in said if name in planned), alone)


def _annotated(item: Mapping[str, Json]) -> str:
    name = part(part(item, "metadata"), "annotations").get(DEFAULT_CONTAINER)
    return name if isinstance(name, str) else ""


def _names(spec: Mapping[str, Json], place: str) -> list[str]:
    return list(_policies(spec, place))


def _policies(spec: Mapping[str, Json], place: str) -> dict[str, Json]:
    """Map the containers of one list to their own restart policy."""
    containers = mappings(spec.get(place))
    return {str(container["name"]): container.get("restartPolicy") for container in containers if "name" in container}
