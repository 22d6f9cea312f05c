"""What a kubelet says of a pod: container states, phase, conditions. Pure (reference: kubernetes 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.sandbox.kube.objects import Object, now
from harness.sandbox.process import Container, Exit

UNKNOWN = {
    "exitCode": 137, "reason": "ContainerStatusUnknown", "startedAt": None, "finishedAt": None,
    "message": "The container could not be located when the pod was terminated",
}  # fmt: skip
"""What is said of a container that never started in a pod that is over."""


@dataclass
class Running:
    """One container of a pod while its pod lives."""

    spec: Object
    role: str
    """main, init or native (a sidecar among the init containers)."""
    state: Object
    container: Container | None = None
    restarts: int = 0
    last: Object | None = None
    restart_at: float = 0.0
    """Monotonic; 0: no restart is due."""
    id: str = ""
    image_id: str = ""
    killed_for_memory: bool = False
    """One of its processes was; the container may have gone on."""

    @property
    def name(self) -> str:
        """The container's name."""
        return str(self.spec["name"])

    @property
    def lives(self) -> bool:
        """Whether its process runs."""
        return "running" in self.state

    @property
    def ended(self) -> bool:
        """Whether its process has ended and no restart is due."""
        return "terminated" in self.state and not self.restart_at

    @property
    def code(self) -> int:
        """The exit code; 0 while it has none."""
        return int(self.state.get("terminated", {}).get("exitCode", 0))


def containers_of(spec: Object) -> tuple[list[Running], list[Running]]:
    """Take a pod's spec apart: init containers with native sidecars, and mains."""
    inits = spec.get("initContainers", [])
    waiting = "PodInitializing" if inits else "ContainerCreating"
    return (
        [
            Running(
                container,
                "native" if container.get("restartPolicy") == "Always" else "init",
                _waiting("PodInitializing"),
            )
            for container in inits
        ],
        [Running(container, "main", _waiting(waiting)) for container in spec["containers"]],
    )


def _waiting(reason: str) -> Object:
    return {"waiting": {"reason": reason}}


def phase(inits: Sequence[Running], mains: Sequence[Running]) -> str:
    """Say Pending or Running of a pod that is not over."""
    undone = any(container.role == "init" and not (container.ended and container.code == 0) for container in inits)
    fresh = any("waiting" in container.state and container.last is None for container in mains)
    return "Pending" if undone or fresh else "Running"


def last_phase(inits: Sequence[Running], mains: Sequence[Running]) -> str:
    """Say how a pod that is over has ended; native sidecars do not count (K26)."""
    counting = [*mains, *(container for container in inits if container.role == "init")]
    return "Succeeded" if all(running.ended and running.code == 0 for running in counting) else "Failed"


def restarts(running: Running, policy: str) -> bool:
    """Tell whether a kubelet starts an ended container again."""
    if running.role == "native" or (running.role == "main" and policy == "Always"):
        return True
    return policy != "Never" and running.code != 0


def terminated(running: Running, found: Exit) -> Object:
    """Write the state of a container that has ended."""
    ended = "Completed" if found.code == 0 else "Error"
    return {
        "terminated": {
            "exitCode": found.code,
            "reason": "OOMKilled" if running.killed_for_memory else ended,
            "startedAt": stamp(found.started_at),
            "finishedAt": stamp(found.finished_at),
            "containerID": running.id,
        }
    }


def start_error(running: Running, message: str) -> Object:
    """Write the state of a container whose command could not be started."""
    times = {"startedAt": "1970-01-01T00:00:00Z", "finishedAt": now()}
    return {
        "terminated": {
            "exitCode": 128, "reason": "StartError", "message": message, **times, "containerID": running.id,
        }
    }  # fmt: skip


def container_statuses(inits: Sequence[Running], mains: Sequence[Running]) -> Object:
    """Write the statuses of all containers."""
    statuses: Object = {"containerStatuses": [_status(container) for container in mains]}
    if inits:
        statuses["initContainerStatuses"] = [_status(container) for container in inits]
    return statuses


def _status(running: Running) -> Object:
    done = running.role == "init" and running.ended and running.code == 0
    return {
        "name": running.name,
        "image": running.spec["image"],
        "imageID": running.image_id,
        "ready": running.lives or done,
        "started": running.lives,
        "restartCount": running.restarts,
        "state": running.state,
        "lastState": running.last or {},
        **({"containerID": running.id} if running.id else {}),
    }


def set_condition(item: Object, kind: str, status: str, reason: str = "", *, message: str = "") -> None:
    """Set one pod condition; one that says the same already keeps its time."""
    conditions = item.setdefault("status", {}).setdefault("conditions", [])
    known = next((condition for condition in conditions if condition["type"] == kind), None)
    if known and known["status"] == status and known.get("reason", "") == reason:
        return
    fresh: Object = {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": now()}
    if reason:
        fresh |= {"reason": reason, "message": message}
    if known:
        conditions[conditions.index(known)] = fresh
    else:
        conditions.append(fresh)


def stamp(seconds: float) -> str:
    """Write a time as the API has it: whole seconds, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
