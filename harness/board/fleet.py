"""Rows of the index to the page that says of every repository where it stands and who does what next. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum

from harness.board.actions import Action, next_action
from harness.board.standing import Known, RepositoryState, stage_of, standing_of
from harness.board.values import CampaignRow, Cell, State
from harness.model.finding import Outcome
from harness.model.policy import DAY
from harness.model.verdict import EvidenceKind
from harness.report.wording import counted, shown

DIMENSIONS: Mapping[str, str] = {
    "outputs": "outputs",
    "metrics": "metrics",
    "startup": "startup",
    "transitions": "states",
    "truth": "truth",
    "configuration": "configuration",
    "cost": "cost",
}
"""Dimension of findings → column of the board."""
NAME_MAX = 80
"""Characters of a name in a row; its own page has all of it."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell: what a dimension's column shows."""

    column: str
    word: str
    klass: str
    """Of the outcome, as the report's pages colour it; `notrun` where nothing is known."""


@dataclass(frozen=True, slots=True)
class Line:
    """One repository on the board."""

    store: str
    repository: str
    campaign: str
    name: str
    """As it is shown."""
    owner: str
    tier: str
    base: str
    stage: str
    standing: RepositoryState
    verdict: str
    klass: str
    age: str
    stale: bool
    stuck: str
    cells: tuple[CellView, ...]
    action: Action
    reason: str
    vouched: str
    """recorded, or verified and when."""
    running: bool
    causes: tuple[str, ...]
    closeness: tuple[float, ...]
    """Smaller is closer to GO."""
    stuck_seconds: float


class Sort(StrEnum):
    """Orders of the board."""

    CLOSEST = "closest"
    STUCK = "stuck"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are shown, and in what order; every empty field lets all through."""

    owner: str = ""
    tier: str = ""
    base: str = ""
    state: str = ""
    cause: str = ""
    sort: Sort = Sort.CLOSEST

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filter:
        """Read the query of a URL; an order that is not known is the first one."""
        words = {known.name: query.get(known.name, "") for known in fields(cls) if known.name != "sort"}
        sort = query.get("sort", "")
        return cls(**words, sort=Sort(sort) if sort in set(Sort) else Sort.CLOSEST)

    def narrowed(self, name: str, value: str) -> Filter:
        """Give this filter with another value of one of its fields."""
        query = {known.name: str(getattr(self, known.name)) for known in fields(self)}
        return Filter.of({**query, name: value})

    def shows(self, line: Line) -> bool:
        """Tell whether a row passes."""
        wanted = ((self.owner, line.owner), (self.tier, line.tier), (self.base, line.base))
        return (
            all(not asked or asked == found for asked, found in wanted)
            and (not self.state or self.state == line.standing.value)
            and (not self.cause or self.cause in line.causes)
        )


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen of each filter."""

    owner: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    state: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetPage:
    """The page of all repositories: rows in order, of how many, and what can be chosen."""

    lines: tuple[Line, ...]
    total: int
    counts: tuple[tuple[RepositoryState, int], ...]
    """Of all repositories, whatever is filtered."""
    choices: Choices
    filter: Filter = field(default_factory=Filter)


def now_view(known: Iterable[Known], wanted: Filter, now: float) -> FleetPage:
    """Make the page as of a time."""
    lines = [line_of(repository, now) for repository in known]
    found = [line for line in lines if wanted.shows(line)]
    counts = [(standing, sum(line.standing is standing for line in lines)) for standing in RepositoryState]
    return FleetPage(
        tuple(sorted(found, key=ORDERS[wanted.sort])),
        len(lines),
        tuple((standing, count) for standing, count in counts if count),
        Choices(
            _choices(line.owner for line in lines),
            _choices(line.tier for line in lines),
            _choices(line.base for line in lines),
            tuple(standing.value for standing, count in counts if count),
        ),
        wanted,
    )


def _choices(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word}))


ORDERS: Mapping[Sort, Callable[[Line], tuple[object, ...]]] = {
    Sort.CLOSEST: lambda line: (line.closeness, line.repository, line.store),
    Sort.STUCK: lambda line: (-line.stuck_seconds, line.repository, line.store),
    Sort.NAME: lambda line: (line.repository, line.store),
}


def line_of(known: Known, now: float) -> Line:
    """Make the row of one repository."""
    row, standing = known.newest, standing_of(known, now)
    stuck = 0.0 if standing is RepositoryState.DONE or not known.since else max(0.0, now - known.since)
    judged = known.judged
    return Line(
        store=known.store,
        repository=known.repository,
        campaign=judged.key.campaign if judged else "",
        name=shown(known.repository, NAME_MAX),
        owner=shown(row.owner, NAME_MAX),
        tier=shown(row.tier, NAME_MAX),
        base=shown(row.base, NAME_MAX),
        stage=stage_of(known).value,
        standing=standing,
        verdict=_verdict(known, standing),
        klass=KLASSES[standing],
        age=age(now - judged.planned_at) if judged else "",
        stale=standing is RepositoryState.STALE,
        stuck=age(stuck) if stuck else "",
        cells=cells_of(judged.cells if judged else {}, stale=standing is RepositoryState.STALE),
        action=next_action(known, standing),
        reason=shown(judged.trouble or judged.reason) if judged else "",
        vouched=_vouched(known, now),
        running=known.running is not None,
        causes=known.causes,
        closeness=_closeness(known, standing),
        stuck_seconds=stuck,
    )


KLASSES: Mapping[RepositoryState, str] = {
    RepositoryState.READY: "good",
    RepositoryState.SIGNED: "good",
    RepositoryState.MOVING: "good",
    RepositoryState.DONE: "good",
    RepositoryState.WOULD_GO: "told",
    RepositoryState.INCONCLUSIVE: "open",
    RepositoryState.NO_GO: "bad",
    RepositoryState.STALE: "notrun",
    RepositoryState.DAMAGED: "bad",
    RepositoryState.NOT_JUDGED: "notrun",
}


def _verdict(known: Known, standing: RepositoryState) -> str:
    """Say the verdict in the words of its evidence: a synthetic one says what it would be."""
    judged = known.judged
    if judged is None:
        return "none yet"
    return "damaged" if standing is RepositoryState.DAMAGED else verdict_words(judged)


def verdict_words(row: CampaignRow) -> str:
    """Say the verdict of one campaign, or that its evidence is damaged."""
    if row.state is State.DAMAGED:
        return "damaged"
    return f"would be {row.decision}" if row.evidence != EvidenceKind.REAL.value else row.decision


def _vouched(known: Known, now: float) -> str:
    judged = known.judged
    if judged is None:
        return ""
    if not judged.verified_at:
        return "recorded"
    return f"verified {age(now - judged.verified_at)} ago"


def cells_of(cells: Mapping[str, Cell], *, stale: bool = False) -> tuple[CellView, ...]:
    """Give one cell a column, in the order of the columns."""
    return tuple(_cell_view(column, cells.get(dimension), stale=stale) for dimension, column in DIMENSIONS.items())


def _cell_view(column: str, cell: Cell | None, *, stale: bool) -> CellView:
    if cell is None or not cell.outcome:
        return CellView(column, "no price" if column == "cost" and cell else "not checked", "notrun")
    if column == "cost":
        return CellView(column, "within its cap", "notrun" if stale else "good")
    word = f"{cell.outcome}, decides nothing" if cell.informs else cell.outcome
    klass = OUTCOMES[Outcome(cell.outcome)]
    if stale or (cell.informs and klass != "good"):
        klass = "notrun"
    return CellView(column, f"{word}, stale" if stale else word, klass)


OUTCOMES: Mapping[Outcome, str] = {
    Outcome.MATCH: "good",
    Outcome.EXPLAINED: "told",
    Outcome.WAIVED: "waived",
    Outcome.NOT_RUN: "notrun",
    Outcome.INCONCLUSIVE: "open",
    Outcome.MISMATCH: "bad",
}

_NEAREST: Sequence[RepositoryState] = (
    RepositoryState.READY,
    RepositoryState.WOULD_GO,
    RepositoryState.INCONCLUSIVE,
    RepositoryState.STALE,
    RepositoryState.NO_GO,
    RepositoryState.DAMAGED,
    RepositoryState.NOT_JUDGED,
    RepositoryState.SIGNED,
    RepositoryState.MOVING,
    RepositoryState.DONE,
)
"""What needs one step to GO comes first; what is past GO comes last."""


def _closeness(known: Known, standing: RepositoryState) -> tuple[float, ...]:
    judged = known.judged
    if judged is None:
        return (_NEAREST.index(standing), math.inf, math.inf)
    missing = max(0, judged.pairs_needed - judged.clean)
    return (_NEAREST.index(standing), float(judged.blocking), float(missing))


_HOUR, _MINUTE = 3600, 60


def age(seconds: float) -> str:
    """Write how long something is ago in its largest unit: `3 d`, `5 h`, `2 min`."""
    if seconds >= DAY:
        return f"{seconds / DAY:.0f} d"
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:.0f} h"
    return f"{max(0, int(seconds // _MINUTE))} min"


def headline(view: FleetPage) -> str:
    """Say in one sentence how the fleet stands."""
    counts = dict(view.counts)
    past = sum(
        counts.get(standing, 0) for standing in (RepositoryState.SIGNED, RepositoryState.MOVING, RepositoryState.DONE)
    )
    ready, total = counts.get(RepositoryState.READY, 0), counted(view.total, "repository", "repositories")
    return f"{total}: {past} signed off or further, {ready} ready to sign"
