"""The checks: what each one looks at, and what it requires. What is required is asked of the check and stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from harness.compare import cadence, configuration, endings, field_noise, metrics, outputs, pairs, startup, transitions
from harness.compare.output_rules import OpenPayload
from harness.model.finding import Dimension, Finding, Requirement
from harness.model.job import Job
from harness.model.observation import Observation
from harness.model.plan import Identity
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
    noise: Mapping[str, field_noise.FieldNoise]
    """By output."""


@dataclass(frozen=True, slots=True)
class PairCheck:
    """A check over one pair."""

    name: str
    dimension: Dimension
    requires: Callable[[Job], tuple[str, ...]]
    """Subjects of which every sound pair needs a finding."""
    run: Callable[[PairEvidence], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class JobCheck:
    """A check over all pairs of a job."""

    name: str
    dimension: Dimension
    requires: Callable[[Job], tuple[str, ...]]
    """Subjects of which one finding is needed."""


def _nothing(job: Job) -> tuple[str, ...]:
    del job
    return ()


PAIR_CHECKS = (
    PairCheck(
        "identity",
        Dimension.IDENTITY,
        pairs.required,
        lambda of: pairs.check_identity(of.job, of.pair, of.identity, of.legacy, of.candidate),
    ),
    PairCheck(
        "truth",
        Dimension.TRUTH,
        endings.required,
        lambda of: endings.check_truth(of.job, of.pair, of.legacy, of.candidate),
    ),
    PairCheck(
        "transitions",
        Dimension.TRANSITIONS,
        transitions.required,
        lambda of: transitions.check_transitions(of.job, of.pair, of.legacy, of.candidate),
    ),
    PairCheck(
        "configuration",
        Dimension.CONFIGURATION,
        configuration.required,
        lambda of: configuration.check_configuration(of.job, of.pair, of.legacy, of.candidate),
    ),
    PairCheck(
        "outputs",
        Dimension.OUTPUTS,
        outputs.required,
        lambda of: outputs.check_outputs(of.job, of.pair, of.legacy, of.candidate, of.open_payload, of.noise),
    ),
    PairCheck(
        "metrics.curve",
        Dimension.METRICS,
        _nothing,
        lambda of: metrics.check_curves(of.job, of.pair, of.legacy, of.candidate, of.curves),
    ),
)
METRICS = JobCheck("metrics", Dimension.METRICS, metrics.required)
STARTUP = JobCheck("startup", Dimension.STARTUP, startup.required)
CADENCE = JobCheck("cadence", Dimension.STARTUP, cadence.required)
JOB_CHECKS = (METRICS, STARTUP, CADENCE)


def requirements_of(repository: Repository) -> tuple[Requirement, ...]:
    """Ask every check what it requires of a repository's jobs."""
    return tuple(requirement for job in repository.jobs for requirement in _of_job(job))


def _of_job(job: Job) -> Iterator[Requirement]:
    for pair_check in PAIR_CHECKS:
        for subject in pair_check.requires(job):
            yield Requirement(pair_check.dimension, subject, in_pair=True)
    for job_check in JOB_CHECKS:
        for subject in job_check.requires(job):
            yield Requirement(job_check.dimension, subject, in_pair=False)
