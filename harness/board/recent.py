"""Campaigns that were judged within the last day: what ran last night. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.board.fleet import NAME_MAX, verdict_words
from harness.board.values import CampaignRow, State
from harness.board.weeks import minute_of
from harness.model.policy import DAY
from harness.report.wording import shown

RECENT_SECONDS = float(DAY)
_KLASSES = {"GO": "good", "NO-GO": "bad", "INCONCLUSIVE": "open"}


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One repository's campaign that was judged within the last day."""

    store: str
    repository: str
    name: str
    owner: str
    verdict: str
    klass: str
    reason: str
    at: str
    cost: str


def recent_view(judged: Iterable[CampaignRow], now: float) -> tuple[JudgedLine, ...]:
    """Give the campaigns that were judged within a day before `now`, the newest first."""
    found = (row for row in judged if row.judged_at and now - RECENT_SECONDS <= row.judged_at <= now)
    ordered = sorted(found, key=lambda row: (-row.judged_at, row.key.repository, row.key.campaign))
    return tuple(_line(row) for row in ordered)


def _line(row: CampaignRow) -> JudgedLine:
    return JudgedLine(
        store=row.key.store,
        repository=row.key.repository,
        name=shown(row.key.repository, NAME_MAX),
        owner=shown(row.owner, NAME_MAX),
        verdict=verdict_words(row),
        klass=klass_of(row),
        reason=shown(row.trouble or row.reason, 200),
        at=minute_of(row.judged_at),
        cost="no prices" if row.price is None else f"at most {row.price:.2f}",
    )


def klass_of(row: CampaignRow) -> str:
    """Colour a campaign's verdict."""
    return "bad" if row.state is State.DAMAGED else _KLASSES.get(row.decision, "notrun")
