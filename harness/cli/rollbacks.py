"""`parity rollback`: legacy's output counts again, and a job that starts from its last output has the newest one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from harness.campaign import state
from harness.campaign.wiring import open_staging
from harness.cli import answer, console
from harness.cli.campaigns import author
from harness.cli.cutovers import RepositorySelection, move_to
from harness.cutover import stages
from harness.cutover.stages import Move
from harness.errors import HarnessError, Refused
from harness.model.clock import SystemClock, iso
from harness.model.job import Side
from harness.model.repository import Repository
from harness.report.text import safe_text

BY_HAND = "brought back by hand"
UNKNOWN = "not known: the plan can't be read"
_OTHERWISE = "or copy it by hand, and say --state-synced"


@dataclass(frozen=True, slots=True)
class Back:
    """How a repository is to go back."""

    reason: str
    file: Path
    allow_synthetic: bool
    state_synced: bool
    """Who types has copied the state of its jobs."""


def roll_back(which: RepositorySelection, back: Back) -> int:
    """Let legacy's output count again. Asks for no evidence and no signature; a known state comes back first.

    Raises:
        Refused: there is nothing to go back from, or the state that a job starts from can't be brought back.
    """
    moves = stages.history(which.reports.ledger.entries(), which.name, synthetic=back.allow_synthetic)
    why = stages.rollback_refusal(moves)
    if why:
        message = f"{which.name} can't roll back: {why}"
        raise Refused(message)
    last = moves[-1]
    repository = _planned(which, last.campaign)
    kinds = tuple(sorted({job.kind for job in repository.jobs})) if repository else ()
    words = _state(repository, last, back)
    at = iso(SystemClock().now())
    move = Move(
        stages.BACK_TO, 0, at, author(), back.reason, last.campaign, "", last.synthetic, 0, kinds=kinds, state=words
    )
    return move_to(which, moves, move, back.file)


def _planned(which: RepositorySelection, campaign: str) -> Repository | None:
    """Read the jobs that were cut over; None where they can't be read: that is told, and stops nobody."""
    try:
        plan = which.reports.archive(campaign).load_plan()
        return next(known for known in plan.repositories if known.name == which.name)
    except (HarnessError, StopIteration) as error:
        text = f"whether jobs start from their own last output is not known: {error or 'the plan has them not'}"
        click.echo(safe_text(f"{which.name}: {text}; look before legacy runs again"), err=True)
        return None


def _state(repository: Repository | None, last: Move, back: Back) -> str:
    """Bring back what its jobs start from, and say how.

    Raises:
        Refused: it can't be brought back; nothing was entered.
    """
    if back.state_synced:
        return BY_HAND
    if repository is None:
        return UNKNOWN
    found = tuple(state.syncs(repository))
    if not found or last.synthetic:
        return "practice: nothing was copied" if found else ""
    refusals = [sync.refusal for sync in found if sync.refusal]
    if refusals:
        message = f"{repository.name} can't roll back: {'; '.join(refusals)}, {_OTHERWISE}"
        raise Refused(message)
    copied = [sync for sync in found if not sync.is_shared]
    if console.dry_run():
        answer.lines(f"would copy {sync.state.candidate_uri} to {sync.state.kept_at}" for sync in copied)
        return ""
    try:
        staging = open_staging(repository, Side.CANDIDATE, last.campaign) if copied else None
        words = [state.bring_back(repository, sync, staging) for sync in copied if staging]
    except HarnessError as error:
        message = f"{repository.name} can't roll back: its state could not be brought back: {error}; mend that, "
        raise Refused(message + _OTHERWISE.removeprefix("or ")) from error
    answer.lines(f"state: {text}" for text in words)
    return "; ".join(words) or "both sides share its place"
