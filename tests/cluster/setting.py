"""What a namespace of scenarios finds around it: a runtime class, and a policy that keeps some pods' finalizers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.scenarios import HELD
from kubernetes import client, config

Object = dict[str, Any]
RUNTIME: Object = {
    "kind": "RuntimeClass",
    "apiVersion": "node.k8s.io/v1",
    "metadata": {"name": "parity-sandboxed"},
    "handler": "x",
}
"""Names a runtime that keeps a pod in a virtual machine; no node has to have it for a pod that nobody runs."""
TRACKING = "batch.kubernetes.io/job-tracking"
GROUP, VERSION, POLICIES, BINDINGS = (
    "admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "validatingadmissionpolicybindings",
)  # fmt: skip
_KEEPS = f"'{TRACKING}' in {{}}.metadata.?finalizers.orValue([])"
POLICY: Object = {
    "apiVersion": f"{GROUP}/{VERSION}",
    "kind": "ValidatingAdmissionPolicy",
    "metadata": {"name": "parity-held"},
    "spec": {
        "matchConstraints": {
            "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"],
                               "operations": ["UPDATE"]}],
            "objectSelector": {"matchExpressions": [{"key": HELD, "operator": "Exists"}]},
        },
        "validations": [{"expression": f"!({_KEEPS.format('oldObject')}) || {_KEEPS.format('object')}"}],
    },
}  # fmt: skip
"""Denies what takes the Job controller's finalizer from a held pod, as a webhook might that denies every update."""
BINDING: Object = {
    "apiVersion": f"{GROUP}/{VERSION}",
    "kind": "ValidatingAdmissionPolicyBinding",
    "metadata": {"name": "parity-held"},
    "spec": {"policyName": "parity-held", "validationActions": ["Deny"]},
}


@contextmanager
def furnished(kubeconfig: Path) -> Iterator[None]:
    """Make them, and take them away again."""
    with config.new_client_from_config(str(kubeconfig)) as api:
        nodes, any_ = client.NodeV1Api(api), client.CustomObjectsApi(api)
        nodes.create_runtime_class(RUNTIME)
        any_.create_cluster_custom_object(GROUP, VERSION, POLICIES, POLICY)
        any_.create_cluster_custom_object(GROUP, VERSION, BINDINGS, BINDING)
        try:
            yield
        finally:
            any_.delete_cluster_custom_object(GROUP, VERSION, BINDINGS, "parity-held")
            any_.delete_cluster_custom_object(GROUP, VERSION, POLICIES, "parity-held")
            nodes.delete_runtime_class(RUNTIME["metadata"]["name"])
