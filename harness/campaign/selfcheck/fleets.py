"""The fleet's rows: sound fleets, platforms that lose more, and single repositories that are bad among sound ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.campaign.selfcheck.defects import FACTS, NOISE, Row
from harness.campaign.selfcheck.fleet import CADENCES, REPOSITORIES, Fault, Story, members
from harness.campaign.selfcheck.trials import Count
from harness.model.carry import JobSummary
from harness.model.verdict import Decision

CAMPAIGNS_MAX = 15
"""Campaigns of a bad repository: as many days, 120 pairs and 150 candidate runs."""
AFTER_GO = 4
"""Campaigns, each with an image of its own, that carry a defect which the images before did not have."""
SOUND_MIN = 0.9
AT_MARGIN_MAX = 0.05
"""Of all campaigns of a repository together: bets hold at every time at once."""


@dataclass(frozen=True, slots=True)
class FleetRow(Row):
    """One line of the fleet's table."""

    faults: tuple[Fault, ...] = (Fault(),)
    """Drawn in turn, trial by trial."""
    whole: bool = False
    """All repositories of a fleet have the fault; else one has it, and the rest are sound."""
    cadence: str = ""
    """Of the repositories that are counted; empty: all."""
    after_go: bool = False
    """Only images that come after a first GO have the fault."""
    chunk: int = 20


@dataclass(frozen=True, slots=True)
class Fleet:
    """How a fleet ended."""

    went: dict[str, float] = field(default_factory=dict)
    """Repository → when it reached GO, in weeks; after it, it runs no more campaigns."""
    last: dict[str, Decision] = field(default_factory=dict)
    left: tuple[tuple[float, JobSummary], ...] = ()
    """When each campaign began, and what it left."""


def _rows() -> tuple[FleetRow, ...]:
    per_cadence = REPOSITORIES // len(CADENCES)
    sound = [
        FleetRow(
            f"sound, {name}", 3 * per_cadence, 1.0, no_go_max=0.01, go_min=SOUND_MIN,
            whole=True, cadence=name, chunk=per_cadence,
        )
        for name in CADENCES
    ]  # fmt: skip
    shifted = [Fault(shift=number) for number in (1.5, 2.0)]
    newest = (*(Fault(change=fact) for fact in FACTS.values()), *shifted)
    at_margin = (Fault(shift=1.0),)
    return (
        *sound,
        FleetRow("metric at the margin from the start", 300, AT_MARGIN_MAX, faults=at_margin),
        FleetRow(
            "metric at the margin from one image on, proven before", 300, AT_MARGIN_MAX, faults=at_margin, after_go=True
        ),
        FleetRow("defect of the newest image only", 300, 0.0, faults=newest, after_go=True),
        *(_disagreeing(share, go_max) for share, go_max in ((1.0, 0.0), (0.5, 0.0), (0.3, 0.01), (0.1, 1.0))),
        FleetRow(
            "candidate platform loses 5 %, legacy 1 %", 2 * REPOSITORIES, 0.05,
            faults=(Fault(losses=0.05),), whole=True, chunk=REPOSITORIES,
        ),
    )  # fmt: skip


def _disagreeing(share: float, go_max: float) -> FleetRow:
    fault = Fault(change=FACTS["false failure"], share=share)
    return FleetRow(f"one repository of a cell: {share:.0%} of its pairs disagree", 300, go_max, faults=(fault,))


ROWS = _rows()


def count(row: FleetRow, seed: int, first: int, last: int) -> Count:
    """Run trials `first` to `last` (without it) of a row; any split gives the same."""
    if row.whole:
        return _whole(row, seed, first, last)
    total = Count()
    with TemporaryDirectory(prefix="parity-fleet-") as folder:
        for number in range(first, last):
            total = total.plus(_ended(_alone(row, seed, number, Path(folder))))
    return total


def _ended(decisions: Sequence[Decision]) -> Count:
    """Count a repository by the best that any campaign with the fault came to."""
    if Decision.GO in decisions:
        return Count(1, go=1)
    return Count(1, inconclusive=1) if decisions[-1] is Decision.INCONCLUSIVE else Count(1, no_go=1)


# -- whole fleets -----------------------------------------------------------------------------------------------------


def _whole(row: FleetRow, seed: int, first: int, last: int) -> Count:
    fleet, total = run_fleet(seed + first // row.chunk, row.faults[0]), Count()
    for member in members(seed + first // row.chunk):
        if row.cadence in {"", member.cadence} and total.trials < last - first:
            ends = [Decision.GO] if member.name in fleet.went else [fleet.last[member.name]]
            total = total.plus(_ended(ends))
    return total


@lru_cache(maxsize=4)
def run_fleet(seed: int, fault: Fault) -> Fleet:
    """Run every campaign of a fleet in order; one that reached GO is cut over and leaves."""
    fleet = members(seed)
    slots = sorted((begins, number) for number, member in enumerate(fleet) for begins in member.begins())
    went: dict[str, float] = {}
    last: dict[str, Decision] = {}
    left: list[tuple[float, JobSummary]] = []
    with TemporaryDirectory(prefix="parity-fleet-") as folder:
        stories = [Story(member, seed, Path(folder)) for member in fleet]
        for begins, number in slots:
            name = fleet[number].name
            if name in went:
                continue
            ended = stories[number].campaign(begins, fault, _known(left, begins, name))
            left += [(begins, tally) for tally in ended.tallies]
            last[name] = ended.decision
            if ended.decision is Decision.GO:
                went[name] = begins
    return Fleet(went, last, tuple(left))


def _known(left: Sequence[tuple[float, JobSummary]], begins: float, name: str) -> list[JobSummary]:
    """Give what other repositories left before a campaign began."""
    return [tally for at, tally in left if at < begins and tally.standing.repository != name]


# -- one repository among sound ones ----------------------------------------------------------------------------------


def _alone(row: FleetRow, seed: int, number: int, folder: Path) -> list[Decision]:
    """Run one repository beside the sound fleet's others; give what its campaigns with the fault came to."""
    chosen = members(seed)[number % REPOSITORIES]
    fault = row.faults[number % len(row.faults)]
    noise = list(NOISE)[number % len(NOISE)] if fault.shift else chosen.noise
    story = Story(replace(chosen, noise=noise), seed + 1 + number, folder)
    left = run_fleet(seed, Fault()).left
    begins = list(chosen.begins())
    sound = _until_go(story, begins[:-AFTER_GO], left) if row.after_go else 0
    most = AFTER_GO if row.after_go else CAMPAIGNS_MAX
    return [
        story.campaign(number, fault, _known(left, number, chosen.name)).decision
        for number in begins[sound : sound + most]
    ]


def _until_go(story: Story, begins: Sequence[float], left: Sequence[tuple[float, JobSummary]]) -> int:
    """Run sound campaigns until one is GO; say how many there were."""
    for number, begin in enumerate(begins, 1):
        if story.campaign(begin, Fault(), _known(left, begin, story.member.name)).decision is Decision.GO:
            return number
    return len(begins)
