"""What is lost of a Kubernetes document with a field that nothing was made of: what it was for, or nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from harness.fields.paths import Path
from harness.model.job import Json
from harness.platforms.kubernetes.wrapped import Wrapped

PLACEMENT = "where it runs"
FILES = "files that it is given"
BEFORE = "what runs before it"
BESIDE = "containers beside it"
RIGHTS = "what it may do"
AGAIN = "how it is tried again"
TAKES = "CPU, memory and devices"
VARIABLES = "environment whose values the document does not hold"
ENDING = "how it is watched and stopped"
FOLDER = "the folder that it starts in"
PULLS = "credentials for its image"
NAMES = "names and addresses"
ADDED = "what the cluster adds to its pod"
HANDED = "what its workflow is handed and hands on"
OPERATOR = "settings of its operator"

_NOTHING = ""
_EMPTY: tuple[Json, ...] = (None, "", {}, [])
_POD: Mapping[str, str] = {
    **dict.fromkeys(
        ("nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "runtimeClassName", "schedulerName",
         "priorityClassName", "schedulingGates", "resourceClaims", "os"), PLACEMENT),
    **dict.fromkeys(("volumes", "volumeClaimTemplates"), FILES),
    **dict.fromkeys(
        ("hostIPC", "hostPID", "hostNetwork", "hostUsers", "shareProcessNamespace", "securityContext",
         "automountServiceAccountToken", "setHostnameAsFQDN"), RIGHTS),
    **dict.fromkeys(("dnsPolicy", "dnsConfig", "hostAliases", "hostname", "subdomain", "enableServiceLinks"), NAMES),
    **dict.fromkeys(("initContainers",), BEFORE),
    **dict.fromkeys(("containers", "sidecars", "ephemeralContainers"), BESIDE),
    **dict.fromkeys(("restartPolicy", "retryStrategy"), AGAIN),
    **dict.fromkeys(("inputs", "outputs", "memoize", "synchronization"), HANDED),
    "imagePullSecrets": PULLS,
    "serviceAccountName": RIGHTS,
    "serviceAccount": RIGHTS,
    "terminationGracePeriodSeconds": ENDING,
    "activeDeadlineSeconds": ENDING,
    "resources": TAKES,
    **dict.fromkeys(("nodeName", "priority", "preemptionPolicy", "overhead", "name"), _NOTHING),
}  # fmt: skip
_CONTAINER: Mapping[str, str] = {
    **dict.fromkeys(("resources", "resizePolicy", "coreLimit", "gpu"), TAKES),
    **dict.fromkeys(("env", "envFrom", "envVars", "envSecretKeyRefs"), VARIABLES),
    **dict.fromkeys(("volumeMounts", "volumeDevices"), FILES),
    **dict.fromkeys(("livenessProbe", "readinessProbe", "startupProbe", "lifecycle"), ENDING),
    "securityContext": RIGHTS,
    "workingDir": FOLDER,
    "restartPolicy": AGAIN,
    **dict.fromkeys(
        ("name", "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy", "ports", "stdin",
         "stdinOnce", "tty"), _NOTHING),
}  # fmt: skip
_JOB: Mapping[str, str] = {
    **dict.fromkeys(
        ("podFailurePolicy", "backoffLimitPerIndex", "maxFailedIndexes", "successPolicy", "podReplacementPolicy",
         "backoffLimit"), AGAIN),
    "completionMode": "the index of its member",
    "activeDeadlineSeconds": ENDING,
    "managedBy": PLACEMENT,
    **dict.fromkeys(
        ("completions", "parallelism", "selector", "manualSelector", "suspend", "ttlSecondsAfterFinished"), _NOTHING),
}  # fmt: skip
_DEFAULTS: Mapping[str, tuple[Json, ...]] = {
    "restartPolicy": ("Never",),
    "dnsPolicy": ("ClusterFirst",),
    "schedulerName": ("default-scheduler",),
    "serviceAccountName": ("default",),
    "serviceAccount": ("default",),
    "terminationGracePeriodSeconds": (30,),
    "automountServiceAccountToken": (False,),
    "enableServiceLinks": (True,),
    "podReplacementPolicy": ("TerminatingOrFailed",),
    "completionMode": ("NonIndexed",),
    **dict.fromkeys(("hostIPC", "hostPID", "hostNetwork", "shareProcessNamespace", "setHostnameAsFQDN"), (False,)),
}
"""What Kubernetes itself writes where nobody says anything (batch/v1 and core/v1), and what the harness does anyhow."""
_SCHEDULE = frozenset(
    {"schedule", "timeZone", "concurrencyPolicy", "startingDeadlineSeconds", "suspend", "successfulJobsHistoryLimit",
     "failedJobsHistoryLimit"}
)  # fmt: skip
"""Of a CronJob: the schedule stays where it is, and a campaign runs when it is started."""
_OF_RUNS = frozenset({"cleanPodPolicy", "ttlSecondsAfterFinished", "suspend"})
"""Of an operator's run policy: what becomes of pods after the end."""
_NODE_LIFE = frozenset({"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})
_INJECTED = re.compile(
    r"(^|\.)(istio\.io|linkerd\.io|vault\.hashicorp\.com|kueue\.x-k8s\.io|consul\.hashicorp\.com)/"
    r"|^iam\.amazonaws\.com/|workload\.identity/|^k8s\.v1\.cni\.cncf\.io/networks|^gke-gcsfuse/|^kyverno\.io/|^dapr\.io/"
)
"""Labels and annotations that make a cluster change the pod, or decide when and as whom it runs."""
_RUN = frozenset({"sidecar.istio.io/status", "kubectl.kubernetes.io/restartedAt"})


def losses(wrapped: Wrapped, container: Path, document_kind: str) -> Callable[[Path, Json], str]:
    """Make what says of each leaf of one document what is lost with it."""
    areas = sorted(
        ((container, _of(_CONTAINER)), (wrapped.pod, _of_pod), (wrapped.job, _of(_JOB)), (wrapped.facts, _of_facts)),
        key=lambda area: -len(area[0]),
    )

    def lost(path: Path, value: Json) -> str:
        for base, of in areas:
            if base and path[: len(base)] == base and len(path) > len(base):
                return of(path[len(base) :], value)
        return _of_document(path, value, document_kind)

    return lost


def _of(table: Mapping[str, str]) -> Callable[[Path, Json], str]:
    def lost(path: Path, value: Json) -> str:
        name = str(path[0])
        if value in _EMPTY or (len(path) == 1 and value in _DEFAULTS.get(name, ())):
            return _NOTHING
        return table.get(name, OPERATOR)

    return lost


def _of_pod(path: Path, value: Json) -> str:
    if path[0] == "metadata":
        return _of_facts(path[1:], value)
    return _of(_POD)(path, value)


def _of_facts(path: Path, value: Json) -> str:
    """Labels and annotations: those that make the cluster change the pod."""
    del value
    if path[:1] in {("labels",), ("annotations",)} and len(path) > 1:
        name = str(path[1])
        return ADDED if _INJECTED.search(name) and name not in _RUN else _NOTHING
    return _NOTHING


def _of_document(path: Path, value: Json, kind: str) -> str:
    if path[0] in {"status", "apiVersion", "kind"} or value in _EMPTY:
        return _NOTHING
    if path[0] == "metadata":
        return _of_facts(path[1:], value)
    if kind in {"CronJob", "CronWorkflow"} and path[0] == "spec" and path[1:2] and path[1] in _SCHEDULE:
        return _NOTHING
    if path[-1] == "restartPolicy" or "runPolicy" in path:
        return _NOTHING if value in _DEFAULTS.get(str(path[-1]), ()) or path[-1] in _OF_RUNS else AGAIN
    if path[0] == "spec" and "metadata" in path:
        return _of_facts(path[path.index("metadata") + 1 :], value)
    return OPERATOR


def is_node_life(toleration: Json) -> bool:
    """Tell the two tolerations that the API server gives every pod."""
    return isinstance(toleration, dict) and str(toleration.get("key")) in _NODE_LIFE
