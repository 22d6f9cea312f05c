"""Why the work of a pod never started, and what to mend. Pure."""

from __future__ import annotations

from harness.model.clock import iso
from harness.model.event import Event, Role
from harness.platforms.kubernetes.pod import Pod, code_of
from harness.platforms.kubernetes.rules_false_failure import REFUSED_AGAIN
from harness.platforms.kubernetes.rules_no_verdict import HELD_UP, scheduled_message, unschedulable
from harness.platforms.kubernetes.stops import SHUTDOWN

REFUSED = (
    *REFUSED_AGAIN, "TopologyAffinityError", "SMTAlignmentError", "PodOSSelectorNodeLabelDoesNotMatch",
    "PodOSNotSupported", "InvalidNodeInfo", "NodeName", "NodePorts", "TaintToleration",
    "InitContainerRestartPolicyForbidden", "SupplementalGroupsPolicyNotSupported", "PodLevelResources",
    "PodFeatureUnsupported", "AppArmor", "SysctlForbidden",
    "VolumeAttachmentLimitExceeded", "UnexpectedPredicateFailureType",
)  # fmt: skip
"""How status.reason of a pod begins that the kubelet did not admit (pkg/kubelet/lifecycle, cm and sysctl)."""
_START_TROUBLE = ("Failed", "BackOff", "FailedScheduling", "ErrImageNeverPull", "InspectFailed", *HELD_UP)
"""Events that say why a pod's containers don't start; of a pod that is gone they may be all that is left."""
_TURNED_AWAY = ("Pod was rejected", "Pod Was rejected", "The node had condition", "Allocate failed", "Predicate ")
"""How the kubelet's message begins when it does not admit a pod (pkg/kubelet/lifecycle, eviction and cm)."""
_IMAGE_WORDS = ("image", "ImagePull", "ErrImage", "InvalidImageName")
_WAITS_FOR_OTHERS = frozenset({"PodInitializing", "ContainerCreating"})
_GATED = "SchedulingGated"


def why_not_started(pod: Pod) -> str:
    """Say what keeps or kept the work from starting; empty where nothing does."""
    failing = blocking(pod)
    if failing is not None:
        kind = "native sidecar" if failing.role is Role.NATIVE_SIDECAR else "init container"
        again = "keeps failing" if "CrashLoopBackOff" in pod.last.get("waiting", "") else "failed"
        reason = failing.native.get("reason", "")
        word = f" ({reason})" if reason not in {"", "Error", "Completed"} else ""
        said = line_of(failing.native.get("message", ""))
        return f"{kind} {failing.container} {again} with {code_of(failing)}{word}{said}"
    if refused(pod):
        return f"the node refused the pod ({pod.last['reason']}){line_of(pod.last.get('message', ''))}"
    waits = pod.last.get("waits", "")
    if waits and waits.partition(": ")[2].partition(":")[0] not in _WAITS_FOR_OTHERS:
        return f"container {waits}"
    if held := _held_back(pod):
        return held
    trouble = [note for note in pod.notices if note.label in _START_TROUBLE and note.native.get("kind") == "Pod"]
    if unschedulable(pod):
        told = next((note.native.get("message", "") for note in trouble if note.label == "FailedScheduling"), "")
        return f"no node could take the pod{line_of(told or scheduled_message(pod))}"
    return f"{trouble[-1].label}{line_of(trouble[-1].native.get('message', ''))}" if trouble else ""


def _held_back(pod: Pod) -> str:
    """Say that gates keep the pod from a node, or that containers before the work have not let it start yet."""
    if _GATED in pod.last.get("conditions", ""):
        return f"scheduling gates hold its pod back: {pod.last.get('schedulingGates', 'none is named')}"
    if "PodInitializing" not in pod.last.get("waits", ""):
        return ""
    before = [start for start in pod.starts if start.container in pod.running]
    init = next((start for start in before if start.role is Role.INIT), None)
    if init is not None:
        return f"init container {init.container} runs since {iso(init.at.seconds)}, and has not ended"
    sidecar = next((start for start in reversed(before) if start.role is Role.NATIVE_SIDECAR), None)
    if sidecar is None:
        return ""
    told = [note.native.get("message", "") for note in pod.notices if note.label == "Unhealthy"]
    said = line_of(told[-1] if told else "")
    return f"native sidecar {sidecar.container} runs since {iso(sidecar.at.seconds)}, and is not up yet{said}"


def refused(pod: Pod) -> bool:
    """Tell whether the kubelet turned the pod away before any of its containers was made."""
    reason, message = pod.last.get("reason", ""), pod.last.get("message", "")
    turned_away = reason.startswith(REFUSED) or message.startswith(_TURNED_AWAY)
    return pod.last.get("phase") == "Failed" and turned_away and not pod.exits


def blocking(pod: Pod) -> Event | None:
    """Find an init container, or native sidecar, that failed last and so keeps the work from starting."""
    last = {end.container: end for end in pod.exits if end.role in {Role.INIT, Role.NATIVE_SIDECAR}}
    return next((end for end in reversed(last.values()) if code_of(end) not in {0, None}), None)


def advice_of(pod: Pod, by: str) -> str:
    """Say what to mend so that the work can start."""
    if blocking(pod) is not None:
        return f"mend what fails before the work: {by.split(':', maxsplit=1)[0]}"
    if any(word in by for word in _IMAGE_WORDS):
        return "mend the image's name, or the right to pull it"
    if unschedulable(pod):
        return "ask for less, or for nodes that there are"
    if _GATED in pod.last.get("conditions", ""):
        return "ask whoever set the gates (such as a queue) when they are taken away"
    if refused(pod):
        return _after_a_refusal(pod.last.get("reason", ""))
    return "mend what keeps the pod from starting"


def _after_a_refusal(reason: str) -> str:
    if reason.startswith("OutOf") or reason == "TopologyAffinityError":
        return "ask for less, or for a larger node"
    if reason in SHUTDOWN or reason.startswith(("UnexpectedAdmissionError", "NodeAffinity")):
        return "run it again: the node changed, the job need not"
    return "ask for a node that can run it, or for what the node allows"


def line_of(message: str) -> str:
    """Append a platform's message, cut to one readable line."""
    text = " ".join(message.split())
    return f": {text[:300]}" if text else ""
