"""What a check is: its name, what it speaks of, what it requires of a job, and the evidence that it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.compare.field_noise import FieldNoise
from harness.compare.output_rules import OpenPayload
from harness.model.carry import EarlierEvidence
from harness.model.finding import Dimension, Finding
from harness.model.job import Job, Side
from harness.model.observation import Observation, ObservedPair
from harness.model.plan import Identity, Plan
from harness.model.repository import Repository


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """One pair, with what it is compared with besides itself."""

    job: Job
    pair: str
    identity: Identity
    legacy: Observation
    candidate: Observation
    open_payload: OpenPayload
    curves: frozenset[str]
    """Metrics whose values differ between runs of one side."""
    noise: Mapping[str, FieldNoise]
    """By output."""


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """One run of a pair that is not void."""

    job: Job
    pair: str
    identity: Identity
    run: Observation
    open_payload: OpenPayload


@dataclass(frozen=True, slots=True)
class JobEvidence:
    """All runs of a job that count."""

    plan: Plan
    repository: Repository
    job: Job
    pairs: tuple[PairEvidence, ...]
    """Those that are not void."""
    repeats: Mapping[Side, tuple[Observation, ...]]
    """Runs of one side with one identity (A/A)."""
    open_payload: OpenPayload
    past: EarlierEvidence
    """What earlier campaigns of the repository left that counts with these runs."""

    @property
    def couples(self) -> tuple[ObservedPair, ...]:
        """Give the two runs of each pair."""
        return tuple(ObservedPair(pair.pair, pair.legacy, pair.candidate) for pair in self.pairs)

    def runs(self, side: Side) -> tuple[Observation, ...]:
        """Give every run of one side, those of pairs and those that repeat them, once."""
        every = (*(couple.of(side) for couple in self.couples), *self.repeats[side])
        return tuple({observation.run.id: observation for observation in every}.values())


def nothing(job: Job) -> tuple[str, ...]:
    """Require nothing: for a check that only informs."""
    del job
    return ()


@dataclass(frozen=True, slots=True)
class Check:
    """What all checks have: one of `RunCheck`, `PairCheck` and `JobCheck`."""

    name: str
    """What each of its findings is called, or begins with before a dot."""
    dimension: Dimension
    requires: Callable[[Job], tuple[str, ...]]
    """Subjects of which it has to leave a finding: in every pair that is not void; of a `JobCheck`, once."""


@dataclass(frozen=True, slots=True)
class RunCheck(Check):
    """A check over each run of a pair by itself."""

    run: Callable[[RunEvidence], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class PairCheck(Check):
    """A check over one pair."""

    run: Callable[[PairEvidence], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class JobCheck(Check):
    """A check over all pairs of a job."""

    run: Callable[[JobEvidence], Iterable[Finding]]
