"""One pod on the node, from its binding to its end, with the states and Events that a kubelet writes."""

from __future__ import annotations

import shutil
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.sandbox import crash, memory
from harness.sandbox.block.network import BlockedNetwork
from harness.sandbox.block.outlet import ONLY_BELOW
from harness.sandbox.engine import EngineError
from harness.sandbox.images import Image
from harness.sandbox.kube import statuses
from harness.sandbox.kube.defaults import quantity
from harness.sandbox.kube.deletion import is_over
from harness.sandbox.kube.events import emit
from harness.sandbox.kube.expansion import expanded
from harness.sandbox.kube.mounts import NotThereError, Places, environment, mounts, volume_folders
from harness.sandbox.kube.objects import ApiError, Object, now
from harness.sandbox.kube.statuses import Running, set_condition
from harness.sandbox.process import Container, ContainerSpec, start

if TYPE_CHECKING:
    from harness.sandbox.kube.node import Node

COMPONENT = "kubelet"
LOOK_SECONDS = 0.03
SIDECAR_GRACE_SECONDS = 2.0
MISSING_SECONDS = 1.0
"""Between two looks for an image, ConfigMap or Secret that is not there."""
FAULT = "SandboxFault"
"""The reason of a pod that the stand-in itself lost; no kubelet gives it."""
RESTART_SECONDS = (10.0, 300.0)
"""The kubelet's back-off between restarts of a container, times the scale; the first restart comes at once."""


class PodWorker:
    """Runs one pod."""

    def __init__(self, node: Node, pod: Object) -> None:
        """Take the pod over."""
        self._node = node
        self._pod = pod
        self._folder: Path = node.folder / "pods" / pod["metadata"]["uid"]
        self._volumes: dict[str, Path] = {}
        self._inits, self._mains = statuses.containers_of(pod["spec"])
        self._accepted = time.monotonic()
        self._killed_at: float | None = None
        self._deadline_hit = False
        self._network: BlockedNetwork | None = None

    def run(self) -> None:
        """Start, follow, end; a pod that is gone from the API is killed, and one that its worker lost has failed."""
        try:
            self._start()
            while not self._node.stopped() and not self._step():
                time.sleep(LOOK_SECONDS)
        except Exception as error:  # noqa: BLE001 - a thread's last frame: the pod has to end
            for _, container in self._living():
                with suppress(Exception):  # an engine that does not answer
                    container.kill()
            if not (isinstance(error, ApiError) and error.code == 404):
                self._lose(traceback.format_exc())
        finally:
            self._close_network()
            if not self._node.stopped():
                shutil.rmtree(self._folder / "volumes", ignore_errors=True)

    # -- start --------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._tell(startTime=now(), hostIP="127.0.0.1")
        self._node.sleep("sandbox")
        places = Places(self._folder / "volumes", self._node.folder / "claims")
        self._volumes = volume_folders(self._node.objects, self._pod, places, self._misses)
        if self._ending():
            return
        folder = (self._pod["metadata"].get("annotations") or {}).get(ONLY_BELOW)
        if folder is not None:
            self._network = BlockedNetwork.open(self._node.apart.outlet, folder)
        self._edit(lambda item: set_condition(item, "PodReadyToStartContainers", "True"))
        for container in self._inits:
            self._launch(container)
            if not self._await_init(container):
                return
        self._edit(lambda item: set_condition(item, "Initialized", "True"))
        for container in self._mains:
            if not self._ending():
                self._launch(container)

    def _misses(self, volume: Object) -> bool:
        """Say that a volume's source is missing, and wait; False: the pod is to end."""
        self._event("FailedMount", f'MountVolume.SetUp failed for volume "{volume["name"]}"', "", warning=True)
        self._node.wait(MISSING_SECONDS)
        return not self._ending()

    def _await_init(self, running: Running) -> bool:
        """Wait until an init container has done its work, or a native sidecar runs; False: it never will."""
        while not self._ending():
            self._tend(running)
            if running.role == "native" and running.lives:
                return True
            if running.ended:
                return running.code == 0
            time.sleep(LOOK_SECONDS)
        return False

    def _launch(self, running: Running) -> None:
        """Pull, create and start one container; what is missing is looked for again a little later."""
        image = self._node.images.find(running.spec["image"])
        if image is None:
            self._miss_image(running)
            return
        running.image_id = f"{image.repository}@{image.manifest_digest}"
        self._pull(running, image)
        self._node.sleep("create")
        try:
            spec = self._spec(running, image)
        except NotThereError as error:
            self._block(running, "CreateContainerConfigError", str(error))
            self._event("Failed", f"Error: {error}", _path(running), warning=True)
            return
        self._event("Created", f"Created container: {running.name}", _path(running))
        self._exec(running, spec)
        self._tell()

    def _pull(self, running: Running, image: Image) -> None:
        reference, path = running.spec["image"], _path(running)
        if self._node.has(image):
            self._event("Pulled", f'Container image "{reference}" already present on machine', path)
            return
        begun = time.monotonic()
        self._event("Pulling", f'Pulling image "{reference}"', path)
        self._node.pull(image)
        took = time.monotonic() - begun
        message = f'Successfully pulled image "{reference}" in {took:.3f}s ({took:.3f}s including waiting).'
        self._event("Pulled", message, path)

    def _miss_image(self, running: Running) -> None:
        reference, path = running.spec["image"], _path(running)
        known = running.state.get("waiting", {}).get("reason")
        if known not in {"ErrImagePull", "ImagePullBackOff"}:
            message = f'Failed to pull image "{reference}": not found'
            self._event("Pulling", f'Pulling image "{reference}"', path)
            self._event("Failed", message, path, warning=True)
            self._block(running, "ErrImagePull", message)
            return
        message = f'Back-off pulling image "{reference}"'
        if known == "ErrImagePull":
            self._event("BackOff", message, path)
        self._block(running, "ImagePullBackOff", message)

    def _block(self, running: Running, reason: str, message: str) -> None:
        running.state = {"waiting": {"reason": reason, "message": message}}
        running.restart_at = time.monotonic() + MISSING_SECONDS
        self._tell()

    def _spec(self, running: Running, image: Image) -> ContainerSpec:
        spec = running.spec
        logs: Path = self._node.folder / "logs" / str(self._pod["metadata"]["uid"])
        variables = environment(self._node.objects, self._pod, spec)
        words = (*(spec.get("command") or ()), *(spec.get("args") or ()))
        return ContainerSpec(
            name=running.name,
            image=image,
            command=tuple(expanded(word, variables) for word in words),
            environment=variables,
            mounts=tuple(mounts(self._pod, spec, self._volumes, variables)),
            log=logs / f"{running.name}-{running.restarts}.log",
            isolation=self._node.apart.isolation,
            scratch=self._folder / "scratch" / f"{running.name}-{running.restarts}",
            working_directory=spec.get("workingDir"),
            memory_bytes=_memory_bytes(spec),
            entering=self._network.entering if self._network else (),
        )

    def _exec(self, running: Running, spec: ContainerSpec) -> None:
        running.id = f"sandbox://{self._pod['metadata']['uid']}-{running.name}-{running.restarts}"
        try:
            running.container = start(spec)
        except (OSError, EngineError) as error:
            running.state = statuses.start_error(running, str(error))
            self._event("Failed", f"Error: {error}", _path(running), warning=True)
            self._plan_restart(running)
            return
        self._node.containers.add(running.container)
        running.killed_for_memory = False
        running.state = {"running": {"startedAt": statuses.stamp(running.container.started_at)}}
        self._event("Started", f"Started container {running.name}", _path(running))

    # -- follow -------------------------------------------------------------------------------------------------------

    def _step(self) -> bool:
        """Look once at everything; True: the pod is over."""
        for container in (*self._inits, *self._mains):
            self._tend(container)
        if self._ending():
            self._terminate()
        if not self._is_over():
            return False
        self._end_sidecars()
        self._finish()
        return True

    def _is_over(self) -> bool:
        if self._killed_at is not None:
            return not self._living()
        failed_init = any(
            container.role == "init" and container.ended and container.code != 0 for container in self._inits
        )
        return failed_init or all(container.ended for container in self._mains)

    def _tend(self, running: Running) -> None:
        """Write an end down, and start again what is due."""
        container = running.container if running.lives else None
        found = container.wait(0) if container else None
        if container and not found:
            self._keep_memory(running, container)
        if container and found:
            self._node.containers.discard(container)
            running.state = statuses.terminated(running, found)
            self._plan_restart(running)
            self._tell()
        if running.restart_at and self._killed_at is None and time.monotonic() >= running.restart_at:
            running.restart_at = 0.0
            if running.ended:
                running.last = running.state
            running.restarts += running.last is not None
            self._launch(running)

    def _keep_memory(self, running: Running, container: Container) -> None:
        """Hold a container to its memory limit; an engine does that by itself."""
        limit = _memory_bytes(running.spec)
        if limit is not None and not self._node.apart.isolation.is_engine and memory.keep(container.pid, limit):
            running.killed_for_memory = True

    def _plan_restart(self, running: Running) -> None:
        over = all(container.ended for container in self._mains)
        if self._killed_at is not None or (running.role == "native" and over):
            return
        if not statuses.restarts(running, self._pod["spec"]["restartPolicy"]):
            return
        running.restart_at = time.monotonic()
        if running.restarts:
            pause = min(RESTART_SECONDS[0] * 2 ** (running.restarts - 1), RESTART_SECONDS[1]) * self._node.scale
            message = f"Back-off restarting failed container {running.name} in pod {self._pod['metadata']['name']}"
            self._event("BackOff", message, _path(running), warning=True)
            running.last = running.state
            running.state = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
            running.restart_at += pause

    def _living(self) -> list[tuple[Running, Container]]:
        return [
            (container, container.container)
            for container in (*self._inits, *self._mains)
            if container.container and container.lives
        ]

    # -- end ----------------------------------------------------------------------------------------------------------

    def _ending(self) -> bool:
        """Tell whether the pod is to end by somebody's will: the node's, its deadline's, a deletion's."""
        limit = self._pod["spec"].get("activeDeadlineSeconds")
        if limit and time.monotonic() - self._accepted >= limit:
            self._deadline_hit = True
        if self._deadline_hit or self._node.stopped():
            return True
        found = self._found()
        return found is None or "deletionTimestamp" in found["metadata"]

    def _found(self) -> Object | None:
        metadata = self._pod["metadata"]
        return self._node.objects.find("pods", metadata["namespace"], metadata["name"])

    def _terminate(self) -> None:
        """SIGTERM first, SIGKILL after the grace period."""
        found = self._found()
        given = found["metadata"].get("deletionGracePeriodSeconds") if found else 0
        grace = self._pod["spec"]["terminationGracePeriodSeconds"] if given is None else given
        if self._killed_at is None:
            self._killed_at = time.monotonic()
            for each, container in self._living():
                if found:
                    self._event("Killing", f"Stopping container {each.name}", _path(each))
                container.signal(signal.SIGTERM)
        elif time.monotonic() - self._killed_at > grace:
            for _, container in self._living():
                container.kill()

    def _end_sidecars(self) -> None:
        """Native sidecars end when the mains have ended, the last one first, and their codes never count (K26)."""
        for container in reversed(self._inits):
            if container.container is None or not container.lives:
                continue
            container.container.signal(signal.SIGTERM)
            found = container.container.wait(SIDECAR_GRACE_SECONDS)
            if found is None:
                container.container.kill()
                found = container.container.wait(SIDECAR_GRACE_SECONDS)
            if found:
                container.state = statuses.terminated(container, found)
            self._node.containers.discard(container.container)

    def _finish(self) -> None:
        """Write the terminal phase before the object goes, and what it tried outside before that."""
        self._close_network()
        for container in (*self._inits, *self._mains):
            container.restart_at = 0.0
            if "waiting" in container.state and self._killed_at is not None:
                container.state = container.last or {"terminated": statuses.UNKNOWN}
        phase = "Failed" if self._deadline_hit else statuses.last_phase(self._inits, self._mains)
        cause = {
            "reason": "DeadlineExceeded",
            "message": "Pod was active on the node longer than the specified deadline",
        }
        known = statuses.container_statuses(self._inits, self._mains)

        def edit(item: Object) -> None:
            item["status"] |= {"phase": phase, **known, **(cause if self._deadline_hit else {})}
            set_condition(item, "PodReadyToStartContainers", "False")
            for kind in ("ContainersReady", "Ready"):
                set_condition(item, kind, "False", "PodCompleted" if phase == "Succeeded" else "PodFailed")

        self._edit(edit)
        self._vanish()

    def _close_network(self) -> None:
        network, self._network = self._network, None
        if network:
            network.close()

    def _lose(self, story: str) -> None:
        """End a pod whose worker broke: nothing is known of its containers any more; the story is kept beside it."""
        crash.keep(self._folder, story)
        for container in (*self._inits, *self._mains):
            container.state = container.state if container.ended else {"terminated": statuses.UNKNOWN}
        known = statuses.container_statuses(self._inits, self._mains)
        cause = {"reason": FAULT, "message": story.strip().splitlines()[-1]}
        with suppress(ApiError):
            self._edit(lambda item: item["status"].update(phase="Failed", **known, **cause))
        self._vanish()

    def _vanish(self) -> None:
        """A pod that was being deleted goes once it is over and nothing holds it."""
        found = self._found()
        if found and "deletionTimestamp" in found["metadata"]:
            with suppress(ApiError):
                self._node.objects.remove("pods", found["metadata"]["namespace"], found["metadata"]["name"])

    # -- telling ------------------------------------------------------------------------------------------------------

    def _tell(self, **more: object) -> None:
        """Write what is known now; a last phase is never left."""
        known = statuses.container_statuses(self._inits, self._mains)
        phase, ready = statuses.phase(self._inits, self._mains), all(container.lives for container in self._mains)

        def edit(item: Object) -> None:
            if is_over(item):
                return
            item["status"] |= {**more, **known, "phase": phase}
            for kind in ("ContainersReady", "Ready"):
                set_condition(item, kind, "True" if ready else "False", "" if ready else "ContainersNotReady")

        self._edit(edit)

    def _edit(self, edit: Callable[[Object], None]) -> None:
        metadata = self._pod["metadata"]
        self._node.objects.change("pods", metadata["namespace"], metadata["name"], edit)

    def _event(self, reason: str, message: str, path: str, *, warning: bool = False) -> None:
        emit(
            self._node.objects, self._pod, "Pod", reason, message=message, source=COMPONENT, field=path, warning=warning
        )


def _path(running: Running) -> str:
    return f"spec.{'containers' if running.role == 'main' else 'initContainers'}{{{running.name}}}"


def _memory_bytes(container: Object) -> int | None:
    asked = container["resources"].get("limits", {}).get("memory")
    return int(quantity(asked)) if asked else None
