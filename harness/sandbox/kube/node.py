"""The node: one worker a bound pod, the images it has pulled, and delays drawn from published ranges."""

from __future__ import annotations

import random
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from harness.sandbox.block.outlet import Outlet
from harness.sandbox.images import Image, ImageStore
from harness.sandbox.kube.deletion import is_over
from harness.sandbox.kube.fields import NODE
from harness.sandbox.kube.objects import Object, Objects, now
from harness.sandbox.kube.pod import PodWorker
from harness.sandbox.kube.scheduler import Capacity, Scheduler
from harness.sandbox.process import Container, Isolation

DELAYS_SECONDS = {"schedule": (0.2, 1.0), "sandbox": (1.0, 3.0), "pull": (20.0, 40.0), "create": (0.5, 2.0)}
"""Uniform, times the scale; a cached image is not pulled (published: 30 to 45 s on nodes that have the image)."""


@dataclass(frozen=True, slots=True)
class Apart:
    """How a node's containers are kept apart, and what those that may do nothing outside still reach."""

    isolation: Isolation
    outlet: Outlet | None = None
    """None: nothing."""


@dataclass
class Node:
    """One node with everything it runs."""

    objects: Objects
    images: ImageStore
    folder: Path
    apart: Apart
    scale: float
    seed: int
    capacity: Capacity = field(default_factory=Capacity)
    containers: set[Container] = field(default_factory=set)
    _pulled: set[str] = field(default_factory=set)
    _workers: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Seed the draw of delays."""
        self._draw = random.Random(self.seed)  # nosec B311 # seeded delays, not secrecy

    def register(self) -> None:
        """Make the node's own object."""
        stamp, amounts = now(), self.capacity.amounts()
        ready = {
            "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "sandbox node",
            "lastTransitionTime": stamp, "lastHeartbeatTime": stamp,
        }  # fmt: skip
        status = {"capacity": amounts, "allocatable": amounts, "conditions": [ready]}
        self.objects.create(
            "nodes",
            {
                "kind": "Node",
                "apiVersion": "v1",
                "metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE}},
                "spec": {},
                "status": {**status, "nodeInfo": {"kubeletVersion": "sandbox"}},
            },
        )

    def run(self, stop: threading.Event) -> None:
        """Place pods and start a worker for each until stopped."""
        scheduler = Scheduler(self.objects, self.capacity, lambda: self.sleep("schedule"))
        seen = 0
        while not stop.is_set():
            self.objects.wait(seen, 0.5)
            seen = self.objects.version
            try:
                scheduler.place_all()
                for pod in self.objects.list("pods")[0]:
                    self._ensure_worker(pod)
            except Exception:  # noqa: BLE001 - no thread to be had, say: told, and tried again
                traceback.print_exc()

    def _ensure_worker(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        if not pod["spec"].get("nodeName") or uid in self._workers or is_over(pod):
            return
        name = f"pod-{pod['metadata']['name']}"
        threading.Thread(target=PodWorker(self, pod).run, name=name, daemon=True).start()
        self._workers.add(uid)

    def end(self) -> None:
        """End every container at once."""
        self._stop.set()
        for container in list(self.containers):
            container.kill()

    # -- what a worker asks for ---------------------------------------------------------------------------------------

    def has(self, image: Image) -> bool:
        """Tell whether an image is on the node."""
        return image.manifest_digest in self._pulled

    def pull(self, image: Image) -> None:
        """Take the time of a pull; afterwards the image is there."""
        self.sleep("pull")
        self._pulled.add(image.manifest_digest)

    def sleep(self, what: str) -> None:
        """Wait a synthetic delay, unless the node goes down."""
        low, high = DELAYS_SECONDS[what]
        with self._lock:
            seconds = self._draw.uniform(low, high) * self.scale
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        """Wait, unless the node goes down."""
        self._stop.wait(seconds)

    def stopped(self) -> bool:
        """Tell whether the node is going down."""
        return self._stop.is_set()
