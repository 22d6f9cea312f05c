"""Eighty repositories with months of campaigns, drawn from a seed, and what is true of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from board.sample import CELLS, DAY, NOW, divergence, reading, row, signed, step

from harness.board.values import CampaignReading, Cell, Divergence, Signed, State, Step

OWNERS = ("ada", "bob", "forecasting", "fraud", "pricing", "risk", "search", "vision")
BASES = ("py311-cuda", "py311-cpu", "spark-35", "r-43")
LAST_NIGHT = 10 * 3600.0
"""Before `NOW`, which is in the morning."""
KINDS = {
    "done": 9,
    "cut-over": 7,
    "signed": 5,
    "ready": 8,
    "stale": 6,
    "damaged": 3,
    "thin": 17,
    "blocked": 22,
    "young": 3,
}
"""How many repositories are in which case."""


@dataclass
class Truth:
    """What a platform engineer should find out from the pages."""

    owner: dict[str, str] = field(default_factory=dict)
    base: dict[str, str] = field(default_factory=dict)
    no_go_days: dict[str, int] = field(default_factory=dict)
    """By repository that is NO-GO: for how many days."""
    cause: dict[str, str] = field(default_factory=dict)
    """By repository that is NO-GO: what keeps it from a GO."""
    missing: dict[str, int] = field(default_factory=dict)
    """By repository that is INCONCLUSIVE: how many more runs it needs."""
    stale: set[str] = field(default_factory=set)
    damaged: set[str] = field(default_factory=set)
    to_sign: dict[str, set[str]] = field(default_factory=dict)
    """By repository that is ready to sign: who may."""
    last_night: set[str] = field(default_factory=set)
    spend: dict[str, float] = field(default_factory=dict)
    """Day on which a week begins → bound of its cost."""
    cut_over_days: list[int] = field(default_factory=list)
    """How many days ago each repository was cut over."""


@dataclass
class Fleet:
    """Rows for the index, with the truth about them."""

    reads: list[CampaignReading] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    signatures: list[Signed] = field(default_factory=list)
    truth: Truth = field(default_factory=Truth)
    sequence: int = 0


_TITLES = {
    "aaaaaaaaaaaa": "the sidecar ends after the work",
    "bbbbbbbbbbbb": "accuracy fell",
    "cccccccccccc": "rows are in another order",
}
"""By signature."""
ADVICE = {
    "the sidecar ends after the work": "make the sidecar native",
    "accuracy fell": "fix the seed",
    "rows are in another order": "sort rows before writing",
}


def fleet(seed: int = 80) -> Fleet:
    """Draw eighty repositories; the same seed gives the same ones."""
    made, draw = Fleet(), random.Random(seed)
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    names = [f"team-{number:02d}" for number in range(len(kinds))]
    draw.shuffle(names)
    for name, kind in zip(names, kinds, strict=True):
        made.truth.owner[name], made.truth.base[name] = draw.choice(OWNERS), draw.choice(BASES)
        _history(made, draw, name)
        _NEWEST[kind](made, draw, name)
    return made


def _add(made: Fleet, name: str, campaign: str, *divergences: Divergence, **changes: object) -> None:
    """Add one campaign, with its cost and whether it was judged last night."""
    found = row(name, campaign, owner=made.truth.owner[name], base=made.truth.base[name], **changes)
    made.reads.append(CampaignReading(found, divergences, (reading(),) if found.decision else ()))
    if found.decision:
        day = _week(found.judged_at)
        made.truth.spend[day] = made.truth.spend.get(day, 0.0) + (found.price or 0.0)
        if found.judged_at >= NOW - DAY:
            made.truth.last_night.add(name)


def _week(at: float) -> str:
    """Name the Monday of a time."""
    day = datetime.fromtimestamp(at, UTC)
    return f"{day - timedelta(days=day.weekday()):%Y-%m-%d}"


def _history(made: Fleet, draw: random.Random, name: str) -> None:
    """Give some months of earlier campaigns, none of which says how it stands now."""
    for number in range(draw.randrange(2, 7)):
        at = NOW - (120 - 9 * number) * DAY
        _add(made, name, f"h{number}", judged_at=at, planned_at=at - 7200, price=round(draw.uniform(0.1, 2), 2),
             decision="INCONCLUSIVE", clean=number, blocking=1)  # fmt: skip


def _blocked(made: Fleet, draw: random.Random, name: str) -> None:
    """Be NO-GO for some days, by one of three causes; the sidecar hits most."""
    worse = Cell("MISMATCH", informs=False, count=1)
    days = draw.choice([day for day in range(3, 60) if day not in made.truth.no_go_days.values()])
    signature = draw.choices(tuple(_TITLES), [5, 3, 2])[0]
    title, advice = _TITLES[signature], ADVICE[_TITLES[signature]]
    found = divergence(signature, outcome="MISMATCH", title=title, advice=advice, rule="", summary=f"{title} in {name}")
    for number, at in enumerate((NOW - days * DAY, NOW - DAY - LAST_NIGHT)):
        _add(made, name, f"n{number}", found, judged_at=at, planned_at=at - 7200, decision="NO-GO", blocking=1,
             reason=title, remedy=advice, cells={**CELLS, "metrics": worse})  # fmt: skip
    made.truth.no_go_days[name], made.truth.cause[name] = days, title


def _thin(made: Fleet, draw: random.Random, name: str) -> None:
    """Need some more runs, no two repositories as many."""
    missing = draw.choice([count for count in range(2, 27) if count not in made.truth.missing.values()])
    at = NOW - LAST_NIGHT if missing % 3 == 0 else NOW - 2 * DAY
    _add(made, name, "n", judged_at=at, planned_at=at - 7200, decision="INCONCLUSIVE", clean=29 - missing, blocking=1,
         reason=f"{29 - missing} of 29 clean pairs")  # fmt: skip
    made.truth.missing[name] = missing


def _young(made: Fleet, draw: random.Random, name: str) -> None:
    """Have a campaign that runs, after earlier ones that were judged."""
    del draw
    _add(made, name, "n", judged_at=NOW - 2 * DAY, planned_at=NOW - 2 * DAY, evidence="synthetic")
    _add(made, name, "r", state=State.OPEN, judged_at=0.0, decision="", cells={}, clean=0, reason="")


def _ready(made: Fleet, draw: random.Random, name: str) -> None:
    may = draw.sample(["ada", "bob", "cleo", "dan", "eve"], draw.randrange(2, 6))
    first = may[0] if len(may) == 5 else ""
    _add(made, name, "n", approvers=tuple(may), approvals=2 if first else 1, author=may[-1])
    if first:
        made.sequence += 1
        made.signatures.append(signed(name, "n", first, made.sequence))
    made.truth.to_sign[name] = set(may) - {may[-1]} - {first}


def _stale(made: Fleet, draw: random.Random, name: str) -> None:
    at = NOW - draw.randrange(40, 60) * DAY
    _add(made, name, "n", judged_at=at, planned_at=at, expires_at=NOW - DAY)
    made.truth.stale.add(name)


def _damaged(made: Fleet, draw: random.Random, name: str) -> None:
    del draw
    _add(made, name, "n", state=State.DAMAGED, judged_at=NOW - 3 * DAY, trouble=f"judgement/{name}.json is missing",
         cells={})  # fmt: skip
    made.truth.damaged.add(name)


def _signed(made: Fleet, draw: random.Random, name: str) -> None:
    del draw
    _add(made, name, "n", judged_at=NOW - 2 * DAY)
    made.sequence += 1
    made.signatures.append(signed(name, "n", "ada", made.sequence))


def _moved(made: Fleet, draw: random.Random, name: str, last: str) -> None:
    days = draw.choice([day for day in range(1, 80) if day != 28])
    _add(made, name, "n", judged_at=NOW - 2 * DAY)
    for stage, ago in (("canary", days + 9), ("cut-over", days), *((("done", 0.5),) if last == "done" else ())):
        made.sequence += 1
        made.steps.append(step(name, stage, ago, made.sequence))
    made.truth.cut_over_days.append(days)


_NEWEST = {
    "done": lambda made, draw, name: _moved(made, draw, name, "done"),
    "cut-over": lambda made, draw, name: _moved(made, draw, name, "cut-over"),
    "signed": _signed,
    "ready": _ready,
    "stale": _stale,
    "damaged": _damaged,
    "blocked": _blocked,
    "thin": _thin,
    "young": _young,
}
