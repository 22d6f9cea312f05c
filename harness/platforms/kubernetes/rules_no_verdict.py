"""Classes in which the Job has no verdict yet, or says that it goes on when it does not. Pure."""

from __future__ import annotations

import json

from harness.model.clock import Time, surely_before
from harness.model.event import Role
from harness.model.truth import Blame
from harness.platforms.kubernetes.pod import Pod, code_of, end_of, known, over_since
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import Rule

NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ErrImageInspect"})
NO_START = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
TRACKING = "batch.kubernetes.io/job-tracking"
STUCK_SECONDS = 60.0
"""A healthy controller counts a finished pod within seconds; its back-off after an API error ends at 60 s."""
NO_POD_SECONDS = 30.0
GRACE_SECONDS = 30.0
"""Kubernetes' own default of terminationGracePeriodSeconds."""


def _withheld(seen: Witnesses) -> str:
    if seen.target and not seen.verdict and seen.count("terminating"):
        return f"the decision is made and waits for {seen.count('terminating')} pods to end"
    return ""


def _finalizer(seen: Witnesses) -> str:
    if seen.verdict or not seen.target or seen.until - seen.target.at.seconds <= STUCK_SECONDS:
        return ""
    held = [pod for pod in seen.pods if TRACKING in pod.last.get("finalizers", "") and pod.main is not None]
    if not held:
        return ""
    waits = seen.until - seen.target.at.seconds
    return f"the decision was made {waits:.0f} s before the records end, and a finished pod keeps its finalizer"


def _uncounted(seen: Witnesses) -> str:
    parked = {
        uid for name in ("uncountedSucceeded", "uncountedFailed") for uid in seen.status.get(name, "").split(",") if uid
    }
    if seen.verdict or not parked:
        return ""
    present = {pod.uid: pod for pod in seen.pods if not pod.gone}
    stuck = [uid for uid in sorted(parked) if uid not in present or _long_over(seen, present[uid])]
    return f"pod {stuck[0]} ended or is gone, and the Job never counted it" if stuck else ""


def _long_over(seen: Witnesses, pod: Pod) -> bool:
    return pod.main is not None and known(pod.main) and seen.until - over_since(pod.main) > STUCK_SECONDS


def _sidecar_endless(seen: Witnesses) -> str:
    for pod in seen.deciding:
        ended = pod.main if known(pod.main) else None
        if seen.verdict or ended is None or pod.last.get("phase") != "Running" or not pod.running:
            continue
        if seen.until - over_since(ended) > GRACE_SECONDS:
            on = ", ".join(sorted(pod.running))
            return f"the main container {ended.container} ended with {code_of(ended)}, and {on} goes on"
    return ""


def _not_started(seen: Witnesses) -> str:
    for pod in seen.deciding:
        if pod.started or seen.verdict:
            continue
        waiting = _waiting(pod)
        if waiting & (NO_IMAGE | NO_START):
            return f"the work never started: {_waits(pod, waiting)}"
        if unschedulable(pod) and _waited(seen, pod) > STUCK_SECONDS:
            told = _said(pod, "FailedScheduling") or _cut(scheduled_message(pod))
            return f"no node could take the pod for {_waited(seen, pod):.0f} s{told}"
        failed = [end for end in pod.exits if end.role in _BEFORE_WORK and code_of(end)]
        if failed and "CrashLoopBackOff" in waiting:
            bad = failed[-1]
            return f"the work never started: {bad.role} container {bad.container} keeps failing with {code_of(bad)}"
        held = [note.label for note in pod.notices if note.label in HELD_UP and note.native.get("kind") == "Pod"]
        if held and pod.last.get("phase") == "Pending" and _waited(seen, pod) > STUCK_SECONDS:
            return f"the work never started: {held[-1]}{_said(pod, held[-1])}"
    return ""


HELD_UP = ("FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "FailedBinding")
"""Events about a pod whose volumes or network can't be made; the kubelet tries again for ever."""


def _said(pod: Pod, label: str) -> str:
    """Give the message of the newest event of this reason."""
    told = [note.native.get("message", "") for note in pod.notices if note.label == label]
    return _cut(told[-1]) if told else ""


def _cut(message: str) -> str:
    return f": {' '.join(message.split())[:300]}" if message else ""


def scheduled_message(pod: Pod) -> str:
    """Give what the scheduler wrote into the pod's own condition."""
    found = json.loads(pod.last.get("conditions", "[]"))
    return next((str(told.get("message", "")) for told in found if told.get("type") == "PodScheduled"), "")


_BEFORE_WORK = frozenset({Role.INIT, Role.NATIVE_SIDECAR})


def _waiting(pod: Pod) -> set[str]:
    return {word for words in pod.said("waiting") for word in words.split(",")}


def _waits(pod: Pod, waiting: set[str]) -> str:
    """Name the container that waits, as its newest status does, with the platform's message."""
    told = " ".join(pod.last.get("waits", "").split())[:300]
    return f"container {told}" if told else ", ".join(sorted(waiting & (NO_IMAGE | NO_START)))


def unschedulable(pod: Pod) -> bool:
    """Tell whether no node could take the pod."""
    return "Unschedulable" in pod.last.get("conditions", "") or pod.noticed("FailedScheduling")


def _waited(seen: Witnesses, pod: Pod) -> float:
    return seen.until - pod.created.at.seconds if pod.created else 0.0


def _no_pod(seen: Witnesses) -> str:
    refused = [notice for notice in seen.notices if notice.label == "FailedCreate"]
    made = any(notice.label == "SuccessfulCreate" for notice in seen.notices)
    waited = seen.until - seen.created.at.seconds if seen.created else 0.0
    if seen.verdict or seen.pods or not refused or made or seen.count("active") or waited <= NO_POD_SECONDS:
        return ""
    return f"the controller could not create a pod: {refused[-1].native.get('message', '')[:160]}"


def _suspended(seen: Witnesses) -> str:
    """Look at every attempt: when the Job was resumed, the pod that was cut is no longer the last."""
    if (seen.suspended is None and seen.resumed is None) or seen.count("failed"):
        return ""
    ended = [pod for pod in seen.pods if end_of(pod) == 0]
    cut = [pod for pod in ended if pod.deletion is not None and _for_suspension(seen, pod.deletion.at)]
    if cut and len(ended) > seen.count("succeeded"):
        return "the Job was suspended, its pod ended with 0 in grace, and neither counter moved"
    return ""


def _for_suspension(seen: Witnesses, asked: Time) -> bool:
    """Tell whether a pod may have been deleted because its Job was suspended."""
    if seen.suspended is not None:
        return not surely_before(asked, seen.suspended.at)
    return seen.resumed is not None and not surely_before(seen.resumed.at, asked)


def _silent(seen: Witnesses) -> bool:
    ends = [over_since(pod.main) for pod in seen.deciding if pod.main is not None and end_of(pod) is not None]
    return bool(ends) and len(ends) == len(seen.deciding) and seen.until - max(ends) > STUCK_SECONDS


def overdue(seen: Witnesses) -> bool:
    """Tell whether all work had ended long before the records do, with no verdict."""
    return seen.verdict is None and not seen.job_gone and _silent(seen)


_P = Blame.PLATFORM

NO_VERDICT: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K32",
        "suspended work lost",
        "suspending strips the finalizer while the pod ends with 0: nobody counts it, and resuming runs it again",
        "the Job is Suspended, or was and is resumed, a pod that was deleted for it ended with 0, and neither counter "
        "moved",
        _P,
        "do not suspend running Jobs",
        "kubernetes/enhancements#2234, kubernetes-sigs/jobset#1208; measured",
        _suspended,
    ),
    Rule(
        "K41",
        "verdict withheld",
        "since 1.31 Failed and Complete wait until no pod is terminating",
        "FailureTarget or SuccessCriteriaMet is set, the verdict is not, and pods are terminating",
        Blame.NOBODY,
        "wait for the grace period",
        "kubernetes/website#46808, kubernetes/kubernetes#125089; measured",
        _withheld,
    ),
    Rule(
        "K33",
        "finalizer blocked",
        "a webhook denies the pod's update, so it stays uncounted",
        "FailureTarget or SuccessCriteriaMet was set more than 60 s before the records end, there is no "
        "verdict, and a finished pod keeps the finalizer of the Job controller",
        _P,
        "look for a webhook that denies pod updates",
        "kyverno/kyverno#8815, kubernetes/website#43773, k8up-io/k8up#689; measured",
        _finalizer,
    ),
    Rule(
        "K34",
        "never counted",
        "a controller's fault: a pod's uid stays parked, and no condition follows",
        "a uid stands in uncountedTerminatedPods, there is no verdict, and its pod is absent or ended more "
        "than 60 s before the records end",
        _P,
        "look at the log of the controller manager; newer ones do not",
        "kubernetes/kubernetes#109164, #109485, #109429",
        _uncounted,
    ),
    Rule(
        "K35",
        "sidecar never ends",
        "a plain sidecar keeps the pod Running",
        "the main container's end is known, the pod is Running with another container running, for more than 30 s",
        _P,
        "make the sidecar native",
        "istio/istio#11045, kubernetes/kubernetes#73118, kubeflow/trainer#1577",
        _sidecar_endless,
    ),
    Rule(
        "K36",
        "never started",
        "pull and scheduling trouble is no failure: the backoff limit never moves",
        "the work's container never started and there is no verdict, and a container waits for its image or "
        "configuration, an init container keeps failing, or for more than 60 s no node took the pod or its volumes "
        "or network could not be made",
        _P,
        "mend image, configuration, volumes or resources",
        "kubernetes/kubernetes#66756, #101584, kubeflow/trainer#2001",
        _not_started,
    ),
    Rule(
        "K37",
        "no pod at all",
        "quota, webhook or service account: the controller cannot create pods",
        "there is no pod, the Job is older than 30 s, an event says FailedCreate and none SuccessfulCreate",
        _P,
        "look at the Job's FailedCreate events",
        "kubernetes/kubernetes#108188, #47367",
        _no_pod,
    ),
)
