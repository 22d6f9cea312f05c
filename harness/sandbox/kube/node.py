"""Scheduler and node agent: places pods by capacity, runs containers as real processes, tells what a kubelet tells."""

from __future__ import annotations

import base64
import contextlib
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.sandbox.images import Image, ImageStore
from harness.sandbox.kube.defaults import cpu, memory
from harness.sandbox.kube.events import emit
from harness.sandbox.kube.objects import ApiError, Object, Objects, now
from harness.sandbox.process import Container, ContainerSpec, Exit, Isolation, Mount, start

NODE = "sandbox-node"
COMPONENT = "kubelet"
RESTART_SECONDS = (10.0, 300.0)
"""The kubelet's back-off between restarts of a container, times the scale."""
DELAYS_SECONDS = {"schedule": (0.2, 1.0), "sandbox": (1.0, 3.0), "pull": (20.0, 40.0), "create": (0.5, 2.0)}
"""Uniform, times the scale; a cached image is not pulled (published: 30 to 45 s on nodes that have the image)."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the node offers."""

    cpu: float
    memory: float
    pods: int


@dataclass
class _Running:
    """One container of a pod while its pod runs."""

    spec: Object
    role: str
    container: Container | None = None
    restarts: int = 0
    last: Object | None = None
    state: Object = field(default_factory=lambda: {"waiting": {"reason": "ContainerCreating"}})
    restart_at: float = 0.0
    id: str = ""


class Node:
    """One node with everything it runs."""

    def __init__(
        self, objects: Objects, images: ImageStore, folder: Path, isolation: Isolation, scale: float, seed: int
    ) -> None:
        """Offer what the machine has; nothing runs yet."""
        self.objects = objects
        self.images = images
        self.folder = folder
        self.isolation = isolation
        self.scale = scale
        self.capacity = Capacity(float(max(4, (os.cpu_count() or 1) * 4)), 64 * 2.0**30, 110)
        self._draw = random.Random(seed)
        self.pulled: set[str] = set()
        self._workers: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.containers: set[Container] = set()

    def register(self) -> None:
        """Make the node's own object."""
        amounts = {
            "cpu": str(int(self.capacity.cpu)),
            "memory": str(int(self.capacity.memory)),
            "pods": str(self.capacity.pods),
        }
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "KubeletReady",
            "message": "sandbox node",
            "lastTransitionTime": now(),
            "lastHeartbeatTime": now(),
        }
        self.objects.create(
            "nodes",
            {
                "kind": "Node",
                "apiVersion": "v1",
                "metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE}},
                "spec": {},
                "status": {
                    "capacity": amounts,
                    "allocatable": amounts,
                    "conditions": [ready],
                    "nodeInfo": {"kubeletVersion": "sandbox"},
                },
            },
        )

    def run(self, stop: threading.Event) -> None:
        """Place pods and start a worker for each until stopped."""
        seen = 0
        while not stop.is_set():
            self.objects.wait(seen, 0.5)
            seen = self.objects.version
            pods = self.objects.list("pods")[0]
            for pod in pods:
                if not pod["spec"].get("nodeName") and "deletionTimestamp" not in pod["metadata"]:
                    self._place(pod, pods)
            for pod in self.objects.list("pods")[0]:
                self._ensure_worker(pod)

    def end(self) -> None:
        """End every container at once."""
        self._stop.set()
        for container in list(self.containers):
            container.kill()

    def delay(self, what: str) -> float:
        """Draw a synthetic delay in seconds."""
        low, high = DELAYS_SECONDS[what]
        with self._lock:
            return self._draw.uniform(low, high) * self.scale

    # -- scheduler ----------------------------------------------------------------------------------------------------

    def _place(self, pod: Object, pods: list[Object]) -> None:
        used = [
            each
            for each in pods
            if each["spec"].get("nodeName") and each.get("status", {}).get("phase") not in {"Succeeded", "Failed"}
        ]
        asked = _asked(pod)
        missing = [
            name
            for name, limit, have in (
                ("cpu", self.capacity.cpu, sum(_asked(each)[0] for each in used) + asked[0]),
                ("memory", self.capacity.memory, sum(_asked(each)[1] for each in used) + asked[1]),
                ("pods", self.capacity.pods, len(used) + 1),
            )
            if have > limit
        ]
        if missing:
            self._unschedulable(pod, missing)
            return
        time.sleep(self.delay("schedule"))

        def bind(item: Object) -> None:
            item["spec"]["nodeName"] = NODE
            _condition(item, "PodScheduled", "True")

        with contextlib.suppress(ApiError):
            placed = self._change(pod, bind)
            message = f"Successfully assigned {pod['metadata']['namespace']}/{pod['metadata']['name']} to {NODE}"
            emit(self.objects, placed, "Pod", "Scheduled", message, source="default-scheduler")

    def _unschedulable(self, pod: Object, missing: list[str]) -> None:
        message = f"0/1 nodes are available: 1 Insufficient {', '.join(missing)}."
        known = [each for each in pod["status"].get("conditions", []) if each["type"] == "PodScheduled"]
        if known:
            return
        with contextlib.suppress(ApiError):
            self._change(pod, lambda item: _condition(item, "PodScheduled", "False", "Unschedulable", message))
            emit(self.objects, pod, "Pod", "FailedScheduling", message, source="default-scheduler", warning=True)

    # -- workers ------------------------------------------------------------------------------------------------------

    def _ensure_worker(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        if (
            not pod["spec"].get("nodeName")
            or uid in self._workers
            or pod["status"].get("phase") in {"Succeeded", "Failed"}
        ):
            return
        worker = threading.Thread(target=PodWorker(self, pod).run, name=f"pod-{pod['metadata']['name']}", daemon=True)
        self._workers[uid] = worker
        worker.start()

    def _change(self, pod: Object, edit: Callable[[Object], None]) -> Object:
        metadata = pod["metadata"]
        return self.objects.change("pods", metadata["namespace"], metadata["name"], edit)

    def pull(self, image: Image) -> float:
        """Pull an image once; say how long it took."""
        with self._lock:
            known = image.manifest_digest in self.pulled
            self.pulled.add(image.manifest_digest)
        seconds = 0.0 if known else self.delay("pull")
        self._stop.wait(seconds)
        return seconds

    def stopped(self) -> bool:
        """Tell whether the node is going down."""
        return self._stop.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait, unless the node goes down."""
        self._stop.wait(seconds)


def _asked(pod: Object) -> tuple[float, float]:
    requests = [each.get("resources", {}).get("requests", {}) for each in pod["spec"]["containers"]]
    return sum(cpu(each.get("cpu", 0)) for each in requests), sum(memory(each.get("memory", 0)) for each in requests)


def _condition(item: Object, kind: str, status: str, reason: str = "", message: str = "") -> None:
    conditions = item.setdefault("status", {}).setdefault("conditions", [])
    known = next((each for each in conditions if each["type"] == kind), None)
    if known and known["status"] == status and known.get("reason", "") == reason:
        return
    fresh: Object = {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": now()}
    if reason:
        fresh |= {"reason": reason, "message": message}
    if known:
        conditions[conditions.index(known)] = fresh
    else:
        conditions.append(fresh)


class PodWorker:
    """Runs one pod from its binding to its end."""

    def __init__(self, node: Node, pod: Object) -> None:
        """Take the pod over."""
        self._node = node
        self._pod = pod
        self._folder = node.folder / "pods" / pod["metadata"]["uid"]
        spec = pod["spec"]
        self._inits = [
            _Running(each, "native" if each.get("restartPolicy") == "Always" else "init")
            for each in spec.get("initContainers", [])
        ]
        self._mains = [_Running(each, "main") for each in spec["containers"]]
        self._killed_at: float | None = None
        self._deadline_hit = False

    def run(self) -> None:
        """Start, follow, end; what goes wrong on the node is told as a pod that could not start."""
        try:
            self._start()
            self._follow()
        except ApiError as error:
            if error.code != 404:
                raise
            self._kill_all()
        finally:
            if not self._node.stopped():
                shutil.rmtree(self._folder / "volumes", ignore_errors=True)

    # -- start --------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._publish(startTime=now(), hostIP="127.0.0.1")
        self._node.sleep(self._node.delay("sandbox"))
        volumes = self._volumes()
        self._edit(lambda item: _condition(item, "PodReadyToStartContainers", "True"))
        for each in self._inits:
            if not self._launch(each, volumes) or (each.role == "init" and not self._await_init(each)):
                return
        self._edit(lambda item: _condition(item, "Initialized", "True"))
        for each in self._mains:
            self._launch(each, volumes)

    def _await_init(self, running: _Running) -> bool:
        while running.container is not None and not self._node.stopped():
            found = running.container.wait(0.1)
            if found:
                running.state = {"terminated": _terminated(running, found)}
                self._publish()
                return found.code == 0
            if self._deleted():
                self._kill_all()
        return False

    def _launch(self, running: _Running, volumes: dict[str, Path]) -> bool:
        """Pull, create, start one container; False when its image or command is not there."""
        name, reference = running.spec["name"], running.spec["image"]
        field_path = f"spec.{'initContainers' if running.role != 'main' else 'containers'}{{{name}}}"
        image = self._node.images.find(reference)
        if image is None:
            return self._no_image(running, field_path)
        begun = time.monotonic()
        if image.manifest_digest not in self._node.pulled:
            self._event("Pulling", f'Pulling image "{reference}"', field_path)
            self._node.pull(image)
            took = time.monotonic() - begun
            self._event(
                "Pulled",
                f'Successfully pulled image "{reference}" in {took:.3f}s ({took:.3f}s including waiting).',
                field_path,
            )
        else:
            self._event("Pulled", f'Container image "{reference}" already present on machine', field_path)
        self._node.sleep(self._node.delay("create"))
        self._event("Created", f"Created container: {name}", field_path)
        if not self._exec(running, image, volumes):
            return False
        self._event("Started", f"Started container {name}", field_path)
        self._publish()
        return True

    def _no_image(self, running: _Running, field_path: str) -> bool:
        reference = running.spec["image"]
        self._event("Pulling", f'Pulling image "{reference}"', field_path)
        message = f'Failed to pull image "{reference}": not found'
        self._event("Failed", message, field_path, warning=True)
        running.state = {"waiting": {"reason": "ErrImagePull", "message": message}}
        self._publish()
        self._node.sleep(1.0)
        running.state = {"waiting": {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{reference}"'}}
        self._event("BackOff", f'Back-off pulling image "{reference}"', field_path)
        self._publish()
        return False

    def _exec(self, running: _Running, image: Image, volumes: dict[str, Path]) -> bool:
        spec, name = running.spec, running.spec["name"]
        running.id = f"sandbox://{self._pod['metadata']['uid']}-{name}-{running.restarts}"
        wanted = ContainerSpec(
            name=name,
            image=image,
            command=(*spec.get("command", []), *spec.get("args", [])),
            environment=dict(self._environment(spec)),
            mounts=tuple(self._mounts(spec, volumes)),
            log=self._log(name, running.restarts),
            isolation=self._node.isolation,
            scratch=self._folder / "scratch" / f"{name}-{running.restarts}",
            working_directory=spec.get("workingDir"),
        )
        try:
            running.container = start(wanted)
        except OSError as error:
            stamp = now()
            running.state = {
                "terminated": {
                    "exitCode": 128,
                    "reason": "StartError",
                    "message": str(error),
                    "startedAt": "1970-01-01T00:00:00Z",
                    "finishedAt": stamp,
                    "containerID": running.id,
                }
            }
            self._publish()
            return True
        self._node.containers.add(running.container)
        running.state = {"running": {"startedAt": _stamp(running.container.started_at)}}
        return True

    def _log(self, name: str, restarts: int) -> Path:
        folder: Path = self._node.folder / "logs" / str(self._pod["metadata"]["uid"])
        return folder / f"{name}-{restarts}.log"

    # -- environment, volumes -----------------------------------------------------------------------------------------

    def _environment(self, spec: Object) -> Iterator[tuple[str, str]]:
        yield "KUBERNETES_SERVICE_HOST", "127.0.0.1"
        yield "HOSTNAME", self._pod["metadata"]["name"]
        for each in spec.get("env", []):
            source = each.get("valueFrom")
            yield each["name"], str(each.get("value", "")) if source is None else self._value_from(source)

    def _value_from(self, source: Object) -> str:
        namespace = self._pod["metadata"]["namespace"]
        if reference := source.get("secretKeyRef"):
            data = self._node.objects.get("secrets", namespace, reference["name"]).get("data", {})
            return base64.b64decode(data.get(reference["key"], "")).decode()
        if reference := source.get("configMapKeyRef"):
            return str(
                self._node.objects.get("configmaps", namespace, reference["name"])
                .get("data", {})
                .get(reference["key"], "")
            )
        path = str(source.get("fieldRef", {}).get("fieldPath", ""))
        fields = {
            "metadata.name": self._pod["metadata"]["name"],
            "metadata.namespace": namespace,
            "metadata.uid": self._pod["metadata"]["uid"],
            "spec.nodeName": NODE,
            "status.podIP": "127.0.0.1",
        }
        return str(fields.get(path, ""))

    def _volumes(self) -> dict[str, Path]:
        made = {}
        for volume in self._pod["spec"].get("volumes", []):
            folder = self._folder / "volumes" / volume["name"]
            folder.mkdir(parents=True, exist_ok=True)
            self._fill(volume, folder)
            made[volume["name"]] = folder
        return made

    def _fill(self, volume: Object, folder: Path) -> None:
        """Write a volume's files; a source that is missing is waited for, as a kubelet does."""
        namespace = self._pod["metadata"]["namespace"]
        for kind, plural, name in (("configMap", "configmaps", "name"), ("secret", "secrets", "secretName")):
            if kind not in volume:
                continue
            found = None
            while found is None and not self._node.stopped() and not self._deleted():
                found = self._node.objects.find(plural, namespace, volume[kind][name])
                if found is None:
                    self._event(
                        "FailedMount", f'MountVolume.SetUp failed for volume "{volume["name"]}"', "", warning=True
                    )
                    self._node.sleep(1.0)
            for file, text in ((found or {}).get("data") or {}).items():
                data = base64.b64decode(text) if kind == "secret" else text.encode()
                (folder / file).write_bytes(data)

    def _mounts(self, spec: Object, volumes: dict[str, Path]) -> Iterator[Mount]:
        for each in spec.get("volumeMounts", []):
            source = volumes[each["name"]]
            if each.get("subPath"):
                source /= each["subPath"]
            yield Mount(source, each["mountPath"], bool(each.get("readOnly")))

    # -- follow -------------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Follow containers until the pod is over."""
        restart = self._pod["spec"]["restartPolicy"]
        begun = time.monotonic()
        while not self._node.stopped():
            self._reap(restart)
            if self._deleted() or self._past_deadline(begun):
                self._terminate()
            over = [each for each in self._mains if "terminated" in each.state]
            if len(over) == len(self._mains) and (
                restart == "Never" or self._killed_at or all(_code(each) == 0 for each in over)
            ):
                self._end_sidecars()
                self._finish()
                return
            if self._failed_init() or (self._killed_at and not any(each.container for each in self._mains)):
                self._finish()
                return
            time.sleep(0.02)

    def _reap(self, restart: str) -> None:
        for each in [*self._inits, *self._mains]:
            found = each.container.wait(0) if each.container else None
            if found and "running" in each.state:
                each.state = {"terminated": _terminated(each, found)}
                self._node.containers.discard(each.container)
                self._publish()
            if restart == "OnFailure" and each.role == "main" and "terminated" in each.state and _code(each) != 0:
                self._restart(each)

    def _restart(self, running: _Running) -> None:
        if self._killed_at:
            return
        if not running.restart_at:
            pause = min(RESTART_SECONDS[0] * 2**running.restarts, RESTART_SECONDS[1]) * self._node.scale
            running.restart_at = time.monotonic() + (pause if running.restarts else 0.0)
        if time.monotonic() >= running.restart_at:
            running.last, running.restart_at = running.state, 0.0
            running.restarts += 1
            self._launch(
                running,
                {
                    each["name"]: self._folder / "volumes" / each["name"]
                    for each in self._pod["spec"].get("volumes", [])
                },
            )

    def _past_deadline(self, begun: float) -> bool:
        limit = self._pod["spec"].get("activeDeadlineSeconds")
        if limit and time.monotonic() - begun >= limit:
            self._deadline_hit = True
        return self._deadline_hit

    def _deleted(self) -> bool:
        metadata = self._pod["metadata"]
        found = self._node.objects.find("pods", metadata["namespace"], metadata["name"])
        return found is None or "deletionTimestamp" in found["metadata"]

    def _terminate(self) -> None:
        """SIGTERM first, SIGKILL after the grace period."""
        metadata = self._pod["metadata"]
        found = self._node.objects.find("pods", metadata["namespace"], metadata["name"])
        given = found["metadata"].get("deletionGracePeriodSeconds") if found else 0
        grace = self._pod["spec"]["terminationGracePeriodSeconds"] if given is None else given
        living = [each for each in [*self._inits, *self._mains] if each.container and "running" in each.state]
        if self._killed_at is None:
            self._killed_at = time.monotonic()
            for each in living:
                self._event(
                    "Killing", f"Stopping container {each.spec['name']}", f"spec.containers{{{each.spec['name']}}}"
                )
                each.container.signal(signal.SIGTERM)  # type: ignore[union-attr]
        elif time.monotonic() - self._killed_at > grace:
            for each in living:
                each.container.kill()  # type: ignore[union-attr]

    def _end_sidecars(self) -> None:
        """Native sidecars end when the mains have ended, and their codes never count (K26)."""
        for each in self._inits:
            if each.role == "native" and each.container and "running" in each.state:
                each.container.signal(signal.SIGTERM)
                found = each.container.wait(2.0)
                if found is None:
                    each.container.kill()
                    found = each.container.wait(2.0)
                if found:
                    each.state = {"terminated": _terminated(each, found)}

    def _failed_init(self) -> bool:
        return any(each.role == "init" and "terminated" in each.state and _code(each) != 0 for each in self._inits)

    def _kill_all(self) -> None:
        for each in [*self._inits, *self._mains]:
            if each.container:
                each.container.kill()

    def _finish(self) -> None:
        """Write the terminal phase before the object goes."""
        good = all(_code(each) == 0 for each in self._mains if "terminated" in each.state) and not self._failed_init()
        good = good and all("terminated" in each.state for each in self._mains)
        phase = "Succeeded" if good and not self._deadline_hit else "Failed"

        def edit(item: Object) -> None:
            status = item["status"]
            status |= {"phase": phase, **self._statuses()}
            if self._deadline_hit:
                status |= {
                    "reason": "DeadlineExceeded",
                    "message": "Pod was active on the node longer than the specified deadline",
                }
            _condition(item, "PodReadyToStartContainers", "False")
            reason = "PodCompleted" if phase == "Succeeded" else "PodFailed"
            for kind in ("ContainersReady", "Ready"):
                _condition(item, kind, "False", reason)

        self._edit(edit)
        self._vanish()

    def _vanish(self) -> None:
        """A pod that was being deleted goes once it is over and nothing holds it."""
        metadata = self._pod["metadata"]
        found = self._node.objects.find("pods", metadata["namespace"], metadata["name"])
        if found and "deletionTimestamp" in found["metadata"]:
            with contextlib.suppress(ApiError):
                self._node.objects.remove("pods", metadata["namespace"], metadata["name"])

    # -- telling ------------------------------------------------------------------------------------------------------

    def _publish(self, **more: Any) -> None:  # noqa: ANN401 - status fields
        started = all("running" in each.state for each in self._mains)
        begun = any("running" in each.state or "terminated" in each.state for each in self._mains)

        def edit(item: Object) -> None:
            status = item["status"]
            status |= {**more, **self._statuses()}
            if begun and status.get("phase") == "Pending":
                status["phase"] = "Running"
            if started:
                _condition(item, "ContainersReady", "True")
                _condition(item, "Ready", "True")

        self._edit(edit)

    def _statuses(self) -> Object:
        statuses: Object = {"containerStatuses": [self._container_status(each) for each in self._mains]}
        if self._inits:
            statuses["initContainerStatuses"] = [self._container_status(each) for each in self._inits]
        return statuses

    def _container_status(self, running: _Running) -> Object:
        image = self._node.images.find(running.spec["image"])
        return {
            "name": running.spec["name"],
            "image": running.spec["image"],
            "imageID": f"{image.repository}@{image.manifest_digest}" if image else "",
            "ready": "running" in running.state,
            "started": "running" in running.state,
            "restartCount": running.restarts,
            "state": running.state,
            "lastState": running.last or {},
            **({"containerID": running.id} if running.id else {}),
        }

    def _edit(self, edit: Callable[[Object], None]) -> None:
        metadata = self._pod["metadata"]
        self._node.objects.change("pods", metadata["namespace"], metadata["name"], edit)

    def _event(self, reason: str, message: str, field_path: str, *, warning: bool = False) -> None:
        emit(self._node.objects, self._pod, "Pod", reason, message, source=COMPONENT, field=field_path, warning=warning)


def _code(running: _Running) -> int:
    return int(running.state.get("terminated", {}).get("exitCode", 0))


def _terminated(running: _Running, found: Exit) -> Object:
    state: Object = {
        "exitCode": found.code,
        "reason": "Completed" if found.code == 0 else "Error",
        "startedAt": _stamp(found.started_at),
        "finishedAt": _stamp(found.finished_at),
        "containerID": running.id,
    }
    return state


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
