"""Whether a run that ended with 0 was asked to stop before: records can't tell done from cut, outputs can. Pure."""

from __future__ import annotations

from harness.model.clock import surely_before
from harness.model.event import Event
from harness.platforms.kubernetes.pod import Pod, heard_first, over_since, seconds_of
from harness.platforms.kubernetes.witnesses import Witnesses

PREEMPTED = "PreemptionByScheduler"
EVICTED = frozenset({"Evicted", "Preempting"})
"""status.reason of a pod that the kubelet evicted, for want of something or to admit a critical pod."""
BY_KUBELET = "TerminationByKubelet"
_DISRUPTED = {
    PREEMPTED: "the scheduler preempted its pod",
    "DeletionByTaintManager": "a taint of its node removed its pod",
    "EvictionByEvictionAPI": "its pod was evicted through the API, as by a drain",
    "DeletionByPodGC": "its pod was removed because its node is gone",
}
"""Reason of DisruptionTarget → who ended the pod (Kubernetes documentation, pod disruption conditions)."""
SHUTDOWN = frozenset({"Terminated", "Shutdown", "NodeShutdown"})
"""status.reason of the kubelet's shutdown manager: since 1.22, before it, and of a pod that was refused."""


def stopped(seen: Witnesses, pod: Pod) -> str:
    """Say who asked the pod's last run to stop before it ended with 0; empty where nobody did."""
    if (lateness := _late(seen, pod)) is not None and lateness > 0:
        return "the Job's deadline had passed (activeDeadlineSeconds)"
    if deleted_or_preempted(pod):
        return _deleted_by(seen, pod)
    if killed_by_kubelet(pod) is not None:
        return "the kubelet stopped it"
    if evicted(pod):
        return "its pod was evicted"
    if "DeadlineExceeded" in pod.said("reason"):
        return "its pod's own deadline passed"
    if shut_down(pod):
        return "its node was shutting down"
    return "the Job's deadline had passed (activeDeadlineSeconds)" if overran(seen, pod) else ""


def _late(seen: Witnesses, pod: Pod) -> float | None:
    return lateness_seconds(seen, pod.main) if seen.reason == "DeadlineExceeded" and pod.main is not None else None


def _deleted_by(seen: Witnesses, pod: Pod) -> str:
    if pod.disruption is not None and pod.disruption.label == PREEMPTED:
        return _DISRUPTED[PREEMPTED]
    if seen.job_deletion is not None:
        return "its Job was being deleted"
    return "its Job was suspended" if seen.suspended is not None else "its pod was being deleted"


def ended_by(seen: Witnesses, pod: Pod) -> str:
    """Say who ended a run that a signal ended; empty where nobody is known to have asked."""
    note, disruption = killed_by_kubelet(pod), pod.disruption
    if disruption is not None and disruption.label in _DISRUPTED and not _over_before(pod, disruption):
        return _DISRUPTED[disruption.label]
    if evicted(pod):
        return f"its pod was evicted{_said(pod.last.get('message', ''))}"
    by = stopped(seen, pod)
    return f"{by}{_said(note.native.get('message', ''))}" if by and note is not None else by


def _over_before(pod: Pod, event: Event) -> bool:
    return pod.main is not None and surely_before(pod.main.at, event.at)


def _said(message: str) -> str:
    return f" ({' '.join(message.split())[:200]})" if message else ""


def deleted_or_preempted(pod: Pod) -> bool:
    """Tell whether the pod was asked to go while the work ran: deleted, or preempted by the scheduler."""
    asked = pod.deletion is not None or (pod.disruption is not None and pod.disruption.label == PREEMPTED)
    return asked and not _tidied(pod)


def _tidied(pod: Pod) -> bool:
    """Tell whether the pod was deleted when its main container had ended: somebody tidied up."""
    if pod.main is None or pod.deletion is None or pod.disruption is not None or killed_by_kubelet(pod):
        return False
    return heard_first(pod.main, pod.deletion) or pod.deletion.at.seconds > pod.main.at.seconds


def killed_by_kubelet(pod: Pod) -> Event | None:
    """Find the kubelet's word that it stopped the last run of the main container; both times are the node's."""
    if pod.main is None:
        return None
    place = f"spec.containers{{{pod.main.container}}}"
    killings = (note for note in pod.notices if note.label == "Killing" and note.native.get("fieldPath") == place)
    return next((note for note in killings if _within_last_run(note, pod, pod.main)), None)


def _within_last_run(note: Event, pod: Pod, end: Event) -> bool:
    """Tell whether an event, or its last repetition, came between the last start of the work and its end."""
    start = pod.run_started
    restarted = int(end.native.get("restartCount", "0")) > 0
    first_second = (start.at.seconds + restarted) if start is not None else float("-inf")
    last = seconds_of(note.native.get("last", ""))
    times = (note.at.seconds, *([last] if last is not None else []))
    return any(first_second <= at <= end.at.seconds for at in times)


def evicted(pod: Pod) -> bool:
    """Tell whether the kubelet evicted the pod, by its status or by a cluster event that came before its end."""
    told = [note for note in pod.notices if note.label in {"Evicted", "Preempted"} and note.native.get("kind") == "Pod"]
    end = pod.main
    return bool(pod.said("reason") & EVICTED) or any(end is None or not surely_before(end.at, note.at) for note in told)


def shut_down(pod: Pod) -> bool:
    """Tell whether the kubelet ended the pod because its node was shutting down.

    TerminationByKubelet alone says little: the kubelet gives it to pods that it evicts or preempts as well.
    """
    reasons = pod.said("reason")
    by_kubelet = pod.disruption is not None and pod.disruption.label == BY_KUBELET
    return bool(reasons & SHUTDOWN) or (by_kubelet and not reasons and not evicted(pod))


def overran(seen: Witnesses, pod: Pod) -> bool:
    """Tell whether the Job's deadline failed it and the work is not known to have ended before that."""
    late = _late(seen, pod)
    return seen.reason == "DeadlineExceeded" and pod.main is not None and (late is None or late > 0)


def lateness_seconds(seen: Witnesses, end: Event) -> float | None:
    """Give how long after the Job's deadline an end was; below zero: in time. None: start or limit are not known."""
    start, limit = seconds_of(seen.status.get("startTime", "")), seen.count("activeDeadlineSeconds")
    return over_since(end) - (start + limit) if start is not None and limit else None
