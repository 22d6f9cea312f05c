"""Several pods or Jobs that are one work: the member that decides, what others add, and the parent's mark. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.model.clock import iso
from harness.model.event import Event, Role
from harness.model.parent import Parent, Relation
from harness.model.truth import UNEXPLAINED, Blame, Cause, Platform, Truth, Work
from harness.platforms.exits import joined
from harness.platforms.kubernetes.pod import code_of
from harness.platforms.kubernetes.rules_false_failure import FALSE_FAILURE
from harness.platforms.kubernetes.rules_no_verdict import NO_VERDICT
from harness.platforms.kubernetes.rules_parents import TEARDOWN_SECONDS, stopped_by_signal
from harness.platforms.kubernetes.truth_parents import platform_of
from harness.platforms.kubernetes.witnesses import Witnesses

HINTS_MAX = 5
"""Members whose trouble is told; of more the number is."""
QUORUM = "K28"
_HELPERS = frozenset({Role.SIDECAR, Role.NATIVE_SIDECAR, Role.INIT})
_FALSE_FAILURE = tuple(rule.id for rule in FALSE_FAILURE)
_NO_VERDICT = frozenset(rule.id for rule in NO_VERDICT)


@dataclass(frozen=True, slots=True)
class Member:
    """One Job or pod of a work."""

    name: str
    truth: Truth
    seen: Witnesses
    decides: bool = True
    """Its end decides; of a work of equals no member's does alone."""


def together(parent: Parent | None, chief: Member, others: Sequence[Member]) -> Truth:
    """Decide a work by the member that decides, the others, and what their parent is marked.

    `parent` None: pods that the deciding pod owns, which never decide.
    """
    truth = replace(chief.truth, hints=(*chief.truth.hints, *hints_of(others)))
    if parent is None or parent.relation is Relation.SUBMITS:
        return truth
    platform = platform_of(parent)
    bad = _failed(chief, others) if parent.all_count else ()
    failed = tuple(f"{member.name}: {member.truth.account.sentence}" for member in bad)
    missing = tuple(text for text in truth.missing if not text.startswith(("the Job (", "the Job's verdict")))
    work = truth.work
    if parent.all_count and not chief.decides:
        work = _all(chief, others)
        missing = (*missing, "the end of every member") if work is Work.UNKNOWN and not missing else missing
    if failed and (work is Work.OK or platform is Platform.FAILED):
        work, missing = Work.FAILED, ()
    unseen = [member for member in _newest(chief, others) if member.truth.work is Work.UNKNOWN]
    if parent.all_count and work is Work.OK and unseen and platform is not Platform.OK:
        work, missing = Work.UNKNOWN, (*missing, f"the end of {unseen[0].name}")
    explained = any(name in truth.also for name in _FALSE_FAILURE)
    if parent.all_count and work is Work.OK and platform is Platform.FAILED and not explained:
        work, missing = Work.UNKNOWN, (*missing, "the member that failed: none of those that are here did")
    cut = work is Work.FAILED and platform is Platform.OK
    word = Work.UNKNOWN if cut else work
    klass = QUORUM if cut and parent.all_count else _class(truth, word, platform)
    return replace(
        truth,
        work=word,
        platform=platform,
        klass=klass,
        also=tuple(name for name in truth.also if name != klass),
        missing=(*missing, "what the work left behind: a member failed, and its parent says ok") if cut else missing,
        cause=_cause(truth, word, bad),
        because=_because(truth, word, platform, failed),
        blames=truth.blames if klass == truth.klass else Blame.UNKNOWN if klass else Blame.NOBODY,
    )


def _cause(truth: Truth, word: Work, bad: Sequence[Member]) -> Cause:
    """Take the cause of the member that decides, or of the first that failed where that one says nothing."""
    if word is Work.OK:
        return Cause.SUCCESS
    if truth.work is word:
        return truth.cause
    return bad[0].truth.cause if bad and word is Work.FAILED else Cause.UNKNOWN


def _because(truth: Truth, word: Work, platform: Platform, failed: Sequence[str]) -> str:
    """Tell of the member that decides first, but where it still runs and another failed, of that one."""
    told = [truth.account.sentence, *failed]
    if failed and truth.work is Work.UNKNOWN and word is Work.FAILED:
        told = [*failed, truth.account.sentence]
    return "; ".join([joined(told[0], word, platform), *told[1 : HINTS_MAX + 1]])


def _class(truth: Truth, word: Work, platform: Platform) -> str | None:
    """Name the class by the parent's mark, as a Job's verdict names it; nothing is unexplained before parents spoke."""
    if platform is Platform.NONE:
        return truth.klass if truth.klass != UNEXPLAINED else None
    if word is Work.OK and platform is Platform.FAILED:
        return next((name for name in _FALSE_FAILURE if name in truth.also), UNEXPLAINED)
    return None if truth.klass in {*_NO_VERDICT, UNEXPLAINED} or word is not Work.UNKNOWN else truth.klass


def _all(chief: Member, others: Iterable[Member]) -> Work:
    """Tell how a work ended of which every member counts."""
    words = {member.truth.work for member in (chief, *_newest(chief, others))}
    return Work.FAILED if Work.FAILED in words else Work.UNKNOWN if Work.UNKNOWN in words else Work.OK


def _newest(chief: Member, others: Iterable[Member]) -> tuple[Member, ...]:
    """Keep the last pod of each other name: operators make a pod that failed again under its name."""
    newest = {member.name: member for member in others}
    return tuple(member for name, member in newest.items() if name != chief.name)


def _failed(chief: Member, others: Sequence[Member]) -> tuple[Member, ...]:
    """Find members that failed by themselves; one that was stopped when the deciding one had ended did not."""
    ends = [pod.main.at.seconds for pod in chief.seen.done if pod.main is not None]
    last = max(ends, default=float("inf"))
    failed = (member for member in _newest(chief, others) if member.truth.work is Work.FAILED)
    return tuple(member for member in failed if not _torn_down(member, last))


def _torn_down(member: Member, chief_ended: float) -> bool:
    ends = [pod.main for pod in member.seen.deciding if pod.main is not None]
    return all(stopped_by_signal(end) and end.at.seconds >= chief_ended - TEARDOWN_SECONDS for end in ends)


# -- what others add --------------------------------------------------------------------------------------------------


def hints_of(others: Sequence[Member]) -> tuple[str, ...]:
    """Tell the trouble of members that do not decide: ends that were none, and containers that were started again."""
    told = [text for member in others for text in _trouble(member)]
    rest = (f"{len(told) - HINTS_MAX} more ends of members that were none with 0",) if len(told) > HINTS_MAX else ()
    return (*told[:HINTS_MAX], *rest)


def _trouble(member: Member) -> Iterator[str]:
    for pod in member.seen.pods:
        for end in pod.exits:
            if end.role not in _HELPERS and code_of(end) not in {0, None}:
                yield f"{member.name}: {_end(end)}"


def _end(end: Event) -> str:
    reason = end.native.get("reason", "")
    word = f" ({reason})" if reason not in {"", "Error", "Completed"} else ""
    return f"container {end.container} ended with {code_of(end)}{word} at {iso(end.at.seconds)}"
