"""What happened to one SageMaker job, in one sentence: why it never ran, who cut it, or how it ended. Pure."""

from __future__ import annotations

from harness.model.clock import iso
from harness.model.event import Event, Kind
from harness.model.truth import Account, Cause, How
from harness.platforms.sagemaker.rules import JobFacts

_BEFORE_WORK = frozenset({Cause.NO_CAPACITY, Cause.IMAGE_UNAVAILABLE, Cause.INPUT_UNAVAILABLE, Cause.START_FAILED})
_RAN = frozenset({"Training", "Uploading"})
_TEXT_MAX = 300


def account_of(seen: JobFacts, cause: Cause) -> Account:
    """Tell the end of the job, or where it stands."""
    if seen.ending is None:
        return _going_on(seen)
    at, reason = seen.ending.at.seconds, _line(seen.reason)
    if seen.ending.kind is Kind.SUCCEEDED:
        return Account(How.ENDED, _completed(seen), "", "", at)
    if seen.ending.kind is Kind.STOPPED:
        by = {Cause.TIME_LIMIT: "its time limit", Cause.NO_CAPACITY: "the limit of its wait for capacity"}.get(
            cause, "a request to stop it"
        )
        return Account(How.CUT, f"the job was stopped by {by} at {iso(at)} ({seen.secondary}){reason}", "", by, at)
    if cause in _BEFORE_WORK and not seen.phases & _RAN:
        return Account(How.NEVER_RAN, f"never ran: {cause.value}{reason}", "", cause.value, at)
    if failed := failed_children(seen):
        told = f"{failed} of {sum(seen.children_by_status.values())} training jobs failed"
        return Account(How.ENDED, f"{told}{reason}", "", "", at)
    code = seen.script_code if seen.script_code is not None else seen.exit_code
    ended = "the process's end is not known" if code is None else f"the process ended with {code}"
    if code is None and seen.fault == "AlgorithmError":
        ended = "the container failed, with a code that is not known"
    return Account(How.ENDED if code is not None else How.UNKNOWN, f"{ended}{reason}", "", "", at)


def _completed(seen: JobFacts) -> str:
    if failed := failed_children(seen):
        return f"Completed, and {failed} of {sum(seen.children_by_status.values())} training jobs failed"
    if mute := children_without_objective(seen):
        return f"Completed, and {mute} training jobs reported no objective"
    if seen.exit_message:
        return f"Completed, and its container's last message says{_line(seen.exit_message)}"
    return "the service says Completed"


def failed_children(seen: JobFacts) -> int:
    """Count a tuning job's training jobs that failed, for good or after every retry."""
    counts = seen.children_by_status
    return counts.get("NonRetryableError", 0) + counts.get("RetryableError", 0)


def children_without_objective(seen: JobFacts) -> int:
    """Count a tuning job's training jobs that reported no objective, where none reported one."""
    counts = seen.objectives_by_status
    return counts.get("Failed", 0) if not counts.get("Succeeded") else 0


def _going_on(seen: JobFacts) -> Account:
    if seen.last is None:
        return Account(How.UNKNOWN, "no change of its state was seen")
    since, word = iso(seen.last.at.seconds), seen.last.label
    status = _status(seen.last)
    what = f"{status}, {word}" if status not in {"", "InProgress", word} else word
    hint = f"; an event says that it ended: {seen.hint}" if seen.hint else ""
    message = _line(seen.last.native.get("StatusMessage", ""))
    how = How.RUNS if word in _RAN else How.UNKNOWN
    return Account(how, f"the job is {what} since {since}{message}{hint}", "", "", seen.last.at.seconds)


def _status(event: Event) -> str:
    return next((value for name, value in event.native.items() if name.endswith("JobStatus")), "")


def _line(text: str) -> str:
    """Append a text of the service, cut to one readable line."""
    words = " ".join(text.split())
    return f": {words[:_TEXT_MAX]}" if words else ""
