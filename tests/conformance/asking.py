"""One API server under test, and what every check does with it through the official client."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

T = TypeVar("T")
SANDBOX, CLUSTER = "sandbox", "cluster"
WAIT_SECONDS = 60.0
BOUNDS = (5.0, 60.0)
"""Connect and read, in seconds: above what any check waits for, so that a reply that never comes is a failure."""
NOBODY = "nobody"
"""A scheduler that is not there: what only the test changes, no node touches."""
BEYOND = {
    "server-side apply": "apply-patch: it needs the merge rules of every field of every type; the harness never applies"
}
"""Checks of the real API server that the sandbox refuses by name, and why; docs/sandbox.md has the same table."""


@dataclass
class Api:
    """One API server, its clients, a namespace of the tests' own, and an image that it can run."""

    side: str
    kubeconfig: Path
    image: str
    forget: Callable[[], None]
    """Makes version 1 too old."""
    namespace: str = "conformance"
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        """Point the official client at it."""
        settings = client.Configuration()
        config.load_kube_config(config_file=str(self.kubeconfig), client_configuration=settings)
        settings.retries = False
        self.api = client.ApiClient(settings)
        self.core, self.batch = client.CoreV1Api(self.api), client.BatchV1Api(self.api)
        self.core.create_namespace({"metadata": {"name": self.namespace}}, _request_timeout=BOUNDS)

    def name(self, hint: str) -> str:
        """Make a name that no other check has."""
        return f"{hint}-{next(self.numbers)}"

    def job(self, name: str, **spec: Any) -> dict[str, Any]:
        """Write a Job of two containers that the controller makes no pod for until it is resumed."""
        container = {"image": self.image, "imagePullPolicy": "IfNotPresent", "command": ["true"]}
        pod = {
            "restartPolicy": "Never",
            "schedulerName": NOBODY,
            "containers": [{"name": "main", **container}, {"name": "side", **container}],
        }
        template = {"metadata": {"labels": {"a": "b"}}, "spec": pod}
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name},
            "spec": {"backoffLimit": 2, "suspend": True, "template": template, **spec},
        }

    def settled(self, hint: str, **labels: str) -> Any:
        """Create a suspended Job, and wait until the controller has said so and writes no more."""
        body = self.job(self.name(hint))
        body["metadata"]["labels"] = labels
        made = self.batch.create_namespaced_job(self.namespace, body, _request_timeout=BOUNDS)
        return until(lambda: self.read_job(made.metadata.name), lambda found: bool(found.status.conditions))

    def read_job(self, name: str) -> Any:
        """Read a Job."""
        return self.batch.read_namespaced_job(name, self.namespace, _request_timeout=BOUNDS)

    def pod(self, hint: str, *, run: str = "", finalizers: tuple[str, ...] = (), **labels: str) -> Any:
        """Create a pod of one container: one that no node takes, or one that runs a script."""
        spec: dict[str, Any] = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "main", "image": self.image, "command": ["true"]}],
        }
        if run:
            spec["containers"][0]["command"] = ["sh", "-c", run]
        else:
            spec["schedulerName"] = NOBODY
        metadata = {"name": self.name(hint), "labels": labels, "finalizers": list(finalizers)}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        return self.core.create_namespaced_pod(self.namespace, body, _request_timeout=BOUNDS)

    def pods(self, **selectors: Any) -> list[str]:
        """Name the selected pods."""
        found = self.core.list_namespaced_pod(self.namespace, _request_timeout=BOUNDS, **selectors)
        return [item.metadata.name for item in found.items]


def until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Look again and again until it is good, within bounds."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        found = look()
        if good(found):
            return found
        time.sleep(0.05)
    pytest.fail(f"not within {WAIT_SECONDS} s; last: {found!r}")


def refusal(call: Callable[[], object]) -> tuple[int, dict[str, Any]]:
    """Make a call that must fail; give the code and what the server said."""
    with pytest.raises(ApiException) as caught:
        call()
    status = caught.value.status
    assert status is not None
    return status, dict(json.loads(caught.value.body or "{}"))
