"""What campaigns leave behind for later ones: counts of one job, with all that they stand on. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.finding import Outcome
from harness.model.job import Side
from harness.model.policy import Change
from harness.model.sample import Earlier, Repeat, Series


@dataclass(frozen=True, slots=True)
class Cell:
    """Repositories of one cell run on the same base image, as the same kind, on the same instance family."""

    base: str
    """Digest of the declared base's layers; the image itself where none is declared."""
    kind: str
    family: str
    """Such as `ml.m5`; empty where the job names none."""


@dataclass(frozen=True, slots=True)
class EvidenceBasis:
    """What a job's evidence stands on; a difference in any of it is a `Change`."""

    repository: str
    job: str
    cell: Cell
    image: str
    """Config digest, or the pinned reference where that is all we know."""
    code: str
    """Digest of code pin, commands, environments and parameter readings of both sides."""
    parameters: str
    inputs: str
    instance: str
    resources: str


@dataclass(frozen=True, slots=True)
class EndingCounts:
    """Runs of both sides, and how many of them a platform cut."""

    legacy_runs: int = 0
    legacy_lost: int = 0
    candidate_runs: int = 0
    candidate_lost: int = 0

    def plus(self, other: EndingCounts) -> EndingCounts:
        """Add two counts."""
        return EndingCounts(
            self.legacy_runs + other.legacy_runs,
            self.legacy_lost + other.legacy_lost,
            self.candidate_runs + other.candidate_runs,
            self.candidate_lost + other.candidate_lost,
        )


@dataclass(frozen=True, slots=True)
class JobSummary:
    """What one campaign learned of one job; kept in the ledger, so that it can be neither edited nor dropped."""

    standing: EvidenceBasis
    campaign: str
    synthetic: bool
    clean: int
    """State pairs that agree, those with an explained legacy false failure included."""
    explained: int
    unclean: int
    """State pairs that disagree or of which it is not known; waivers do not make them clean."""
    false_success: int
    ends: EndingCounts
    repeats: Mapping[Side, Mapping[str, tuple[Repeat, ...]]] = field(default_factory=dict)
    """Metric → its value in every run of a side: free A/A for a later campaign with the same identity."""
    alone: int = 0
    """Candidate runs in no pair that ended as they should."""
    series: Mapping[str, Series] = field(default_factory=dict)
    """Metric or `first-instruction` → its pairs."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Output → digest of how it is compared; by other rules it is another output."""
    differing: tuple[tuple[str, ...], ...] = ()
    """Of each candidate run that ended as it should and left something else than legacy: in which outputs."""


@dataclass(frozen=True, slots=True)
class Runs:
    """All runs of a job that were comparable: one line of images, one set of parameters and inputs."""

    values: Mapping[Side, Mapping[str, tuple[Repeat, ...]]]
    """Metric → its value in every run of a side."""


@dataclass(frozen=True, slots=True)
class EarlierEvidence:
    """What earlier campaigns of one job left that counts with what this one measures."""

    series: Mapping[str, tuple[Earlier, ...]] = field(default_factory=dict)
    """Metric or `first-instruction` → its pairs, the oldest campaign first."""
    runs: tuple[Runs, ...] = ()
    """The first is comparable with this campaign's runs."""


@dataclass(frozen=True, slots=True)
class CellContribution:
    """What another repository of a cell brings."""

    repository: str
    cell: Cell
    clean: int
    unclean: int
    ends: EndingCounts


@dataclass(frozen=True, slots=True)
class History:
    """What a verdict may count besides its own campaign; taken from the ledger as it was when the campaign began."""

    own: tuple[JobSummary, ...] = ()
    """Of this repository, in the ledger's order."""
    others: tuple[CellContribution, ...] = ()
    """Of repositories that share kind and instance family with a job of this one."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One earlier campaign's evidence of one job: whether it counts, and why."""

    campaign: str
    job: str
    changes: tuple[Change, ...]
    clean: int
    """Runs that count for: they ended as they should and left what legacy leaves."""
    unclean: int
    """Runs that count against."""
    why: str


@dataclass(frozen=True, slots=True)
class StateEvidence:
    """How rare wrong endings are known to be."""

    clean: int
    """Own runs that ended as they should: one a clean pair, and those in no pair; carried ones included."""
    unclean: int
    """Own pairs of earlier campaigns that count against."""
    upper: float
    """Bound of the rate of wrong endings, wrong at most once in 20; of the cell where `pooled`."""
    bound: float
    """What the policy asks for."""
    repositories: int
    """Others of the cell whose pairs were looked at."""
    pooled: int
    """Their clean pairs that count; 0 where none may."""
    enough: bool
    why: str
    job: str = ""
    """Of several jobs the one of which least is known; else empty."""


@dataclass(frozen=True, slots=True)
class LossRate:
    """Runs that platforms cut, a side, and what that proves."""

    ends: EndingCounts
    """Own and of other repositories of the same kind and instance family."""
    upper: float | None
    """Fewer than this share of candidate runs is cut; where `bound` is 0, of the candidate's rate minus legacy's."""
    margin: float
    """By how much the candidate's rate may exceed legacy's."""
    outcome: Outcome
    why: str
    bound: float = 0.0
    """What the policy asks `upper` for; 0: judged before there were bets."""
