"""The truth of a Job with what its parents say: both words stand, and where they disagree the class is named. Pure.

No word of a parent makes a false success: where only it says that done work failed, the work is unknown until an
output decides (docs/adr/0122).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.model.parent import OPEN, Parent, ParentState, Relation
from harness.model.truth import UNEXPLAINED, Account, Blame, Cause, How, Platform, Truth, Work
from harness.platforms.kubernetes.rules_parents import PARENTS, Beside, first, torn_down_driver
from harness.platforms.kubernetes.witnesses import Witnesses, witnesses_of
from harness.platforms.rule import Rule

TOLD_MAX = 4
"""Parents whose words stand in the sentence; more of them are listed apart."""
LEFT_BEHIND = "what the work left behind: its own record and its process's end disagree"
_PLATFORM = {ParentState.OK: Platform.OK, ParentState.FAILED: Platform.FAILED, ParentState.STOPPED: Platform.FAILED}
_SAID = frozenset({Relation.SUBMITS, Relation.RUNS, Relation.CONSISTS, Relation.WATCHES, Relation.ADMITS})
_SUBMITTED = frozenset({"K17", "K30"})
"""Classes that go before the Job's own: its end is not the work's."""
SIDECAR_ENDLESS = "K35"
_BEFORE_NO_VERDICT = frozenset({"K15", "K16"})
"""Where a helper runs on: what became of its orchestrator's word says more than that it does."""


def platform_of(parent: Parent) -> Platform:
    """Give what a parent is marked itself."""
    return _PLATFORM.get(parent.mark or parent.state, Platform.NONE)


def alone(parent: Parent, until: float, hints: tuple[str, ...] = (), *, pods: bool = False) -> Truth:
    """Decide a work by its parent alone; `pods`: members are there and none decides, `hints` tells of them."""
    platform = platform_of(parent)
    submits = parent.relation is Relation.SUBMITS
    work = {ParentState.OK: Work.OK, ParentState.FAILED: Work.FAILED}.get(parent.state, Work.UNKNOWN)
    agrees = (work, platform) in {(Work.OK, Platform.OK), (Work.FAILED, Platform.FAILED)}
    work = work if submits and agrees else Work.UNKNOWN
    nothing = "no pod is there whose end is that of" if pods else "the records hold no pod of"
    base = Truth(
        work=work,
        platform=platform,
        klass=None,
        also=(),
        blames=Blame.NOBODY,
        missing=() if pods else (f"the pods of {parent.whole_name}",),
        cause=Cause.SUCCESS if work is Work.OK else Cause.UNKNOWN,
        exit_code=None,
        because=f"{nothing} {parent.whole_name}",
        account=Account(How.UNKNOWN, f"{nothing} it"),
        hints=hints,
    )
    return beside(Beside(_nothing(until), base, (parent,)))


def _nothing(until: float) -> Witnesses:
    return replace(witnesses_of(()), until=until)


def beside(told: Beside) -> Truth:
    """Set a Job's truth beside what its parents say."""
    parents = _said(told.parents)
    truth = _inner(told)
    found = first(PARENTS, told)
    if torn_down_driver(told) and truth.work is Work.FAILED:
        truth = replace(truth, work=Work.UNKNOWN, cause=Cause.UNKNOWN, missing=(*truth.missing, LEFT_BEHIND))
    named = _named(truth, found, torn_down=torn_down_driver(told))
    if named is not None:
        rule, why = named
        account = replace(truth.account, advice=rule.advice)
        truth = replace(truth, klass=rule.id, blames=rule.blames, because=f"{truth.because}; {why}", account=account)
    told_by_rule = named[1] if named else ""
    words = [_word(parent) for parent in parents[:TOLD_MAX] if parent.says not in told_by_rule or not parent.was_read]
    return replace(
        truth,
        also=_also(told.truth, truth, found),
        because="; ".join([truth.because, *words]),
        missing=(*truth.missing, *_unread(told.parents)),
        hints=(*truth.hints, *_repeated(told.parents)),
    )


def _inner(told: Beside) -> Truth:
    """Take the work's word from what the Job submitted or runs, for the Job's own end is not the work's."""
    inside = [parent for parent in told.parents if parent.relation in {Relation.SUBMITS, Relation.RUNS}]
    if not inside:
        return told.truth
    parent, truth = inside[0], told.truth
    inner = {ParentState.OK: Work.OK, ParentState.FAILED: Work.FAILED}.get(parent.state, Work.UNKNOWN)
    if inner is Work.FAILED and truth.platform is Platform.OK:
        inner = Work.UNKNOWN
    if parent.relation is Relation.RUNS:
        if inner is truth.work:
            return truth
        inner = inner if truth.work is Work.UNKNOWN else Work.UNKNOWN  # two ends of one work that disagree
    causes = {Work.OK: Cause.SUCCESS, Work.FAILED: Cause.CODE_ERROR, Work.UNKNOWN: Cause.UNKNOWN}
    missing = (f"how the work of {parent.whole_name} ended",) if parent.was_read else ()
    return replace(
        truth,
        work=inner,
        klass=None,
        also=tuple(name for name in (truth.klass, *truth.also) if name not in {None, UNEXPLAINED}),
        missing=missing if inner is Work.UNKNOWN else (),
        cause=causes[inner],
        exit_code=None,
        blames=Blame.NOBODY,
    )


def _named(
    truth: Truth, found: Sequence[tuple[Rule[Beside], str]], *, torn_down: bool
) -> tuple[Rule[Beside], str] | None:
    """Choose the class: the submitter's before all, another only where the Job's own records name none."""
    before_all = {*_SUBMITTED, *(_BEFORE_NO_VERDICT if truth.klass == SIDECAR_ENDLESS else ())}
    submitted = next((match for match in found if match[0].id in before_all), None)
    if submitted is not None or truth.klass not in {None, UNEXPLAINED}:
        return submitted
    # A member that was torn down is worth a word, and names nothing where it does not decide.
    return next((match for match in found if match[0].id != "K18" or torn_down), None)


def _also(before: Truth, after: Truth, found: Iterable[tuple[Rule[Beside], str]]) -> tuple[str, ...]:
    names = (before.klass, *after.also, *before.also, *(rule.id for rule, _ in found))
    return tuple(dict.fromkeys(name for name in names if name and name not in {after.klass, UNEXPLAINED}))


def _said(parents: Sequence[Parent]) -> tuple[Parent, ...]:
    return tuple(parent for parent in parents if parent.relation in _SAID)


def _word(parent: Parent) -> str:
    """Say what a parent says, and what the Job is to it."""
    if not parent.was_read:
        only = "only submits the work of" if parent.relation is Relation.SUBMITS else "is a part of"
        return f"it {only} {parent.whole_name}, which the records do not hold"
    before = {
        Relation.SUBMITS: "it only submits: ",
        Relation.RUNS: "it only runs: ",
        Relation.CONSISTS: "it is not the whole work: ",
    }.get(parent.relation, "")
    return f"{before}{parent.whole_name} says {parent.says}"


def _unread(parents: Iterable[Parent]) -> tuple[str, ...]:
    return tuple(f"{parent.whole_name}: {parent.says}" for parent in parents if not parent.was_read)


def _repeated(parents: Iterable[Parent]) -> tuple[str, ...]:
    return tuple(
        f"one run of {parent.whole_name}: {parent.says}" for parent in parents if parent.relation is Relation.REPEATS
    )


def goes_on(parent: Parent) -> bool:
    """Tell whether a parent says that the work goes on, or will."""
    return (parent.mark or parent.state) in OPEN
