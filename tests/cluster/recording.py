"""Runs scenarios on a cluster, all at once, and records what an onlooker sees: a raw watch, and a list at the end."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import urllib3
from cluster.scenarios import Act, Object, Scenario, Until, job_of, manifest
from kubernetes import client, config

WAIT_SECONDS = 240.0
AT_ONCE = 14
"""Scenarios; more only wait for the same two cores."""
LONG_SECONDS = 75.0
"""Past the 60 s after which a pod that no node takes is K36."""
SETTLE_SECONDS = 3.0
STEP_SECONDS = 1.5
"""Between two writes of a scripted kubelet: longer than the 1 s in which the Job controller gathers what it hears."""


@dataclass(frozen=True)
class Recording:
    """What was seen of one Job."""

    lines: tuple[Object, ...]
    items: tuple[Object, ...]
    taken_seconds: float

    @property
    def watch(self) -> bytes:
        """Write the watch as JSON lines."""
        return b"".join(json.dumps(each, sort_keys=True).encode() + b"\n" for each in self.lines)

    @property
    def list(self) -> bytes:
        """Write the list as kubectl does."""
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": self.items}, sort_keys=True).encode() + b"\n"


@dataclass
class Onlooker:
    """Watches a namespace's Jobs, pods and events."""

    kubeconfig: Path
    namespace: str
    lines: list[Object] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the connection."""
        settings = client.Configuration()
        config.load_kube_config(config_file=str(self.kubeconfig), client_configuration=settings)
        self.api = client.ApiClient(settings)
        self.core, self.batch = client.CoreV1Api(self.api), client.BatchV1Api(self.api)
        self.core.create_namespace({"metadata": {"name": self.namespace}})

    def start(self) -> None:
        """Begin to watch."""
        for call in (self.batch.list_namespaced_job, self.core.list_namespaced_pod, self.core.list_namespaced_event):
            thread = threading.Thread(target=self._watch, args=(call,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _watch(self, call: Callable[..., Any]) -> None:
        bounds = {"timeout_seconds": 1800, "_request_timeout": (5.0, 1830.0)}
        reply = call(self.namespace, watch=True, _preload_content=False, **bounds)
        with reply, suppress(urllib3.exceptions.HTTPError):  # the cluster's end cuts the stream
            rest = b""
            for chunk in reply.stream(amt=None):
                *whole, rest = (rest + chunk).split(b"\n")
                self.lines += [_plain(json.loads(line)) for line in whole]

    def of(self, name: str) -> list[Object]:
        """Give the lines about one Job, in order of arrival."""
        return [each for each in list(self.lines) if job_of(each["object"]) == name]

    def listed(self) -> list[Object]:
        """List what is there now, by kubectl."""
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", f"--namespace={self.namespace}"]
        said = subprocess.run([*command, "get", "job,pods,events", "-o", "json"], check=True, capture_output=True)
        found: list[Object] = json.loads(said.stdout)["items"]
        return found


def play(scenario: Scenario, onlooker: Onlooker) -> None:
    """Be the kubelet of a scripted scenario's pod."""
    assert scenario.script is not None
    while not (lines := [each for each in onlooker.of(scenario.name) if each["object"]["kind"] == "Pod"]):
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
        for each in waiting[: max(0, AT_ONCE - len(opened))]:
            onlooker.batch.create_namespaced_job(namespace, manifest(each, image))
            begun[each.name] = time.monotonic()
            waiting.remove(each)
            if each.script:
                players.append(threading.Thread(target=play, args=(each, onlooker)))
                players[-1].start()
        for each in opened:
            if each.act is not Act.NOTHING and each.name not in acted and _runs(onlooker.of(each.name)):
                _do(each, onlooker)
                acted.add(each.name)
        late = [each.name for each in opened if time.monotonic() - begun[each.name] > WAIT_SECONDS]
        if late:
            message = f"not over within {WAIT_SECONDS} s: {', '.join(late)}"
            raise TimeoutError(message)
        time.sleep(0.25)
    for player in players:
        player.join()
    time.sleep(SETTLE_SECONDS)
    return _kept(onlooker, scenarios)


def _open_ones(scenarios: Sequence[Scenario], begun: Mapping[str, float], onlooker: Onlooker) -> list[Scenario]:
    now = time.monotonic()
    mine = [each for each in scenarios if each.name in begun]
    return [each for each in mine if not _over(each, onlooker, now - begun[each.name])]


def _kept(onlooker: Onlooker, scenarios: Sequence[Scenario]) -> dict[str, Recording]:
    """Sort what was seen and what is left by Job; then the namespace goes."""
    items, taken = onlooker.listed(), time.time()
    recordings = {
        each.name: Recording(
            tuple(onlooker.of(each.name)), tuple(item for item in items if job_of(item) == each.name), taken
        )
        for each in scenarios
    }
    onlooker.core.delete_namespace(onlooker.namespace)
    return recordings


def _plain(line: Object) -> Object:
    """Drop managedFields, as kubectl does."""
    line["object"].get("metadata", {}).pop("managedFields", None)
    return line


def _last(lines: Sequence[Object], kind: str) -> Object:
    found = [each for each in lines if each["object"]["kind"] == kind]
    return found[-1] if found else {}


def _runs(lines: Sequence[Object]) -> bool:
    statuses: list[Any] = _last(lines, "Pod").get("object", {}).get("status", {}).get("containerStatuses", [])
    return any("running" in each["state"] for each in statuses)


def _over(scenario: Scenario, onlooker: Onlooker, seconds: float) -> bool:
    lines = onlooker.of(scenario.name)
    job, pod = _last(lines, "Job"), _last(lines, "Pod")
    conditions = job.get("object", {}).get("status", {}).get("conditions", [])
    rules: dict[Until, Callable[[], bool]] = {
        Until.VERDICT: lambda: any(each["type"] in {"Complete", "Failed"} for each in conditions),
        Until.POD_GONE: lambda: pod.get("type") == "DELETED",
        Until.JOB_GONE: lambda: job.get("type") == "DELETED",
        Until.LONG: lambda: seconds > LONG_SECONDS,
    }
    return rules[scenario.until]()


def _do(scenario: Scenario, onlooker: Onlooker) -> None:
    if scenario.act is Act.SUSPEND:
        onlooker.batch.patch_namespaced_job(scenario.name, onlooker.namespace, {"spec": {"suspend": True}})
    else:
        pod = _last(onlooker.of(scenario.name), "Pod")["object"]["metadata"]["name"]
        onlooker.core.delete_namespaced_pod(pod, onlooker.namespace)
