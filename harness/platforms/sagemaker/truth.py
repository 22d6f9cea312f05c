"""What happened to one SageMaker job: the word for the work, the platform's word, and the class. Pure."""

from __future__ import annotations

import re

from harness.model.event import Kind
from harness.model.truth import UNEXPLAINED, Blame, Cause, Platform, Truth, Work
from harness.platforms.exits import SHIM_REFUSED, SIGNALLED, START_CODES, joined, lacked
from harness.platforms.sagemaker import rules as sm
from harness.platforms.sagemaker.account import account_of, children_without_objective, failed_children

_Word = tuple[Work, tuple[str, ...]]


def decide(seen: sm.JobFacts) -> Truth:
    """Decide one job from everything that was said of it."""
    work, missing = _work(seen)
    platform = _platform(seen)
    found = [(rule, why) for rule in sm.RULES if (why := rule.matches(seen))]
    disagree = (work, platform) in {(Work.OK, Platform.FAILED), (Work.FAILED, Platform.OK)}
    match = next(((rule, why) for rule, why in found if rule in sm.NAMING), None) if disagree else None
    named = match[0].id if match else (UNEXPLAINED if disagree else None)
    cause = _cause(seen, work)
    account = account_of(seen, cause)
    return Truth(
        work=work,
        platform=platform,
        klass=named,
        also=tuple(rule.id for rule, _ in found if rule.id != named),
        blames=match[0].blames if match else (Blame.UNKNOWN if disagree else Blame.NOBODY),
        missing=missing,
        cause=cause,
        exit_code=seen.code,
        because=match[1] if match else joined(account.sentence, work, platform),
        account=account,
        hints=_hints(seen),
    )


def _hints(seen: sm.JobFacts) -> tuple[str, ...]:
    """Say what a Completed job's own counters and last message tell, and what decides nothing."""
    stopped = seen.children_by_status.get("Stopped", 0)
    told = [f"{stopped} of its training jobs were stopped"] if stopped else []
    if mute := seen.objectives_by_status.get("Failed", 0):
        told.append(f"{mute} of its training jobs reported no objective")
    told_already = seen.ending is not None and seen.ending.kind is Kind.SUCCEEDED and complains(seen.exit_message)
    if seen.exit_message and not told_already:
        told.append(f"its container's last message: {' '.join(seen.exit_message.split())[:200]}")
    return tuple(told)


def _platform(seen: sm.JobFacts) -> Platform:
    if seen.ending is None:
        return Platform.NONE
    return Platform.OK if seen.ending.kind is Kind.SUCCEEDED else Platform.FAILED


# -- the work ---------------------------------------------------------------------------------------------------------


def _work(seen: sm.JobFacts) -> _Word:
    """Decide the work; an exit code of 0 that only the shim saw needs the phase after the process as a witness."""
    if seen.ending is None:
        what = f"the meaning of the status {seen.unknown_word}" if seen.unknown_word else "the job's end"
        return Work.UNKNOWN, (what,)
    if seen.ending.kind is Kind.SUCCEEDED:
        return _completed(seen)
    if seen.shim_code == 0 and seen.exit_code:
        return Work.UNKNOWN, (f"one exit code: FailureReason says {seen.exit_code}, the shim says 0",)
    if seen.shim_code == 0:
        if "Uploading" in seen.phases or seen.fault in {"ClientError", "InternalServerError"}:
            return Work.OK, ()
        return Work.UNKNOWN, ("a witness beside the shim that the process ended with 0",)
    return _without_zero(seen)


def _completed(seen: sm.JobFacts) -> _Word:
    """Weigh a job that the service calls Completed: that is evidence and no proof."""
    if seen.shim_code or seen.lost:
        return Work.FAILED, ()
    if failed := failed_children(seen):
        total = sum(seen.children_by_status.values())
        return Work.UNKNOWN, (
            f"the {failed} of {total} training jobs that failed: whether the work can do without them",
        )
    if mute := children_without_objective(seen):
        return Work.UNKNOWN, (f"the objective of {mute} training jobs, which reported none",)
    if complains(seen.exit_message):
        return Work.UNKNOWN, ("whether the work was done: its container's last message complains",)
    if seen.record is None and not seen.outputs_known:
        return Work.OK, (COMPLETED_ONLY,)
    return Work.OK, ()


COMPLETED_ONLY = "the shim's record and the job's outputs: Completed says that the container ended with 0, and no more"
_COMPLAINT = re.compile(r"error|exception|traceback|fail|abort|denied|killed|core dumped|no space", re.IGNORECASE)


def complains(message: str) -> bool:
    """Tell whether a container's last message speaks of a failure."""
    return bool(_COMPLAINT.search(message))


def _without_zero(seen: sm.JobFacts) -> _Word:
    """Decide a job that is not Completed and whose process nobody saw end with 0."""
    if seen.shim_code or seen.exit_code or seen.fault in {"AlgorithmError", "CapacityError"}:
        return Work.FAILED, ()
    if failed_children(seen) and not seen.children_by_status.get("Completed"):
        return Work.FAILED, ()
    cut = seen.ending is not None and seen.ending.kind is Kind.STOPPED and not seen.ended_in_time
    never_ran = seen.fault == "ClientError" and seen.cause is not Cause.UPLOAD_FAILED
    if cut or never_ran:
        return Work.FAILED, ()
    return Work.UNKNOWN, ("the process's end",)


# -- the cause --------------------------------------------------------------------------------------------------------


def _cause(seen: sm.JobFacts, work: Work) -> Cause:
    """Take the service's own word for why, and the exit code where that is all it says."""
    if work is Work.OK:
        return Cause.SUCCESS
    by_code = seen.cause in {Cause.SUCCESS, Cause.CODE_ERROR, Cause.UNKNOWN}
    if not by_code or seen.ending is None or (seen.code is None and seen.cause is Cause.CODE_ERROR):
        return seen.cause
    return _by_code(seen, seen.code)


def _by_code(seen: sm.JobFacts, code: int | None) -> Cause:
    if cause := lacked(code, seen.record):
        return cause
    if code == SHIM_REFUSED:
        return Cause.REFUSED
    if code in START_CODES:
        return Cause.START_FAILED
    chosen = seen.record is not None and seen.record.exit_code == code and not seen.record.signal
    if not code or (code in SIGNALLED and not chosen):
        return Cause.UNKNOWN
    return Cause.CODE_ERROR
