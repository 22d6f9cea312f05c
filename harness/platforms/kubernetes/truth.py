"""What happened to one Job: the word for the work, the platform's word, and the class where they disagree. Pure.

The order is that of docs/method.md, "Truth": what is not known first, then what has no verdict, then what disagrees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.model.event import Role
from harness.model.observation import Record
from harness.model.truth import UNEXPLAINED, Account, Blame, Cause, Platform, Truth, Work
from harness.platforms.exits import joined
from harness.platforms.kubernetes.account import account_of
from harness.platforms.kubernetes.catalogue import OWN
from harness.platforms.kubernetes.causes import cause_of
from harness.platforms.kubernetes.pod import Pod, end_of, over_since, seconds_of
from harness.platforms.kubernetes.rules_evidence import UNKNOWN
from harness.platforms.kubernetes.rules_false_failure import FALSE_FAILURE
from harness.platforms.kubernetes.rules_false_success import FALSE_SUCCESS, OOM
from harness.platforms.kubernetes.rules_no_verdict import NO_VERDICT, overdue
from harness.platforms.kubernetes.stops import stopped
from harness.platforms.kubernetes.verdicts import job_known, platform_of, told_verdict
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import Rule

QUORUM = "K28"
"""The one cut that others than the successful pod suffered: their ends need not be known."""

MASKED = "K25"
"""Its missing output, or its log beside its partner's, says that the work failed."""

CUT = frozenset({"K11", "K20", "K23", "K24"})
"""Classes that say by themselves that a run which ended with 0 was cut, or lost a part, or that its 0 is made up."""

DONE_OR_CUT = "whether the work was done or cut when it ended with 0: nobody said what it should leave behind"

GAPS = frozenset({"K42", "K43"})
"""A gap names the class only where nothing else says why: a list has closed it, and what is known stands."""

NO_EVENTS = "core Events of the pod: whether the kubelet stopped the work, which then ended with 0 (K21)"

_Rules = tuple[Rule[Witnesses], ...]


@dataclass(frozen=True, slots=True)
class _Match:
    rule: Rule[Witnesses]
    why: str


@dataclass(frozen=True, slots=True)
class _Word:
    work: Work
    missing: tuple[str, ...] = ()


def decide(seen: Witnesses, record: Record | None) -> Truth:
    """Decide one Job's run from everything that was said of it."""
    found = [_Match(rule, why) for rule in OWN if (why := rule.matches(seen))]
    platform = platform_of(seen)
    cut = _first(found, FALSE_SUCCESS)
    word = _after_the_cut(seen, _work(seen, record), found)
    named = _named(seen, word, platform, found, cut=cut)
    klass = named.rule.id if named else _unexplained(seen, word.work, platform)
    blames = named.rule.blames if named else (Blame.UNKNOWN if klass else Blame.NOBODY)
    code = _code(seen)
    account = account_of(seen)
    return Truth(
        work=word.work,
        platform=platform,
        klass=klass,
        also=tuple(match.rule.id for match in found if match.rule.id != klass),
        blames=blames,
        missing=(*word.missing, *_no_verdict(seen, platform), *_no_events(seen, word.work, platform)),
        cause=Cause.SUCCESS if word.work is Work.OK else cause_of(seen, code, record),
        exit_code=code,
        because=named.why if named else _plain(seen, found, account, (word.work, platform)),
        account=account,
        hints=_hints(seen),
    )


def _no_verdict(seen: Witnesses, platform: Platform) -> tuple[str, ...]:
    if platform is not Platform.NONE:
        return ()
    return ("the Job's verdict",) if job_known(seen) else ("the Job (the records hold none)",)


def _no_events(seen: Witnesses, work: Work, platform: Platform) -> tuple[str, ...]:
    """Say what agreement rests on unheard: a stop that the work handled and ended with 0 stands in core Events only."""
    silent = any(not any(notice.native.get("kind") == "Pod" for notice in pod.notices) for pod in seen.done)
    return (NO_EVENTS,) if silent and (work, platform) == (Work.OK, Platform.OK) else ()


# -- the work ---------------------------------------------------------------------------------------------------------


def _work(seen: Witnesses, record: Record | None) -> _Word:
    pods = seen.deciding
    ends = [end_of(pod) for pod in pods]
    done, lost = ends.count(0), ends.count(None)
    unseen = max(0, seen.wanted - len(pods))
    if done < seen.wanted <= done + lost + unseen:
        return _Word(Work.UNKNOWN, _lacking(pods, unseen))
    if done < seen.wanted and (again := _goes_on(seen)):
        return _Word(Work.UNKNOWN, (again,))
    code = _code(seen)
    if record is not None and seen.wanted == 1 and _contradicts(record, code):
        return _Word(Work.UNKNOWN, (f"one exit code: the container ended with {code}, the shim says {_said(record)}",))
    return _Word(Work.OK if done >= seen.wanted else Work.FAILED)


def _goes_on(seen: Witnesses) -> str:
    """Say what starts work again that failed: its last attempt is still to come. Empty: nothing does."""
    decided = seen.verdict is not None or told_verdict(seen) is not None or seen.target is not None
    if decided or seen.job_deletion is not None:
        return ""
    if again := next((pod.starts_again for pod in seen.deciding if pod.starts_again), ""):
        return f"the end of its next attempt: the kubelet starts the container again ({again})"
    if seen.suspended is not None:
        return "the end of its next attempt: the Job is suspended, and makes another pod when it is resumed"
    limit = seen.status.get("backoffLimit", "")
    over = [pod for pod in seen.deciding if pod.last.get("phase") == "Failed"]
    ends = [over_since(pod.main) for pod in over if pod.main is not None]
    retried = limit.isdigit() and int(limit) > 0 and not seen.indexed and len(seen.pods) <= int(limit)
    if retried and not seen.job_gone and ends and seen.until - max(ends) <= BACK_OFF_SECONDS:
        return f"the end of its next attempt: the Job makes another pod, up to {limit} times"
    return ""


BACK_OFF_SECONDS = 600.0
"""The longest that the Job controller waits before it makes the next pod (Kubernetes, MaxPodFailureBackOff)."""


def _contradicts(record: Record, code: int | None) -> bool:
    """Tell whether the suspect says otherwise; a child that a signal killed can't have ended with 0."""
    if record.exit_code is None:
        return code == 0 and bool(record.signal)
    return (record.exit_code == 0) != (code == 0)


def _said(record: Record) -> str:
    return f"signal {record.signal}" if record.exit_code is None else str(record.exit_code)


def _lacking(pods: tuple[Pod, ...], unseen: int) -> tuple[str, ...]:
    if not pods:
        return ("the main container's end (the records hold no pod)",)
    unsaid = sorted({name for pod in pods for name in pod.undecided})
    if unsaid:
        return (f"which container is the work: {' or '.join(unsaid)}",)
    lost = [pod for pod in pods if pod.main is not None and end_of(pod) is None]
    open_ = [pod for pod in pods if pod.main is None]
    told = ["the main container's exit code (the kubelet lost it)"] * bool(lost)
    told += ["the main container's end"] * bool(open_)
    return (*told, *([f"{unseen} pods of the Job"] * bool(unseen)))


def _after_the_cut(seen: Witnesses, word: _Word, found: list[_Match]) -> _Word:
    """Doubt a run that ended with 0 where it was or may have been cut: outputs decide, whatever the Job's verdict."""
    ids = {match.rule.id for match in found}
    if QUORUM in ids or (MASKED in ids and word.work is Work.OK):
        return _Word(Work.FAILED)
    if word.work is not Work.OK or not _may_be_cut(seen, ids):
        return word
    if seen.lost:
        return _Word(Work.FAILED)
    return word if seen.outputs_known else _Word(Work.UNKNOWN, (DONE_OR_CUT,))


def _may_be_cut(seen: Witnesses, ids: set[str]) -> bool:
    """Tell whether so many of the pods that ended with 0 were asked to stop before that the rest is not enough."""
    uncut = [pod for pod in seen.done if not stopped(seen, pod)]
    return len(uncut) < seen.wanted or bool(ids & CUT)


def _code(seen: Witnesses) -> int | None:
    """Give the exit code of the whole: of the sole deciding pod, or the first failure among several."""
    codes = [end_of(pod) for pod in seen.deciding]
    bad = [code for code in codes if code]
    if bad:
        return bad[0]
    return 0 if codes and None not in codes else None


# -- the class --------------------------------------------------------------------------------------------------------


def _first(found: Iterable[_Match], rules: _Rules) -> _Match | None:
    """Find the first match in the order of these rules."""
    by_id = {match.rule.id: match for match in found}
    return next((by_id[rule.id] for rule in rules if rule.id in by_id), None)


def _named(
    seen: Witnesses, word: _Word, platform: Platform, found: list[_Match], *, cut: _Match | None
) -> _Match | None:
    work = word.work
    if cut is not None and platform is Platform.OK and work is not Work.OK:
        return cut
    if work is Work.UNKNOWN:
        by_verdict = FALSE_FAILURE if seen.failed else () if seen.verdict else NO_VERDICT
        # Done or cut: the verdict names the class; what else is missing of the records stands beside it.
        why = (*by_verdict, *UNKNOWN) if DONE_OR_CUT in word.missing else (*UNKNOWN, *by_verdict)
        return _first(found, tuple(sorted(why, key=lambda rule: rule.id in GAPS)))
    if platform is Platform.NONE:
        return _first(found, NO_VERDICT)
    if platform is Platform.FAILED:
        disagree = FALSE_FAILURE if work is Work.OK else tuple(rule for rule in FALSE_FAILURE if rule.id == "K12")
        return _first(found, disagree)  # K12: one Job, some work done and some not
    return None


def _unexplained(seen: Witnesses, work: Work, platform: Platform) -> str | None:
    """Tell a disagreement that no rule explains from agreement, and from what is only not known yet."""
    if (work, platform) in {(Work.OK, Platform.FAILED), (Work.FAILED, Platform.OK)}:
        return UNEXPLAINED
    awaited = platform is Platform.NONE and job_known(seen) and seen.job_deletion is None
    silent = work is not Work.UNKNOWN and awaited and overdue(seen)
    return UNEXPLAINED if silent else None


def _plain(seen: Witnesses, found: list[_Match], account: Account, words: tuple[Work, Platform]) -> str:
    work, platform = words
    if told_verdict(seen) is not None:
        return f"{account.sentence}; the Job itself is not in the records"
    told = joined(account.sentence, work, platform)
    reasons = [match.why for match in found if match.rule in FALSE_FAILURE]
    return "; ".join([told, *reasons]) if work is Work.FAILED else told


def _hints(seen: Witnesses) -> tuple[str, ...]:
    """Name helpers that lost a process to the memory limit: worth a look, and no word on the work."""
    helpers = {Role.SIDECAR, Role.NATIVE_SIDECAR, Role.INIT}
    lost = {
        end.container or "": end
        for pod in seen.deciding
        for end in pod.exits
        if end.role in helpers and end.native.get("reason") == OOM
    }
    told = [f"a process of helper container {name} was killed for memory" for name in sorted(lost)]
    return (*told, *(note for pod in seen.deciding if (note := _node_memory(pod))))


NODE_MEMORY = frozenset({"SystemOOM", "OOMKilling"})
"""What kubelet and node-problem-detector write of a node whose kernel killed a process: any of its pods'."""


def _node_memory(pod: Pod) -> str:
    """Say that the node ran out of memory while the work ran, which is no word on the work: it names no pod."""
    if pod.run_started is None:
        return ""
    until = pod.main.at.seconds if pod.main is not None else float("inf")
    for note in pod.notices:
        last = seconds_of(note.native.get("last", "")) or note.at.seconds
        if note.label in NODE_MEMORY and note.at.seconds <= until and last >= pod.run_started.at.seconds:
            return (
                f"its node ran out of memory while the work ran ({note.label}: {note.native.get('message', '')[:160]})"
            )
    return ""
