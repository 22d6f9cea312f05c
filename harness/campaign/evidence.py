"""Stored observations → findings: every check over every pair; a check that crashes is one INCONCLUSIVE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from harness.compare import (
    cadence,
    configuration,
    endings,
    examples,
    field_noise,
    lazy_images,
    metrics,
    outputs,
    pairs,
    shim_effect,
    startup,
    transitions,
)
from harness.compare import repeats as alone
from harness.compare.output_rules import OpenPayload
from harness.judge import classify
from harness.judge.coverage import VOID_CHECK
from harness.judge.examples import ExampleInterval, example_interval, scored
from harness.judge.looks import Allowance
from harness.model.finding import CRASHED, Dimension, Finding, Outcome
from harness.model.job import Job, Output, Side
from harness.model.observation import Observation
from harness.model.plan import Grade, Pair, Plan, Run, bare_subject, repeats_subject
from harness.model.repository import Repository
from harness.model.truth import Work
from harness.runner.plan import replacement
from harness.store import codec

Observations = Mapping[str, Observation]


@dataclass(frozen=True, slots=True)
class Couple:
    """A pair with both observations."""

    pair: Pair
    legacy: Observation
    candidate: Observation


def replacements(plan: Plan, seen: Observations) -> tuple[list[Pair], dict[str, Run]]:
    """Give one replacement for each void pair."""
    found: list[Pair] = []
    runs: dict[str, Run] = {}
    known = {each.id: each for each in plan.runs}
    for repository in plan.repositories:
        for job in repository.jobs:
            for couple in _couples(plan.pairs, repository.name, job.name, seen):
                if _void(plan, job, couple):
                    pair, members = replacement(plan.campaign, couple.pair, known)
                    found.append(pair)
                    runs |= {each.id: each for each in members}
    return found, runs


def identical_repeats(plan: Plan, repository: str, job: str, seen: Observations) -> bool:
    """Tell whether all runs of each side gave the same bits: metrics, curves and output files (A/A)."""
    for side in Side:
        mine = _repeats(plan, repository, job, side, seen)
        facts = {_bits(each) for each in mine}
        if len(mine) < 2 or len(facts) != 1:  # noqa: PLR2004 - one run differs from nothing
            return False
    return True


def _bits(observation: Observation) -> tuple[object, ...]:
    curves = tuple((name, tuple(point.value for point in curve)) for name, curve in sorted(observation.metrics.items()))
    files = tuple((each.name, file.name, file.sha256) for each in observation.outputs for file in each.files)
    return (observation.not_submitted == "", curves, files)


def findings_of(
    plan: Plan, repository: Repository, seen: Observations, open_payload: OpenPayload, *, allowance: Allowance
) -> tuple[Finding, ...]:
    """Run every check of one repository; `allowance`: what its earlier campaigns spent and proved."""
    extra, _ = replacements(plan, seen)
    of_jobs = (
        finding
        for job in repository.jobs
        for finding in _job_findings(plan, repository, job, (*plan.pairs, *extra), seen, open_payload, allowance)
    )
    return (*of_jobs, *lazy_images.of_notebooks(plan.lazy_images.get(repository.name, ())))


def _job_findings(
    plan: Plan,
    repository: Repository,
    job: Job,
    all_pairs: tuple[Pair, ...],
    seen: Observations,
    open_payload: OpenPayload,
    allowance: Allowance,
) -> Iterator[Finding]:
    couples = list(_couples(all_pairs, repository.name, job.name, seen))
    voids = {each.pair.id: reason for each in couples if (reason := _void(plan, job, each))}
    yield from (_void_finding(job, each, voids[each.pair.id]) for each in couples if each.pair.id in voids)
    sound = [each for each in couples if each.pair.id not in voids]
    repeats = {side: _repeats(plan, repository.name, job.name, side, seen) for side in Side}
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
        yield from _pair_findings(plan, repository, job, couple, aside)
    yield from _across(plan, repository, job, sound, seen, allowance, open_payload)


def _couples(all_pairs: tuple[Pair, ...], repository: str, job: str, seen: Observations) -> Iterator[Couple]:
    for pair in all_pairs:
        if (pair.repository, pair.job, pair.grade) != (repository, job, Grade.LAUNCHED):
            continue
        members = {seen[each].run.side: seen[each] for each in pair.runs if each in seen}
        if len(members) == len(Side):
            yield Couple(pair, members[Side.LEGACY], members[Side.CANDIDATE])


# -- void pairs -------------------------------------------------------------------------------------------------------


def _void(plan: Plan, job: Job, couple: Couple) -> tuple[Side, str] | None:
    """Say which side voids a pair and why; a check that crashes voids nothing."""
    identity = plan.identities[f"{couple.pair.repository}/{job.name}"]
    return pairs.void_reason(job, identity, couple.legacy, couple.candidate)


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
    checks: tuple[tuple[str, Dimension, Callable[[], tuple[Finding, ...]]], ...] = (
        ("identity", Dimension.IDENTITY, lambda: pairs.check_identity(job, pair, identity, legacy, candidate)),
        ("truth", Dimension.TRUTH, lambda: endings.check_truth(job, pair, legacy, candidate)),
        ("transitions", Dimension.TRANSITIONS, lambda: transitions.check_transitions(job, pair, legacy, candidate)),
        (
            "configuration",
            Dimension.CONFIGURATION,
            lambda: configuration.check_configuration(job, pair, legacy, candidate),
        ),
        (
            "outputs",
            Dimension.OUTPUTS,
            lambda: outputs.check_outputs(job, pair, legacy, candidate, aside.open_payload, aside.noise),
        ),
        ("metrics.curve", Dimension.METRICS, lambda: metrics.check_curves(job, pair, legacy, candidate, aside.curves)),
    )
    for name, dimension, check in checks:
        yield from _with_evidence(guarded(name, dimension, job.name, pair, check), couple)


def _across(
    plan: Plan,
    repository: Repository,
    job: Job,
    sound: list[Couple],
    seen: Observations,
    allowance: Allowance,
    open_payload: OpenPayload,
) -> Iterator[Finding]:
    """Judge what needs all pairs of a job: metrics, the time to the first instruction, and the cadence."""
    policy = repository.policy
    three = tuple((each.pair.id, each.legacy, each.candidate) for each in sound)
    repeats = {side: _repeats(plan, repository.name, job.name, side, seen) for side in Side}

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

    yield from guarded("metrics", Dimension.METRICS, job.name, None, judged_metrics)
    yield from guarded("startup", Dimension.STARTUP, job.name, None, judged_startup)
    for side in Side:
        if lone := plan.repeats(repository.name, job.name, side):
            identity = plan.identities[f"{repository.name}/{job.name}"]
            check = partial(alone.check_repeats, job, identity, side, lone, _seen_of(lone, seen))
            yield from guarded("truth", Dimension.TRUTH, repeats_subject(job.name, side), None, check)
        bare = plan.bare(repository.name, job.name, side)
        if bare:
            check = partial(shim_effect.check_bare, job, side, _seen_of(bare, seen), repeats[side])
            yield from guarded("shim", Dimension.EVIDENCE, bare_subject(job.name, side), None, check)
    yield from guarded(
        "cadence",
        Dimension.STARTUP,
        f"{job.name}/cadence",
        None,
        lambda: cadence.slot_findings(job, three, synthetic=plan.synthetic, scale=plan.time_scale(repository.name)),
    )


def _repeats(plan: Plan, repository: str, job: str, side: Side, seen: Observations) -> tuple[Observation, ...]:
    """Give what was seen of a side's runs with one identity: those of the plan, and those of replaced pairs."""
    planned, mine = {each.id for each in plan.runs}, (repository, job, side)
    replaced = [
        each
        for name, each in sorted(seen.items())
        if name not in planned and (each.run.repository, each.run.job, each.run.side) == mine
    ]
    return (*_seen_of(plan.alike(*mine), seen), *replaced)


def _seen_of(runs: tuple[Run, ...], seen: Observations) -> tuple[Observation, ...]:
    return tuple(seen[each.id] for each in runs if each.id in seen)


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
