"""Classes in which a parent or an orchestrator says something else than the Job or the pod that it made. Pure.

They need a document besides the Job's own: a RayJob, a SparkApplication, a task of Airflow, a script that waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.model.clock import iso
from harness.model.event import Event
from harness.model.parent import OPEN, Parent, ParentState, Relation, Trouble
from harness.model.truth import Blame, Platform, Truth, Work
from harness.platforms.exits import SIGNALLED
from harness.platforms.kubernetes.pod import Pod, code_of, end_of, over_since
from harness.platforms.kubernetes.rules_no_verdict import STUCK_SECONDS
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import Rule

CLOCK_SECONDS = 2.0
"""Times of an orchestrator's host and of a node differ by so much without anybody's doing."""
TEARDOWN_SECONDS = 10.0
"""How long before its driver's end an executor may have been stopped by it."""
OOM = "OOMKilled"


@dataclass(frozen=True, slots=True)
class Beside:
    """A Job, or the members of one work, as their own records tell it, and what parents say beside."""

    seen: Witnesses
    """Of the Job, or of the member that decides."""
    truth: Truth
    parents: tuple[Parent, ...]
    others: tuple[Witnesses, ...] = ()
    """Of the members that do not decide."""

    @property
    def done(self) -> bool:
        """Tell whether the records hold the work for done, or its platform does and nothing says otherwise."""
        marked = self.truth.platform is Platform.OK and self.truth.klass is None
        return self.truth.work is Work.OK or (marked and self.truth.work is Work.UNKNOWN)

    def of(self, *relations: Relation) -> tuple[Parent, ...]:
        """Give the parents of these relations."""
        return tuple(parent for parent in self.parents if parent.relation in relations and parent.was_read)


_THIRD = (Relation.WATCHES, Relation.CONSISTS)


def _failed_for(*troubles: Trouble) -> Callable[[Beside], str]:
    def matches(beside: Beside) -> str:
        failed = (one for one in beside.of(*_THIRD) if one.state is ParentState.FAILED and one.trouble in troubles)
        found = next(failed, None)
        return f"{found.whole_name} says {found.says}, and the work was done" if found and beside.done else ""

    return matches


def _second_mark(beside: Beside) -> str:
    ends = {ParentState.OK, ParentState.FAILED}
    for parent in beside.of(*_THIRD, Relation.SUBMITS, Relation.RUNS):
        marks = [mark for mark in parent.marks if mark in ends]
        if len(set(marks)) > 1:
            return f"{parent.whole_name} marked one attempt {marks[0]} and then {marks[-1]}"
    return ""


def _submitter(beside: Beside) -> str:
    for parent in beside.of(Relation.SUBMITS):
        platform = beside.truth.platform
        goes_on, word = parent.state in OPEN, f"{parent.whole_name} says {parent.says}"
        if platform is Platform.FAILED and (goes_on or parent.state is ParentState.OK):
            return f"the submitter failed, and {word}"
        if platform is Platform.OK and (goes_on or parent.state is ParentState.STOPPED):
            return f"the submitter is done, and {word}"
    return ""


def _followed_logs(beside: Beside) -> str:
    for parent in beside.of(Relation.SUBMITS):
        if beside.truth.platform is Platform.OK and parent.state is ParentState.FAILED:
            again = f" after {beside.seen.count('failed')} failed attempts" if beside.seen.count("failed") else ""
            return f"the submitter is done{again}, and {parent.whole_name} says {parent.says}"
    return ""


def _torn_down(beside: Beside) -> str:
    done = [parent for parent in beside.parents if parent.done_seconds is not None]
    for pod in beside.seen.deciding:
        for parent in done:
            if stopped_by_signal(pod.main) and _after(pod, parent.done_seconds or 0.0):
                at = iso(parent.done_seconds or 0.0)
                return f"the work reported its end at {at}, and its process was stopped after that"
    ended = max((pod.main.at.seconds for pod in beside.seen.done if pod.main is not None), default=None)
    parts = [pod for seen in beside.others for pod in seen.pods if ended is not None and stopped_by_signal(pod.main)]
    late = [pod for pod in parts if _after(pod, (ended or 0.0) - TEARDOWN_SECONDS)]
    return f"{len(late)} members were stopped when the work had ended with 0" if late else ""


def stopped_by_signal(end: Event | None) -> bool:
    """Tell whether somebody stopped a process, and it was not the memory limit."""
    return end is not None and code_of(end) in SIGNALLED and end.native.get("reason") != OOM


def _after(pod: Pod, at_seconds: float) -> bool:
    return pod.main is not None and pod.main.at.seconds >= at_seconds


def torn_down_driver(beside: Beside) -> bool:
    """Tell whether it is the process that decides which was stopped after it had reported its end."""
    return any(stopped_by_signal(pod.main) for pod in beside.seen.deciding) and bool(_torn_down(beside))


def _swallowed(beside: Beside) -> str:
    for parent in beside.of(Relation.WATCHES):
        cut = [pod for pod in beside.seen.deciding if _removed(pod) and end_of(pod) != 0]
        if parent.state is ParentState.OK and cut:
            return f"{parent.whole_name} says {parent.says}, and its pod was deleted before it ended with 0"
    return ""


def _removed(pod: Pod) -> bool:
    return pod.deletion is not None or pod.gone or (not pod.statuses and pod.noticed("Killing"))


def _watch_ended(beside: Beside) -> str:
    for parent in beside.of(Relation.WATCHES):
        at = parent.ended_seconds
        running = [pod for pod in beside.seen.deciding if pod.started and not _removed(pod) and _ran_at(pod, at)]
        if parent.state is ParentState.OK and running:
            return f"{parent.whole_name} says {parent.says}, and its pod was still running"
    return ""


def _ran_at(pod: Pod, at_seconds: float | None) -> bool:
    if pod.main is None:
        return pod.last.get("phase") == "Running"
    return at_seconds is not None and pod.main.at.seconds > at_seconds + CLOCK_SECONDS


def _stuck(beside: Beside) -> str:
    since = _over_since(beside)
    late = since is not None and beside.seen.until - since > STUCK_SECONDS
    for parent in beside.of(*_THIRD, Relation.RUNS, Relation.SUBMITS, Relation.ADMITS) if late else ():
        alone = parent.relation is Relation.CONSISTS and not parent.merges  # others of its members may go on
        watching = parent.relation is not Relation.ADMITS or beside.truth.platform is not Platform.NONE
        state = parent.mark if parent.relation is Relation.SUBMITS else parent.state
        inner_goes_on = parent.relation is Relation.SUBMITS and parent.state in OPEN
        open_ = state is ParentState.RUNNING or (parent.relation is Relation.ADMITS and state in OPEN)
        if open_ and not alone and not inner_goes_on and watching:
            return f"all of it was over at {iso(since or 0.0)}, and {parent.whole_name} still says {parent.says}"
    return _inner_over(beside)


def _inner_over(beside: Beside) -> str:
    """Find a RayJob whose work has ended long ago while its deployment goes on."""
    for parent in beside.of(Relation.SUBMITS):
        ended, until = parent.ended_seconds, beside.seen.until
        over = parent.state not in {*OPEN, ParentState.UNKNOWN} and parent.mark is ParentState.RUNNING
        if over and ended is not None and until - ended > STUCK_SECONDS:
            return f"the work was over at {iso(ended)}, and {parent.whole_name} still says {parent.says}"
    return ""


def _over_since(beside: Beside) -> float | None:
    """Say since when every pod of the work has ended; None while one may go on, or none was seen."""
    pods = [pod for seen in (beside.seen, *beside.others) for pod in seen.deciding]
    if any(pod.main is None and not pod.gone and pod.last.get("phase") not in _OVER for pod in pods):
        return None
    ends = [over_since(pod.main) for pod in pods if pod.main is not None]
    verdict = [beside.seen.verdict.at.seconds] if beside.seen.verdict is not None else []
    return max([*ends, *verdict], default=None)


_OVER = frozenset({"Succeeded", "Failed"})


def _one_condition(beside: Beside) -> str:
    ends = {"complete": Platform.FAILED, "failed": Platform.OK}
    for parent in beside.of(Relation.AWAITS):
        if parent.state is ParentState.RUNNING and ends.get(parent.awaits) is beside.truth.platform:
            marked = "failed" if beside.truth.platform is Platform.FAILED else "complete"
            return f"{parent.whole_name} waits until the Job is {parent.awaits}, and it is {marked}"
    return ""


def first(rules: Iterable[Rule[Beside]], beside: Beside) -> tuple[tuple[Rule[Beside], str], ...]:
    """Give every rule that matches with its facts, in the order of the rules."""
    return tuple((rule, why) for rule in rules if (why := rule.matches(beside)))


_P, _J, _H = Blame.PLATFORM, Blame.JOB, Blame.NOBODY

PARENTS: tuple[Rule[Beside], ...] = (
    Rule(
        "K30",
        "retry tails logs",
        "a submitter only follows the logs of work that was handed in before, and ends with 0 though that failed",
        "the submitter's Job is Complete, and its RayJob says that the work FAILED; the work is unknown until an "
        "output decides",
        _P,
        "read the RayJob's status, never its submitter's; newer operators do",
        "ray-project/kuberay#3211, #3216",
        _followed_logs,
    ),
    Rule(
        "K17",
        "submitter is not the work",
        "the Job only hands the work in: it may end, fail or be killed while the work goes on, or is lost",
        "the Job belongs to a RayJob, and is Failed while that says SUCCEEDED or that the work goes on, or Complete "
        "while that says STOPPED or that the work goes on",
        _P,
        "read the RayJob's status, never its submitter's",
        "ray-project/kuberay#1919, #2314, #5100, #2154, #3903",
        _submitter,
    ),
    Rule(
        "K15",
        "second mark",
        "a success was recorded, and a supervisor or a second reconciler overwrote it, or the other way round",
        "an orchestrator's records of one attempt hold both success and failure",
        _P,
        "believe the pod's own end, and look for a second scheduler or executor",
        "apache/airflow#21420, argoproj/argo-workflows#686",
        _second_mark,
    ),
    Rule(
        "K16",
        "side channel failed",
        "the work ended with 0, and then its result, its log or a helper could not be reached",
        "the work was done, the orchestrator says failed, and its message names exec, logs, XCom, artifacts or a "
        "right that is missing",
        _P,
        "mend the side channel; the work need not run again",
        "apache/airflow#71369, #64962, #22318",
        _failed_for(Trouble.SIDE_CHANNEL),
    ),
    Rule(
        "K14",
        "gone before read",
        "the finished pod was removed before the orchestrator read its end, and the 404 counts as a failure",
        "the work was done, the orchestrator says failed, and its message says that the pod was not found or deleted",
        _P,
        "keep finished pods until they are read; the work need not run again",
        "apache/airflow#42923, #56693, #37090, argoproj/argo-workflows#5126, #13086",
        _failed_for(Trouble.GONE),
    ),
    Rule(
        "K13",
        "watcher timed out",
        "the orchestrator's deadline passed, or its stream was lost, and it took that for the end of the work",
        "the work was done, the orchestrator says failed, and its message names a timeout or a lost connection",
        _P,
        "give the watcher more time; the work need not run again",
        "PrefectHQ/prefect#8563, #7743, #12071, #16283, #15525",
        _failed_for(Trouble.TIMEOUT, Trouble.CONNECTION),
    ),
    Rule(
        "K18",
        "torn down after done",
        "a driver or an executor is stopped when the work has reported its end, and its code counts as a failure",
        "the work's own record says that it reported its end, and its process ended with 143 or 137 after that; or "
        "members did when the one that decides had ended with 0. Of a driver the work is then unknown",
        _P,
        "check the outputs; end the driver with 0 when it is stopped after its end",
        "kubeflow/spark-operator#2775, #2277, #1290, #725",
        _torn_down,
    ),
    Rule(
        "K29",
        "operator swallows the kill",
        "the orchestrator was stopped, deleted its pod, and recorded success",
        "the orchestrator says success, and the pod was deleted or is gone without an end with 0",
        _P,
        "run it again, and check its outputs before anything uses them",
        "apache/airflow#73006, #71202, astronomer/astronomer-providers#814",
        _swallowed,
    ),
    Rule(
        "K31",
        "watch ended means done",
        "the end of a stream was taken for the end of the pod",
        "the orchestrator says success, and the pod was still running when it said so",
        _P,
        "check its outputs before anything uses them; newer providers read the pod again",
        "apache/airflow#60495",
        _watch_ended,
    ),
    Rule(
        "K39",
        "operator stuck",
        "a custom resource or a task never leaves Running when its pods have ended",
        "every pod of it ended more than 60 s before the records end, and the parent still says that it runs",
        _P,
        "look at the operator's log; what waits for it hangs",
        "kubeflow/trainer#2044, argoproj/argo-workflows#13533, ray-project/kuberay#3553",
        _stuck,
    ),
    Rule(
        "K40",
        "waits on one condition",
        "who waits for Complete hangs when the Job fails, and the reverse",
        "a script or step still waits for one end of the Job, and the Job has the other",
        _J,
        "wait for both conditions, or with a timeout",
        "kubernetes/kubectl#1482, #1629, kubernetes/kubernetes#100248",
        _one_condition,
    ),
)
"""The classes that need a parent's word, in the order in which they are named."""
