"""The downward API: fields of a pod, and what its containers ask for, as text. Pure."""

from __future__ import annotations

import math
import re

from harness.sandbox.kube.objects import Object

NODE = "sandbox-node"
_NODE_HAS = {"cpu": 64.0, "memory": 2.0**37, "ephemeral-storage": 2.0**40}
"""What stands for a limit that a container does not have: the node's own amount (Kubernetes, downward API)."""
_MEMBER = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


def field(pod: Object, path: str) -> str:
    """Give one field; of all labels or annotations a line each."""
    metadata = pod["metadata"]
    if path in {"metadata.labels", "metadata.annotations"}:
        held = metadata.get(path.partition(".")[2]) or {}
        return "\n".join(f'{name}="{value}"' for name, value in sorted(held.items()))
    if member := _MEMBER.fullmatch(path):
        return str((metadata.get(member[1]) or {}).get(member[2], ""))
    fields = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": NODE,
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", "default"),
        "status.podIP": "127.0.0.1",
        "status.podIPs": "127.0.0.1",
        "status.hostIP": "127.0.0.1",
        "status.hostIPs": "127.0.0.1",
    }
    return str(fields.get(path, ""))


def resource(pod: Object, container: Object, source: Object, read: object) -> str:
    """Give an amount in units of its divisor, rounded up; `read` takes a quantity apart."""
    assert callable(read)  # nosec B101 # handed over by the module that checks quantities
    named = source.get("containerName")
    every = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    of = next((item for item in every if item["name"] == named), container)
    kind, _, name = str(source["resource"]).partition(".")
    held = (of.get("resources") or {}).get(kind, {})
    amount = float(read(held[name])) if name in held else _NODE_HAS.get(name, 0.0)
    divisor = float(read(source.get("divisor") or "1")) or 1.0
    return str(math.ceil(amount / divisor))
