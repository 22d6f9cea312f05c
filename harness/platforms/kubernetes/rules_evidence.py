"""Classes in which a record is missing, doubtful or out of order: what they touch is unknown, never guessed. Pure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from harness.model.clock import ClockName, Time, surely_before
from harness.model.event import PODS_LISTED, TIME_TRAVEL, Event, Role
from harness.model.truth import Blame
from harness.platforms.kubernetes.pod import LOST_CODE, Pod, known, runtime_lost, seconds_of
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import Rule

NODE_GONE = frozenset({"DeletionByTaintManager", "DeletionByPodGC"})
HALF_OPEN = "half-open"
_EXPIRED = ("410", "Expired", "Gone")


def _lost_code(seen: Witnesses) -> str:
    for pod in seen.deciding:
        if pod.main is not None and not known(pod.main) and not runtime_lost(pod):
            return f"the kubelet lost the exit code ({pod.main.native.get('reason', 'no times')})"
    return ""


def _node_lost(seen: Witnesses) -> str:
    for pod in seen.deciding:
        why = _loss(seen, pod)
        if pod.main is None and pod.started and why:
            return f"the pod's end was never reported: {why}"
    return ""


def _loss(seen: Witnesses, pod: Pod) -> str:
    if pod.disruption is not None and pod.disruption.label in NODE_GONE:
        return pod.disruption.label
    if "NodeLost" in pod.said("reason"):
        return "NodeLost"
    if pod.deletion is not None and pod.deletion.native.get("deletionGracePeriodSeconds") == "0":
        return "it was deleted with no grace"
    return "it was removed while running" if pod.deleted and not seen.job_gone and _was_running(pod) else ""


def _was_running(pod: Pod) -> bool:
    return pod.last.get("phase") not in {"Succeeded", "Failed"}


def _live_container(seen: Witnesses) -> str:
    for pod in seen.deciding:
        if pod.last.get("phase") in {"Failed", "Succeeded"} and pod.running and not pod.gone:
            said = f" ({pod.last['reason']})" if pod.last.get("reason") else ""
            return f"the pod is {pod.last['phase']}{said}, and {', '.join(sorted(pod.running))} was never seen to end"
    return ""


def _removed(seen: Witnesses) -> str:
    if seen.job_gone and not seen.verdict:
        return "the Job was removed before its verdict was seen"
    if seen.verdict and any(pod.gone and pod.main is None and not _was_running(pod) for pod in seen.deciding):
        return "the pod was removed before its containers' ends were seen"
    if seen.verdict and not seen.pods and PODS_LISTED in seen.remarks:
        return "pods of its namespace were listed, and none of this Job is left"
    return ""


def _gap_like(*words: str) -> Callable[[Witnesses], str]:
    def matches(seen: Witnesses) -> str:
        found = next((gap for gap in seen.gaps if any(word in gap.label for word in words)), None)
        return f"nobody watched for a while: {found.label}" if found else ""

    return matches


def _completion_missed(seen: Witnesses) -> str:
    for gap in seen.gaps:
        since, to = float(gap.native.get("from", "inf")), float(gap.native.get("to", "-inf"))
        if seen.verdict and since <= seen.verdict.at.seconds <= to:
            return "the Job ended while nobody watched; a later list showed it"
    return ""


def _vanished(seen: Witnesses) -> str:
    gone = [pod.uid for pod in seen.pods if pod.vanished]
    return f"pod {gone[0]} was known and is absent from a later list, with no DELETED seen" if gone else ""


def _time_travel(seen: Witnesses) -> str:
    return "an older version of an object came after a newer one" if TIME_TRAVEL in seen.remarks else ""


def _events_dropped(seen: Witnesses) -> str:
    for pod in seen.pods:
        told = [notice for notice in pod.notices if notice.native.get("kind") == "Pod"]
        if any(event.native.get("message", "").startswith("(combined from similar events)") for event in told):
            return "the cluster merged events of the pod"
        places = {event.native.get("fieldPath", "") for event in told if event.label == "Started"}
        unsaid = {event.container for event in pod.starts if not _placed(event.container, places)}
        if told and unsaid:
            return "a container started, and the cluster's event of it is missing: absence of events says nothing"
    return ""


def _placed(container: str | None, places: set[str]) -> bool:
    """Tell whether one of these places (`spec.containers{main}`) is of a container; an event without one is of any."""
    return any(not place or place.endswith(f"{{{container}}}") for place in places)


def _late_witness(seen: Witnesses) -> str:
    ends = [pod.main for pod in seen.deciding if pod.main is not None]
    if seen.verdict and any(event.received_seconds > seen.verdict.received_seconds for event in ends):
        return "the Job's verdict arrived before the end of a pod that it counts"
    return ""


def _skewed(seen: Witnesses) -> str:
    for pod in seen.pods:
        backward = next((event for event in pod.exits if _runs_back(event)), None)
        if backward is not None:
            return f"container {backward.container} finished before it started"
        early = next((event for event in pod.starts if pod.created and surely_before(event.at, pod.created.at)), None)
        if early is not None:
            return f"container {early.container} started before its pod was created: the node's clock is off"
        ahead = next((event for event in (*pod.starts, *pod.exits) if surely_before(_heard(event), event.at)), None)
        if ahead is not None:
            return f"a time of container {ahead.container} lies after it was heard: the node's clock is ahead"
    return ""


def _heard(event: Event) -> Time:
    return Time(event.received_seconds, ClockName.HARNESS)


def _runs_back(exit_: Event) -> bool:
    start, finish = (seconds_of(exit_.native.get(name, "")) for name in ("startedAt", "finishedAt"))
    return known(exit_) and start is not None and finish is not None and finish < start


def _short(seen: Witnesses) -> str:
    for pod in seen.pods:
        if len(pod.statuses) > 1 and known(pod.main) and "Running" not in pod.said("phase"):
            return "the pod was short: nobody saw it Running, its own times tell when it ran"
    return ""


def _edited(seen: Witnesses) -> str:
    if len(seen.verdicts) > 1:
        return "the Job was marked both Complete and Failed"
    numbers = [(int(version.native["failed"]), int(version.native["succeeded"])) for version in seen.versions]
    indexed = seen.status.get("completionMode") == "Indexed"  # an index that is lowered takes its success back
    for (failed, done), (failed_later, done_later) in pairwise(numbers):
        if failed_later < failed or (done_later < done and not indexed):
            return f"the Job's counters fell: failed {failed} to {failed_later}, succeeded {done} to {done_later}"
    if told := _against_the_invariants(seen):
        return told
    for pod in seen.pods:
        phases = [status.native.get("phase") for status in pod.statuses]
        if "Failed" in phases and "Succeeded" in phases[phases.index("Failed") :]:
            return "a pod that was Failed became Succeeded"
    return ""


def _against_the_invariants(seen: Witnesses) -> str:
    """Hold one version of a Job against what the API server itself enforces (Kubernetes, validation of JobStatus)."""
    done, failed = seen.count("succeeded"), seen.count("failed")
    by_policy = seen.target is not None and seen.target.native.get("reason") == "SuccessPolicy"
    if seen.complete and seen.reason == "CompletionsReached" and done < seen.wanted and not by_policy:
        return f"the Job is Complete, and {done} of {seen.wanted} completions are counted"
    if seen.failed and seen.status.get("completionTime"):
        return "the Job is Failed, and has a completionTime, which only Complete sets"
    never = seen.status.get("restartPolicy") == "Never"
    if seen.failed and seen.reason == "BackoffLimitExceeded" and never and not failed:
        return "the Job is Failed with BackoffLimitExceeded, and no failure is counted"
    return ""


def _main_twice(seen: Witnesses) -> str:
    for pod in seen.pods:
        ids = {event.native.get("containerID") for event in (*pod.starts, *pod.exits) if event.role is Role.MAIN}
        if "Never" in pod.said("restartPolicy") and len(ids - {None}) > 1:
            return "the main container ran twice in one pod that must never restart"
    return ""


_N, _P = Blame.NOBODY, Blame.PLATFORM

UNKNOWN: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K07",
        "exit code lost",
        "the kubelet cannot find the container: a made-up 137 says nothing",
        f"the main container's reason is {LOST_CODE}, or its times are absent or zero; the work is then unknown",
        _P,
        "run it again",
        "kubernetes/kubernetes#104107, #122160, #122932, determined-ai/determined#5507",
        _lost_code,
    ),
    Rule(
        "K19",
        "node lost",
        "the pod's end was never posted: its node is gone, or it was removed with no grace",
        "the main container started and has no end, and the pod has DisruptionTarget with "
        "DeletionByTaintManager or DeletionByPodGC, reason NodeLost, a deletion without grace, or was "
        "removed while it ran",
        _P,
        "run it again",
        "kubernetes/kubernetes#112443, kubernetes/enhancements#2308, argoproj/argo-workflows#3097; measured",
        _node_lost,
    ),
    Rule(
        "K38",
        "terminal phase, live container",
        "the pod has ended, and a container says running",
        "the pod's phase is Failed or Succeeded, and a container that started has no end",
        _P,
        "look at the node",
        "kubernetes/kubernetes#88613, argoproj/argo-workflows#6135",
        _live_container,
    ),
    Rule(
        "K50",
        "evidence removed",
        "time to live, garbage collection or a tidy operator removed objects before anybody read their end",
        "the Job was removed and no verdict was seen, or a finished pod was removed and no end of its "
        "containers was seen, or the Job has a verdict, pods of its namespace were listed, and neither a pod of it nor "
        "an event of one is there",
        _P,
        "keep finished Jobs until they are read",
        "kubernetes/kubernetes#74848, #91235, hashicorp/terraform-provider-kubernetes#1619; measured",
        _removed,
    ),
    Rule(
        "K45",
        "deletion missed",
        "a watch that connects again replays survivors only",
        "a pod that was known is absent from a later list, and no DELETED was seen",
        _N,
        "nothing: the time it was last seen bounds its end",
        "kubernetes-client/python#1896",
        _vanished,
    ),
    Rule(
        "K42",
        "watch expired",
        "an old resourceVersion: a stream of one ERROR with code 410",
        "a gap in the watch whose reason is 410, Expired or Gone",
        _N,
        "nothing: a new list closes the gap, and it stays in the history",
        "apache/airflow#21087, kubernetes-client/python-base#199; measured",
        _gap_like(*_EXPIRED),
    ),
    Rule(
        "K43",
        "half-open stream",
        "the server or the way to it froze, and the stream stayed open",
        "a gap in the watch whose reason is a half-open stream",
        _N,
        "nothing: reading has a time limit of its own, and a new list follows",
        "kubernetes-client/python#2462, opensandbox-group/OpenSandbox#1534; measured",
        _gap_like(HALF_OPEN),
    ),
)
"""They name the class where the work is unknown, the likeliest first."""

NOTES: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K44",
        "completion missed",
        "the stream ended between a list and the next watch, and so did the Job",
        "the Job's verdict lies inside a gap of the watch",
        _N,
        "nothing: a later list showed it",
        "kubernetes-client/python#2238, #801, #2145",
        _completion_missed,
    ),
    Rule(
        "K46",
        "time travel",
        "a stale cache of the API server answers with an older version",
        "an object's resourceVersion falls within a watch, or from a watch to the list that follows it",
        _N,
        "nothing: facts are kept by what they say, so an older version adds none",
        "kubernetes/kubernetes#59848, #60478, argoproj/argo-cd#1605",
        _time_travel,
    ),
    Rule(
        "K48",
        "events dropped",
        "clients drop events above a rate, merge similar ones, and the server forgets them after an hour",
        "the records hold events of a pod, a container of it started, and its Started event is missing, or "
        "events were merged",
        _N,
        "nothing: times come from the objects' status",
        "kubernetes/kubernetes#67887, #47367",
        _events_dropped,
    ),
    Rule(
        "K49",
        "verdict edited",
        "counters fall, a terminal condition is joined by its opposite, or a failed pod succeeds",
        "Complete and Failed were both seen, failed or succeeded fell between two versions, or a pod went "
        "from Failed to Succeeded; or one version breaks an invariant: Complete with too few completions, Failed with "
        "a completionTime, BackoffLimitExceeded with no failure counted",
        _P,
        "look at every version in the history",
        "kubernetes/kubernetes#109902, #58711, #89630",
        _edited,
    ),
    Rule(
        "K51",
        "streams without a common order",
        "Jobs and pods are watched apart, so a verdict may arrive before the end it counts",
        "the verdict was received before the end of a pod that decides the work",
        _N,
        "nothing: object times order them",
        "measured",
        _late_witness,
    ),
    Rule(
        "K52",
        "clocks disagree",
        "container, Job and metadata times come from three clocks",
        "a container finished before it started, started surely before its pod was created, or its times lie "
        "surely after they were heard",
        _N,
        "synchronise the node's clock; phases of this run have no meaning",
        "kubernetes/node-problem-detector#26, knative/serving#561",
        _skewed,
    ),
    Rule(
        "K53",
        "ran twice",
        "a kubelet crash or collection ran the container again: Never is at least once",
        "the main container has two container ids in one pod with restartPolicy Never",
        _P,
        "check repeated side effects",
        "kubernetes/kubernetes#83705, #51142, #60930",
        _main_twice,
    ),
    Rule(
        "K54",
        "Running never seen",
        "a short pod goes from Pending to its end between two observations",
        "several versions of a pod were seen, none of them Running, and its main container's end is known",
        _N,
        "nothing: the container's own times count",
        "kubernetes/kubectl#1451, apache/airflow#29303",
        _short,
    ),
)
"""They never name the class, and stand beside it."""
