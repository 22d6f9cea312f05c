"""Why a Job's run ended, in the words both platforms share. Pure; never guessed from 137 or 143."""

from __future__ import annotations

from harness.model.clock import surely_before
from harness.model.event import Event
from harness.model.observation import Record
from harness.model.truth import Cause
from harness.platforms.exits import SHIM_REFUSED, SIGNALLED, START_CODES, lacked
from harness.platforms.kubernetes.not_started import REFUSED, blocking
from harness.platforms.kubernetes.pod import Pod
from harness.platforms.kubernetes.rules_false_success import OOM
from harness.platforms.kubernetes.rules_no_verdict import NO_IMAGE, NO_START, unschedulable
from harness.platforms.kubernetes.stops import SHUTDOWN, evicted
from harness.platforms.kubernetes.witnesses import Witnesses


def cause_of(seen: Witnesses, code: int | None, record: Record | None) -> Cause:
    """Give the cause of an end that was no success."""
    pod = seen.deciding[-1] if seen.deciding else None
    if seen.reason == "DeadlineExceeded" or (pod and "DeadlineExceeded" in pod.said("reason")):
        return Cause.TIME_LIMIT
    if pod and any(end.native.get("reason") == OOM for end in pod.main_exits):
        return Cause.OUT_OF_MEMORY
    if seen.stopped_by_us:
        return Cause.USER_STOP
    if lost := _platform(seen, pod):
        return lost
    return _by_code(pod, code, record, whole=not seen.lost and not seen.complaint)


def _by_code(pod: Pod | None, code: int | None, record: Record | None, *, whole: bool) -> Cause:
    """Tell the cause from the exit code; 0 says nothing where nothing is known to be missing."""
    if code is None or (code == 0 and whole):
        return Cause.UNKNOWN
    if cause := lacked(code, record):
        return cause
    if code == SHIM_REFUSED:
        return Cause.REFUSED
    start_error = pod is not None and any(
        event.native.get("reason") in {"StartError", "ContainerCannotRun"} for event in pod.main_exits[-1:]
    )
    if code in START_CODES or start_error:
        return Cause.START_FAILED
    chosen = record is not None and record.exit_code == code and not record.signal
    return Cause.UNKNOWN if code in SIGNALLED and not chosen else Cause.CODE_ERROR


def _platform(seen: Witnesses, pod: Pod | None) -> Cause | None:
    """Find what the platform did to a run before or instead of its end."""
    if pod is None:
        return Cause.REFUSED if any(notice.label == "FailedCreate" for notice in seen.notices) else None
    words = {word for name in pod.said("waiting") for word in name.split(",")}
    if not pod.started and words & NO_IMAGE:
        return Cause.IMAGE_UNAVAILABLE
    if not pod.started and words & NO_START:
        return Cause.START_FAILED
    if not pod.started and unschedulable(pod):
        return Cause.NO_CAPACITY
    if not pod.started and (failing := blocking(pod)) is not None:
        return Cause.OUT_OF_MEMORY if failing.native.get("reason") == OOM else Cause.START_FAILED
    taken = pod.disruption is not None and not _after_the_end(pod.disruption, pod)
    refused = any(name.startswith(REFUSED) for name in pod.said("reason"))
    if taken or refused or evicted(pod) or pod.said("reason") & SHUTDOWN or pod.noticed("Preempted"):
        return Cause.PLATFORM_LOSS
    return Cause.PLATFORM_LOSS if pod.gone and pod.main is None else None


def _after_the_end(event: Event, pod: Pod) -> bool:
    return pod.main is not None and surely_before(pod.main.at, event.at)
