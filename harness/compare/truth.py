"""What really happened in one run, decided from all witnesses by written rules. Pure.

Work is what the process did, platform is what the job was marked. A missing witness makes a word unknown, never a
guess; the shim testifies as the suspect, so it may add doubt or detail, and work counts as done only when the platform
or an artifact agrees (docs/judging.md, "Truth").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from harness.compare import rules_kubernetes as k8s
from harness.compare import rules_sagemaker as sm
from harness.compare.rules import Rule
from harness.compare.witnesses import Witnesses, code_of, known, witnesses_of
from harness.model.event import Event, Kind
from harness.model.job import Job, Side
from harness.model.observation import LogFacts, OutputSeen, Record
from harness.model.truth import UNEXPLAINED, Blame, Cause, Platform, Truth, Work

SHIM_REFUSED = 97
START_CODES = frozenset({126, 127})
"""Not executable and not found, by the convention of POSIX shells."""
CODE_MASKED: Rule[None] = Rule(
    "K25",
    "failure swallowed",
    "a pipe, a wrapper or an except clause hides the failure: the container ends with 0",
    Blame.JOB,
    "end with the exit code of the work, and fail when an output cannot be written",
    lambda _: "",
)
Seen = TypeVar("Seen")


def rule_named(name: str) -> Rule[Witnesses] | Rule[sm.Seen] | Rule[None] | None:
    """Find a rule by its id."""
    every: tuple[Rule[Witnesses] | Rule[sm.Seen] | Rule[None], ...] = (*k8s.ALL, *sm.ALL, *sm.NOTES, CODE_MASKED)
    return next((each for each in every if each.id == name.upper()), None)


def decide(
    events: Sequence[Event],
    record: Record | None,
    outputs: tuple[OutputSeen, ...],
    log: LogFacts | None,
    job: Job | None,
    side: Side,
) -> Truth:
    """Decide one run; `job` None: nothing is known of what was declared (a file of records)."""
    lost = tuple(each.name for each in outputs if each.declared and each.absent and not each.damage) if job else ()
    complaint = log.complaint if log else ""
    if side is Side.CANDIDATE:
        return _sagemaker(sm.seen_of(events, record, outputs if job else ()))
    return _kubernetes(witnesses_of(events), record, lost, complaint)


def _matching(rules: Iterable[Rule[Seen]], seen: Seen) -> list[tuple[Rule[Seen], str]]:
    return [(rule, why) for rule in rules if (why := rule.matches(seen))]


# -- Kubernetes -------------------------------------------------------------------------------------------------------


def _kubernetes(seen: Witnesses, record: Record | None, lost: tuple[str, ...], complaint: str) -> Truth:
    code = code_of(seen.main)
    platform = _platform(seen)
    work, missing = _work_kubernetes(seen, record, code)
    found = _matching(k8s.ALL, seen)
    ids = [rule.id for rule, _ in found]
    cut = next(((rule, why) for rule, why in found if rule in k8s.FALSE_SUCCESS), None)
    masked = work is Work.OK and platform is Platform.OK and bool(lost)
    if (cut or masked) and platform is Platform.OK:
        work = Work.FAILED
    cause = _cause_kubernetes(seen, code, work)
    named, why = _named(work, platform, found, cut)
    if masked and not cut:
        named, why = CODE_MASKED.id, f"the container ended with 0, and nothing is there of {', '.join(lost)}"
        why += f"; its log says: {complaint}" if complaint else ""
    rule = rule_named(named) if named else None
    return Truth(
        work=work,
        platform=platform,
        klass=named,
        also=tuple(each for each in ids if each != named),
        blames=rule.blames if rule else (Blame.NOBODY if named is None else Blame.UNKNOWN),
        missing=missing,
        cause=cause,
        exit_code=code,
        because=why or _plain(work, platform, code),
    )


def _platform(seen: Witnesses) -> Platform:
    if seen.verdict is None:
        return Platform.NONE
    return Platform.OK if seen.verdict.kind is Kind.SUCCEEDED else Platform.FAILED


def _work_kubernetes(seen: Witnesses, record: Record | None, code: int | None) -> tuple[Work, tuple[str, ...]]:
    if code is None:
        if seen.main is not None and not known(seen.main):
            return Work.UNKNOWN, ("the main container's exit code (the kubelet lost it)",)
        return Work.UNKNOWN, ("the main container's end",)
    if record is not None and record.exit_code not in {None, code}:
        return Work.UNKNOWN, (f"one exit code: the container ended with {code}, the shim says {record.exit_code}",)
    return (Work.OK if code == 0 else Work.FAILED), ()


_Found = list[tuple[Rule[Witnesses], str]]


def _named(
    work: Work, platform: Platform, found: _Found, cut: tuple[Rule[Witnesses], str] | None
) -> tuple[str | None, str]:
    """Name the class by what disagrees; where nothing disagrees there is none."""
    if work is Work.FAILED and platform is Platform.OK:
        return (cut[0].id, cut[1]) if cut else (UNEXPLAINED, "")
    wanted: tuple[Rule[Witnesses], ...] = ()
    if work is Work.OK and platform is Platform.FAILED:
        wanted = k8s.FALSE_FAILURE
    elif platform is Platform.NONE:
        wanted = (*k8s.NO_VERDICT, *k8s.EVIDENCE)
    elif work is Work.UNKNOWN:
        wanted = (*k8s.EVIDENCE, *k8s.FALSE_FAILURE)
    elif work is Work.OK:
        return None, ""
    else:
        return None, _failed_as_marked(found)
    match = next(((rule, why) for rule, why in found if rule in wanted), None)
    return (match[0].id, match[1]) if match else (UNEXPLAINED, "")


def _failed_as_marked(found: _Found) -> str:
    return "; ".join(why for rule, why in found if rule in k8s.FALSE_FAILURE)


def _cause_kubernetes(seen: Witnesses, code: int | None, work: Work) -> Cause:
    reason = seen.verdict.native.get("reason", "") if seen.verdict else ""
    pod = seen.last
    if work is Work.OK:
        return Cause.SUCCESS
    if reason == "DeadlineExceeded" or (pod and "DeadlineExceeded" in pod.said("reason")):
        return Cause.TIME_LIMIT
    if pod and any(each.native.get("reason") == k8s.OOM for each in pod.exits):
        return Cause.OUT_OF_MEMORY
    if seen.stopped_by_us:
        return Cause.USER_STOP
    if lost := _cause_platform(seen):
        return lost
    if code is None:
        return Cause.UNKNOWN
    if code == SHIM_REFUSED:
        return Cause.REFUSED
    start_error = seen.main is not None and seen.main.native.get("reason") in {"StartError", "ContainerCannotRun"}
    return Cause.START_FAILED if code in START_CODES or start_error else Cause.CODE_ERROR


def _cause_platform(seen: Witnesses) -> Cause | None:
    """Find what the platform did to a run before or instead of its end."""
    pod = seen.last
    if pod is None:
        return Cause.REFUSED if any(each.label == "FailedCreate" for each in seen.notices) else None
    words = {word for each in pod.said("waiting") for word in each.split(",")}
    if not pod.started and words & k8s.NO_IMAGE:
        return Cause.IMAGE_UNAVAILABLE
    if not pod.started and words & k8s.NO_START:
        return Cause.START_FAILED
    if not pod.started and ("Unschedulable" in pod.last.get("conditions", "") or pod.noticed("FailedScheduling")):
        return Cause.NO_CAPACITY
    evicted = "Evicted" in pod.said("reason") or pod.noticed("Evicted", "Preempted")
    if pod.disruption or evicted or (pod.gone and pod.main is None):
        return Cause.PLATFORM_LOSS
    return None


# -- SageMaker --------------------------------------------------------------------------------------------------------


def _sagemaker(seen: sm.Seen) -> Truth:
    work, missing = _work_sagemaker(seen)
    platform = _platform_sagemaker(seen)
    found = _matching((*sm.ALL, *sm.NOTES), seen)
    ids = [rule.id for rule, _ in found]
    disagree = (work, platform) not in {(Work.OK, Platform.OK), (Work.FAILED, Platform.FAILED)}
    match = next(((rule, why) for rule, why in found if rule in sm.ALL), None) if disagree else None
    named = match[0].id if match else (UNEXPLAINED if disagree else None)
    code = seen.shim_code if seen.shim_code is not None else seen.exit_code
    plain = _plain(work, platform, code) + (f": {seen.reason[:200]}" if seen.reason else "")
    return Truth(
        work=work,
        platform=platform,
        klass=named,
        also=tuple(each for each in ids if each != named),
        blames=match[0].blames if match else (Blame.UNKNOWN if disagree else Blame.NOBODY),
        missing=missing,
        cause=_cause_sagemaker(seen, work),
        exit_code=code,
        because=match[1] if match else plain,
    )


def _platform_sagemaker(seen: sm.Seen) -> Platform:
    if seen.ending is None:
        return Platform.NONE
    return Platform.OK if seen.ending.kind is Kind.SUCCEEDED else Platform.FAILED


def _work_sagemaker(seen: sm.Seen) -> tuple[Work, tuple[str, ...]]:
    """Decide the work; an exit code of 0 that only the shim saw needs the phase after the process as a witness."""
    if seen.unknown_word and seen.ending is None:
        return Work.UNKNOWN, (f"the meaning of the status {seen.unknown_word}",)
    if seen.ending is None:
        return Work.UNKNOWN, ("the job's end",)
    if seen.ending.kind is Kind.SUCCEEDED:
        return (Work.FAILED if seen.shim_code or seen.lost else Work.OK), ()
    if seen.exit_code is not None and seen.shim_code == 0 and seen.exit_code != 0:
        return Work.UNKNOWN, (f"one exit code: FailureReason says {seen.exit_code}, the shim says 0",)
    if seen.shim_code == 0:
        if "Uploading" in seen.phases or seen.fault in {"ClientError", "InternalServerError"}:
            return Work.OK, ()
        return Work.UNKNOWN, ("a witness beside the shim that the process ended with 0",)
    if seen.fault == "InternalServerError" and seen.shim_code is None and seen.exit_code is None:
        return Work.UNKNOWN, ("the process's end",)
    return Work.FAILED, ()


_STOPS = {"MaxRuntimeExceeded": Cause.TIME_LIMIT, "MaxWaitTimeExceeded": Cause.NO_CAPACITY}
_TEXTS = (
    (Cause.UPLOAD_FAILED, ("upload",)),
    (Cause.OUT_OF_MEMORY, ("out of memory", "outofmemory", "more memory", "oom")),
    (Cause.IMAGE_UNAVAILABLE, ("image", "ecr")),
    (Cause.START_FAILED, ("not found in $path", "exec", "entrypoint")),
    (Cause.INPUT_UNAVAILABLE, ("no s3 objects", "data", "channel", "input")),
)
"""Texts of ClientError as captured; the service promises none of them."""


def _cause_sagemaker(seen: sm.Seen, work: Work) -> Cause:
    if seen.ending is None:
        return Cause.UNKNOWN
    if work is Work.OK:
        return Cause.SUCCESS
    if seen.ending.kind is Kind.STOPPED:
        if "MaxRuntime" in seen.reason:
            return Cause.TIME_LIMIT
        return _STOPS.get(seen.secondary, Cause.USER_STOP)
    if seen.fault == "CapacityError":
        return Cause.NO_CAPACITY
    if seen.fault == "InternalServerError":
        return Cause.PLATFORM_LOSS
    code = seen.shim_code if seen.shim_code is not None else seen.exit_code
    if seen.fault == "ClientError" and code is None:
        text = seen.reason.lower()
        return next((cause for cause, words in _TEXTS if any(each in text for each in words)), Cause.UNKNOWN)
    if code == SHIM_REFUSED:
        return Cause.REFUSED
    if code in START_CODES:
        return Cause.START_FAILED
    return Cause.CODE_ERROR if code else Cause.UNKNOWN


def _plain(work: Work, platform: Platform, code: int | None) -> str:
    process = "the process's end is not known" if code is None else f"the process ended with {code}"
    marked = {Platform.OK: "succeeded", Platform.FAILED: "failed", Platform.NONE: "nothing yet"}[platform]
    joined = "and" if (work is Work.OK) == (platform is Platform.OK) else "but"
    return f"{process}, {joined} the job is marked {marked}"
