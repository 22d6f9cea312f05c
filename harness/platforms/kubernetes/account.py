"""What happened to the work of one Job, in one sentence: why it never ran, who cut it, or how it ended. Pure."""

from __future__ import annotations

from harness.model.clock import iso
from harness.model.event import Event, Role
from harness.model.truth import Account, How
from harness.platforms.exits import SIGNALLED
from harness.platforms.kubernetes.not_started import advice_of, line_of, why_not_started
from harness.platforms.kubernetes.pod import Pod, code_of, end_of, known
from harness.platforms.kubernetes.stops import EVICTED, ended_by, stopped
from harness.platforms.kubernetes.verdicts import told_verdict
from harness.platforms.kubernetes.witnesses import Witnesses

START_REASONS = frozenset({"StartError", "ContainerCannotRun"})
"""Reasons of an end that is none: the runtime could not start the command (exit code 128, start time zero)."""


def account_of(seen: Witnesses) -> Account:
    """Tell the end of the work, or why it has none."""
    pod = _telling(seen)
    if pod is None or (seen.suspended is not None and not pod.statuses):
        return _without_pod(seen)
    if pod.undecided:
        return _undecided(pod)
    if pod.main is not None:
        return _ended(seen, pod, pod.main)
    return _running(pod) if pod.started else _never_ran(seen, pod)


def _telling(seen: Witnesses) -> Pod | None:
    """Choose the pod to tell of: the last where enough of them ended with 0, else the first that did not."""
    pods, done = seen.deciding, seen.done
    if len(done) >= seen.wanted:
        return done[-1]
    return next((pod for pod in pods if end_of(pod) != 0), pods[-1] if pods else None)


def _ended(seen: Witnesses, pod: Pod, end: Event) -> Account:
    name, reason, message = end.container or "", end.native.get("reason", ""), line_of(end.native.get("message", ""))
    if reason in START_REASONS:
        again = f"; the kubelet tries again ({pod.starts_again})" if pod.starts_again else ""
        lost = f"({reason}, {end.native.get('exitCode')})"
        text = f"never ran: container {name} could not be started {lost}{message}{again}"
        advice = f"mend the command or the image of container {name}: running it again ends the same"
        return Account(How.NEVER_RAN, text, name, reason, end.at.seconds, advice)
    if not known(end):
        return Account(How.UNKNOWN, f"the end of container {name} is not known ({reason or 'no times'})", name)
    code, word = code_of(end), f" ({reason})" if reason not in {"", "Completed", "Error"} else ""
    by = stopped(seen, pod) if code == 0 else ended_by(seen, pod) if code in SIGNALLED else ""
    if by:
        text = f"container {name} ended with {code}{word} at {iso(end.at.seconds)}, after {by}"
        return Account(How.CUT, text, name, by, end.at.seconds)
    again = f"; it is to be started again ({pod.starts_again})" if pod.starts_again else ""
    return Account(How.ENDED, f"container {name} ended with {code}{word}{message}{again}", name, "", end.at.seconds)


def _undecided(pod: Pod) -> Account:
    """Tell the first failure of a container that may be the work."""
    ends = [end for end in pod.exits if end.role is Role.UNDECIDED and code_of(end) not in {0, None}]
    names = " or ".join(sorted(pod.undecided))
    if not ends:
        return Account(How.UNKNOWN, f"nothing says which container is the work: {names}")
    bad = ends[-1]
    text = f"container {bad.container} ended with {code_of(bad)}, and nothing says which container is the work"
    return Account(How.ENDED, text, bad.container or "", "", bad.at.seconds)


def _running(pod: Pod) -> Account:
    start = pod.run_started
    since = f" since {iso(start.at.seconds)}" if start is not None else ""
    gone = "; its pod is gone" if pod.gone else ""
    name = start.container or "" if start is not None else ""
    reason = next(iter(sorted(pod.said("reason"))), "")
    word = f"; the pod says {reason}{line_of(pod.last.get('message', ''))}" if reason else ""
    text = f"container {name or 'of the work'} ran{since}, and no end of it was seen{word}{gone}"
    late = "DeadlineExceeded" in pod.said("reason")
    return Account(How.RUNS, text, name, advice=_DEADLINE if late else "")


# -- never ran --------------------------------------------------------------------------------------------------------


def _never_ran(seen: Witnesses, pod: Pod) -> Account:
    by = why_not_started(pod)
    if not by and (unseen := _ended_unseen(pod)):
        return Account(How.UNKNOWN, f"{unseen}{_limit(seen)}", "", pod.last.get("reason", ""))
    if not by and not pod.statuses:
        return Account(How.UNKNOWN, f"only events are left of its pod{_limit(seen)}{_by_events(seen)}")
    if not by:
        by = "its pod waits" if not pod.gone else "its pod is gone, and nothing says that it started"
    name = pod.last.get("waits", "").partition(":")[0]
    return Account(How.NEVER_RAN, f"never ran: {by}{_limit(seen)}", name, by, advice=advice_of(pod, by))


_DEADLINE = "give the pod more time (activeDeadlineSeconds), or let the work stop in time"


def _ended_unseen(pod: Pod) -> str:
    """Say what ended a pod of whose work nothing is told: it may have run."""
    if not pod.over:
        return ""
    phase, reason = pod.last["phase"], pod.last.get("reason", "")
    what = "its pod was evicted" if reason in EVICTED else f"its pod is {phase}{f' ({reason})' if reason else ''}"
    left = "the end of the work was not seen" if pod.exits else "nothing is known of its containers"
    return f"{what}{line_of(pod.last.get('message', ''))}; {left}"


def _without_pod(seen: Witnesses) -> Account:
    refused = [note for note in seen.notices if note.label == "FailedCreate"]
    if refused:
        by = f"the controller could not create a pod{line_of(refused[-1].native.get('message', ''))}"
        return Account(How.NEVER_RAN, f"never ran: {by}", "", by, refused[-1].at.seconds)
    if seen.suspended is not None:
        message = line_of(seen.suspended.native.get("message", ""))
        text = f"the Job is suspended{message}: it waits to be resumed, and no pod of it is there"
        return Account(How.UNKNOWN, text, "", "suspended", seen.suspended.at.seconds)
    return Account(How.UNKNOWN, f"the records hold no pod of it{_limit(seen)}{_by_events(seen)}")


def _by_events(seen: Witnesses) -> str:
    """Tell the verdict that only an event of the Job controller is left of."""
    told = told_verdict(seen)
    if told is None:
        return ""
    return f"; an event of {iso(told.at.seconds)} says {told.label}{line_of(told.native.get('message', ''))}"


def _limit(seen: Witnesses) -> str:
    return f"; the Job failed with {seen.reason}" if seen.failed and seen.reason else ""
