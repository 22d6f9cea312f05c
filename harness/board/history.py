"""One repository over all of its campaigns: verdicts, metrics and startup, and what was changed between them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.board import charts
from harness.board.actions import may_sign
from harness.board.causes import Cause
from harness.board.charts import Plot, Series
from harness.board.fleet import Line, line_of, verdict_words
from harness.board.recent import klass_of
from harness.board.standing import Known
from harness.board.values import CampaignRow, Reading, State, Step
from harness.board.weeks import day_of, minute_of
from harness.report.wording import counted, number, shown

CAMPAIGNS_SHOWN = 8
"""Rows of the table; the strip above it has all."""
REASON_MAX = 200
POINTS_MAX = 20
"""Campaigns in a picture of one metric."""
READINGS_SHOWN = 12
"""Pictures on a page; further metrics are counted."""


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """One campaign in the table."""

    campaign: str
    at: str
    verdict: str
    klass: str
    reason: str
    pairs: str
    changed: str
    """What is another one than in the campaign before."""
    vouched: str
    link: str


@dataclass(frozen=True, slots=True)
class Track:
    """One metric or startup over campaigns."""

    subject: str
    last: str
    plot: Plot


@dataclass(frozen=True, slots=True)
class RepositoryPage:
    """The page of one repository over all its campaigns."""

    line: Line
    base: str
    image: str
    policy: str
    may_sign: str
    """Approvers who have not signed and did not begin the campaign; empty: nobody."""
    price: str
    strip: Plot
    campaigns: tuple[CampaignLine, ...]
    left_out: int
    tracks: tuple[Track, ...]
    tracks_left_out: int
    steps: tuple[tuple[str, str, str], ...]
    """When, which stage, by whom."""
    causes: tuple[Cause, ...]


Link = Callable[[CampaignRow], str]


@dataclass(frozen=True, slots=True)
class RepositoryHistory:
    """What the index has of one repository, the oldest campaign first."""

    known: Known
    campaigns: tuple[CampaignRow, ...]
    readings: tuple[tuple[float, Reading], ...]
    """Each with the time of its verdict."""
    causes: tuple[Cause, ...] = ()


def history_view(told: RepositoryHistory, now: float, link: Link) -> RepositoryPage:
    """Make the page as of a time; `link`: where the report of a campaign is, empty where nobody knows."""
    line, newest = line_of(told.known, now), told.known.newest
    changes = changes_of(told.campaigns)
    judged = [row for row in told.campaigns if row.state is not State.OPEN]
    marks = [(klass_of(row), bool(changes[row.key.campaign])) for row in judged]
    tracks = _tracks(told.readings)
    label = f"{counted(len(judged), 'verdict')}, the newest last; a mark above one: policy or image was changed before"
    return RepositoryPage(
        line=line,
        base=newest.base,
        image=shown(newest.image, 300),
        policy=newest.policy,
        may_sign=", ".join(shown(name) for name in may_sign(told.known)),
        price="no prices" if newest.price is None else f"at most {newest.price:.2f} a campaign",
        strip=charts.strip(label, marks),
        campaigns=tuple(_past(row, changes, link) for row in judged[::-1][:CAMPAIGNS_SHOWN]),
        left_out=max(0, len(judged) - CAMPAIGNS_SHOWN),
        tracks=tracks[:READINGS_SHOWN],
        tracks_left_out=max(0, len(tracks) - READINGS_SHOWN),
        steps=tuple(_step(step) for step in told.known.steps[::-1]),
        causes=told.causes,
    )


def changes_of(campaigns: Sequence[CampaignRow]) -> Mapping[str, str]:
    """Say of each campaign what is another one than in the one before it: policy, image, or both."""
    found: dict[str, str] = {}
    before: CampaignRow | None = None
    for row in campaigns:
        words = []
        if before is not None and row.rules and before.rules:
            words += ["policy"] * (row.rules != before.rules) + ["image"] * (row.image != before.image)
        found[row.key.campaign] = " and ".join(words)
        before = row
    return found


def _past(row: CampaignRow, changes: Mapping[str, str], link: Link) -> CampaignLine:
    return CampaignLine(
        campaign=row.key.campaign,
        at=minute_of(row.judged_at),
        verdict=verdict_words(row),
        klass=klass_of(row),
        reason=_first(row.trouble if row.state is State.DAMAGED else row.reason),
        pairs=f"{row.clean} of {row.pairs_needed}",
        changed=changes[row.key.campaign],
        vouched=f"verified {day_of(row.verified_at)}" if row.verified_at else "recorded",
        link=link(row),
    )


def _first(text: str) -> str:
    """Give the first sentence of a reason; the report has all of it."""
    head, dot, _ = text.partition(". ")
    return shown(head + dot.strip(), REASON_MAX)


def _step(step: Step) -> tuple[str, str, str]:
    practice = ", practice" if step.synthetic else ""
    return minute_of(step.since), f"{step.stage} ({step.share} %{practice})", shown(step.by)


def _tracks(readings: Iterable[tuple[float, Reading]]) -> tuple[Track, ...]:
    subjects: dict[tuple[str, str], list[tuple[float, Reading]]] = defaultdict(list)
    for at, reading in readings:
        subjects[reading.kind, reading.subject].append((at, reading))
    return tuple(_track(members[-POINTS_MAX:]) for _, members in sorted(subjects.items()))


def _track(members: Sequence[tuple[float, Reading]]) -> Track:
    last = members[-1][1]
    unit = f" {last.unit}" if last.unit else ""
    names = [day_of(at)[5:] for at, _ in members]
    series = [
        Series("legacy", "legacy", [reading.legacy for _, reading in members]),
        Series("candidate", "candidate", [reading.candidate for _, reading in members]),
    ]
    words = f"legacy {_short(last.legacy)}{unit}, candidate {_short(last.candidate)}{unit}"
    limit = f", limit {last.margin}" if last.margin else ""
    label = f"{shown(last.subject, 200)} in {counted(len(members), 'campaign')}; last: {words}"
    plot = charts.lines(label, names, series, unit, zero=last.kind == "startup", small=True)
    return Track(shown(last.subject, 200), f"{words}{limit}: {last.outcome}", plot)


def _short(value: float | None) -> str:
    return number(None if value is None else float(f"{value:.4g}"))
