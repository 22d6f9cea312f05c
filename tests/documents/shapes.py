"""Manifests of varied shape, as teams have them: each takes one more part of batch/v1 or core/v1 than the plain one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/wine:1"
WORK: Object = {"name": "main", "image": IMAGE, "command": ["python", "train.py"]}
HTTP: Object = {"httpGet": {"path": "/healthz", "port": 8080}}
EXEC: Object = {"exec": {"command": ["true"]}}


def job(spec: Object | None = None, pod: Object | None = None, metadata: Object | None = None, **work: Any) -> Object:
    """Write a Job with one container."""
    own = {"activeDeadlineSeconds": 600, **(spec or {})}
    inner = {"restartPolicy": "Never", "containers": [{**WORK, **work}], **(pod or {})}
    template = {"spec": inner, **own.pop("template", {})}
    whole = {"metadata": metadata or {"name": "train"}, "spec": {**own, "template": template}}
    return {"apiVersion": "batch/v1", "kind": "Job", **whole}


def mounted(volume: Object, **mount: Any) -> Object:
    """Write a Job whose work mounts one volume."""
    return job(
        pod={"volumes": [{"name": "data", **volume}]}, volumeMounts=[{"name": "data", "mountPath": "/data", **mount}]
    )


def variable(**source: Any) -> Object:
    """Write a Job with one variable from somewhere."""
    return job(env=[{"name": "THING", "valueFrom": source}])


_AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "In", "values": ["ml"]}]}]
        }
    },
    "podAntiAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "x"}}}}
        ]
    },
}
_PROJECTED = {
    "sources": [
        {"configMap": {"name": "settings", "items": [{"key": "a", "path": "a.txt"}]}},
        {"secret": {"name": "keys", "optional": True}},
        {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"serviceAccountToken": {"path": "token", "audience": "vault", "expirationSeconds": 3600}},
    ]
}
_SPREAD = [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}}]
_EPHEMERAL = {
    "ephemeral": {
        "volumeClaimTemplate": {
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        }
    }
}
_LIVE = {
    "metadata": {
        "name": "nightly-29400000", "namespace": "ml", "uid": "5a1b", "resourceVersion": "123", "generation": 1,
        "creationTimestamp": "2026-11-01T03:00:00Z",
        "labels": {"batch.kubernetes.io/controller-uid": "5a1b", "job-name": "nightly-29400000", "team": "ml"},
        "annotations": {"batch.kubernetes.io/job-tracking": "", "note": "kept"},
        "ownerReferences": [
            {"apiVersion": "batch/v1", "controller": True, "kind": "CronJob", "name": "nightly", "uid": "77aa"}
        ],
    },
    "status": {"succeeded": 1},
}  # fmt: skip


def _live() -> Object:
    labels = {"controller-uid": "5a1b", "app": "nightly"}
    template = {"metadata": {"creationTimestamp": None, "labels": labels}}
    selector = {"matchLabels": {"batch.kubernetes.io/controller-uid": "5a1b"}}
    made = job(
        {"backoffLimit": 6, "suspend": False, "selector": selector, "template": template, "manualSelector": False}
    )
    return {**made, **_LIVE}


SHAPES: Mapping[str, Object] = {
    "plain": job(),
    "args beside the command": job(args=["--alpha", "0.1"]),
    "references in arguments": job(
        args=["--run=$(POD_NAME)", "$$(HOME)"],
        env=[{"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    ),
    "plain variables": job(env=[{"name": "EPOCHS", "value": "5"}, {"name": "EMPTY"}]),
    "a variable of another one": job(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "x$(A)"}]),
    "a key of a Secret": variable(secretKeyRef={"name": "keys", "key": "hf"}),
    "an optional key of a Secret": variable(secretKeyRef={"name": "keys", "key": "hf", "optional": True}),
    "a key of a ConfigMap": variable(configMapKeyRef={"name": "settings", "key": "a"}),
    "a field of the pod": variable(fieldRef={"fieldPath": "status.hostIP"}),
    "a resource of the container": variable(resourceFieldRef={"resource": "limits.cpu", "containerName": "main"}),
    "all of a ConfigMap and a Secret": job(
        envFrom=[
            {"configMapRef": {"name": "settings"}},
            {"prefix": "K_", "secretRef": {"name": "keys", "optional": True}},
        ]
    ),
    "a claim": mounted({"persistentVolumeClaim": {"claimName": "features", "readOnly": True}}),
    "a ConfigMap volume": mounted({"configMap": {"name": "settings", "defaultMode": 0o440}}, subPath="a.yaml"),
    "a Secret volume": mounted({"secret": {"secretName": "keys", "items": [{"key": "hf", "path": "hf", "mode": 256}]}}),
    "an empty folder in memory": mounted({"emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}, mountPath="/dev/shm"),
    "a folder of the node": mounted({"hostPath": {"path": "/mnt/data", "type": "Directory"}}, readOnly=True),
    "a projected volume": mounted({"projected": _PROJECTED}),
    "a downward volume": mounted(
        {
            "downwardAPI": {
                "items": [{"path": "cpu", "resourceFieldRef": {"containerName": "main", "resource": "limits.cpu"}}]
            }
        }
    ),
    "a share of NFS": mounted({"nfs": {"server": "nfs.example", "path": "/ml", "readOnly": True}}),
    "a driver's volume": mounted({"csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}}),
    "a claim of its own": mounted(_EPHEMERAL),
    "mounts that spread": mounted(
        {"hostPath": {"path": "/mnt"}}, mountPropagation="HostToContainer", recursiveReadOnly=None
    ),
    "a path with a variable": job(
        pod={"volumes": [{"name": "data", "emptyDir": {}}]},
        env=[{"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        volumeMounts=[{"name": "data", "mountPath": "/data", "subPathExpr": "$(POD_NAME)"}],
    ),
    "an init container": job(pod={"initContainers": [{"name": "fetch", "image": "confidant:1", "command": ["fetch"]}]}),
    "a native sidecar": job(pod={"initContainers": [{"name": "agent", "image": "agent:1", "restartPolicy": "Always"}]}),
    "a sidecar": job(
        {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "main"}}}},
        {"containers": [WORK, {"name": "proxy", "image": "envoy:1", "args": ["-c", "x"]}]},
    ),
    "probes": job(
        livenessProbe=HTTP, readinessProbe={"tcpSocket": {"port": 8080}}, startupProbe={**EXEC, "failureThreshold": 30}
    ),
    "hooks": job(lifecycle={"preStop": EXEC, "postStart": {"httpGet": {"port": 8080, "path": "/up"}}}),
    "ports": job(ports=[{"containerPort": 8080, "name": "http"}]),
    "a working folder": job(workingDir="/app", tty=True, stdin=True),
    "messages of its end": job(terminationMessagePath="/tmp/end", terminationMessagePolicy="FallbackToLogsOnError"),
    "a pull policy": job(imagePullPolicy="Always"),
    "requests and limits": job(
        resources={
            "requests": {"cpu": 16, "memory": "512Gi"},
            "limits": {"memory": "549755813888", "nvidia.com/gpu": 1},
        }
    ),
    "limits only": job(resources={"limits": {"cpu": "1500m", "memory": "2Gi", "ephemeral-storage": "10Gi"}}),
    "a device claim": job(
        pod={"resourceClaims": [{"name": "gpu", "resourceClaimTemplateName": "gpu"}]},
        resources={"claims": [{"name": "gpu"}]},
    ),
    "a user and groups": job(
        pod={"securityContext": {"runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 2000, "runAsNonRoot": True}}
    ),
    "capabilities": job(
        securityContext={
            "capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    ),
    "a service account": job(pod={"serviceAccountName": "trainer", "automountServiceAccountToken": False}),
    "pull secrets": job(pod={"imagePullSecrets": [{"name": "registry"}]}),
    "a node selector": job(pod={"nodeSelector": {"pool": "ml", "node.kubernetes.io/instance-type": "r5.24xlarge"}}),
    "affinity": job(pod={"affinity": _AFFINITY}),
    "tolerations": job(pod={"tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}]}),
    "a spread": job(pod={"topologySpreadConstraints": _SPREAD}),
    "a priority class": job(pod={"priorityClassName": "production"}),
    "a runtime class": job(pod={"runtimeClassName": "nvidia"}),
    "a scheduler": job(pod={"schedulerName": "volcano", "schedulingGates": [{"name": "team/gate"}]}),
    "host names": job(
        pod={"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db"]}], "hostname": "trainer", "subdomain": "ml"}
    ),
    "its own DNS": job(
        pod={
            "dnsPolicy": "None",
            "dnsConfig": {"nameservers": ["10.0.0.10"], "options": [{"name": "ndots", "value": "2"}]},
        }
    ),
    "the host's namespaces": job(pod={"hostNetwork": True, "hostIPC": True, "shareProcessNamespace": True}),
    "a grace period": job(pod={"terminationGracePeriodSeconds": 120, "activeDeadlineSeconds": 300}),
    "links to services": job(pod={"enableServiceLinks": False, "setHostnameAsFQDN": True}),
    "labels and annotations": job(
        {"template": {"metadata": {"labels": {"app": "train"}, "annotations": {"sidecar.istio.io/inject": "false"}}}},
        metadata={"name": "train", "labels": {"team": "ml"}, "annotations": {"owner": "ml"}},
    ),
    "a name that is made": job(metadata={"generateName": "train-", "namespace": "production"}),
    "retries and their end": job({"backoffLimit": 2, "ttlSecondsAfterFinished": 60}),
    "a restart in place": job(pod={"restartPolicy": "OnFailure"}),
    "a list of nothing": job(pod={"volumes": [], "tolerations": [], "initContainers": []}, env=[], args=[]),
    "keys of null": job(
        pod={"affinity": None, "nodeSelector": None}, resources=None, metadata={"name": "train", "labels": None}
    ),
    "an object of a live cluster": _live(),
    "a CronJob": {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly"},
        "spec": {
            "schedule": "0 3 * * *",
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {"metadata": {"labels": {"team": "ml"}}, "spec": job()["spec"]},
        },
    },
    "a Pod": {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "train", "labels": {"app": "train"}},
        "spec": job()["spec"]["template"]["spec"],
    },
    "a PodTemplate": {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": "train"},
        "template": {"metadata": {"labels": {"app": "train"}}, "spec": job()["spec"]["template"]["spec"]},
    },
}
"""Name → manifest."""


def _every_field(number: int) -> Object:
    """Write a Job that has every field of batch/v1's JobSpec that a job of one member can have."""
    rules = [
        {"action": "FailJob", "onExitCodes": {"containerName": "main", "operator": "In", "values": [42 + number]}},
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
    ]
    indexed = number % 2 == 1
    by_index = {"backoffLimitPerIndex": number, "maxFailedIndexes": 1, "completionMode": "Indexed"}
    policy = {"successPolicy": {"rules": [{"succeededCount": 1}]}}
    selector = {"manualSelector": True, "selector": {"matchLabels": {"app": f"train-{number}"}}}
    spec = {
        "activeDeadlineSeconds": 60 + number,
        "backoffLimit": number,
        "completions": 1,
        "parallelism": 1,
        "suspend": False,
        "ttlSecondsAfterFinished": number,
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": {"rules": rules},
        "managedBy": "kubernetes.io/job-controller",
        "template": {"metadata": {"labels": {"app": f"train-{number}"}}},
        **({**by_index, **policy} if indexed else {"completionMode": "NonIndexed"}),
        **(selector if number % 3 == 0 else {}),
    }
    return job(spec)


EVERY_FIELD: Mapping[str, Object] = {f"every field of a Job, {number}": _every_field(number) for number in range(10)}
"""Ten Jobs that have all fields of batch/v1 between them."""
ALL: Mapping[str, Object] = {**SHAPES, **EVERY_FIELD}
