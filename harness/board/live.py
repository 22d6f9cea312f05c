"""Campaigns that are running: how far, what they spent, what is left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.board.actions import command
from harness.board.fleet import NAME_MAX, age
from harness.board.standing import Known
from harness.board.values import Key
from harness.report.wording import seconds, shown

GRACE_SECONDS = 3600.0
"""A campaign whose time is over may still judge; after this it was cut off."""


@dataclass(frozen=True, slots=True)
class LiveProgress:
    """What the journal of a running campaign says of one repository."""

    wave: int
    """0: none began."""
    planned: int
    """Runs of the plan and its amendments."""
    started: int
    done: int
    spent: float | None
    """Bound of what the started runs cost; None: not all prices are known."""
    last_at: float
    """Time of the last thing that was journaled; 0: nothing was."""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LiveLine:
    """One running campaign of one repository."""

    store: str
    repository: str
    campaign: str
    name: str
    owner: str
    phase: str
    klass: str
    done: int
    planned: int
    share: int
    """Of its runs that are done, in per cent."""
    elapsed: str
    left: str
    spent: str
    command: str
    """What to type where it was cut off; empty: nothing."""


def live_view(known: Iterable[Known], beats: Mapping[Key, LiveProgress], now: float) -> tuple[LiveLine, ...]:
    """Give one row a running campaign, those that were cut off first, then by how far they are."""
    lines = [_line(repository, beats, now) for repository in known if repository.running is not None]
    return tuple(sorted(lines, key=lambda line: (line.klass != "bad", line.share, line.repository, line.campaign)))


def _line(known: Known, beats: Mapping[Key, LiveProgress], now: float) -> LiveLine:
    row = known.running
    assert row is not None  # noqa: S101 # nosec B101 # `live_view` chose it for that
    beat = beats.get(row.key) or LiveProgress(0, row.runs, 0, 0, None, 0.0)
    cut = now > row.due_at + GRACE_SECONDS
    return LiveLine(
        store=known.store,
        repository=known.repository,
        campaign=row.key.campaign,
        name=shown(known.repository, NAME_MAX),
        owner=shown(row.owner, NAME_MAX),
        phase=_phase(beat, cut=cut),
        klass="bad" if cut or beat.trouble else "told",
        done=beat.done,
        planned=beat.planned,
        share=round(100 * beat.done / beat.planned) if beat.planned else 0,
        elapsed=age(now - row.begun_at),
        left="over" if now > row.due_at else f"at most {seconds(row.due_at - now)}",
        spent=_spent(beat, row.price_max),
        command=command(known, "resume", row.key.campaign) if cut else "",
    )


def _phase(beat: LiveProgress, *, cut: bool) -> str:
    if beat.trouble:
        return shown(beat.trouble)
    if cut:
        return "cut off: its time is over, and it has no verdict"
    if not beat.started:
        return "waiting for its first run"
    if beat.done >= beat.planned:
        return "comparing and judging"
    return f"running, wave {max(1, beat.wave)}"


def _spent(beat: LiveProgress, most: float | None) -> str:
    if beat.spent is None:
        return "no prices"
    left = f", {max(0.0, most - beat.spent):.2f} left of {most:.2f}" if most is not None else ", no cap"
    return f"at most {beat.spent:.2f}{left}"
