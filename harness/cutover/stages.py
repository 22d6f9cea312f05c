"""Stages of a cutover: what each means, which way they go, and what each asks for. Pure.

The names are those of LaunchDarkly's migration flags where it has them (off, shadow, canary share, complete); `soak` is
the time in which legacy is kept ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.errors import EvidenceDamaged
from harness.model.clock import parse_iso
from harness.model.policy import DAY
from harness.store import ledger


class Stage(StrEnum):
    """Where a repository is on its way."""

    OFF = "off"
    SHADOW = "shadow"
    DUAL = "dual"
    CANARY = "canary"
    CUT_OVER = "cut-over"
    SOAK = "soak"
    DONE = "done"


ORDER = tuple(Stage)
MOVED = frozenset({Stage.CANARY, Stage.CUT_OVER, Stage.SOAK, Stage.DONE})
"""Stages in which candidate's output counts for some slots or all."""
SHARE_ALL = 100
"""Per cent."""
BACK_TO = Stage.DUAL
"""Where a rollback leads: both sides run, and legacy's output counts."""
WAYS = ("training", "batch", "writes shared data")
MEANINGS: Mapping[Stage, tuple[str, str, str]] = {
    Stage.OFF: ("legacy trains", "legacy runs", "legacy writes"),
    Stage.SHADOW: (
        "candidate trains in campaigns; its models go to staging",
        "candidate runs in campaigns; its output goes to staging",
        "candidate runs in campaigns with its effects redirected",
    ),
    Stage.DUAL: (
        "both train on every schedule; legacy's model is published",
        "both run on every schedule; legacy's output is published",
        "both run on every schedule; candidate's effects stay redirected",
    ),
    Stage.CANARY: (
        "a share of the schedules publishes candidate's model",
        "a share of the slots publishes candidate's output",
        "a share of the slots is written by candidate, and by nobody else",
    ),
    Stage.CUT_OVER: (
        "candidate's model is published; legacy still trains",
        "candidate's output is published; legacy still runs",
        "candidate writes; legacy runs with its effects redirected",
    ),
    Stage.SOAK: (
        "candidate trains; legacy is deployed and stopped",
        "candidate runs; legacy is deployed and stopped",
        "candidate writes; legacy is deployed and stopped",
    ),
    Stage.DONE: ("legacy is removed", "legacy is removed", "legacy is removed"),
}
"""By stage, for each of `WAYS`."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a repository, as the ledger has it."""

    stage: Stage
    share: int
    """Per cent of the slots that candidate answers: 0, 100, or between them in `canary`."""
    since: str
    by: str
    reason: str
    campaign: str
    signoff: str
    """Digest of the sign-off that it rests on; empty: none was needed."""
    synthetic: bool
    sequence: int
    """Of the ledger entry."""
    kinds: tuple[str, ...] = ()
    """Of a rollback: the kinds of the jobs that went back."""
    state: str = ""
    """Of a rollback: how the state that jobs start from came back; empty: they have none."""


@dataclass(frozen=True, slots=True)
class StageRequest:
    """What somebody wants, and what is known when they ask."""

    stage: Stage
    share: int
    at: str
    in_force: bool
    """A sign-off is."""
    signoff: str
    """What the sign-off is worth, in a sentence."""
    no_go: str
    """Why the last verdict is NO-GO; empty: it is none."""
    soak_seconds: int
    undrilled: tuple[str, ...] = ()
    """Kinds of its jobs of which the policy asks for a drilled rollback, and there was none."""


def share_of(stage: Stage, share: int) -> int:
    """Give the share that a stage has: what was said counts in `canary` only."""
    if stage is Stage.CANARY:
        return share
    return SHARE_ALL if stage in MOVED else 0


def history(entries: Iterable[ledger.Entry], repository: str, *, synthetic: bool = False) -> tuple[Move, ...]:
    """Give all steps of a repository, the first one first; `synthetic`: those of a practice instead.

    A step names the step that it follows: of two that follow the same one the first counts. A step that rests on a
    sign-off which the ledger did not hold by then counts for nothing.
    """
    found: list[Move] = []
    signed = {""}
    for entry in entries:
        if entry.repository != repository:
            continue
        if entry.kind == ledger.SIGNOFF:
            signed.add(entry.facts["statement"])
        elif entry.kind == ledger.STAGE:
            move = _move(entry)
            follows = found[-1].sequence if found else -1
            if (move.synthetic, int(entry.facts["follows"])) == (synthetic, follows) and move.signoff in signed:
                found.append(move)
    return tuple(found)


def facts_of(moves: tuple[Move, ...], move: Move) -> dict[str, str]:
    """Give what a step enters into the ledger."""
    return {
        "to": move.stage.value,
        "share": str(move.share),
        "by": move.by,
        "reason": move.reason,
        "signoff": move.signoff,
        ledger.EVIDENCE: "synthetic" if move.synthetic else "real",
        "follows": str(moves[-1].sequence if moves else -1),
        **({"kinds": " ".join(move.kinds)} if move.kinds else {}),
        **({"state": move.state} if move.state else {}),
    }


def drilled(entries: Iterable[ledger.Entry], *, synthetic: bool = False) -> frozenset[str]:
    """List the kinds of jobs that a rollback led back, of any repository; a practice counts for practices only."""
    known = tuple(entries)
    names = dict.fromkeys(entry.repository for entry in known if entry.kind == ledger.STAGE)
    moves = (move for name in names for move in history(known, name, synthetic=synthetic))
    return frozenset(kind for move in moves for kind in move.kinds)


def _move(entry: ledger.Entry) -> Move:
    """Read one step.

    Raises:
        EvidenceDamaged: the entry is none.
    """
    facts = entry.facts
    try:
        stage, share, _ = Stage(facts["to"]), int(facts["share"]), int(facts["follows"])
        return Move(
            stage=stage,
            share=share_of(stage, share),
            since=entry.at,
            by=facts["by"],
            reason=facts["reason"],
            campaign=entry.campaign,
            signoff=facts["signoff"],
            synthetic=facts[ledger.EVIDENCE] != "real",
            sequence=entry.sequence,
            kinds=tuple(facts.get("kinds", "").split()),
            state=facts.get("state", ""),
        )
    except (KeyError, ValueError) as error:
        message = f"ledger entry {entry.sequence}: it is no step of a cutover: {error}"
        raise EvidenceDamaged(message) from error


def now(moves: tuple[Move, ...]) -> Stage:
    """Give the stage that a repository is in."""
    return moves[-1].stage if moves else Stage.OFF


def refusal(moves: tuple[Move, ...], asked: StageRequest) -> str:
    """Say why a repository can't go to a stage; empty: it can.

    A step forward leads to the next stage, and within `canary` to a larger share. Back leads `rollback` only.
    """
    current = now(moves)
    if asked.stage is Stage.CANARY and not 0 < asked.share < SHARE_ALL:
        return f"a canary has a share of 1 to 99 per cent of the slots, not {asked.share}: say --share"
    if asked.stage is Stage.CANARY is current:
        before = moves[-1].share
        return (
            _unsigned(asked)
            if asked.share > before
            else f"the share is {before} per cent: it only grows, or rolls back"
        )
    if ORDER.index(asked.stage) != ORDER.index(current) + 1:
        following = ORDER[ORDER.index(current) + 1 :][:1]
        next_step = f"the next stage is {following[0].value}" if following else "it is the last stage"
        return f"it is in {current.value}, and {next_step}; `parity rollback` leads back"
    if asked.stage is Stage.DUAL and asked.no_go:
        return f"the last verdict is NO-GO: {asked.no_go}"
    if asked.stage is Stage.CUT_OVER and asked.undrilled:
        return _undrilled(asked.undrilled)
    if asked.stage in {Stage.CANARY, Stage.CUT_OVER}:
        return _unsigned(asked)
    return _soaking(moves, asked) if asked.stage is Stage.DONE else ""


def rollback_refusal(moves: tuple[Move, ...]) -> str:
    """Say why a repository can't go back; empty: it can."""
    current = now(moves)
    if current is Stage.DONE:
        return "legacy was removed when it was done: bring it back, and begin a new migration"
    return "" if current in MOVED else f"it is in {current.value}: legacy's output counts already"


def _unsigned(asked: StageRequest) -> str:
    return "" if asked.in_force else f"no sign-off is in force: {asked.signoff}"


def _undrilled(kinds: tuple[str, ...]) -> str:
    """Say which rollback the policy wants to have seen, and how one is drilled."""
    named = " and ".join(kinds)
    return (
        f"the policy asks for a drilled rollback, and none of a job of the kind {named} was: roll back from canary "
        "with `parity rollback`, go to canary again, and then here"
    )


def _soaking(moves: tuple[Move, ...], asked: StageRequest) -> str:
    """Ask for the policy's soak since the cutover; a rollback begins it anew."""
    since = next(move.since for move in reversed(moves) if move.stage is Stage.CUT_OVER)
    seconds = parse_iso(asked.at) - parse_iso(since)
    if seconds >= asked.soak_seconds:
        return ""
    return (
        f"it was cut over {seconds / DAY:.1f} days ago; the policy asks for {asked.soak_seconds / DAY:.1f} days of soak"
    )
