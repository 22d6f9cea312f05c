"""Makes each outage happen to its group of Jobs, on the project's own cluster; one group after the other."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster import own, recording
from cluster.outages import UNREACHABLE, Outage
from cluster.scenarios import Object, manifest
from cluster.settings import NODE

WAIT_SECONDS = 180.0
MOMENT_SECONDS = 1.0
"""Far below the 20 s after which the node is given up, for stopping and starting take their time."""
PATIENCE_SECONDS = 5.0
GONE, OUT_OF_SERVICE = "parity=gone:NoExecute", "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"


@dataclass
class Stage:
    """One outage, its Jobs, the cluster and who looks on."""

    running: own.Running
    outage: Outage
    onlooker: recording.Onlooker

    @property
    def names(self) -> list[str]:
        """Name the Jobs."""
        return [scenario.name for scenario in self.outage.scenarios]

    def begin(self, image: str) -> None:
        """Start the Jobs, and wait until all run."""
        self.onlooker.start()
        for scenario in self.outage.scenarios:
            self.onlooker.batch.create_namespaced_job(self.onlooker.namespace, manifest(scenario, image))
        self.until("all run", lambda: all(recording.runs(self.lines(name)) for name in self.names))

    def lines(self, name: str) -> list[Object]:
        """Give what the watch showed of one Job."""
        return self.onlooker.of(name)

    def until(self, what: str, good: Callable[[], bool]) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: it is not.
        """
        ends = time.monotonic() + WAIT_SECONDS
        while not good():
            if time.monotonic() > ends:
                message = f"{self.outage.name}: not within {WAIT_SECONDS} s: {what}"
                raise TimeoutError(message)
            time.sleep(0.25)

    def until_judged(self, *names: str) -> None:
        """Wait for the verdicts of these Jobs, or of all."""
        wanted = names or self.names
        self.until("a verdict", lambda: all(recording.judged(self.lines(name)) for name in wanted))

    def kubectl(self, *arguments: str) -> None:
        """Run kubectl."""
        subprocess.run(["kubectl", f"--kubeconfig={self.running.kubeconfig}", *arguments], check=True)

    def taint(self, taint: str) -> None:
        """Give the node a taint, whether or not a controller gave it the same one by then."""
        self.kubectl("taint", "node", NODE, taint, "--overwrite")


def provoke(running: own.Running, outage: Outage, image: str, namespace: str) -> dict[str, recording.Recording]:
    """Run one group through its outage; give what was seen of each Job. What it leaves broken is mended elsewhere."""
    onlooker = recording.Onlooker(running.kubeconfig, namespace, outage.node)
    stage = Stage(running, outage, onlooker)
    stage.begin(image)
    _HOW[outage.name](stage)
    return recording.kept(onlooker, outage.scenarios)


def _controller_away(stage: Stage) -> None:
    stage.running.stop("kube-controller-manager")
    pod = recording.last(stage.lines("duplicate"), "Pod")["object"]
    stage.onlooker.core.create_namespaced_pod(stage.onlooker.namespace, _twin(pod))
    stage.until("all pods ended", lambda: all(_pods_ended(stage.lines(name)) for name in stage.names))
    deadline = stage.outage.scenarios[0].spec["activeDeadlineSeconds"]
    job = recording.last(stage.lines("deadline-in-time"), "Job")["object"]
    passed = recording.parse_iso(job["status"]["startTime"]) + deadline
    stage.until("the deadline passed", lambda: time.time() > passed + 1)
    stage.running.start("kube-controller-manager")
    stage.until_judged()


def _twin(pod: Object) -> Object:
    """Write a second pod of the same Job, as a controller with a stale cache makes it."""
    kept = ("labels", "annotations", "finalizers", "ownerReferences", "namespace")
    metadata = {name: pod["metadata"][name] for name in kept if name in pod["metadata"]}
    spec = {name: value for name, value in pod["spec"].items() if name != "nodeName"}
    name = f"{pod['metadata']['generateName']}twin1"
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {**metadata, "name": name}, "spec": spec}


def _pods_ended(lines: Sequence[Object]) -> bool:
    pods = {line["object"]["metadata"]["uid"]: line["object"] for line in lines if line["object"]["kind"] == "Pod"}
    return all(pod["status"].get("phase") in {"Succeeded", "Failed"} for pod in pods.values())


def _node_away(stage: Stage) -> None:
    """A pod on a lost node is only removed, and its Job judged, when somebody declares the node out of service.

    A node controller that has lost every node it has blames itself and evicts nobody, so the taint comes from here.
    """
    stage.running.stop("kubelet")
    stage.until("the node is given up", lambda: _given_up(stage))
    stage.taint(f"{UNREACHABLE}:NoExecute")
    stage.until("the lost pod is being deleted", lambda: _deletion_asked(stage.lines("node-lost")))
    stage.taint(OUT_OF_SERVICE)
    stage.until_judged("node-lost")
    stage.kubectl("taint", "node", NODE, f"{OUT_OF_SERVICE}-")
    stage.running.start("kubelet")
    stage.until_judged()


def _given_up(stage: Stage) -> bool:
    conditions = stage.onlooker.core.read_node(NODE).status.conditions
    return any((condition.type, condition.status) == ("Ready", "Unknown") for condition in conditions)


def _deletion_asked(lines: Sequence[Object]) -> bool:
    return "deletionTimestamp" in recording.last(lines, "Pod")["object"]["metadata"]


def _kubelet_restarted(stage: Stage) -> None:
    stage.running.stop("kubelet")
    time.sleep(MOMENT_SECONDS)
    stage.running.start("kubelet")
    stage.until_judged()


def _node_rebooted(stage: Stage) -> None:
    """The node's stored boot id is changed, so that the kubelet sees a reboot that only the containers missed."""
    stage.running.stop("kubelet")
    status = {"status": {"nodeInfo": {"bootID": "another"}}}
    stage.kubectl("patch", "node", NODE, "--subresource=status", "--type=merge", f"--patch={json.dumps(status)}")
    time.sleep(MOMENT_SECONDS)
    stage.running.start("kubelet")
    stage.until_judged()


def _node_tainted(stage: Stage) -> None:
    stage.taint(GONE)
    stage.until_judged()


def _forgotten(stage: Stage) -> None:
    onlooker = stage.onlooker
    onlooker.look_away()
    pod = recording.last(stage.lines("pod-removed-unwatched"), "Pod")["object"]["metadata"]["name"]
    onlooker.core.delete_namespaced_pod(pod, onlooker.namespace, grace_period_seconds=0)
    gone, ended = {"pod-removed-unwatched", "removed-unwatched"}, {"ended-unwatched", "pod-removed-unwatched"}
    stage.until("two pods are gone, two Jobs judged", lambda: _left(onlooker.listed()) == (gone, ended))
    version = max(int(line["object"]["metadata"]["resourceVersion"]) for line in onlooker.lines)
    stage.running.restart_api_server()
    onlooker.start(str(version), only_jobs=True)  # an API server forgets no Events: it does not cache them
    onlooker.wait_for_silence()
    onlooker.start(onlooker.relist())


def _left(items: Sequence[Object]) -> tuple[set[str], set[str]]:
    """Say which Jobs of the group have no pod, and which are judged."""
    every = {"ended-unwatched", "pod-removed-unwatched", "removed-unwatched", "goes-on-unwatched"}
    with_pods = {recording.job_of(entry) for entry in items if entry["kind"] == "Pod"}
    judged = {
        entry["metadata"]["name"] for entry in items if entry["kind"] == "Job" and recording.judged([{"object": entry}])
    }
    return every - with_pods, judged


def _half_open(stage: Stage) -> None:
    """A silent stream is a frozen one here: it is opened just before, and nothing happens to the Job."""
    onlooker = stage.onlooker
    onlooker.look_away()
    version = max(int(line["object"]["metadata"]["resourceVersion"]) for line in onlooker.lines)
    onlooker.start(str(version), PATIENCE_SECONDS)
    stage.until("the streams are open", lambda: len(onlooker.replies) == len(onlooker.calls()))
    with stage.running.frozen("kube-apiserver"):
        onlooker.wait_for_silence()
    onlooker.start(onlooker.relist())


_HOW: Mapping[str, Callable[[Stage], Any]] = {
    "controller-away": _controller_away,
    "node-away": _node_away,
    "node-rebooted": _node_rebooted,
    "kubelet-restarted": _kubelet_restarted,
    "node-tainted": _node_tainted,
    "forgotten": _forgotten,
    "half-open": _half_open,
}
