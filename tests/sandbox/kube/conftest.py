"""One running Kubernetes half for all tests, and what a test does with it through the official client and kubectl."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import urllib3
from kubernetes import client, config
from sandboxed import IMAGE, half

from harness.sandbox import process
from harness.sandbox.images import Image, ImageStore
from harness.sandbox.kube import server

T = TypeVar("T")
SCALE = 0.0005
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.03
PLAIN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
"""kubectl caches discovery in the home folder; here it can't."""


@dataclass
class Cluster:
    """A running half with clients; `name` keeps the tests' names apart."""

    half: server.KubeServer
    image: Image
    folder: Path
    audit: list[Mapping[str, object]]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        """Point the official client at it."""
        self.kubeconfig = self.folder / "kubeconfig"
        self.pool = urllib3.PoolManager(ssl_context=ssl.create_default_context(cadata=self.half.certificate.decode()))
        self.api = config.new_client_from_config(str(self.kubeconfig))
        self.core, self.batch = client.CoreV1Api(self.api), client.BatchV1Api(self.api)

    def name(self, hint: str) -> str:
        """Make a name that no other test has."""
        return f"{hint}-{next(self.numbers)}"

    # -- raw ----------------------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Send one request as it is; give status and JSON."""
        reply = self.send(method, path, None if body is None else json.dumps(body).encode(), **headers)
        return reply.status, json.loads(reply.data)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
        """Send bytes; give the client's reply."""
        said = {"Accept": "application/json", "Content-Type": "application/json"}
        said |= {"Authorization": f"Bearer {self.half.token}"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.pool.request(method, self.half.url + path, body=body, headers=said, retries=False, timeout=60.0)

    def watch(self, path: str) -> list[dict[str, Any]]:
        """Read a watch to its end: every message."""
        return [json.loads(line) for line in self.send("GET", path + "&watch=1").data.splitlines()]

    def kubectl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the real kubectl."""
        return subprocess.run(
            [kubectl(), *arguments],
            env={**PLAIN, "KUBECONFIG": str(self.kubeconfig)},
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def container(self, *command: str, name: str = "main", **more: Any) -> dict[str, Any]:
        """Write a container of the tests' image."""
        act = ["python3", str(IMAGE / "act.py"), *command]
        return {"name": name, "image": self.image.reference, "command": act, **more}

    def job(self, name: str, *containers: dict[str, Any], pod: Any = None, **spec: Any) -> dict[str, Any]:
        """Write a Job whose pod never restarts and is given no grace."""
        wanted = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": list(containers)}
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name},
            "spec": {"template": {"spec": {**wanted, **(pod or {})}}, **spec},
        }

    def start(self, hint: str, *containers: dict[str, Any], pod: Any = None, **spec: Any) -> str:
        """Create a Job; give its name."""
        name = self.name(hint)
        status, said = self.ask("POST", JOBS, self.job(name, *containers, pod=pod, **spec))
        assert status == 201, said
        return name

    def status(self, name: str) -> dict[str, Any]:
        """Read a Job's status."""
        found: dict[str, Any] = self.ask("GET", f"{JOBS}/{name}")[1].get("status", {})
        return found

    def end(self, name: str) -> dict[str, Any]:
        """Wait for a Job's last condition; give its status."""
        return until(lambda: self.status(name), is_finished)

    def run(self, hint: str, *containers: dict[str, Any], pod: Any = None, **spec: Any) -> tuple[str, dict[str, Any]]:
        """Run a Job to its end; give its name and status."""
        name = self.start(hint, *containers, pod=pod, **spec)
        return name, self.end(name)

    def pods(self, job: str) -> list[dict[str, Any]]:
        """List a Job's pods in the order of their creation."""
        found = self.ask("GET", f"{PODS}?labelSelector=job-name={job}")[1]["items"]
        return sorted(found, key=lambda each: int(each["metadata"]["resourceVersion"]))

    def pod(self, job: str, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until a Job's only pod is as wanted."""
        return until(lambda: self.pods(job), lambda found: len(found) == 1 and good(found[0]))[0]

    def history(self, name: str) -> list[dict[str, Any]]:
        """Give every status that a Job ever had."""
        changes, _ = self.half.objects.since("jobs", 0)
        return [change.object["status"] for change in changes if change.object["metadata"]["name"] == name]

    def reasons(self, kind: str, prefix: str) -> list[str]:
        """List the reasons of the Events about objects of a kind, in order."""
        changes, _ = self.half.objects.since("events", 0)
        about = [(change.object["involvedObject"], change.object["reason"]) for change in changes]
        return [reason for who, reason in about if who["kind"] == kind and who["name"].startswith(prefix)]


JOBS = "/apis/batch/v1/namespaces/default/jobs"
PODS = "/api/v1/namespaces/default/pods"


def is_finished(status: Mapping[str, Any]) -> bool:
    """Tell whether a Job has its last condition."""
    return any(condition["type"] in {"Complete", "Failed"} for condition in status.get("conditions", []))


def until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Look again and again until it is good, within bounds."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        found = look()
        if good(found):
            return found
        time.sleep(POLL_SECONDS)
    pytest.fail(f"not within {WAIT_SECONDS} s; last: {found!r}")


def kubectl() -> str:
    """Find kubectl; where it is required, its absence is a failure."""
    found = shutil.which("kubectl")
    if found:
        return found
    reason = "kubectl is not installed (Debian's kubernetes-client has it)"
    if os.environ.get("PARITY_REQUIRE_KUBECTL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def serving(
    folder: Path, *, isolation: process.Isolation | None = None, planned: tuple[Mapping[str, object], ...] = ()
) -> Iterator[Cluster]:
    """Run one half with the tests' image."""
    images, audit = ImageStore(), list[Mapping[str, object]]()
    image, chosen = images.add("demo/act", "1", IMAGE), isolation or process.Isolation.RELOCATED
    with half(folder, images, SCALE, isolation=chosen, audit=audit.append, planned=planned) as found:
        cluster = Cluster(found, image, folder, audit)
        yield cluster
        cluster.api.close()
        cluster.pool.clear()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run the server that nearly all tests share."""
    with serving(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture(scope="session")
def serve() -> Callable[..., Any]:
    """Give the way to run another server."""
    return serving


@pytest.fixture
def wait() -> Callable[..., Any]:
    """Give the way to wait for something."""
    return until
