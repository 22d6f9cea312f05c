"""What the API server says of itself. Pure."""

from __future__ import annotations

from harness.sandbox.kube.objects import Object

_VERSION = {
    "major": "1",
    "minor": "34",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}
_GIT_VERSION = "v1.34.4+sandbox.x"
"""The suffix says that this is no cluster, and its time scale; evidence from it is synthetic."""

KINDS = {
    "jobs": ("Job", "batch/v1", True, []),
    "pods": ("Pod", "v1", True, ["po"]),
    "events": ("Event", "v1", True, ["ev"]),
    "configmaps": ("ConfigMap", "v1", True, ["cm"]),
    "secrets": ("Secret", "v1", True, []),
    "persistentvolumeclaims": ("PersistentVolumeClaim", "v1", True, ["pvc"]),
    "serviceaccounts": ("ServiceAccount", "v1", True, ["sa"]),
    "namespaces": ("Namespace", "v1", False, ["ns"]),
    "nodes": ("Node", "v1", False, ["no"]),
}
"""Plural → (kind, group and version, namespaced, short names)."""

SUBRESOURCES = {"jobs": ("status",), "pods": ("status", "log")}
_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def answer(path: str, scale: float) -> Object | None:
    """Answer a discovery path of a sandbox of this time scale; None when it is none."""
    match path:
        case "/version":
            return {**_VERSION, "gitVersion": f"{_GIT_VERSION}{scale:g}"}
        case "/api":
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        case "/apis":
            version = {"groupVersion": "batch/v1", "version": "v1"}
            return {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [{"name": "batch", "versions": [version], "preferredVersion": version}],
            }
        case "/apis/batch":
            version = {"groupVersion": "batch/v1", "version": "v1"}
            return {
                "kind": "APIGroup",
                "apiVersion": "v1",
                "name": "batch",
                "versions": [version],
                "preferredVersion": version,
            }
        case "/api/v1" | "/apis/batch/v1":
            return _resources(path.removeprefix("/apis/").removeprefix("/api/"))
        case "/openapi/v3":
            return {"paths": {}}
        case "/healthz" | "/readyz" | "/livez":
            return {"status": "ok"}
    return None


def _resources(group: str) -> Object:
    found = []
    for plural, (kind, home, namespaced, short) in KINDS.items():
        if home != group:
            continue
        entry = {
            "name": plural,
            "singularName": kind.lower(),
            "namespaced": namespaced,
            "kind": kind,
            "verbs": _VERBS,
            "shortNames": short,
            "categories": ["all"] if plural in {"jobs", "pods"} else [],
        }
        found.append(entry)
        below = {"singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "patch", "update"]}
        found += [{"name": f"{plural}/{sub}", **below} for sub in SUBRESOURCES.get(plural, ())]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": found}
