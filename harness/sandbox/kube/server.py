"""The Kubernetes half as a whole: objects, API server, controller and node, started and ended together."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path

from harness.sandbox.block.network import refusal
from harness.sandbox.faults import Faults, check
from harness.sandbox.images import ImageStore
from harness.sandbox.kube import front
from harness.sandbox.kube.api import ApiServer
from harness.sandbox.kube.certificate import make
from harness.sandbox.kube.faults import KNOWN, SIDE, KubeFaults
from harness.sandbox.kube.jobs import JobController
from harness.sandbox.kube.node import Apart, Node
from harness.sandbox.kube.objects import Object, Objects
from harness.sandbox.process import Isolation


@dataclass
class KubeServer:
    """A running half."""

    url: str
    token: str
    certificate: bytes
    cluster_id: str
    objects: Objects
    _node: Node
    _http: ThreadingHTTPServer
    _stop: threading.Event

    def stop(self) -> None:
        """End every container, then the server."""
        self._stop.set()
        self._node.end()
        self._http.shutdown()
        self._http.server_close()


def start(
    images: ImageStore,
    directory: Path,
    *,
    apart: Apart,
    scale: float,
    seed: int,
    audit: Callable[[Mapping[str, object]], None],
    faults: Faults,
) -> KubeServer:
    """Start the half on a free loopback port.

    Raises:
        FaultFileError: a planned fault of this side that it can't commit.
    """
    check(faults, SIDE, KNOWN)
    objects, stop = Objects(), threading.Event()
    node = Node(objects, images, directory, apart, scale, seed)
    node.register()
    cluster_id = ""
    for name in ("default", "kube-system"):
        made = objects.create("namespaces", _namespace(name))
        cluster_id = str(made["metadata"]["uid"])
    objects.create(
        "serviceaccounts",
        {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": "default", "namespace": "default"}},
    )
    api = ApiServer(
        objects,
        KubeFaults(faults, objects),
        directory / "logs",
        secrets.token_hex(16),
        audit,
        scale,
        relocates=apart.isolation is Isolation.RELOCATED,
        cannot_block=refusal(apart.isolation),
        stop=stop,
    )
    context, certificate = make(directory)
    http, url = front.serve(api, context)
    for loop, name in ((JobController(objects, scale).run, "job-controller"), (node.run, "node")):
        threading.Thread(target=loop, args=(stop,), name=name, daemon=True).start()
    return KubeServer(url, api.token, certificate, cluster_id, objects, node, http, stop)


def _namespace(name: str) -> Object:
    return {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}, "status": {"phase": "Active"}}


def kubeconfig(server: KubeServer) -> str:
    """Write a kubeconfig for the half."""
    authority = base64.b64encode(server.certificate).decode()
    return f"""apiVersion: v1
kind: Config
clusters: [{{name: sandbox, cluster: {{server: "{server.url}", certificate-authority-data: {authority}}}}}]
users: [{{name: sandbox, user: {{token: "{server.token}"}}}}]
contexts: [{{name: sandbox, context: {{cluster: sandbox, user: sandbox}}}}]
current-context: sandbox
"""
