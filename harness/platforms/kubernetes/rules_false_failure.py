"""Classes in which the container did its work and the Job is marked Failed; reason-specific rules come first. Pure."""

from __future__ import annotations

import re

from harness.model.clock import surely_before
from harness.model.event import Event, Role
from harness.model.truth import Blame
from harness.platforms.kubernetes.pod import Pod, code_of, end_of, heard_first, runtime_lost
from harness.platforms.kubernetes.stops import SHUTDOWN, evicted, lateness_seconds, shut_down
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import Rule

REFUSED_AGAIN = ("UnexpectedAdmissionError", "NodeAffinity", "OutOf")
_POLICY = re.compile(r"Container (\S+) for pod \S+ failed with exit code (\d+)")


def _deadline(seen: Witnesses) -> str:
    if seen.reason != "DeadlineExceeded" or not seen.done or seen.done[-1].main is None:
        return ""
    late = lateness_seconds(seen, seen.done[-1].main)
    if late is None:
        return "the deadline failed the job, and the main container ended with 0"
    how = f"{late:.0f} s after it" if late > 0 else "in time"
    return f"the deadline failed the job, and the main container ended with 0 {how}"


def _pod_deadline(seen: Witnesses) -> str:
    if any("DeadlineExceeded" in pod.said("reason") for pod in seen.done):
        return "the pod's own deadline passed, and the main container ended with 0"
    return ""


def _policy(seen: Witnesses) -> str:
    found = _POLICY.search(seen.verdict.native.get("message", "")) if seen.verdict else None
    if seen.reason != "PodFailurePolicy" or found is None or not seen.done:
        return ""
    if any(pod.main is not None and pod.main.container == found[1] for pod in seen.done):
        return ""
    return f"a pod failure policy matched container {found[1]} (exit code {found[2]}), and the main one ended with 0"


def _last_retry(seen: Witnesses) -> str:
    limit, onfailure = (
        seen.status.get("backoffLimit", ""),
        any("OnFailure" in pod.said("restartPolicy") for pod in seen.pods),
    )
    killed = any(notice.label == "SuccessfulDelete" for notice in seen.notices) or any(
        pod.deletion for pod in seen.pods
    )
    if not (onfailure and killed and limit.isdigit() and seen.reason == "BackoffLimitExceeded"):
        return ""
    return (
        f"the pod was deleted when its last allowed retry ({limit}) began"
        if seen.restarts >= max(1, int(limit))
        else ""
    )


def _admitted_again(seen: Witnesses) -> str:
    for pod in seen.deciding:
        again = next((name for name in sorted(pod.said("reason")) if name.startswith(REFUSED_AGAIN)), "")
        if again and (end_of(pod) == 0 or "Succeeded" in pod.said("phase")):
            return f"a finished pod was admitted again and refused with {again}"
    return ""


def _shutdown(seen: Witnesses) -> str:
    for pod in seen.deciding:
        reasons = pod.said("reason") & SHUTDOWN
        if shut_down(pod):
            return f"the node was shutting down ({', '.join(sorted(reasons)) or 'TerminationByKubelet'})"
    return ""


def _evicted_done(seen: Witnesses) -> str:
    if any(evicted(pod) and "Failed" in pod.said("phase") for pod in seen.done):
        return "the kubelet evicted the pod, and the main container ended with 0"
    return ""


def _deleted(seen: Witnesses) -> str:
    deciding = [pod for pod in seen.done if pod.deletion is not None and _counted_failed(seen, pod)]
    if not deciding or not seen.failed or seen.status.get("podReplacementPolicy") == "Failed":
        return ""
    return "the pod was being deleted, counted as failed from then on, and ended with 0 within its grace"


def _counted_failed(seen: Witnesses, pod: Pod) -> bool:
    """Tell whether the Job had counted the pod as failed by the time its container ended."""
    counted = seen.count("failed") > 0 or any(
        pod.uid in version.native.get("uncountedFailed", "") for version in seen.versions
    )
    return counted and not _ended_before_the_decision(seen, pod)


def _ended_before_the_decision(seen: Witnesses, pod: Pod) -> bool:
    if pod.main is None or seen.target is None or (pod.deletion is not None and heard_first(pod.deletion, pod.main)):
        return False
    return surely_before(pod.main.at, seen.target.at)


def _others(pod: Pod, role: Role) -> list[Event]:
    """Ends of other containers that are known to be failures; a lost code is none."""
    return [event for event in pod.exits if event.role is role and code_of(event) not in {0, None}]


def _sidecar(seen: Witnesses) -> str:
    for pod in seen.done:
        for bad in _others(pod, Role.SIDECAR):
            return f"container {bad.container} ended with {bad.native.get('exitCode')}, the main one with 0"
    return ""


def native_sidecar_failed(pod: Pod) -> Event | None:
    """Find a native sidecar that ended with a failure."""
    return next(iter(_others(pod, Role.NATIVE_SIDECAR)), None)


def _partial(seen: Witnesses) -> str:
    some = seen.count("succeeded") or seen.status.get("completedIndexes", "")
    if seen.failed and some and seen.wanted > 1:
        told = f"{seen.count('succeeded')} of {seen.wanted} completions were reached, and the Job is Failed"
        return f"{told}{_failed_indexes(seen)}"
    return ""


def _failed_indexes(seen: Witnesses) -> str:
    """Name the indexes that failed, and how the first of them did."""
    indexes = seen.status.get("failedIndexes", "")
    bad = next((pod for pod in seen.deciding if end_of(pod) not in {0, None} and pod.main is not None), None)
    if not seen.indexed or not (indexes or bad):
        return ""
    how = f"container {bad.main.container} of index {bad.member} ended with {end_of(bad)}" if bad and bad.main else ""
    named = f"failed indexes: {indexes}" if indexes else ""
    return f"; {' ('.join(filter(None, (named, how)))}{')' if named and how else ''}"


def _runtime(seen: Witnesses) -> str:
    for pod in seen.deciding:
        if runtime_lost(pod) and pod.main is not None:
            return f"the container runtime was restarted under the container ({pod.main.native.get('reason')})"
    return ""


_P = Blame.PLATFORM

FALSE_FAILURE: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K02",
        "deadline before completion",
        "failure tests run before the completion test, or the container used its grace after the deadline",
        "Failed with reason DeadlineExceeded, and the main container ended with 0; in time when that was "
        "before startTime + activeDeadlineSeconds, else overrun",
        _P,
        "raise activeDeadlineSeconds, or let the job stop in time",
        "kubernetes/kubernetes#46497, #62134; measured, both variants",
        _deadline,
    ),
    Rule(
        "K03",
        "pod deadline",
        "the pod's activeDeadlineSeconds forces phase Failed whatever the exit code",
        "the pod's status.reason is DeadlineExceeded, and the main container ended with 0",
        _P,
        "drop the pod's own deadline",
        "kubernetes/kubernetes#115688, argoproj/argo-workflows#6620; measured",
        _pod_deadline,
    ),
    Rule(
        "K09",
        "policy matched the wrong container",
        "an exit-code rule without a container name matches a proxy or an init container",
        "Failed with reason PodFailurePolicy, its message names a container that is not the main one, and "
        "the main one ended with 0",
        _P,
        "name the container in podFailurePolicy",
        "Kubernetes documentation, pod failure policy; measured",
        _policy,
    ),
    Rule(
        "K11",
        "last retry killed",
        "with OnFailure the pod is deleted when the last allowed attempt starts",
        "restartPolicy OnFailure, Failed with BackoffLimitExceeded, the pod was deleted, and the restarts "
        "reach backoffLimit",
        _P,
        "use restartPolicy Never, or a larger backoffLimit",
        "kubernetes/kubernetes#78377, #54870, istio/istio#38197; measured",
        _last_retry,
    ),
    Rule(
        "K06",
        "finished pod admitted again",
        "a restarted kubelet admits a finished pod again and refuses it",
        "a pod that was Succeeded, or whose main container ended with 0, has reason "
        "UnexpectedAdmissionError, OutOf… or NodeAffinity",
        _P,
        "nothing in the job; newer kubelets do not",
        "kubernetes/kubernetes#117955, #124345, #133382, #138446",
        _admitted_again,
    ),
    Rule(
        "K05",
        "node shutdown",
        "the kubelet's shutdown manager ends pods as Failed",
        "the pod has reason Terminated, Shutdown or NodeShutdown, or no reason and DisruptionTarget with "
        "TerminationByKubelet; one that was evicted has that condition too, and is K04",
        _P,
        "nothing in the job; run it again",
        "kubernetes/kubernetes#120168, #102820, #104531, #110755",
        _shutdown,
    ),
    Rule(
        "K04",
        "evicted after the work",
        "the eviction decision wins over exit code 0",
        "the pod was evicted (status.reason or event) and is Failed, and the main container ended with 0",
        _P,
        "ask for the memory and disk the job uses",
        "kubernetes/kubernetes#137992, tektoncd/pipeline#6145",
        _evicted_done,
    ),
    Rule(
        "K01",
        "deleted means failed",
        "a pod with a deletion timestamp counts as failed at once, and then ends with 0 in its grace",
        "the pod has a deletion timestamp and was counted as failed, not surely after its main container had "
        "ended with 0; the Job is Failed",
        _P,
        "podReplacementPolicy: Failed",
        "kubernetes/kubernetes#125695, #115844, Kubernetes documentation, Job; measured",
        _deleted,
    ),
    Rule(
        "K08",
        "another container failed",
        "a plain sidecar with a non-zero exit makes the pod Failed",
        "the main container ended with 0, and another of spec.containers with a known code that is not 0",
        _P,
        "make the sidecar native (initContainers, restartPolicy: Always)",
        "argoproj/argo-workflows#7164, apache/airflow#64962",
        _sidecar,
    ),
    Rule(
        "K12",
        "partly done",
        "some completions were reached, the Job is Failed",
        "a Job of several completions is Failed, and succeeded is above 0 or completedIndexes is not empty",
        Blame.JOB,
        "look at the failed indexes",
        "kubernetes/kubernetes#96630, #70251; measured",
        _partial,
    ),
    Rule(
        "K10",
        "runtime restarted",
        "a restarted container runtime reports 255 or Unknown for work that may be done",
        "the main container's reason is Unknown, or its code is 255 and the node or the sandbox restarted "
        "meanwhile; the code is then not believed",
        _P,
        "nothing in the job; run it again",
        "spinframework/runtime-class-manager#140",
        _runtime,
    ),
)
