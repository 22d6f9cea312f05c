"""What to do next with a repository: who, in a few words, and the command that does it. Pure; nothing here signs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.board.standing import Known, RepositoryState, signers, stage_of
from harness.cutover.stages import MOVED, ORDER, Stage
from harness.report.wording import listed, shown

DEFAULT_PLACE = "reports"
NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Action:
    """Who does what next."""

    who: str
    what: str
    command: str
    """Empty: there is nothing to type."""


_WAIT = Action("", "wait: a campaign is running", "")


def next_action(known: Known, standing: RepositoryState) -> Action:
    """Say who does what next; the command is one that a shell takes as it stands."""
    return _ACTIONS[standing](known)


def command(known: Known, *words: str) -> str:
    """Write a command of `parity` about a store."""
    place = () if known.store == DEFAULT_PLACE else ("--reports", known.store)
    return " ".join(shlex.quote(word) for word in ("parity", *words, *place))


def _owner(known: Known) -> str:
    return shown(known.newest.owner) or "the owner"


def _not_judged(known: Known) -> Action:
    running = known.running
    if running is None:
        return Action(_owner(known), "run a first campaign", run(known))
    return Action("", "wait: its first campaign is running", "")


def run(known: Known) -> str:
    """Write the command that runs a repository; its result goes to the same store."""
    return command(known, "run", known.repository)


def _damaged(known: Known) -> Action:
    name = known.newest.key.campaign
    return Action(_owner(known), "restore the evidence, or run it again", command(known, "rejudge", name))


def _explain(known: Known) -> str:
    return command(known, "explain-verdict", known.repository)


def _no_go(known: Known) -> Action:
    if stage_of(known) in MOVED:
        typed = command(known, "rollback", known.repository, "--reason", "WHY")
        return Action(_owner(known), "mend the cause, or let legacy's output count again", typed)
    return Action(_owner(known), shown(known.newest.remedy) or "read the cause and mend it", _explain(known))


def _inconclusive(known: Known) -> Action:
    if known.running is not None:
        return _WAIT
    judged = known.newest
    missing = judged.pairs_needed - judged.clean
    if missing > 0:
        what = f"run it again: {judged.clean} of {judged.pairs_needed} sound runs"
        return Action(_owner(known), what, run(known))
    return Action(_owner(known), shown(judged.remedy) or "run it again", run(known))


def _stale(known: Known) -> Action:
    if known.running is not None:
        return _WAIT
    return Action(_owner(known), "run it again: its evidence is too old", run(known))


def _would_go(known: Known) -> Action:
    if known.running is not None:
        return _WAIT
    return Action(_owner(known), "run it on the real platforms", run(known))


def may_sign(known: Known) -> tuple[str, ...]:
    """Name the approvers who have not signed yet and did not begin the campaign."""
    newest, signed = known.newest, signers(known)
    author = newest.author.casefold()
    return tuple(name for name in newest.approvers if name not in signed and name.casefold() != author)


def _ready(known: Known) -> Action:
    judged, signed, may = known.newest, signers(known), may_sign(known)
    if not may:
        return Action(_owner(known), "name approvers: policy.approvers has nobody who may sign", "")
    left = judged.approvals - len(signed)
    last = "and" if left >= len(may) else "or"
    who = listed(may, last) if len(may) <= NAMES_SHOWN else f"{left} of {len(may)} approvers"
    what = f"sign it off ({len(signed)} of {judged.approvals} signed)"
    return Action(shown(who), what, command(known, "signoff", known.repository))


def _step(known: Known) -> Action:
    """Lead to the next stage; which evidence it asks for is checked by the command."""
    stage = stage_of(known)
    following = ORDER[ORDER.index(stage) + 1]
    words = ("cutover", known.repository, "--to", following.value)
    share = ("--share", "10") if following is Stage.CANARY else ()
    typed = command(known, *words, *share, "--reason", "WHY")
    return Action(_owner(known), f"go from {stage.value} to {following.value}", typed)


def _done(known: Known) -> Action:
    del known
    return Action("", "nothing: legacy is removed", "")


_ACTIONS: Mapping[RepositoryState, Callable[[Known], Action]] = {
    RepositoryState.NOT_JUDGED: _not_judged,
    RepositoryState.DAMAGED: _damaged,
    RepositoryState.NO_GO: _no_go,
    RepositoryState.INCONCLUSIVE: _inconclusive,
    RepositoryState.STALE: _stale,
    RepositoryState.WOULD_GO: _would_go,
    RepositoryState.READY: _ready,
    RepositoryState.SIGNED: _step,
    RepositoryState.MOVING: _step,
    RepositoryState.DONE: _done,
}
