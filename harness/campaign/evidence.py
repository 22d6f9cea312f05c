"""Stored observations → findings: every check over every pair; a check that crashes is one INCONCLUSIVE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from harness.campaign import history
from harness.campaign.check import (
    Check,
    JobCheck,
    JobEvidence,
    PairCheck,
    PairEvidence,
    RunCheck,
    RunEvidence,
)
from harness.campaign.checks import checks
from harness.campaign.couples import Couple, Observations, couples_of, seen_of, void_reason
from harness.compare import endings, field_noise, lazy_images, metrics, outputs, shim_effect
from harness.compare import repeats as alone
from harness.compare.observed import check_observed
from harness.compare.output_rules import OpenPayload
from harness.errors import PluginUnusable
from harness.judge.coverage import STOP_CHECK, VOID_CHECK
from harness.model.carry import JobSummary
from harness.model.finding import CRASHED, Dimension, Finding, Outcome, speaks_for
from harness.model.job import Job, Output, Side
from harness.model.observation import Observation
from harness.model.plan import Grade, Pair, Plan, bare_subject, repeats_subject
from harness.model.repository import Repository
from harness.model.schedule import RunAtStop, Schedule, Stop
from harness.model.truth import Work
from harness.store import codec


def findings_of(
    schedule: Schedule,
    repository: Repository,
    seen: Observations,
    open_payload: OpenPayload,
    *,
    own: Sequence[JobSummary] = (),
) -> tuple[Finding, ...]:
    """Run every check of one repository; `own`: what its earlier campaigns left."""
    stops = (
        finding
        for job in repository.jobs
        for pair in schedule.pairs
        if (pair.repository, pair.job) == (repository.name, job.name) and pair.id in schedule.stops
        for finding in _stop_findings(schedule, job, pair, seen)
    )
    of_jobs = (
        finding
        for job in repository.jobs
        for finding in _job_findings(schedule, repository, job, seen, open_payload=open_payload, own=own)
    )
    return (*of_jobs, *stops, *lazy_images.of_notebooks(schedule.plan.lazy_images.get(repository.name, ())))


def _job_findings(
    schedule: Schedule,
    repository: Repository,
    job: Job,
    seen: Observations,
    *,
    open_payload: OpenPayload,
    own: Sequence[JobSummary],
) -> Iterator[Finding]:
    couples = list(couples_of(schedule, repository.name, job.name, seen))
    voids = {couple.pair.id: reason for couple in couples if (reason := void_reason(schedule, job, couple))}
    yield from (_void_finding(job, couple, voids[couple.pair.id]) for couple in couples if couple.pair.id in voids)
    sound = [couple for couple in couples if couple.pair.id not in voids]
    repeats = {side: seen_of(schedule.alike(repository.name, job.name, side), seen) for side in Side}
    noise: dict[str, field_noise.FieldNoise] = {}
    for output in job.outputs:
        yield from guarded(
            "outputs.noise",
            Dimension.OUTPUTS,
            f"{job.name}/{output.name}",
            None,
            check=lambda output=output: _learned(job, output, repeats, open_payload, noise=noise),  # type: ignore[misc]
        )
    context = NoiseContext(open_payload, metrics.noisy_curves(job, *repeats.values()), noise)
    pairs = tuple(_pair_evidence(schedule.plan, repository, job, sound, noise=context))
    observed = {pair.id for pair in schedule.pairs_of(repository.name, job.name, (Grade.OBSERVED,))}
    for pair in pairs:
        yield from _pair_findings(pair)
        if pair.pair in observed:
            yield check_observed(job, pair.pair, pair.legacy, pair.candidate)
    past = history.past_of(schedule.plan, repository, job, own)
    yield from _job_wide_findings(JobEvidence(schedule.plan, repository, job, pairs, repeats, open_payload, past))
    yield from _unpaired_findings(schedule, repository, job, seen, repeats=repeats, noise=context)


# -- void pairs -------------------------------------------------------------------------------------------------------


def _stop_findings(schedule: Schedule, job: Job, pair: Pair, seen: Observations) -> Iterator[Finding]:
    """Tell of a pair that we stopped: set aside and replaced, or, where it had told something, in the way of a GO."""
    stop = schedule.stops[pair.id]
    yield _stop_finding(schedule, pair, stop)
    if not stop.blind:
        ended = tuple(seen[run.run] for run in stop.runs if run.ended and run.run in seen)
        alone = (partial(_ended_alone, job, pair.id, observation) for observation in ended)
        yield from (
            told for check in alone for told in guarded("truth", Dimension.TRUTH, job.name, pair.id, check=check)
        )


def _ended_alone(job: Job, pair: str, observation: Observation) -> tuple[Finding, ...]:
    """Judge the ending of a run whose partner we stopped: a false success stays one."""
    return (replace(endings.check_alone(job, observation), pair=pair),)


def _told_by_then(run: RunAtStop) -> str:
    if run.ended:
        return "had ended"
    return "had reported a metric" if run.reported else "may have reported a metric"


def _stop_finding(schedule: Schedule, pair: Pair, stop: Stop) -> Finding:
    """Say who stopped a pair and when, and what follows from what its runs had told."""
    runs = tuple(run.run for run in stop.runs if run.submitted)
    told = ", ".join(f"{run.run} {_told_by_then(run)}" for run in stop.runs if run.ended or run.reported is not False)
    added = schedule.replacements.get(pair.id)
    again = f"replaced by {added.pair.id}" if added else "not replaced"
    why = (
        f"no run had ended or reported a metric; {again}"
        if stop.blind
        else f"{told}, so no other pair may stand for it"
    )
    return Finding(
        check=STOP_CHECK,
        dimension=Dimension.IDENTITY,
        subject=pair.job,
        pair=pair.id,
        outcome=Outcome.INCONCLUSIVE,
        required=not stop.blind,
        summary=f"stopped by {stop.who or 'the harness'} at {stop.at} ({stop.reason}): {why}",
        remedy="" if stop.blind else "run the campaign again",
        evidence=tuple(f"runs/{run}/observation.json" for run in runs),
    )


def _void_finding(job: Job, couple: Couple, reason: tuple[Side, str]) -> Finding:
    side, why = reason
    return Finding(
        check=VOID_CHECK,
        dimension=Dimension.IDENTITY,
        subject=f"{job.name}/{side.value}",
        pair=couple.pair.id,
        outcome=Outcome.INCONCLUSIVE,
        required=False,
        summary=f"void: {why}",
        evidence=_files(couple),
    )


# -- A/A --------------------------------------------------------------------------------------------------------------


Repeats = Mapping[Side, tuple[Observation, ...]]


@dataclass(frozen=True, slots=True)
class NoiseContext:
    """What the pairs of a job are compared with besides each other: noise learned from runs of one side (A/A)."""

    open_payload: OpenPayload
    curves: frozenset[str]
    """Metrics whose values differ between runs of one side."""
    fields: Mapping[str, field_noise.FieldNoise]
    """By output."""


def _learned(
    job: Job,
    output: Output,
    repeats: Mapping[Side, tuple[Observation, ...]],
    open_payload: OpenPayload,
    *,
    noise: dict[str, field_noise.FieldNoise],
) -> tuple[Finding, ...]:
    """Learn an output's noise from runs that did their work; where that crashes, no pair is excused by it."""
    did = {
        side: tuple(observation for observation in mine if _worked(job, observation)) for side, mine in repeats.items()
    }
    noise[output.name] = field_noise.learn(output, did, open_payload)
    files = tuple(f"runs/{observation.run.id}/observation.json" for mine in did.values() for observation in mine)
    return (field_noise.noise_finding(job.name, output, noise[output.name], files),)


def _worked(job: Job, observation: Observation) -> bool:
    return not observation.not_submitted and endings.truth_of(job, observation).work is Work.OK


# -- checks -----------------------------------------------------------------------------------------------------------


def _pair_evidence(
    plan: Plan, repository: Repository, job: Job, sound: Iterable[Couple], *, noise: NoiseContext
) -> Iterator[PairEvidence]:
    identity = plan.identities[f"{repository.name}/{job.name}"]
    for couple in sound:
        yield PairEvidence(
            job,
            couple.pair.id,
            identity,
            couple.legacy,
            couple.candidate,
            noise.open_payload,
            noise.curves,
            noise.fields,
        )


def _pair_findings(pair: PairEvidence) -> Iterator[Finding]:
    """Run every check of runs and of pairs over one pair."""
    for check in checks():
        if isinstance(check, PairCheck):
            yield from _with_evidence(_run(check, pair.job, pair.pair, partial(check.run, pair)), pair)
        elif isinstance(check, RunCheck):
            for run in (pair.legacy, pair.candidate):
                of = RunEvidence(pair.job, pair.pair, pair.identity, run, pair.open_payload)
                yield from _with_evidence(_run(check, pair.job, pair.pair, partial(check.run, of)), pair)


def _job_wide_findings(of: JobEvidence) -> Iterator[Finding]:
    """Run every check of what needs all pairs of a job, such as metrics and the time to the first instruction."""
    for check in checks():
        if isinstance(check, JobCheck):
            yield from _run(check, of.job, None, partial(check.run, of))


def _run(check: Check, job: Job, pair: str | None, run: Callable[[], Iterable[Finding]]) -> tuple[Finding, ...]:
    """Run one check; findings under another check's name could stand for what that one requires, and are a crash."""

    def own() -> tuple[Finding, ...]:
        found = tuple(run())
        for finding in found:
            if not speaks_for(check.name, finding.check):
                message = f"its finding is called {finding.check}, and must be {check.name} or begin with {check.name}."
                raise ValueError(message)
        return found

    return guarded(check.name, check.dimension, job.name, pair, check=own)


def _unpaired_findings(
    schedule: Schedule, repository: Repository, job: Job, seen: Observations, *, repeats: Repeats, noise: NoiseContext
) -> Iterator[Finding]:
    """Judge the runs that are in no pair: repeats (A/A), and those without the shim."""
    identity = schedule.plan.identities[f"{repository.name}/{job.name}"]
    for side in Side:
        if lone := schedule.repeats(repository.name, job.name, side):
            check = partial(alone.check_repeats, job, identity, side, lone, seen_of(lone, seen))
            yield from guarded("truth", Dimension.TRUTH, repeats_subject(job.name, side), None, check=check)
            if side is Side.CANDIDATE:
                yield from _lone_outputs(job, repeats[Side.LEGACY], seen_of(lone, seen), noise)
        if bare := schedule.bare(repository.name, job.name, side):
            check = partial(shim_effect.check_bare, job, side, seen_of(bare, seen), repeats[side])
            yield from guarded("shim", Dimension.EVIDENCE, bare_subject(job.name, side), None, check=check)


def _lone_outputs(
    job: Job, legacy: Iterable[Observation], lone: Iterable[Observation], noise: NoiseContext
) -> Iterator[Finding]:
    """Compare what the candidate runs in no pair left with what a legacy run of the same identity did."""
    runs = tuple(observation for observation in lone if _worked(job, observation))
    reference = next((observation for observation in legacy if _worked(job, observation)), None)
    if reference is not None and runs:
        check = partial(
            outputs.check_lone, job, reference, runs, open_payload=noise.open_payload, noise=noise.fields
        )  # fmt: skip
        yield from guarded("outputs", Dimension.OUTPUTS, job.name, None, check=check)


def guarded(
    name: str, dimension: Dimension, subject: str, pair: str | None, *, check: Callable[[], tuple[Finding, ...]]
) -> tuple[Finding, ...]:
    """Run one check; a crash costs one INCONCLUSIVE, never a run or another check (jepsen check-safe).

    A finding that can't be kept, such as one with an infinite number, is a crash too. A plug-in that is missing is
    none: nothing was wrong with the evidence, and it is judged once the plug-in is there.

    Raises:
        PluginUnusable: a plug-in that the check needs is not installed, or can't be loaded.
    """
    try:
        found = check()
        codec.encode(found)
    except PluginUnusable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a check does, the others go on
        return (
            Finding(
                check=name + CRASHED,
                dimension=dimension,
                subject=subject,
                pair=pair,
                outcome=Outcome.INCONCLUSIVE,
                summary=f"the check {name} crashed: {type(error).__name__}: {error}",
                remedy="report this as a fault of the harness",
            ),
        )
    return found


def _with_evidence(findings: tuple[Finding, ...], pair: PairEvidence) -> Iterator[Finding]:
    for finding in findings:
        yield finding if finding.evidence else replace(finding, evidence=_files(pair))


def _files(pair: Couple | PairEvidence) -> tuple[str, ...]:
    return tuple(f"runs/{run.run.id}/observation.json" for run in (pair.legacy, pair.candidate))
