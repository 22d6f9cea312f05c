"""What people accepted: waivers, rulings and changes of the rules → rows of a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from harness.model.finding import Ruling
from harness.model.repository import Repository
from harness.model.verdict import RuleChange, Verdict
from harness.report.wording import NAME_MAX, listed, shown


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver and what it covered."""

    id: str
    owner: str
    reason: str
    scope: str
    last_day: str
    hits: int
    state: str


@dataclass(frozen=True, slots=True)
class RuleChangeRow:
    """One rule that was changed after data was seen."""

    key: str
    old: str
    new: str
    campaign: str
    at: str


@dataclass(frozen=True, slots=True)
class RulingRow:
    """One ruling and what it covered."""

    id: str
    finding: str
    what: str
    reason: str
    owner: str
    signers: str
    at: str
    campaign: str
    hits: int
    state: str


def waiver_rows(repository: Repository, verdict: Verdict) -> tuple[WaiverRow, ...]:
    """Give each waiver of the configuration, then those that only the verdict knows."""
    known = {waiver.id for waiver in repository.waivers}
    rows = [
        WaiverRow(
            shown(waiver.id, NAME_MAX),
            shown(waiver.owner, NAME_MAX),
            shown(waiver.reason),
            shown(waiver.scope, NAME_MAX),
            waiver.last_day.isoformat(),
            verdict.waivers.get(waiver.id, 0),
            _state(waiver.last_day, verdict.judged_at[:10], verdict.waivers.get(waiver.id, 0)),
        )
        for waiver in repository.waivers
    ]
    rows += [
        WaiverRow(shown(name, NAME_MAX), "unknown", "not in this repository's configuration", "", "", hits, "unknown")
        for name, hits in sorted(verdict.waivers.items())
        if name not in known
    ]
    return tuple(rows)


def _state(last_day: date, judged_on: str, hits: int) -> str:
    if _parsed(judged_on) is not None and last_day.isoformat() < judged_on:
        return "expired"
    return "in use" if hits else "never hit"


def _parsed(day: str) -> date | None:
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def change_rows(verdict: Verdict) -> tuple[RuleChangeRow, ...]:
    """Give the changes of the rules, the newest first."""
    return tuple(_change(change) for change in reversed(verdict.rule_changes))


def _change(change: RuleChange) -> RuleChangeRow:
    texts = (shown(name, NAME_MAX) for name in (change.key, change.old, change.new, change.campaign, change.at))
    return RuleChangeRow(*texts)


def ruling_rows(rulings: tuple[Ruling, ...], verdict: Verdict) -> tuple[RulingRow, ...]:
    """Give each ruling of the ledger with the number of findings that it covers."""
    return tuple(_ruling(ruling, verdict.rulings.get(ruling.id, 0)) for ruling in rulings)


def _ruling(ruling: Ruling, hits: int) -> RulingRow:
    state = f"not in force: {ruling.void}" if ruling.void else "in use" if hits else "never hit"
    return RulingRow(
        id=shown(ruling.id, NAME_MAX),
        finding=shown(ruling.finding, NAME_MAX),
        what=shown(ruling.what),
        reason=shown(ruling.reason),
        owner=shown(ruling.owner, NAME_MAX),
        signers=shown(listed(ruling.signers), NAME_MAX),
        at=shown(ruling.at, NAME_MAX),
        campaign=shown(ruling.campaign, NAME_MAX),
        hits=hits,
        state=shown(state),
    )
