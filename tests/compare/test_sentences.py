"""What a reader is told of an ending: who cut it, what starts it again, which of several pods it speaks of.

Rebuilt from public reports; names and times are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from build import T0, Object, event, job, pod, stamp

from harness.campaign.explaining import ExplainedJob, explain_objects
from harness.campaign.objects import objects_of

TAKEN = T0 + 300.0
ACTIVE = job(active=1, spec={"backoffLimit": 6})
BACKOFF = job("failed@9 BackoffLimitExceeded")
LOW = "The node was low on resource: memory. Container main was using 9Gi, request is 4Gi"


@dataclass(frozen=True, slots=True)
class Case:
    """A list of objects, the words for them, and what the sentence must say."""

    title: str
    items: tuple[Object, ...]
    words: str
    says: str
    cause: str
    missing: str = ""


def crashed(reason: str, *, code: int = 1, ended: str = "Error", policy: str = "OnFailure") -> Object:
    """Make a pod whose container ended and waits to be started again."""
    item = pod(f"main 2-8 {code} {ended} restarts=4", phase="Running", policy=policy)
    (status,) = item["status"]["containerStatuses"]
    status |= {"lastState": status["state"], "restartCount": 5}
    status["state"] = {"waiting": {"reason": reason, "message": "back-off 2m40s restarting failed container"}}
    return item


def before_work(status: str) -> Object:
    """Make a pod whose work waits for what starts before it: an init container, or a native sidecar (`~`)."""
    item = pod(f"~{status.lstrip('~')}", waiting="PodInitializing", phase="Pending")
    if not status.startswith("~"):
        for container in item["spec"]["initContainers"]:
            del container["restartPolicy"]
    for told in item["status"]["initContainerStatuses"]:
        told["name"] = told["name"].lstrip("~")
    return item


def rejected(reason: str, message: str) -> Object:
    """Make a pod that the kubelet turned away: it has no container statuses."""
    item = pod(phase="Failed", reason=reason, message=message)
    item["status"]["containerStatuses"] = []
    return item


def attempt(name: str, code: int, at: int) -> Object:
    """Make one attempt of a Job, a pod of its own."""
    return pod(f"main {at}-{at + 5} {code}", name=name, created=at - 1)


def three(*codes: int) -> tuple[Object, ...]:
    """Make the pods of a Job of three completions."""
    return tuple(attempt(f"p{number}", code, 2 + 10 * number) for number, code in enumerate(codes))


OF_THREE = job("complete@90", spec={"completions": 3, "parallelism": 3, "backoffLimit": 6}, succeeded=3, failed=1)
LATE = job("failed@91 DeadlineExceeded", spec={"activeDeadlineSeconds": 60})
DELETED = {**ACTIVE, "metadata": {**ACTIVE["metadata"], "deletionTimestamp": stamp(5)}}
GATED = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "lastTransitionTime": stamp(1)}
PROBED = "Container main failed liveness probe"
CASES = (
    Case(
        "a container that crashes again and again is not over: kubernetes/kubernetes#57291",
        (ACTIVE, crashed("CrashLoopBackOff")),
        "unknown none -",
        "container main ended with 1; it is to be started again (CrashLoopBackOff: back-off 2m40s",
        "code error",
        "the end of its next attempt: the kubelet starts the container again",
    ),
    Case(
        "a Job that has retries left makes another pod",
        (job(active=0, failed=1, spec={"backoffLimit": 6}), pod("main 200-210 1")),
        "unknown none -",
        "container main ended with 1",
        "code error",
        "the end of its next attempt: the Job makes another pod, up to 6 times",
    ),
    Case(
        "a Job without retries is over, though nobody has counted it yet",
        (job(active=0, failed=1, spec={"backoffLimit": 0}), pod("main 200-210 1")),
        "failed none unexplained",
        "container main ended with 1",
        "code error",
    ),
    Case(
        "a suspended Job that stopped its pod is not over",
        (job("suspended@5"), pod("main 2-8 143", deleted=(5, 30))),
        "unknown none -",
        "container main ended with 143 at 2026-06-01T12:00:08.000Z, after its Job was suspended",
        "unknown",
        "the end of its next attempt: the Job is suspended",
    ),
    Case(
        "a kubelet makes room for a critical pod",
        (BACKOFF, pod("main 2-8 0", phase="Failed", reason="Preempting", disruption="TerminationByKubelet")),
        "unknown failed K04",
        "the kubelet evicted the pod, and the main container ended with 0",
        "platform loss",
        "whether the work was done or cut when it ended with 0",
    ),
    Case(
        "a deleted Job has no verdict, and an event of it says one",
        (event("SuccessfulCreate", 1, "job", message="Created pod: train-a"), event("Started", 2),
         event("Completed", 9, "job", message="Job completed")),
        "unknown none -",
        "an event of 2026-06-01T12:00:09.000Z says Completed: Job completed; the Job itself is not in the records",
        "unknown",
        "the Job (the records hold none)",
    ),
    Case(
        "a pod that the API evicted: kubernetes/kubernetes#126293",
        (BACKOFF, pod("main 2-8 143", disruption="EvictionByEvictionAPI")),
        "failed failed -",
        "ended with 143 at 2026-06-01T12:00:08.000Z, after its pod was evicted through the API, as by a drain",
        "platform loss",
    ),
    Case(
        "a pod that the scheduler preempted",
        (BACKOFF, pod("main 2-8 137", disruption="PreemptionByScheduler")),
        "failed failed -",
        "after the scheduler preempted its pod",
        "platform loss",
    ),
    Case(
        "a liveness probe's kill: kubernetes/kubernetes#66211",
        (BACKOFF, pod("main 2-8 137"), event("Started", 2), event("Killing", 7, message=PROBED)),
        "failed failed -",
        f"ended with 137 at 2026-06-01T12:00:08.000Z, after the kubelet stopped it ({PROBED})",
        "unknown",
    ),
    Case(
        "a 137 that nobody is known to have asked for",
        (BACKOFF, pod("main 2-8 137")),
        "failed failed -",
        "container main ended with 137, and the job is marked failed",
        "unknown",
    ),
    Case(
        "a kubelet that evicts forgets its containers: kubernetes/kubernetes#54525",
        (BACKOFF, {**pod(), "status": {"phase": "Failed", "reason": "Evicted", "message": LOW}}),
        "unknown failed -",
        f"its pod was evicted: {LOW}; nothing is known of its containers; the Job failed with BackoffLimitExceeded",
        "platform loss",
        "the main container's end",
    ),
    Case(
        "a pod that is over, and of whose containers nothing is left",
        (job(), {**pod(), "status": {"phase": "Succeeded"}}),
        "unknown none -",
        "its pod is Succeeded; nothing is known of its containers",
        "unknown",
        "the main container's end",
    ),
    Case(
        "a pod that a node under pressure did not admit",
        (BACKOFF, {**pod(), "status": {"phase": "Failed", "reason": "Evicted",
                                       "message": "The node had condition: [DiskPressure]. "}}),
        "unknown failed -",
        "never ran: the node refused the pod (Evicted): The node had condition: [DiskPressure].",
        "platform loss",
        "the main container's end",
    ),
    Case(
        "a Job of three completions that lost one pod and made another",
        (OF_THREE, *three(0, 1, 0, 0)),
        "ok ok -",
        "container main ended with 0, and the job is marked succeeded",
        "success",
        "core Events of the pod",
    ),
    Case(
        "the work failed, and a proxy keeps its pod",
        (ACTIVE, pod("main 2-8 1", "proxy 2-")),
        "failed none K35",
        "the main container main ended with 1, and proxy goes on",
        "code error",
        "the Job's verdict",
    ),
    Case(
        "no node has what it asks for",
        (ACTIVE, pod(), event("FailedScheduling", 1, "pod", message="0/5 nodes are available: 5 Insufficient gpu.")),
        "unknown none K36",
        "no node could take the pod for 299 s: 0/5 nodes are available: 5 Insufficient gpu.",
        "no capacity",
        "the main container's end",
    ),
    Case(
        "a pod that the Job's deadline stopped: a deadline is a deadline",
        (LATE, pod("main 2-65 143", deleted=(60, 30))),
        "failed failed -",
        "container main ended with 143 at 2026-06-01T12:01:05.000Z, after the Job's deadline had passed",
        "time limit",
    ),
    Case(
        "a deadline whose pod is gone is told by the Job alone",
        (LATE, event("SuccessfulDelete", 60, "job", message="Deleted pod: train-a")),
        "unknown failed -",
        "the records hold no pod of it; the Job failed with DeadlineExceeded",
        "time limit",
    ),
    Case(
        "a CronJob that replaces its Job deletes it: no verdict will come",
        (DELETED, pod("main 2-8 143", deleted=(5, 30))),
        "failed none -",
        "container main ended with 143 at 2026-06-01T12:00:08.000Z, after its Job was being deleted",
        "unknown",
        "the Job's verdict",
    ),
    Case(
        "scheduling gates, which somebody has to take away",
        (ACTIVE, pod(spec={"schedulingGates": [{"name": "quota.example.org/admission"}]}, conditions=[GATED])),
        "unknown none -",
        "never ran: scheduling gates hold its pod back: quota.example.org/admission",
        "unknown",
        "the main container's end",
    ),
    Case(
        "what the scheduler says in the pod's condition counts where its events are gone",
        (BACKOFF, pod(conditions=[{**GATED, "reason": "Unschedulable", "message": "0/3 nodes: 3 Insufficient cpu."}])),
        "unknown failed -",
        "never ran: no node could take the pod: 0/3 nodes: 3 Insufficient cpu.",
        "no capacity",
    ),
    Case(
        "a pod that no node takes, whose events are gone",
        (ACTIVE, pod(conditions=[{**GATED, "reason": "Unschedulable", "message": "0/3 nodes: 3 disk-pressure."}])),
        "unknown none K36",
        "no node could take the pod for 299 s: 0/3 nodes: 3 disk-pressure.",
        "no capacity",
        "the main container's end",
    ),
    Case(
        "an init container that is killed for memory is told with its reason",
        (BACKOFF, before_work("fetch 2-4 137 OOMKilled")),
        "unknown failed -",
        "never ran: init container fetch failed with 137 (OOMKilled)",
        "out of memory",
    ),
    Case(
        "an init container that fails is why the work did not start",
        (BACKOFF, before_work("fetch 2-4 1")),
        "unknown failed -",
        "never ran: init container fetch failed with 1",
        "start failed",
    ),
    Case(
        "an init container that does not end",
        (ACTIVE, before_work("fetch 2-")),
        "unknown none -",
        "never ran: init container fetch runs since 2026-06-01T12:00:02.000Z, and has not ended",
        "unknown",
    ),
    Case(
        "a native sidecar whose startup probe fails",
        (ACTIVE, before_work("~proxy 2-"), event("Unhealthy", 9, "proxy", message="Startup probe failed: HTTP 503")),
        "unknown none -",
        "never ran: native sidecar proxy runs since 2026-06-01T12:00:02.000Z, and is not up yet: Startup probe failed",
        "unknown",
    ),
    Case(
        "a node that can't give processor and memory of one socket together",
        (BACKOFF, rejected("TopologyAffinityError", "Resources cannot be allocated with Topology locality")),
        "unknown failed -",
        "never ran: the node refused the pod (TopologyAffinityError): Resources cannot be allocated",
        "platform loss",
    ),
    Case(
        "of several indexes the one that failed is named, with its code",
        (
            job("failed@9 FailedIndexes", spec={"completionMode": "Indexed", "completions": 2, "parallelism": 2},
                succeeded=1, completedIndexes="0", failedIndexes="1"),
            pod("main 2-8 0", name="i0", index=0), pod("main 2-8 5", name="i1", index=1),
        ),
        "failed failed K12",
        "and the Job is Failed; failed indexes: 1 (container main of index 1 ended with 5)",
        "code error",
    ),
    Case(
        "a pod that was deleted and ended with 0 in its grace is no code error",
        (BACKOFF, pod("main 2-8 0", phase="Failed", deleted=(5, 30))),
        "unknown failed K01",
        "",
        "unknown",
        "whether the work was done or cut when it ended with 0",
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES])
def test_an_ending_is_told_as_an_engineer_would(case: Case) -> None:
    """Words, cause, and what is missing; and no sentence says what did not happen."""
    told = answer(case.items)
    truth = told.truth
    assert f"{truth.work} {truth.platform} {truth.klass or '-'}" == case.words
    assert case.says in truth.because
    assert truth.cause.value == case.cause
    assert case.missing in " ".join(truth.missing)


def test_which_pods_failed_on_the_way_changes_nothing_of_a_complete_job() -> None:
    """Whichever of the four pods was the one that failed."""
    orders = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))
    sentences = {answer((OF_THREE, *three(*codes))).truth.because for codes in orders}
    assert sentences == {"container main ended with 0, and the job is marked succeeded"}


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("NodeShutdown", "run it again: the node changed, the job need not"),
        ("NodeAffinity", "run it again: the node changed, the job need not"),
        ("OutOfcpu", "ask for less, or for a larger node"),
        ("SysctlForbidden", "ask for a node that can run it, or for what the node allows"),
    ],
)
def test_what_to_do_after_a_refusal_depends_on_its_reason(reason: str, advice: str) -> None:
    """Asking for less helps no pod whose node went away."""
    told = answer((BACKOFF, rejected(reason, "Pod was rejected")))
    assert told.truth.account.advice == advice


@pytest.mark.parametrize(("at", "hinted"), [(5, True), (50, False)])
def test_a_node_that_ran_out_of_memory_is_worth_a_look_and_decides_nothing(
    at: int,
    hinted: bool,  # noqa: FBT001 - a table's column
) -> None:
    """The kernel killed a process of some pod of the node: told while the work ran, and only then."""
    told = answer((BACKOFF, pod("main 2-8 137"), event("SystemOOM", at, "node", message="victim process: python")))
    said = "its node ran out of memory while the work ran (SystemOOM: victim process: python)"
    assert told.truth.hints == ((said,) if hinted else ())
    assert (told.truth.work.value, told.truth.cause.value) == ("failed", "unknown")


def answer(items: tuple[Any, ...]) -> ExplainedJob:
    """Explain one work."""
    (told,) = explain_objects(objects_of([list(items)]), TAKEN, "").jobs
    return told
