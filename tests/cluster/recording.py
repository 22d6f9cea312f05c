"""Runs scenarios on a cluster, all at once, and records what an onlooker sees: a raw watch, and a list at the end."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import urllib3
from cluster.scenarios import Act, Object, Scenario, Until, job_of, manifest
from cluster.settings import NODE
from kubernetes import client, config

from harness.model.clock import parse_iso

WAIT_SECONDS = 240.0
AT_ONCE = 14
"""Scenarios; more only wait for the same two cores."""
LONG_SECONDS = 75.0
"""Past the 60 s after which a pod that no node takes is K36."""
SETTLE_SECONDS = 3.0
STEP_SECONDS = 1.5
"""Between two writes of a scripted kubelet: longer than the 1 s in which the Job controller gathers what it hears."""
HALF_OPEN: Object = {
    "type": "ERROR",
    "object": {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 0,
               "reason": "half-open", "message": "silence for longer than the watcher's patience"},
}  # fmt: skip
"""What a watcher writes into its own records when it gives up a silent stream; no server says so."""


@dataclass(frozen=True)
class Recording:
    """What was seen of one Job."""

    lines: tuple[Object, ...]
    items: tuple[Object, ...]
    taken_seconds: float

    @property
    def watch(self) -> bytes:
        """Write the watch as JSON lines."""
        return b"".join(json.dumps(line, sort_keys=True).encode() + b"\n" for line in self.lines)

    @property
    def list(self) -> bytes:
        """Write the list as kubectl does."""
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": self.items}, sort_keys=True).encode() + b"\n"


@dataclass
class Onlooker:
    """Watches a namespace's Jobs, pods and events, and the nodes' events where asked."""

    kubeconfig: Path
    namespace: str
    nodes: bool = False
    lines: list[Object] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    replies: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the connection."""
        settings = client.Configuration()
        config.load_kube_config(config_file=str(self.kubeconfig), client_configuration=settings)
        self.api = client.ApiClient(settings)
        self.core, self.batch = client.CoreV1Api(self.api), client.BatchV1Api(self.api)
        self.core.create_namespace({"metadata": {"name": self.namespace}})

    def calls(self) -> list[Callable[..., Any]]:
        """Give what lists or watches, one for each kind; a node's events lie in the namespace `default`."""
        core, batch, mine = self.core, self.batch, {"namespace": self.namespace}
        found = [
            partial(item, **mine)
            for item in (batch.list_namespaced_job, core.list_namespaced_pod, core.list_namespaced_event)
        ]
        about = {"namespace": "default", "field_selector": "involvedObject.kind=Node"}
        return [*found, partial(core.list_namespaced_event, **about)] if self.nodes else found

    def start(self, version: str | None = None, patience_seconds: float = 1830.0, *, only_jobs: bool = False) -> None:
        """Begin to watch, from a version where one is given; silence longer than the patience ends a stream."""
        for call in self.calls()[: 1 if only_jobs else None]:
            thread = threading.Thread(target=self._watch, args=(call, version, patience_seconds), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _watch(self, call: Callable[..., Any], version: str | None, patience_seconds: float) -> None:
        bounds = {"timeout_seconds": 1800, "_request_timeout": (5.0, patience_seconds)}
        reply = call(resource_version=version, watch=True, _preload_content=False, **bounds)
        self.replies.append(reply)
        try:
            with reply:
                self._take(reply)
        except urllib3.exceptions.ReadTimeoutError:
            self.lines.append(HALF_OPEN)
        except urllib3.exceptions.HTTPError:
            pass  # the cluster's end, or ours, cut the stream

    def _take(self, reply: Any) -> None:
        rest = b""
        for chunk in reply.stream(amt=None):
            *whole, rest = (rest + chunk).split(b"\n")
            self.lines += [_plain(json.loads(line)) for line in whole]

    def look_away(self) -> None:
        """End the watch, as a lost connection does; what happens from here on is not seen."""
        for reply in self.replies:
            reply.shutdown()
        self.wait_for_silence()

    def wait_for_silence(self) -> None:
        """Wait until every stream has ended.

        Raises:
            TimeoutError: one has not.
        """
        for thread in self.threads:
            thread.join(WAIT_SECONDS)
        if any(thread.is_alive() for thread in self.threads):
            message = "a stream does not end"
            raise TimeoutError(message)
        self.replies.clear()
        self.threads.clear()

    def relist(self) -> str:
        """List every kind, as a watcher does that has lost its place; give the version to watch on from."""
        version = ""
        for call in self.calls():
            found = json.loads(call(_preload_content=False).data)
            version = version or str(found["metadata"]["resourceVersion"])
            kind = {"apiVersion": found["apiVersion"], "kind": found["kind"].removesuffix("List")}
            self.lines += [_plain({"type": "LISTED", "object": {**kind, **item}}) for item in found["items"]]
        return version

    def of(self, name: str) -> list[Object]:
        """Give the lines about one Job, in order of arrival, with what is said of nodes."""
        return [line for line in list(self.lines) if job_of(line["object"]) in {name, NODE}]

    def listed(self) -> list[Object]:
        """List what is there now, by kubectl."""
        found = self._kubectl(self.namespace, "job,pods,events")
        about_nodes = self._kubectl("default", "events") if self.nodes else []
        return found + [node for node in about_nodes if node["involvedObject"]["kind"] == "Node"]

    def _kubectl(self, namespace: str, kinds: str) -> list[Object]:
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", f"--namespace={namespace}", "get", kinds, "-o", "json"]
        said = subprocess.run(command, check=True, capture_output=True)
        found: list[Object] = json.loads(said.stdout)["items"]
        return found


def play(scenario: Scenario, onlooker: Onlooker) -> None:
    """Be the kubelet of a scripted scenario's pod."""
    assert scenario.script is not None
    while not (lines := [entry for entry in onlooker.of(scenario.name) if entry["object"]["kind"] == "Pod"]):
        time.sleep(0.25)
    name = lines[0]["object"]["metadata"]["name"]
    for status in scenario.script(datetime.now(UTC)):
        onlooker.core.patch_namespaced_pod_status(name, onlooker.namespace, {"status": status})
        time.sleep(STEP_SECONDS)


def record(kubeconfig: Path, namespace: str, image: str, scenarios: Sequence[Scenario]) -> dict[str, Recording]:
    """Run every scenario to its end, a few at once; give what was seen of each."""
    onlooker = Onlooker(kubeconfig, namespace)
    onlooker.start()
    waiting, begun, acted = list(scenarios), dict[str, float](), set[str]()
    players: list[threading.Thread] = []
    while (opened := _open_ones(scenarios, begun, onlooker)) or waiting:
        for scenario in waiting[: max(0, AT_ONCE - len(opened))]:
            onlooker.batch.create_namespaced_job(namespace, manifest(scenario, image))
            begun[scenario.name] = time.monotonic()
            waiting.remove(scenario)
            if scenario.script:
                players.append(threading.Thread(target=play, args=(scenario, onlooker)))
                players[-1].start()
        for scenario in opened:
            if scenario.act is not Act.NOTHING and scenario.name not in acted and runs(onlooker.of(scenario.name)):
                _do(scenario, onlooker)
                acted.add(scenario.name)
        late = [scenario.name for scenario in opened if time.monotonic() - begun[scenario.name] > WAIT_SECONDS]
        if late:
            told = "; ".join(f"{name}, last seen as {_last_seen(onlooker.of(name))}" for name in late)
            message = f"not over within {WAIT_SECONDS} s: {told}"
            raise TimeoutError(message)
        time.sleep(0.25)
    for player in players:
        player.join()
    return kept(onlooker, scenarios)


def _last_seen(lines: Sequence[Object]) -> str:
    """Say the last status of each kind of object, so that a Job that hangs is understood from the failure alone."""
    return json.dumps({line["object"]["kind"]: line["object"].get("status") for line in lines})


def _open_ones(scenarios: Sequence[Scenario], begun: Mapping[str, float], onlooker: Onlooker) -> list[Scenario]:
    now = time.monotonic()
    mine = [scenario for scenario in scenarios if scenario.name in begun]
    return [scenario for scenario in mine if not _over(scenario, onlooker, now - begun[scenario.name])]


def kept(onlooker: Onlooker, scenarios: Sequence[Scenario]) -> dict[str, Recording]:
    """Sort what was seen and what is left by Job; then the namespace goes."""
    time.sleep(SETTLE_SECONDS)
    items, taken = onlooker.listed(), time.time()
    recordings = {}
    for scenario in scenarios:
        lines = onlooker.lines if scenario.told_with else onlooker.of(scenario.name)
        mine = (item for item in items if scenario.told_with or job_of(item) in {scenario.name, NODE})
        recordings[scenario.name] = Recording(tuple(lines), tuple(mine), taken)
    onlooker.core.delete_namespace(onlooker.namespace)
    return recordings


def _plain(line: Object) -> Object:
    """Drop managedFields, as kubectl does."""
    line["object"].get("metadata", {}).pop("managedFields", None)
    return line


def last(lines: Sequence[Object], kind: str) -> Object:
    """Give the newest line about an object of this kind; empty: there is none."""
    found = [line for line in lines if line["object"]["kind"] == kind]
    return found[-1] if found else {}


def runs(lines: Sequence[Object]) -> bool:
    """Tell whether a container of the Job's pod runs."""
    statuses: list[Any] = last(lines, "Pod").get("object", {}).get("status", {}).get("containerStatuses", [])
    return any("running" in status["state"] for status in statuses)


def judged(lines: Sequence[Object]) -> bool:
    """Tell whether the Job has a verdict."""
    return bool(_true(lines, "Complete", "Failed"))


def _true(lines: Sequence[Object], *types: str) -> list[Object]:
    conditions: list[Object] = last(lines, "Job").get("object", {}).get("status", {}).get("conditions", [])
    return [condition for condition in conditions if condition["type"] in types and condition["status"] == "True"]


def _decided_long_ago(lines: Sequence[Object]) -> bool:
    found = _true(lines, "SuccessCriteriaMet", "FailureTarget")
    return any(time.time() - parse_iso(entry["lastTransitionTime"]) > LONG_SECONDS for entry in found)


def _over(scenario: Scenario, onlooker: Onlooker, seconds: float) -> bool:
    lines = onlooker.of(scenario.name)
    rules: dict[Until, Callable[[], bool]] = {
        Until.VERDICT: lambda: judged(lines),
        Until.POD_GONE: lambda: last(lines, "Pod").get("type") == "DELETED",
        Until.JOB_GONE: lambda: last(lines, "Job").get("type") == "DELETED",
        Until.LONG: lambda: seconds > LONG_SECONDS,
        Until.DECIDED: lambda: _decided_long_ago(lines),
    }
    return rules[scenario.until]()


def _do(scenario: Scenario, onlooker: Onlooker) -> None:
    name, namespace = scenario.name, onlooker.namespace
    if scenario.act is Act.SUSPEND:
        onlooker.batch.patch_namespaced_job(name, namespace, {"spec": {"suspend": True}})
    elif scenario.act is Act.DELETE_JOB:
        onlooker.batch.delete_namespaced_job(name, namespace, propagation_policy="Background")
    else:
        pod = last(onlooker.of(name), "Pod")["object"]["metadata"]["name"]
        onlooker.core.delete_namespaced_pod(pod, namespace)
