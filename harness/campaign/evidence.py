"""Stored observations → findings: every check over every pair; a check that crashes is one INCONCLUSIVE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from harness.campaign.checks import CADENCE, METRICS, PAIR_CHECKS, STARTUP, PairEvidence
from harness.campaign.couples import Couple, Observations, couples_of, seen_of, void_reason
from harness.compare import (
    cadence,
    endings,
    examples,
    field_noise,
    lazy_images,
    metrics,
    shim_effect,
    startup,
)
from harness.compare import repeats as alone
from harness.compare.output_rules import OpenPayload
from harness.judge import classify
from harness.judge.coverage import STOP_CHECK, VOID_CHECK
from harness.judge.examples import ExampleInterval, example_interval, scored
from harness.judge.looks import Allowance
from harness.model.finding import CRASHED, Dimension, Finding, Outcome
from harness.model.job import Job, Output, Side
from harness.model.observation import Observation
from harness.model.plan import Pair, Plan, bare_subject, repeats_subject
from harness.model.repository import Repository
from harness.model.schedule import RunAtStop, Schedule, Stop
from harness.model.truth import Work
from harness.store import codec


def findings_of(
    schedule: Schedule, repository: Repository, seen: Observations, open_payload: OpenPayload, *, allowance: Allowance
) -> tuple[Finding, ...]:
    """Run every check of one repository; `allowance`: what its earlier campaigns spent and proved."""
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
        for finding in _job_findings(schedule, repository, job, seen, open_payload, allowance)
    )
    return (*of_jobs, *stops, *lazy_images.of_notebooks(schedule.plan.lazy_images.get(repository.name, ())))


def _job_findings(
    schedule: Schedule,
    repository: Repository,
    job: Job,
    seen: Observations,
    open_payload: OpenPayload,
    allowance: Allowance,
) -> Iterator[Finding]:
    couples = list(couples_of(schedule, repository.name, job.name, seen))
    voids = {each.pair.id: reason for each in couples if (reason := void_reason(schedule, job, each))}
    yield from (_void_finding(job, each, voids[each.pair.id]) for each in couples if each.pair.id in voids)
    sound = [each for each in couples if each.pair.id not in voids]
    repeats = {side: seen_of(schedule.alike(repository.name, job.name, side), seen) for side in Side}
    noise: dict[str, field_noise.FieldNoise] = {}
    for output in job.outputs:
        yield from guarded(
            "outputs.noise",
            Dimension.OUTPUTS,
            f"{job.name}/{output.name}",
            None,
            lambda output=output: _learned(job, output, repeats, open_payload, noise),  # type: ignore[misc]
        )
    aside = _Aside(open_payload, metrics.noisy_curves(job, *repeats.values()), noise)
    for couple in sound:
        yield from _pair_findings(schedule.plan, repository, job, couple, aside)
    yield from _across(schedule, repository, job, sound, seen, allowance, open_payload)


# -- void pairs -------------------------------------------------------------------------------------------------------


def _stop_findings(schedule: Schedule, job: Job, pair: Pair, seen: Observations) -> Iterator[Finding]:
    """Tell of a pair that we stopped: set aside and replaced, or, where it had told something, in the way of a GO."""
    stop = schedule.stops[pair.id]
    yield _stop_finding(schedule, pair, stop)
    if not stop.blind:
        ended = tuple(seen[run.run] for run in stop.runs if run.ended and run.run in seen)
        alone = (partial(_ended_alone, job, pair.id, observation) for observation in ended)
        yield from (told for check in alone for told in guarded("truth", Dimension.TRUTH, job.name, pair.id, check))


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


@dataclass(frozen=True, slots=True)
class _Aside:
    """What a pair is compared with besides itself."""

    open_payload: OpenPayload
    curves: frozenset[str]
    """Metrics whose values differ between runs of one side."""
    noise: Mapping[str, field_noise.FieldNoise]
    """By output."""


def _learned(
    job: Job,
    output: Output,
    repeats: Mapping[Side, tuple[Observation, ...]],
    open_payload: OpenPayload,
    noise: dict[str, field_noise.FieldNoise],
) -> tuple[Finding, ...]:
    """Learn an output's noise from runs that did their work; where that crashes, no pair is excused by it."""
    did = {side: tuple(each for each in mine if _worked(job, each)) for side, mine in repeats.items()}
    noise[output.name] = field_noise.learn(output, did, open_payload)
    files = tuple(f"runs/{each.run.id}/observation.json" for mine in did.values() for each in mine)
    return (field_noise.noise_finding(job.name, output, noise[output.name], files),)


def _worked(job: Job, observation: Observation) -> bool:
    return not observation.not_submitted and endings.truth_of(job, observation).work is Work.OK


# -- checks -----------------------------------------------------------------------------------------------------------


def _pair_findings(
    plan: Plan,
    repository: Repository,
    job: Job,
    couple: Couple,
    aside: _Aside,
) -> Iterator[Finding]:
    pair, legacy, candidate = couple.pair.id, couple.legacy, couple.candidate
    identity = plan.identities[f"{repository.name}/{job.name}"]
    of = PairEvidence(job, pair, identity, legacy, candidate, aside.open_payload, aside.curves, aside.noise)
    for check in PAIR_CHECKS:
        found = guarded(check.name, check.dimension, job.name, pair, partial(check.run, of))
        yield from _with_evidence(found, couple)


def _across(
    schedule: Schedule,
    repository: Repository,
    job: Job,
    sound: list[Couple],
    seen: Observations,
    allowance: Allowance,
    open_payload: OpenPayload,
) -> Iterator[Finding]:
    """Judge what needs all pairs of a job: metrics, the time to the first instruction, and the cadence."""
    plan, policy = schedule.plan, repository.policy
    three = tuple((each.pair.id, each.legacy, each.candidate) for each in sound)
    repeats = {side: seen_of(schedule.alike(repository.name, job.name, side), seen) for side in Side}

    def judged_metrics() -> tuple[Finding, ...]:
        samples = metrics.metric_samples(job, three, repeats[Side.LEGACY], repeats[Side.CANDIDATE])
        intervals: dict[str, ExampleInterval] = {}
        for each in job.metrics:
            if (of := each.examples) is None:
                continue
            read = examples.example_sample(job, of, three, repeats, open_payload)
            samples[each.name] = scored(each.name, of.score, read)
            alpha = allowance.alpha(policy, f"{job.name}/{each.name}")
            random = np.random.default_rng([plan.seed, *f"{job.name}/{each.name}".encode()])
            if (found := example_interval(of.score, read, alpha, random)) is not None:
                intervals[each.name] = found
        mine = [(each, samples[each.name]) for each in job.metrics]
        return classify.metric_findings(job.name, mine, policy, allowance, intervals)

    def judged_startup() -> tuple[Finding, ...]:
        sample = startup.first_instruction_sample(three, repeats[Side.LEGACY], repeats[Side.CANDIDATE])
        return (
            classify.startup_finding(job.name, sample, policy, allowance, synthetic=plan.synthetic),
            *startup.phase_findings(job, three),
            *startup.warm_findings(job, repeats[Side.CANDIDATE]),
            *lazy_images.claimed(job),
        )

    yield from guarded(METRICS.name, METRICS.dimension, job.name, None, judged_metrics)
    yield from guarded(STARTUP.name, STARTUP.dimension, job.name, None, judged_startup)
    for side in Side:
        if lone := schedule.repeats(repository.name, job.name, side):
            identity = plan.identities[f"{repository.name}/{job.name}"]
            check = partial(alone.check_repeats, job, identity, side, lone, seen_of(lone, seen))
            yield from guarded("truth", Dimension.TRUTH, repeats_subject(job.name, side), None, check)
        bare = schedule.bare(repository.name, job.name, side)
        if bare:
            check = partial(shim_effect.check_bare, job, side, seen_of(bare, seen), repeats[side])
            yield from guarded("shim", Dimension.EVIDENCE, bare_subject(job.name, side), None, check)
    yield from guarded(
        CADENCE.name,
        CADENCE.dimension,
        f"{job.name}/cadence",
        None,
        lambda: cadence.slot_findings(job, three, synthetic=plan.synthetic, scale=plan.time_scale(repository.name)),
    )


def guarded(
    name: str, dimension: Dimension, subject: str, pair: str | None, check: Callable[[], tuple[Finding, ...]]
) -> tuple[Finding, ...]:
    """Run one check; a crash costs one INCONCLUSIVE, never a run or another check (jepsen check-safe).

    A finding that can't be kept, such as one with an infinite number, is a crash too.
    """
    try:
        found = check()
        codec.encode(found)
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


def _with_evidence(findings: tuple[Finding, ...], couple: Couple) -> Iterator[Finding]:
    for finding in findings:
        yield finding if finding.evidence else replace(finding, evidence=_files(couple))


def _files(couple: Couple) -> tuple[str, ...]:
    return tuple(f"runs/{each.run.id}/observation.json" for each in (couple.legacy, couple.candidate))
