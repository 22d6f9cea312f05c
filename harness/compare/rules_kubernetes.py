"""Classes of disagreement between container and Job on Kubernetes; sources in docs/truth.md. Pure.

Order matters: the first rule that matches names the class, all others that match are listed beside it. What is specific
to a reason of the Job comes before what only speaks of a container.
"""

from __future__ import annotations

import re

from harness.compare.rules import Rule
from harness.compare.witnesses import Pod, Witnesses, code_of, known
from harness.model.clock import parse_iso
from harness.model.event import Event, Kind, Role
from harness.model.truth import Blame

OOM = "OOMKilled"
RUNTIME_LOST = 255
"""What containerd reports for a container it lost while it was restarted."""
NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ErrImageInspect"})
NO_START = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
_POLICY = re.compile(r"Container (\S+) for pod \S+ failed with exit code (\d+)")


def _reason(seen: Witnesses) -> str:
    return seen.verdict.native.get("reason", "") if seen.verdict else ""


def _count(seen: Witnesses, field: str) -> int:
    return int(seen.status.get(field, "0") or "0")


def _zero(exit_: Event | None) -> bool:
    return code_of(exit_) == 0


def _finished(exit_: Event) -> float:
    return exit_.at.seconds


# -- work done, job marked failed -------------------------------------------------------------------------------------


def _deadline(seen: Witnesses) -> str:
    start, limit = seen.status.get("startTime", ""), seen.status.get("activeDeadlineSeconds", "")
    if _reason(seen) != "DeadlineExceeded" or not _zero(seen.main) or seen.main is None:
        return ""
    if not (start and limit):
        return "the deadline failed the job, and the main container ended with 0"
    late = _finished(seen.main) - (parse_iso(start) + float(limit))
    how = f"{late:.0f} s after it" if late > 0 else "in time"
    return f"the deadline failed the job, and the main container ended with 0 {how}"


def _pod_deadline(seen: Witnesses) -> str:
    if seen.last and "DeadlineExceeded" in seen.last.said("reason") and _zero(seen.main):
        return "the pod's own deadline passed, and the main container ended with 0"
    return ""


def _policy(seen: Witnesses) -> str:
    found = _POLICY.search(seen.verdict.native.get("message", "")) if seen.verdict else None
    if _reason(seen) != "PodFailurePolicy" or found is None or not _zero(seen.main):
        return ""
    return f"a pod failure policy matched container {found[1]} (exit code {found[2]}), and the main one ended with 0"


def _last_retry(seen: Witnesses) -> str:
    limit = int(seen.status.get("backoffLimit", "-1") or "-1")
    restarts = max((int(each.native.get("restartCount", "0")) for pod in seen.pods for each in pod.exits), default=0)
    onfailure = any("OnFailure" in pod.said("restartPolicy") for pod in seen.pods)
    killed = any(each.label == "SuccessfulDelete" for each in seen.notices)
    if onfailure and _reason(seen) == "BackoffLimitExceeded" and killed and 0 < limit <= restarts:
        return f"the pod was deleted when its last allowed retry ({limit}) began"
    return ""


def _admitted_again(seen: Witnesses) -> str:
    pod = seen.last
    words = pod.said("reason") if pod else frozenset()
    again = next((each for each in sorted(words) if each == "UnexpectedAdmissionError" or each.startswith("OutOf")), "")
    if pod and again and (_zero(pod.main) or "Succeeded" in pod.said("phase")):
        return f"a finished pod was admitted again and refused with {again}"
    return ""


def _shutdown(seen: Witnesses) -> str:
    pod = seen.last
    if pod and (
        pod.disruption == "TerminationByKubelet" or pod.said("reason") & {"Terminated", "Shutdown", "NodeShutdown"}
    ):
        return "the node was shutting down"
    return ""


def _evicted(pod: Pod) -> bool:
    return "Evicted" in pod.said("reason") or pod.noticed("Evicted")


def _evicted_done(seen: Witnesses) -> str:
    if seen.last and _evicted(seen.last) and "Failed" in seen.last.said("phase") and _zero(seen.main):
        return "the kubelet evicted the pod, and the main container ended with 0"
    return ""


def _deleted(seen: Witnesses) -> str:
    pod = seen.last
    if pod and pod.deletion and _zero(pod.main) and "Succeeded" not in pod.said("phase"):
        return "the pod was being deleted, counts as failed from then on, and ended with 0 within its grace"
    if pod and pod.deletion and _zero(pod.main) and seen.verdict and seen.verdict.kind is Kind.FAILED:
        return "a pod that was being deleted ended with 0, after the Job had counted it as failed"
    return ""


def _others(seen: Witnesses, role: Role) -> list[Event]:
    pod = seen.last
    return [each for each in pod.exits if each.role is role and code_of(each) != 0] if pod else []


def _sidecar(seen: Witnesses) -> str:
    bad = _others(seen, Role.SIDECAR)
    if bad and _zero(seen.main):
        return f"container {bad[0].container} ended with {bad[0].native.get('exitCode')}, the main one with 0"
    return ""


def _partial(seen: Witnesses) -> str:
    indexes = seen.status.get("completedIndexes", "")
    if seen.verdict and seen.verdict.kind is Kind.FAILED and (_count(seen, "succeeded") or indexes):
        return f"{_count(seen, 'succeeded')} of {seen.status.get('completions', 'all')} completions were reached"
    return ""


def _runtime(seen: Witnesses) -> str:
    if seen.main and (seen.main.native.get("reason") == "Unknown" or code_of(seen.main) == RUNTIME_LOST):
        restarted = seen.last is not None and seen.last.noticed("NodeNotReady", "Rebooted", "SandboxChanged")
        if restarted or seen.main.native.get("reason") == "Unknown":
            return "the container runtime was restarted under the container"
    return ""


# -- work failed or cut, job marked complete --------------------------------------------------------------------------


def _oom_zero(seen: Witnesses) -> str:
    pod = seen.last
    bad = [each for each in pod.exits if each.native.get("reason") == OOM and code_of(each) == 0] if pod else []
    return f"a process of container {bad[0].container} was killed for memory, and it ended with 0" if bad else ""


def _evicted_complete(seen: Witnesses) -> str:
    pod = seen.last
    if pod and "Succeeded" in pod.said("phase") and pod.noticed("Evicted", "Preempted") and not pod.disruption:
        return "the pod was evicted while it ran, handled the signal, and counts as succeeded"
    return ""


def _preempted_complete(seen: Witnesses) -> str:
    pod = seen.last
    complete = seen.verdict is not None and seen.verdict.kind is Kind.SUCCEEDED
    if pod and complete and _zero(pod.main) and (pod.deletion or pod.disruption == "PreemptionByScheduler"):
        if pod.deletion and pod.main and pod.deletion.at.seconds > pod.main.at.seconds:
            return ""  # deleted after it had ended: somebody tidied up
        return "the pod was being deleted or preempted, ended with 0 on the signal, and was counted as a completion"
    return ""


def _sandbox_killed(seen: Witnesses) -> str:
    pod = seen.last
    if pod and pod.said("runtimeClassName") and len(pod.exits) > 1:
        ends = {each.at.seconds for each in pod.exits}
        if len(ends) == 1 and all(_zero(each) for each in pod.exits):
            return "all containers of a sandboxed pod ended with 0 in the same second"
    return ""


def _suspended(seen: Witnesses) -> str:
    if seen.suspended and _zero(seen.main) and not _count(seen, "succeeded") and not _count(seen, "failed"):
        return "the Job was suspended, its pod ended with 0 in grace, and neither counter moved"
    return ""


# -- no verdict -------------------------------------------------------------------------------------------------------


def _finalizer(seen: Witnesses) -> str:
    pod = seen.last
    if seen.verdict or not seen.target or not pod:
        return ""
    held = "batch.kubernetes.io/job-tracking" in pod.last.get("finalizers", "")
    return "the decision is made, and a finished pod keeps its finalizer" if held and pod.main else ""


def _sidecar_endless(seen: Witnesses) -> str:
    pod = seen.last
    if pod and known(pod.main) and not seen.verdict and pod.last.get("phase") == "Running" and pod.running:
        return f"the main container ended, and {', '.join(sorted(pod.running))} goes on"
    return ""


def _not_started(seen: Witnesses) -> str:
    pod = seen.last
    if not pod or pod.started or pod.exits:
        return ""
    waiting = {word for each in pod.said("waiting") for word in each.split(",")} & (NO_IMAGE | NO_START)
    if waiting:
        return f"the container never started: {', '.join(sorted(waiting))}"
    if "Unschedulable" in pod.last.get("conditions", "") or pod.noticed("FailedScheduling"):
        return "no node could take the pod"
    return ""


def _no_pod(seen: Witnesses) -> str:
    if not seen.pods and any(each.label == "FailedCreate" for each in seen.notices):
        return "the controller could not create a pod"
    return ""


def _live_container(seen: Witnesses) -> str:
    pod = seen.last
    if pod and pod.last.get("phase") in {"Failed", "Succeeded"} and pod.running and not pod.gone:
        return f"the pod is {pod.last['phase']}, and {', '.join(sorted(pod.running))} was never seen to end"
    return ""


def _withheld(seen: Witnesses) -> str:
    if seen.target and not seen.verdict and _count(seen, "terminating"):
        return f"the decision is made and waits for {_count(seen, 'terminating')} pods to end"
    return ""


# -- evidence ---------------------------------------------------------------------------------------------------------


def _lost_code(seen: Witnesses) -> str:
    if seen.main is not None and not known(seen.main):
        return f"the kubelet lost the exit code ({seen.main.native.get('reason', 'no times')})"
    return ""


def _node_lost(seen: Witnesses) -> str:
    pod = seen.last
    if pod and pod.main is None and pod.started and (pod.gone or pod.disruption or "NodeLost" in pod.said("reason")):
        why = pod.disruption or "it was removed while running"
        return f"the pod's end was never reported: {why}"
    return ""


def _twice(seen: Witnesses) -> str:
    for pod in seen.pods:
        ids = {each.native.get("containerID") for each in pod.main_exits}
        if "Never" in pod.said("restartPolicy") and len(ids) > 1:
            return "the main container ran twice in one pod that must never restart"
    return ""


def _two_pods(seen: Witnesses) -> str:
    if any(each.label == "TooManySucceededPods" for each in seen.notices):
        return "more pods succeeded than the Job wanted"
    return ""


def _removed(seen: Witnesses) -> str:
    if seen.job_gone and not seen.verdict:
        return "the Job was removed before its verdict was seen"
    return ""


# -- notes on agreement -----------------------------------------------------------------------------------------------


def _native_sidecar(seen: Witnesses) -> str:
    bad = _others(seen, Role.NATIVE_SIDECAR)
    if bad and _zero(seen.main):
        return f"native sidecar {bad[0].container} ended with {bad[0].native.get('exitCode')}, which counts for nothing"
    return ""


def _retried(seen: Witnesses) -> str:
    restarts = max((int(each.native.get("restartCount", "0")) for pod in seen.pods for each in pod.exits), default=0)
    if seen.verdict and seen.verdict.kind is Kind.SUCCEEDED and (_count(seen, "failed") or restarts):
        return f"{_count(seen, 'failed') + restarts} earlier attempts failed; their side effects happened"
    return ""


_J, _P = Blame.JOB, Blame.PLATFORM

FALSE_FAILURE: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K02",
        "deadline before completion",
        "failure tests run before the completion test, or the container used its grace after the deadline",
        _P,
        "raise activeDeadlineSeconds, or let the job stop in time",
        _deadline,
    ),
    Rule(
        "K03",
        "pod deadline",
        "the pod's activeDeadlineSeconds forces phase Failed whatever the exit code",
        _P,
        "drop the pod's own deadline",
        _pod_deadline,
    ),
    Rule(
        "K09",
        "policy matched the wrong container",
        "an exit-code rule without a container name matches a proxy or an init container",
        _P,
        "name the container in podFailurePolicy",
        _policy,
    ),
    Rule(
        "K11",
        "last retry killed",
        "with OnFailure the pod is deleted when the last allowed attempt starts",
        _P,
        "use restartPolicy Never, or a larger backoffLimit",
        _last_retry,
    ),
    Rule(
        "K06",
        "finished pod admitted again",
        "a restarted kubelet admits a finished pod again and refuses it",
        _P,
        "nothing in the job; newer kubelets do not",
        _admitted_again,
    ),
    Rule(
        "K05",
        "node shutdown",
        "the kubelet's shutdown manager ends pods as Failed",
        _P,
        "nothing in the job; run it again",
        _shutdown,
    ),
    Rule(
        "K04",
        "evicted after the work",
        "the eviction decision wins over exit code 0",
        _P,
        "ask for the memory and disk the job uses",
        _evicted_done,
    ),
    Rule(
        "K01",
        "deleted means failed",
        "a pod with a deletion timestamp counts as failed at once",
        _P,
        "podReplacementPolicy: Failed",
        _deleted,
    ),
    Rule(
        "K08",
        "another container failed",
        "a plain sidecar with a non-zero exit makes the pod Failed",
        _P,
        "make the sidecar native (initContainers, restartPolicy: Always)",
        _sidecar,
    ),
    Rule(
        "K12",
        "partly done",
        "some completions were reached, the Job is Failed",
        _J,
        "look at the failed indexes",
        _partial,
    ),
    Rule(
        "K10",
        "runtime restarted",
        "a restarted container runtime reports 255 or Unknown",
        _P,
        "nothing in the job; run it again",
        _runtime,
    ),
)
FALSE_SUCCESS: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K20",
        "killed for memory, exit 0",
        "a child was killed, and the entry point still ended with 0",
        _J,
        "let the entry point fail with its children, and ask for more memory",
        _oom_zero,
    ),
    Rule(
        "K22",
        "preempted means completed",
        "a victim that ends with 0 on SIGTERM is counted as a completion",
        _P,
        "end with a non-zero code when stopped",
        _preempted_complete,
    ),
    Rule(
        "K21",
        "evicted means completed",
        "an evicted pod that handles the signal and ends with 0 is Succeeded",
        _P,
        "end with a non-zero code when stopped",
        _evicted_complete,
    ),
    Rule(
        "K24",
        "sandbox killed",
        "the host killed the pod's virtual machine and the shim reports 0",
        _P,
        "check the outputs of every such run",
        _sandbox_killed,
    ),
    Rule(
        "K32",
        "suspended work lost",
        "suspending strips the finalizer while the pod ends with 0: nobody counts it",
        _P,
        "do not suspend running Jobs",
        _suspended,
    ),
)
NO_VERDICT: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K41",
        "verdict withheld",
        "Failed and Complete wait until no pod is terminating",
        Blame.NOBODY,
        "wait for the grace period",
        _withheld,
    ),
    Rule(
        "K33",
        "finalizer blocked",
        "a webhook denies the pod's update, so it stays uncounted",
        _P,
        "look for a webhook that denies pod updates",
        _finalizer,
    ),
    Rule(
        "K35",
        "sidecar never ends",
        "a plain sidecar keeps the pod Running",
        _P,
        "make the sidecar native",
        _sidecar_endless,
    ),
    Rule(
        "K36",
        "never started",
        "pull and scheduling trouble is no failure: the backoff limit never moves",
        _P,
        "mend image, configuration or resources",
        _not_started,
    ),
    Rule(
        "K37",
        "no pod at all",
        "quota, webhook or service account: the controller cannot create pods",
        _P,
        "look at the Job's FailedCreate events",
        _no_pod,
    ),
)
EVIDENCE: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K07",
        "exit code lost",
        "the kubelet cannot find the container: a made-up 137 says nothing",
        _P,
        "run it again",
        _lost_code,
    ),
    Rule("K19", "node lost", "the pod's end was never posted", _P, "run it again", _node_lost),
    Rule(
        "K50",
        "evidence removed",
        "the Job was removed before anybody read its end",
        _P,
        "keep finished Jobs until they are read",
        _removed,
    ),
    Rule(
        "K38",
        "terminal phase, live container",
        "the pod has ended, and a container says running",
        _P,
        "look at the node",
        _live_container,
    ),
)
NOTES: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K27",
        "retries masked failures",
        "earlier attempts failed, the Job is Complete",
        Blame.NOBODY,
        "check repeated side effects",
        _retried,
    ),
    Rule(
        "K26",
        "native sidecar error",
        "by design a native sidecar's exit counts for nothing",
        Blame.NOBODY,
        "tools that say failed are wrong",
        _native_sidecar,
    ),
    Rule("K47", "duplicate pod", "a stale cache made a second pod", _P, "check repeated side effects", _two_pods),
    Rule(
        "K53",
        "ran twice",
        "a kubelet crash or collection ran the container again",
        _P,
        "check repeated side effects",
        _twice,
    ),
)
ALL = (*FALSE_FAILURE, *FALSE_SUCCESS, *NO_VERDICT, *EVIDENCE, *NOTES)
