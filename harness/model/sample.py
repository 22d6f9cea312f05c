"""Numbers of one subject over the pairs of a job, taken from evidence before any judgement. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stratum(StrEnum):
    """Where and when a run ran: what may move a value although the identity is the same."""

    NODE = "node"
    """Name of the Kubernetes node; SageMaker names none."""
    PROCESSOR = "processor"
    """Model of the processor, as the shim read it: the type of a node that numbers feel."""
    FAMILY = "instance family"
    """Such as `ml.m5`; SageMaker only."""
    DAY = "day"
    """Of the submit, in UTC."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One run's value among those of its side with one identity (A/A), and its strata; an unknown one is absent."""

    value: float
    strata: Mapping[Stratum, str]


@dataclass(frozen=True, slots=True)
class PairedSample:
    """One metric or startup phase: both sides' values pair by pair, and all runs of each side (A/A)."""

    name: str
    unit: str
    legacy: tuple[float, ...]
    """By pair, in the order of `pairs`."""
    candidate: tuple[float, ...]
    pairs: tuple[str, ...]
    """Pairs that have both values."""
    legacy_repeats: tuple[float, ...]
    """Every legacy run of one identity, those in pairs included."""
    candidate_repeats: tuple[float, ...]
    error_seconds: float | None
    """Largest error bar of a time; None for metrics."""
    problems: tuple[str, ...]
    """Why a pair has no value, one sentence each."""
    source: str
    evidence: tuple[str, ...] = ()
    submitted: tuple[float, ...] = ()
    """Epoch seconds of the first submission of each of `pairs`, by the harness's clock."""


@dataclass(frozen=True, slots=True)
class PairValue:
    """One pair's values, kept for later campaigns."""

    legacy: float
    candidate: float
    submitted: float
    """Epoch seconds of its first submission, by the harness's clock."""


@dataclass(frozen=True, slots=True)
class Series:
    """What one campaign measured of one metric, pair by pair."""

    claim: str
    """What is to be proven: its margin and how it is read, in words; another claim is another metric."""
    margin: float
    """Resolved once, before the first pair counts."""
    pairs: tuple[PairValue, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier campaign's pairs of one metric that count with those of this one."""

    series: Series
    same: bool
    """Of the very image, code, parameters and inputs of this campaign."""


@dataclass(frozen=True, slots=True)
class ExampleSample:
    """The predictions of all runs of a job for one test set, example by example."""

    labels: tuple[float, ...]
    predictions: Mapping[str, tuple[float, ...]]
    """By run, in the order of `labels`."""
    pairs: tuple[tuple[str, str, str], ...]
    """Pair id, legacy run, candidate run."""
    legacy_runs: tuple[str, ...]
    """Every legacy run of one identity, those in pairs included."""
    candidate_runs: tuple[str, ...]
    problems: tuple[str, ...]
    """Why a run has no predictions, one sentence each."""
    evidence: tuple[str, ...] = ()
