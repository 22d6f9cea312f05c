"""Classes in which the work failed or was cut and the Job counts it as done: never explained, never waived. Pure."""

from __future__ import annotations

from harness.model.event import Role
from harness.model.truth import Blame
from harness.platforms.kubernetes.pod import Pod, code_of, end_of
from harness.platforms.kubernetes.stops import deleted_or_preempted, evicted, killed_by_kubelet
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import Rule

OOM = "OOMKilled"
_REBOOTED = "Rebooted"


def _oom_zero(seen: Witnesses) -> str:
    for pod in seen.done:
        if pod.main is not None and pod.main.native.get("reason") == OOM and not _whole(seen):
            return f"a process of container {pod.main.container} was killed for memory, and it ended with 0"
    return ""


def _whole(seen: Witnesses) -> bool:
    """Tell whether all that the job should leave behind is known, and there."""
    return seen.outputs_known and not seen.lost


def _preempted_complete(seen: Witnesses) -> str:
    cut = [pod for pod in seen.done if deleted_or_preempted(pod)]
    if seen.complete and cut and len(seen.done) - len(cut) < seen.wanted:
        return "the pod was being deleted or preempted, ended with 0 on the signal, and was counted as a completion"
    return ""


def _evicted_complete(seen: Witnesses) -> str:
    for pod in seen.deciding:
        if "Succeeded" not in pod.said("phase") or pod.disruption is not None or pod.deletion is not None:
            continue
        if evicted(pod):
            return "the pod was evicted while it ran, handled the signal, and counts as succeeded"
        if end_of(pod) == 0 and killed_by_kubelet(pod):
            return "the kubelet stopped the main container, which handled the signal, and the pod counts as succeeded"
    return ""


def _rebooted(seen: Witnesses) -> str:
    label = next((label for label in (_REBOOTED, "NodeReady") for pod in seen.done if _came_back(seen, pod, label)), "")
    return label and f"the node came back ({label}) after the start, before the end with 0 was counted"


def _came_back(seen: Witnesses, pod: Pod, label: str) -> bool:
    start = next((event for event in pod.starts if event.role is Role.MAIN), None)
    counted = seen.target or seen.verdict or pod.main
    if start is None or counted is None:
        return False
    back = (notice.at.seconds for notice in pod.notices if notice.label == label)
    return any(start.at.seconds < at < counted.at.seconds for at in back)


def _quorum(seen: Witnesses) -> str:
    policy = seen.target is not None and seen.target.native.get("reason") == "SuccessPolicy"
    cut = [pod for pod in seen.deciding if end_of(pod) != 0 and (pod.main or pod.deletion or pod.gone)]
    if seen.complete and (policy or seen.reason == "SuccessPolicy") and cut:
        return f"the success policy ended the Job, and {len(cut)} other pods failed or were cut"
    return ""


def _sandbox_killed(seen: Witnesses) -> str:
    for pod in seen.done:
        ends = {event.at.seconds for event in pod.exits}
        if not pod.said("runtimeClassName") or len(pod.exits) < 2 or len(ends) > 1:  # noqa: PLR2004 - "all" needs two
            continue
        if all(code_of(event) == 0 for event in pod.exits) and not _whole(seen):
            return "all containers of a sandboxed pod ended with 0 in the same second"
    return ""


def _masked(seen: Witnesses) -> str:
    if not seen.complete or not seen.done or not seen.lost:
        return ""
    said = f"; its log says: {seen.complaint}" if seen.complaint else ""
    return f"the container ended with 0, and nothing is there of {', '.join(seen.lost)}{said}"


_J, _P = Blame.JOB, Blame.PLATFORM
_STOP_WELL = "end with a non-zero code when stopped"

FALSE_SUCCESS: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K20",
        "killed for memory, exit 0",
        "a child was killed, and the entry point still ended with 0",
        "the main container ended with reason OOMKilled and exit code 0, and outputs are missing; where nobody knows "
        "the outputs, the work is unknown",
        _J,
        "let the entry point fail with its children, and ask for more memory",
        "kubernetes/kubernetes#131530, flyteorg/flyteplugins#48, tektoncd/pipeline#1806; measured",
        _oom_zero,
    ),
    Rule(
        "K22",
        "preempted means completed",
        "a victim that ends with 0 on SIGTERM is counted as a completion",
        "the Job is Complete, the main container ended with 0, and the pod was being deleted or preempted "
        "before that end; the work is unknown (done or cut) unless an output decides",
        _P,
        _STOP_WELL,
        "kubernetes/kubernetes#90636, #69785, #102733; measured",
        _preempted_complete,
    ),
    Rule(
        "K21",
        "evicted means completed",
        "an evicted pod that handles the signal and ends with 0 is Succeeded",
        "the pod is Succeeded, and an event says that it was evicted, or that the kubelet stopped the last run of its "
        "main container before that ended; the work is unknown (done or cut) unless an output decides",
        _P,
        _STOP_WELL,
        "kubernetes/kubernetes#141483, #120182, velero-io/velero#10322",
        _evicted_complete,
    ),
    Rule(
        "K23",
        "reboot means completed",
        "the runtime reports 0 for containers that a reboot or a daemon's restart cut",
        "the main container ended with 0, and its node rebooted or came back (NodeReady) after the container's start "
        "and before the Job counted its end; the work is unknown (done or cut) unless an output decides",
        _P,
        "check the outputs of every such run",
        "kubernetes/kubernetes#41516, moby/moby#31262, moby/moby#45788, argoproj/argo-workflows#2672",
        _rebooted,
    ),
    Rule(
        "K28",
        "quorum is success",
        "a success policy ends the Job while other workers failed or were cut",
        "Complete with reason SuccessPolicy, and another index's pod did not end with 0",
        _J,
        "name every index whose work counts in successPolicy",
        "kubedl-io/kubedl#81; measured",
        _quorum,
    ),
    Rule(
        "K24",
        "sandbox killed",
        "the host killed the pod's virtual machine and the shim reports 0",
        "the pod has a runtime class, all its containers ended with 0 in the same second, and outputs are "
        "missing; where nobody knows the outputs, the work is unknown",
        _P,
        "check the outputs of every such run",
        "kata-containers/kata-containers#4419",
        _sandbox_killed,
    ),
    Rule(
        "K25",
        "failure swallowed",
        "a pipe, a wrapper or an except clause hides the failure: the container ends with 0",
        "the Job is Complete, the main container ended with 0, and nothing is there of a declared output; or "
        "its log complains and it left less than its partner, whose log does not",
        _J,
        "end with the exit code of the work, and fail when an output cannot be written",
        "kubeflow/spark-operator#1553, apache/spark#40118, apache-spark-on-k8s/spark#135",
        _masked,
    ),
)
