"""The catalogue of Kubernetes classes as records: for each class where it must be named, and where it must not be."""

from __future__ import annotations

from dataclasses import dataclass

from build import Look, Object, Story, deletion, event, gap, job, look, pod, remark, stamp, vanished

from harness.model.event import PODS_LISTED, TIME_TRAVEL


@dataclass(frozen=True, slots=True)
class Case:
    """One record and the truth it must give, written `work platform class` and the classes beside it."""

    title: str
    story: Story
    truth: str
    also: str = ""
    lost: tuple[str, ...] = ()
    whole: bool = False
    """The job's outputs are known, and those in `lost` are absent."""


def case(title: str, truth: str, *story: Look | Object, also: str = "", lost: str = "", whole: bool = False) -> Case:
    """Write one case."""
    return Case(title, story, truth, also, (lost,) if lost else (), whole)


def resumed(item: Object, at: float) -> Object:
    """Give a Job the condition that it was suspended and goes on since then."""
    told = {"type": "Suspended", "status": "False", "reason": "JobResumed", "lastTransitionTime": stamp(at)}
    return {**item, "status": {**item["status"], "conditions": [told, *item["status"]["conditions"]]}}


DONE = pod("main 2-8 0")
COMPLETE = job("complete@9")
BACKOFF = job("failed@9 BackoffLimitExceeded")
ONE_TOO_MANY = (job("complete@20"), pod("main 2-19 0"), pod("main 4-19 0", name="b", created=2, deleted=(7, 30)))
TRACKED = {"finalizers": ["batch.kubernetes.io/job-tracking"]}
THREE = {"completions": 3, "parallelism": 3, "completionMode": "Indexed"}
RETRY = {"backoffLimit": 2, "template": {"spec": {"restartPolicy": "OnFailure"}}}
DEADLINE = {"activeDeadlineSeconds": 30}
POLICY = "Container {} for pod default/train-a failed with exit code 7 matching FailJob rule at index 0"
UNSCHEDULABLE = {
    "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": "2026-06-01T12:00:01Z",
}  # fmt: skip

NAMED: dict[str, tuple[Case, ...]] = {
    "K01": (
        case(
            "ended with 0 in the grace of its deletion", "unknown failed K01",
            job("failed@4 BackoffLimitExceeded"), pod("main 2-8 0", deleted=(3, 30), phase="Failed"),
        ),
    ),
    "K02": (
        case(
            "in time, and a late controller fails it", "ok failed K02",
            job("failed@40 DeadlineExceeded", spec=DEADLINE), pod("main 2-29 0"),
        ),
        case(
            "overrun: the container used its grace", "unknown failed K02",
            job("failing@30 DeadlineExceeded;failed@40 DeadlineExceeded", spec=DEADLINE, failed=1),
            pod("main 2-35 0", deleted=(30, 30), phase="Failed"),
            also="K01",
        ),
    ),
    "K03": (
        case(
            "the pod's own deadline, with exit code 0", "unknown failed K03",
            BACKOFF, pod("main 2-8 0", phase="Failed", reason="DeadlineExceeded"),
        ),
    ),
    "K04": (
        case(
            "evicted, Failed, exit code 0", "unknown failed K04",
            BACKOFF, pod("main 2-8 0", phase="Failed", reason="Evicted"),
        ),
        case(
            "evicted by a kubelet that gives the condition of a shutdown to evictions too", "unknown failed K04",
            BACKOFF, pod("main 2-8 0", phase="Failed", reason="Evicted", disruption="TerminationByKubelet"),
        ),
    ),
    "K05": (
        case(
            "shut down with its node, exit code 0", "unknown failed K05",
            BACKOFF, pod("main 2-8 0", phase="Failed", reason="Terminated", disruption="TerminationByKubelet"),
        ),
        case(
            "shut down with its node, exit code 143: work and verdict agree", "failed failed -",
            BACKOFF, pod("main 2-8 143", reason="Terminated"), also="K05",
        ),
    ),
    "K06": (
        case(
            "a finished pod is refused by a restarted kubelet", "ok failed K06",
            look(10, DONE), BACKOFF, pod("main 2-8 0", phase="Failed", reason="UnexpectedAdmissionError"), also="K54",
        ),
        case("only its end tells that it had finished", "ok failed K06",
             BACKOFF, pod("main 2-8 0", phase="Failed", reason="OutOfcpu")),
        case("only its phase tells that it had finished", "unknown failed K07",
             look(10, pod("main ?-? 0", phase="Succeeded")), BACKOFF,
             pod("main ?-? 0", phase="Failed", reason="NodeAffinity"), also="K06"),
    ),
    "K07": (
        case(
            "137 that the kubelet made up", "unknown failed K07",
            BACKOFF, pod("main ?-? 137 ContainerStatusUnknown", phase="Failed"),
        ),
        case("137 with no times", "unknown failed K07", BACKOFF, pod("main ?-? 137 Error", phase="Failed")),
    ),
    "K08": (
        case("the sidecar failed alone", "ok failed K08", BACKOFF, pod("main 2-8 0", "proxy 2-9 1")),
    ),
    "K09": (
        case(
            "the policy matched the proxy", "ok failed K09",
            job("failed@9 PodFailurePolicy", message=POLICY.format("proxy")), pod("main 2-8 0", "proxy 2-9 7"),
            also="K08",
        ),
    ),
    "K10": (
        case("reason Unknown", "unknown failed K10", BACKOFF, pod("main 2-8 255 Unknown")),
        case(
            "255 while the node restarted", "unknown failed K10",
            BACKOFF, pod("main 2-8 255"), event("SandboxChanged", 7, "pod"), event("Started", 2),
        ),
    ),
    "K11": (
        case(
            "deleted at the start of its last retry, ended with 0 in grace", "unknown failed K11",
            job("failed@9 BackoffLimitExceeded", spec=RETRY), event("SuccessfulDelete", 7, "job"),
            pod("main 6-8 0 restarts=2", policy="OnFailure", deleted=(7, 30), phase="Failed"), also="K01",
        ),
        case(
            "the event of its deletion was dropped, its deletion timestamp is there", "unknown failed K11",
            job("failed@9 BackoffLimitExceeded", spec=RETRY),
            pod("main 6-8 0 restarts=2", policy="OnFailure", deleted=(7, 30), phase="Failed"), also="K01",
        ),
        case(
            "its deletion timestamp was never seen, the event of its deletion is there", "unknown failed K11",
            job("failed@9 BackoffLimitExceeded", spec=RETRY), event("SuccessfulDelete", 7, "job"),
            event("SuccessfulCreate", 1, "job"), pod("main 6-8 0 restarts=2", policy="OnFailure", phase="Failed"),
        ),
        case(
            "no retry was allowed, and one began", "unknown failed K11",
            job("failed@9 BackoffLimitExceeded", spec={**RETRY, "backoffLimit": 0}),
            pod("main 6-8 0 restarts=1", policy="OnFailure", deleted=(7, 30), phase="Failed"), also="K01",
        ),
        case(
            "deleted at the start of its last retry, and nobody saw how that ended", "unknown failed K11",
            job("failed@9 BackoffLimitExceeded", spec=RETRY), event("SuccessfulDelete", 7, "job"),
            pod("main 6- restarts=2", policy="OnFailure", deleted=(7, 30)),
        ),
    ),
    "K12": (
        case(
            "two of three indexes are done", "failed failed K12",
            job("failed@9 FailedIndexes", spec=THREE, succeeded=2, completedIndexes="0,1"),
            pod("main 2-8 0", name="a", index=0), pod("main 2-8 0", name="b", index=1),
            pod("main 2-8 1", name="c", index=2),
        ),
        case(
            "an index was deleted when it was done, and its second try failed", "failed failed K12",
            job("failed@20 BackoffLimitExceeded", spec=THREE, succeeded=2, completedIndexes="0,1", failed=2),
            pod("main 2-8 0", name="x", index=0), pod("main 2-8 0", name="y", index=1),
            pod("main 2-8 0", name="z", index=2, deleted=(3, 30), phase="Failed"),
            pod("main 12-19 1", name="b", created=11, index=2),
        ),
        case(
            "one of two completions without indexes", "failed failed K12",
            job("failed@9 BackoffLimitExceeded", spec={"completions": 2}, succeeded=1),
            pod("main 2-4 0"), pod("main 5-8 1", name="b", created=5),
        ),
    ),
    "K19": (
        case(
            "the node is gone and taints removed the pod", "unknown failed K19",
            BACKOFF, pod("main 2-", disruption="DeletionByTaintManager"),
        ),
        case(
            "removed with no grace", "unknown failed K19",
            BACKOFF, pod("main 2-", deleted=(5, 0)),
        ),
        case(
            "removed while it ran", "unknown failed K19",
            look(3, pod("main 2-")), deletion(6, pod("main 2-")), BACKOFF,
        ),
    ),
    "K20": (
        case("a child was killed, exit code 0", "unknown ok K20", COMPLETE, pod("main 2-8 0 OOMKilled")),
        case(
            "a child was killed, and the Job is Failed for its sidecar", "unknown failed K08",
            BACKOFF, pod("main 2-8 0 OOMKilled", "proxy 2-9 1"), also="K20",
        ),
    ),
    "K21": (
        case(
            "evicted, handled the signal, Succeeded", "unknown ok K21",
            COMPLETE, DONE, event("Evicted", 6, "pod"), event("Started", 2),
        ),
        case(
            "stopped by the kubelet, handled the signal, Succeeded", "unknown ok K21",
            COMPLETE, DONE, event("Killing", 6), event("Started", 2),
        ),
        case(
            "stopped by the kubelet in the second of its end", "unknown ok K21",
            COMPLETE, DONE, event("Killing", 8), event("Started", 2),
        ),
    ),
    "K22": (
        case(
            "preempted, ended with 0, counted", "unknown ok K22",
            COMPLETE, pod("main 2-8 0", deleted=(5, 30), disruption="PreemptionByScheduler"),
        ),
        case(
            "deleted while it ran, ended with 0, counted", "unknown ok K22",
            look(6, pod("main 2-", deleted=(5, 30))), COMPLETE, pod("main 2-8 0", deleted=(5, 30)),
        ),
        case(
            "preempted, and its deletion was never seen", "unknown ok K22",
            COMPLETE, pod("main 2-8 0", disruption="PreemptionByScheduler"),
        ),
        case(
            "deleted surely before its end", "unknown ok K22",
            job("complete@21"), pod("main 2-20 0", deleted=(5, 30)),
        ),
        case(
            "the kubelet says that it stopped it, whatever two clocks say", "unknown ok K22",
            COMPLETE, pod("main 2-8 0", deleted=(9, 30)), event("Killing", 8), event("Started", 2),
        ),
        case(
            "deleted in the second of its end: nobody can order the two", "unknown ok K22",
            COMPLETE, pod("main 2-8 0", deleted=(8, 30)),
        ),
        case(
            "deleted within the clocks' error of its end: nobody can order the two", "unknown ok K22",
            COMPLETE, pod("main 2-8 0", deleted=(7, 30)),
        ),
    ),
    "K23": (
        case(
            "the node rebooted under it, the runtime says 0", "unknown ok K23",
            job("complete@60"), DONE, event("Rebooted", 40, "node"),
        ),
        case("its node came back, and nobody says that it rebooted", "unknown ok K23",
             job("complete@60"), DONE, event("NodeReady", 40, "node")),
        case("its node rebooted while it ran, and there is no verdict yet", "unknown none -",
             look(20, job(active=1), DONE, event("Rebooted", 5, "node")), also="K23"),
    ),
    "K24": (
        case(
            "both containers of a sandboxed pod ended with 0 at once, and outputs are missing", "failed ok K24",
            COMPLETE, pod("main 2-8 0", "proxy 2-8 0", spec={"runtimeClassName": "kata"}), lost="model", whole=True,
            also="K25",
        ),
        case(
            "the same, and nobody knows the outputs", "unknown ok K24",
            COMPLETE, pod("main 2-8 0", "proxy 2-8 0", spec={"runtimeClassName": "kata"}),
        ),
    ),
    "K25": (
        case("exit code 0 and no model", "failed ok K25", COMPLETE, DONE, lost="model", whole=True),
    ),
    "K26": (
        case("only a native sidecar failed", "ok ok -", COMPLETE, pod("~mesh 1-9 137", "main 2-8 0"), also="K26"),
    ),
    "K27": (
        case(
            "the second pod did it", "ok ok -",
            job("complete@20", failed=1), pod("main 2-8 1"), pod("main 12-19 0", name="b", created=11), also="K27",
        ),
        case(
            "the second try in one pod did it", "ok ok -",
            COMPLETE, pod("main 5-8 0 restarts=1", policy="OnFailure"), also="K27",
        ),
    ),
    "K28": (
        case(
            "the policy was met by index 0, the others were cut", "failed ok K28",
            job("complete@9 SuccessPolicy", spec=THREE, completedIndexes="0"),
            pod("main 2-7 0", index=0), pod("main 2-9 143", name="b", index=1, deleted=(8, 1)),
            pod("main 2-9 143", name="c", index=2, deleted=(8, 1)),
        ),
        case(
            "only the decision says that the policy was met", "failed ok K28",
            job("succeeding@9 SuccessPolicy;complete@9", spec=THREE, succeeded=1), pod("main 2-7 0", index=0),
            pod("main 2-9 143", name="b", index=1), pod("main 2-9 143", name="c", index=2),
        ),
        case(
            "the policy was met, and nobody saw how the others ended", "failed ok K28",
            job("complete@9 SuccessPolicy", spec={**THREE, "completions": 2}, completedIndexes="0"),
            pod("main 2-7 0", index=0), pod("main 2-", name="b", index=1, deleted=(8, 1)),
        ),
    ),
    "K32": (
        case(
            "suspended in its work, ended with 0 in grace, counted nowhere", "unknown none K32",
            job("suspended@5"), pod("main 2-8 0", deleted=(5, 30)),
        ),
        case(
            "resumed since, and its second run is done", "ok ok -",
            resumed(job("complete@40"), 20),
            pod("main 2-8 0", deleted=(5, 30)), pod("main 22-38 0", name="b", created=21),
            also="K32",
        ),
    ),
    "K33": (
        case(
            "decided long ago, and the pod keeps its finalizer", "ok none K33",
            job("succeeding@9"), pod("main 2-8 0", metadata=TRACKED),
        ),
    ),
    "K34": (
        case(
            "its uid is parked and the pod is gone", "unknown none K34",
            job(uncountedTerminatedPods={"succeeded": ["pod-a"]}),
        ),
        case(
            "its uid is parked long after its end", "ok none K34",
            job(uncountedTerminatedPods={"succeeded": ["pod-a"]}), DONE,
        ),
    ),
    "K35": (
        case("the proxy runs on", "ok none K35", job(active=1), pod("main 2-8 0", "proxy 2-")),
    ),
    "K36": (
        case("its image is not there", "unknown none K36", job(active=1), pod(waiting="ImagePullBackOff")),
        case("no node takes it", "unknown none K36", job(active=1), pod(conditions=[UNSCHEDULABLE])),
        case("its volume can't be mounted", "unknown none K36",
             job(active=1), pod(), event("FailedMount", 3, "pod", message="mount failed: exit status 32")),
        case("its network can't be made", "unknown none K36",
             job(active=1), pod(), event("FailedCreatePodSandBox", 3, "pod", message="no IP addresses available")),
    ),
    "K37": (
        case(
            "a quota forbids its pod", "unknown none K37",
            job(), event("FailedCreate", 1, "job", message="Error creating: exceeded quota"),
        ),
    ),
    "K38": (
        case("Failed, and the container runs", "unknown failed K38", BACKOFF, pod("main 2-", phase="Failed")),
    ),
    "K41": (
        case(
            "failing, and a pod is still ending", "unknown none K41",
            job("failing@9 DeadlineExceeded", terminating=1), pod("main 2-", deleted=(9, 30)),
        ),
    ),
    "K42": (
        case("a 410 on the way", "ok ok -", gap(3, 4, "410 Expired: too old resource version"), COMPLETE, DONE,
             also="K42"),
        case(
            "a 410, and the end was never seen", "unknown none K42",
            gap(3, 4, "410 Gone"), look(5, job(active=1), pod("main 2-")),
        ),
    ),
    "K43": (
        case("a half-open stream on the way", "ok ok -", gap(3, 4, "half-open"), COMPLETE, DONE, also="K43"),
    ),
    "K44": (
        case(
            "it ended while nobody watched", "ok ok -",
            gap(8, 12, "stream ended"), COMPLETE, DONE, also="K44",
        ),
    ),
    "K45": (
        case(
            "its pod is absent from a later list", "unknown none K45",
            look(3, job(active=1), pod("main 2-")), vanished(pod("main 2-"), 3, 30),
        ),
    ),
    "K46": (
        case("an older version came late", "ok ok -", remark(TIME_TRAVEL), COMPLETE, DONE, also="K46"),
    ),
    "K47": (
        case(
            "the controller says so", "ok ok -",
            COMPLETE, DONE, event("TooManySucceededPods", 9, "job"), also="K47",
        ),
        case(
            "two pods ran at once", "ok ok -",
            COMPLETE, DONE, pod("main 3-8 0", name="b", created=2), also="K47",
        ),
        case("two succeeded, one was wanted", "ok ok -", job("complete@9", succeeded=2), DONE, also="K47"),
        case(
            "a second one is removed while the first goes on", "ok ok -", *ONE_TOO_MANY, also="K47",
        ),
        case(
            "the older one is removed while the second goes on", "ok ok -",
            job("complete@20"), pod("main 2-19 0", deleted=(7, 30)), pod("main 4-19 0", name="b", created=2),
            also="K47",
        ),
        case(
            "the one that stayed goes on still, and one in between has ended", "unknown none -",
            job(), pod("main 2-"), pod("main 11-12 0", name="b", created=11),
            pod("main 21-22 0", name="c", created=21, deleted=(21, 0)), also="K47",
        ),
        case(
            "a second one is removed, and the first fails", "failed failed -",
            job("failed@20 BackoffLimitExceeded"), pod("main 2-19 3"),
            pod("main 4-12 143", name="b", created=2, deleted=(7, 30)), also="K47",
        ),
    ),
    "K48": (
        case(
            "Pulled was kept, Started was dropped", "ok ok -",
            COMPLETE, DONE, event("Pulled", 1), also="K48",
        ),
        case(
            "the main container's Started was kept, the sidecar's was dropped", "ok ok -",
            COMPLETE, pod("main 2-8 0", "proxy 2-8 0"), event("Started", 2), also="K48",
        ),
    ),
    "K49": (
        case(
            "failed falls from 1 to 0", "ok ok -",
            look(5, job(failed=1)), look(10, COMPLETE, DONE), also="K49",
        ),
        case("marked both", "failed failed -", job("complete@9;failed@10 BackoffLimitExceeded"), pod("main 2-8 1"),
             also="K49"),
        case(
            "succeeded falls from 2 to 1", "ok ok -",
            look(5, job(spec={"parallelism": 2}, succeeded=2)), look(10, COMPLETE, DONE), also="K49",
        ),
        case(
            "one look: BackoffLimitExceeded, and no failure is counted", "failed failed -",
            job("failed@9 BackoffLimitExceeded", failed=0), pod("main 2-8 1"), also="K49",
        ),
        case(
            "one look: Failed, with the completionTime of a success", "failed failed -",
            job("failed@9 BackoffLimitExceeded", completionTime=stamp(9)), pod("main 2-8 1"), also="K49",
        ),
        case(
            "one look: Complete, and one of three completions is counted", "ok ok -",
            job("complete@9", spec={"completions": 3, "parallelism": 3}, succeeded=1),
            *(pod("main 2-8 0", name=name) for name in "abc"), also="K49",
        ),
        case(
            "a failed pod succeeds", "ok ok -",
            look(9, pod("main 2-8 0", phase="Failed")), COMPLETE, DONE, also="K49 K54",
        ),
    ),
    "K50": (
        case(
            "the Job was gone before its verdict was read", "failed none -",
            look(9, job(), pod("main 2-8 1")), deletion(10, job()), also="K50",
        ),
        case(
            "a finished pod was removed, and no end of its containers was read", "unknown failed K50",
            look(9, BACKOFF, pod("main 2-", phase="Failed")), deletion(10, pod("main 2-", phase="Failed")),
        ),
        case(
            "one list: other pods are there, and none of this Job", "unknown failed K50",
            BACKOFF, remark(PODS_LISTED),
        ),
        case(
            "Job and running pod were removed", "unknown none K50",
            look(9, job(), pod("main 2-")), deletion(10, job()), deletion(10, pod("main 2-")),
        ),
    ),
    "K51": (
        case(
            "the verdict came before the pod's end", "ok ok -",
            look(3, pod("main 2-")), look(10, COMPLETE), look(11, DONE), also="K51",
        ),
    ),
    "K52": (
        case("finished before it started", "ok ok -", COMPLETE, pod("main 8-2 0"), also="K52"),
        case("started before its pod was made", "ok ok -", COMPLETE, pod("main 2-8 0", created=7), also="K52"),
    ),
    "K53": (
        case(
            "two container ids under Never", "ok ok -",
            look(3, pod("main 2-")), COMPLETE, pod("main 5-8 0 restarts=1"), also="K27 K53",
        ),
    ),
    "K54": (
        case(
            "Pending, then Succeeded", "ok ok -",
            look(1, pod()), COMPLETE, DONE, also="K54",
        ),
    ),
}  # fmt: skip

CONTROLS: dict[str, tuple[Case, ...]] = {
    "K01": (
        case(
            "tidied up after the end: nothing explains the verdict", "ok failed unexplained",
            job("failed@30 BackoffLimitExceeded"), pod("main 2-8 0", deleted=(40, 30)),
        ),
        case(
            "deleted, and the Job counted no failure", "unknown failed -",
            job("failed@4 BackoffLimitExceeded", failed=0), pod("main 2-8 0", deleted=(3, 30), phase="Failed"),
            also="K49",
        ),
        case(
            "deleted, ended with 0, and then its replacement failed: a run ends as its last attempt", "failed failed -",
            job("failed@20 BackoffLimitExceeded", failed=2), pod("main 2-8 0", deleted=(3, 30), phase="Failed"),
            pod("main 12-19 1", name="b", created=11),
        ),
        case("deleted, ended with 143", "failed failed -", BACKOFF, pod("main 2-8 143", deleted=(3, 30))),
    ),
    "K02": (
        case(
            "the deadline passed, exit code 1", "failed failed -",
            job("failed@40 DeadlineExceeded", spec=DEADLINE), pod("main 2-29 1"),
        ),
        case(
            "exit code 0, and the Job failed for another reason", "ok failed unexplained",
            job("failed@40 BackoffLimitExceeded", spec=DEADLINE), pod("main 2-29 0"),
        ),
    ),
    "K03": (
        case(
            "the pod's own deadline, killed", "failed failed -",
            BACKOFF, pod("main 2-8 137", reason="DeadlineExceeded"),
        ),
    ),
    "K04": (case("evicted, killed", "failed failed -", BACKOFF, pod("main 2-8 137", reason="Evicted")),),
    "K05": (
        case("preempted, no shutdown", "failed failed -",
             BACKOFF, pod("main 2-8 143", disruption="PreemptionByScheduler")),
        case("evicted, with the condition of a shutdown", "failed failed -",
             BACKOFF, pod("main 2-8 137", reason="Evicted", disruption="TerminationByKubelet")),
    ),
    "K06": (
        case(
            "refused before it ever ran", "unknown failed -",
            BACKOFF, pod(phase="Failed", reason="UnexpectedAdmissionError"),
        ),
    ),
    "K07": (case("137 with times: the process was killed", "failed failed -", BACKOFF, pod("main 2-8 137")),),
    "K08": (
        case("both failed", "failed failed -", BACKOFF, pod("main 2-8 2", "proxy 2-9 1")),
        case(
            "the sidecar's code was lost: that is no failure", "ok failed unexplained",
            BACKOFF, pod("main 2-8 0", "proxy ?-? 137 ContainerStatusUnknown"),
        ),
    ),
    "K09": (
        case(
            "the policy matched the main container", "failed failed -",
            job("failed@9 PodFailurePolicy", message=POLICY.format("main")), pod("main 2-8 7"),
        ),
    ),
    "K10": (
        case("255 of the job's own", "failed failed -", BACKOFF, pod("main 2-8 255")),
    ),
    "K11": (
        case(
            "Never: no retry in place", "unknown failed K01",
            job("failed@9 BackoffLimitExceeded", spec={"backoffLimit": 2}),
            pod("main 6-8 0", deleted=(7, 30), phase="Failed"),
        ),
        case(
            "the restarts reach the limit, and nobody deleted the pod", "failed failed -",
            job("failed@9 BackoffLimitExceeded", spec=RETRY), event("SuccessfulCreate", 1, "job"),
            pod("main 6-8 1 restarts=2", policy="OnFailure"),
        ),
        case(
            "the deadline deleted it, whatever the restarts", "unknown failed K02",
            job("failed@9 DeadlineExceeded", spec=RETRY), event("SuccessfulDelete", 7, "job"),
            pod("main 6-8 0 restarts=2", policy="OnFailure"),
        ),
        case(
            "no retry was allowed, and none began", "unknown failed K01",
            job("failed@9 BackoffLimitExceeded", spec={**RETRY, "backoffLimit": 0}),
            pod("main 6-8 0", policy="OnFailure", deleted=(7, 30), phase="Failed"),
        ),
        case(
            "the limit was not reached", "failed failed -",
            job("failed@9 BackoffLimitExceeded", spec={**RETRY, "backoffLimit": 3}),
            event("SuccessfulDelete", 7, "job"), pod("main 6-8 1 restarts=2", policy="OnFailure"),
        ),
    ),
    "K12": (
        case(
            "no index is done", "failed failed -",
            job("failed@9 FailedIndexes", spec=THREE),
            *(pod("main 2-8 1", name=str(rank), index=rank) for rank in range(3)),
        ),
    ),
    "K19": (
        case("killed by the taint, with its end", "failed failed -",
             BACKOFF, pod("main 2-8 143", disruption="DeletionByTaintManager")),
        case("still running", "unknown none -", job(active=1), pod("main 2-")),
    ),
    "K20": (
        case("the main process was killed", "failed failed -", BACKOFF, pod("main 2-8 137 OOMKilled")),
        case("done, and nothing was killed", "ok ok -", COMPLETE, DONE),
    ),
    "K21": (
        case(
            "a native sidecar is stopped when the work is done", "ok ok -",
            COMPLETE, pod("~mesh 1-9 0", "main 2-8 0"), event("Killing", 8, "mesh"), event("Started", 2),
            event("Started", 1, "mesh"),
        ),
        case("stopped after its end", "ok ok -", COMPLETE, DONE, event("Killing", 12), event("Started", 2)),
    ),
    "K22": (
        case("deleted after its end", "ok ok -", COMPLETE, pod("main 2-8 0", deleted=(12, 30))),
        case(
            "one too many was cut, and the one that was wanted was not", "ok ok -", *ONE_TOO_MANY, also="K47",
        ),
        case(
            "enough others of a parallel Job were not cut", "ok ok -",
            job("complete@20", spec={"completions": 2, "parallelism": 2}, succeeded=2), pod("main 2-19 0"),
            pod("main 2-19 0", name="b"), pod("main 4-19 0", name="c", created=2, deleted=(7, 30)),
        ),
        case("preempted, ended with 143", "failed failed -",
             BACKOFF, pod("main 2-8 143", deleted=(5, 30), disruption="PreemptionByScheduler")),
        case("its node was tainted, and nobody deleted it", "ok ok -",
             COMPLETE, pod("main 2-8 0", disruption="DeletionByTaintManager")),
    ),
    "K23": (
        case("the node rebooted when it was counted", "ok ok -", COMPLETE, DONE, event("Rebooted", 40, "node")),
        case("the node rebooted before it", "ok ok -", COMPLETE, DONE, event("Rebooted", 1, "node")),
        case("another node rebooted", "ok ok -", job("complete@60"), DONE,
             {**event("Rebooted", 40, "node"), "involvedObject": {"kind": "Node", "name": "node-2", "uid": "node-2"}}),
    ),
    "K24": (
        case(
            "sandboxed, and all outputs are there", "ok ok -",
            COMPLETE, pod("main 2-8 0", "proxy 2-8 0", spec={"runtimeClassName": "kata"}), whole=True,
        ),
        case("no sandbox", "ok ok -", COMPLETE, pod("main 2-8 0", "proxy 2-8 0")),
        case(
            "sandboxed, and they ended one after the other", "ok ok -",
            COMPLETE, pod("main 2-8 0", "proxy 2-9 0", spec={"runtimeClassName": "kata"}),
        ),
    ),
    "K25": (
        case("exit code 0, and all outputs are there", "ok ok -", COMPLETE, DONE, whole=True),
        case("no model, and the exit code was lost", "unknown ok K07",
             COMPLETE, pod("main ?-? 137 ContainerStatusUnknown", phase="Succeeded"), lost="model", whole=True),
        case("no model, exit code 0, and the Job is Failed", "ok failed unexplained", BACKOFF, DONE, lost="model",
             whole=True),
        case("exit code 1 and no model: the Job says so", "failed failed -", BACKOFF, pod("main 2-8 1"), lost="model",
             whole=True),
    ),
    "K26": (
        case("a native sidecar ended well", "ok ok -", COMPLETE, pod("~mesh 1-9 0", "main 2-8 0")),
        case("a plain sidecar failed", "ok failed K08", BACKOFF, pod("main 2-8 0", "mesh 1-9 137")),
    ),
    "K27": (
        case("the first pod did it", "ok ok -", COMPLETE, DONE),
        case("only a native sidecar was restarted", "ok ok -", COMPLETE, pod("~mesh 4-9 0 restarts=1", "main 2-8 0")),
    ),
    "K28": (
        case(
            "the policy was met, and the others had ended with 0 as well", "ok ok -",
            job("complete@9 SuccessPolicy", spec=THREE, succeeded=3),
            *(pod("main 2-7 0", name=str(rank), index=rank) for rank in range(3)),
        ),
        case(
            "all completions, and an index failed all the same: no policy explains it", "failed ok unexplained",
            job("complete@9", spec=THREE, succeeded=3),
            pod("main 2-7 0", name="x", index=0), pod("main 2-7 0", name="y", index=1), pod("main 2-7 1", index=2),
        ),
        case(
            "all completions, and one index needed a second try", "ok ok -",
            job("complete@20", spec=THREE, succeeded=3, failed=1),
            pod("main 2-7 0", name="x", index=0), pod("main 2-7 0", name="y", index=1), pod("main 2-7 1", index=2),
            pod("main 12-19 0", name="b", created=11, index=2), also="K27",
        ),
    ),
    "K32": (
        case("suspended, and counted as failed", "unknown none -",
             job("suspended@5", failed=1), pod("main 2-8 0", deleted=(5, 30))),
        case("suspended, and counted as done", "unknown none -",
             job("suspended@5", succeeded=1), pod("main 2-8 0", deleted=(5, 30))),
        case("suspended, ended with 143", "unknown none -",
             job("suspended@5"), pod("main 2-8 143", deleted=(5, 30))),
        case("resumed, and its second pod was deleted and counted nowhere", "unknown ok K22",
             resumed(job("complete@40"), 20), pod("main 22-38 0", created=21, deleted=(30, 30))),
        case("deleted surely before the suspension", "unknown none -",
             job("suspended@50"), pod("main 2-8 0", deleted=(5, 30))),
    ),
    "K33": (
        case(
            "decided a moment ago", "ok none -",
            look(12, job("succeeding@9"), pod("main 2-8 0", metadata=TRACKED)),
        ),
        case("decided long ago, and no pod is held: something else is wrong", "ok none unexplained",
             job("succeeding@9"), DONE),
    ),
    "K34": (
        case("parked once, counted since", "ok ok -",
             look(9, job(uncountedTerminatedPods={"succeeded": ["pod-a"]}), DONE), COMPLETE),
        case("nothing is parked", "ok none unexplained", job(uncountedTerminatedPods={}), DONE),
        case(
            "parked a moment ago", "ok none -",
            look(12, job(uncountedTerminatedPods={"succeeded": ["pod-a"]}), DONE),
        ),
    ),
    "K35": (
        case("within its grace", "ok none -", look(20, job(active=1), pod("main 2-8 0", "proxy 2-"))),
        case("a native sidecar does not hold the pod", "ok ok -", COMPLETE, pod("~mesh 1-9 0", "main 2-8 0")),
    ),
    "K36": (
        case("not scheduled for a moment", "unknown none -", look(20, job(active=1), pod(conditions=[UNSCHEDULABLE]))),
        case("being created", "unknown none -", job(active=1), pod(waiting="ContainerCreating")),
        case("not mounted for a moment", "unknown none -",
             look(20, job(active=1), pod(), event("FailedMount", 3, "pod"))),
        case("mounted at last", "ok ok -", COMPLETE, DONE, event("FailedMount", 1, "pod"), also="K48"),
    ),
    "K37": (
        case(
            "refused once, then made", "unknown none -",
            job(active=1), event("FailedCreate", 1, "job"), event("SuccessfulCreate", 2, "job"),
        ),
        case("refused a moment ago", "unknown none -", look(10, job(), event("FailedCreate", 1, "job"))),
    ),
    "K38": (case("Running, and the container runs", "unknown none -", job(active=1), pod("main 2-")),),
    "K41": (
        case("failing, and nothing is ending", "failed none -",
             look(10, job("failing@9 BackoffLimitExceeded"), pod("main 2-8 1"))),
    ),
    "K42": (case("a gap of another kind", "ok ok -", gap(3, 4, "ConnectionResetError"), COMPLETE, DONE),),
    "K43": (case("a gap of another kind", "ok ok -", gap(3, 4, "ConnectionResetError"), COMPLETE, DONE),),
    "K44": (case("it ended after the gap", "ok ok -", gap(3, 4, "stream ended"), COMPLETE, DONE),),
    "K45": (
        case("its DELETED was seen", "ok ok -", look(9, COMPLETE, DONE), deletion(12, DONE)),
    ),
    "K46": (case("another remark", "ok ok -", remark("records end"), COMPLETE, DONE),),
    "K47": (
        case(
            "one is replaced by the other", "ok ok -",
            job("complete@20"), pod("main 2-8 143", deleted=(5, 30)), pod("main 7-19 0", name="b", created=6),
        ),
        case(
            "nobody saw when the one that stayed had ended", "unknown none -",
            job(), pod(phase="Failed", containerStatuses=[]), pod("main 11-12 0", name="b", created=11),
            pod(phase="Succeeded", name="c", created=21, deleted=(21, 0), containerStatuses=[]),
        ),
        case(
            "one is removed when the other has failed: a second attempt", "unknown ok K22",
            job("complete@40", failed=1), pod("main 2-8 3"),
            pod("main 12-39 0", name="b", created=10, deleted=(20, 30)), also="K27",
        ),
        case(
            "three in parallel are what was wanted", "ok ok -",
            job("complete@9", spec={"completions": 3, "parallelism": 3}, succeeded=3),
            *(pod("main 2-8 0", name=str(rank)) for rank in range(3)),
        ),
    ),
    "K48": (
        case("all events are there", "ok ok -", COMPLETE, DONE, event("Pulled", 1), event("Started", 2)),
        case("no events were recorded at all", "ok ok -", COMPLETE, DONE),
    ),
    "K49": (
        case(
            "an Indexed Job was made smaller, and takes a success back", "ok ok -",
            look(5, job(spec={"completions": 2, "completionMode": "Indexed"}, succeeded=2)),
            look(10, job("complete@9", spec={"completionMode": "Indexed"}), pod("main 2-8 0", index=0)),
        ),
        case("counters rise", "ok ok -", look(5, job()), look(10, COMPLETE, DONE)),
    ),
    "K50": (
        case("removed when it had been read", "ok ok -", look(9, COMPLETE, DONE), deletion(12, COMPLETE)),
    ),
    "K51": (case("both came in one look", "ok ok -", look(10, COMPLETE, DONE)),),
    "K52": (case("the same second", "ok ok -", COMPLETE, pod("main 8-8 0", created=8)),),
    "K53": (
        case("OnFailure may restart", "ok ok -",
             look(3, pod("main 2-", policy="OnFailure")), COMPLETE, pod("main 5-8 0 restarts=1", policy="OnFailure"),
             also="K27"),
    ),
    "K54": (
        case("it was seen Running", "ok ok -", look(1, pod()), look(3, pod("main 2-")), COMPLETE, DONE),
        case("one look sees one phase", "ok ok -", COMPLETE, DONE),
    ),
}  # fmt: skip
