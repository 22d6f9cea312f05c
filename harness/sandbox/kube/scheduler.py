"""The scheduler: binds pods to the one node while it has room, and says what is short when it has none."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from harness.sandbox.kube.defaults import quantity
from harness.sandbox.kube.deletion import is_over
from harness.sandbox.kube.events import emit
from harness.sandbox.kube.fields import NODE
from harness.sandbox.kube.objects import ApiError, Object, Objects
from harness.sandbox.kube.statuses import set_condition

COMPONENT = "default-scheduler"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the node offers."""

    cpu: float = field(default_factory=lambda: float(max(4, (os.cpu_count() or 1) * 4)))
    """Four times what the machine has: requests of the demo's jobs are larger than their use."""
    memory: float = 64 * 2.0**30
    pods: int = 110
    """The kubelet's default."""

    def amounts(self) -> dict[str, str]:
        """Write it as a Node does."""
        return {"cpu": str(int(self.cpu)), "memory": str(int(self.memory)), "pods": str(self.pods)}


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Places pods."""

    objects: Objects
    capacity: Capacity
    pause: Callable[[], None]
    """Takes the time that a real scheduler takes for a pod."""

    def place_all(self) -> None:
        """Place what waits, in the order of names, each against what is bound by then."""
        for pod in self.objects.list("pods")[0]:
            if _is_mine(pod) and not pod["spec"].get("nodeName") and "deletionTimestamp" not in pod["metadata"]:
                self._place(pod)

    def _place(self, pod: Object) -> None:
        missing = short_of(self.capacity, pod, self.objects.list("pods")[0])
        with suppress(ApiError):  # the pod is gone
            if missing:
                self._refuse(pod, missing)
                return
            self.pause()
            placed = self._change(pod, _bind)
            message = f"Successfully assigned {pod['metadata']['namespace']}/{pod['metadata']['name']} to {NODE}"
            emit(self.objects, placed, "Pod", "Scheduled", message=message, source=COMPONENT)

    def _refuse(self, pod: Object, missing: list[str]) -> None:
        if any(condition["type"] == "PodScheduled" for condition in pod["status"].get("conditions", [])):
            return
        message = f"0/1 nodes are available: 1 Insufficient {', '.join(missing)}."
        self._change(pod, lambda item: set_condition(item, "PodScheduled", "False", "Unschedulable", message=message))
        emit(self.objects, pod, "Pod", "FailedScheduling", message=message, source=COMPONENT, warning=True)

    def _change(self, pod: Object, edit: Callable[[Object], None]) -> Object:
        metadata = pod["metadata"]
        return self.objects.change("pods", metadata["namespace"], metadata["name"], edit)


def _is_mine(pod: Object) -> bool:
    return bool(pod["spec"].get("schedulerName") == COMPONENT)


def short_of(capacity: Capacity, pod: Object, pods: list[Object]) -> list[str]:
    """Name what the node has too little of for a pod beside those that are bound and not over."""
    bound = [pod for pod in pods if pod["spec"].get("nodeName") and not is_over(pod)]
    wanted = [_asked(entry) for entry in (*bound, pod)]
    needs = (
        ("cpu", capacity.cpu, sum(row[0] for row in wanted)),
        ("memory", capacity.memory, sum(row[1] for row in wanted)),
        ("pods", capacity.pods, len(wanted)),
    )
    return [name for name, have, need in needs if need > have]


def _asked(pod: Object) -> tuple[float, float]:
    requests = [container.get("resources", {}).get("requests", {}) for container in pod["spec"]["containers"]]
    cpu, memory = (sum(quantity(request.get(name, 0)) for request in requests) for name in ("cpu", "memory"))
    return cpu, memory


def _bind(pod: Object) -> None:
    pod["spec"]["nodeName"] = NODE
    set_condition(pod, "PodScheduled", "True")
