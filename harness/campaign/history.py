"""What a campaign leaves behind for later ones, and what earlier ones left: between plan, findings and ledger. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from harness.compare import repeats as alone
from harness.compare.metrics import repeats_by_stratum
from harness.compare.pairs import loss, platform_loss
from harness.judge import carry
from harness.judge.states import state_pairs
from harness.model.carry import (
    Cell,
    CellContribution,
    EarlierEvidence,
    EndingCounts,
    EvidenceBasis,
    History,
    JobSummary,
)
from harness.model.finding import CLEAN, Dimension, Finding, Outcome, of_job
from harness.model.job import DEFAULT_PLATFORMS, Job, Side
from harness.model.observation import Observation
from harness.model.plan import Plan, repeats_subject
from harness.model.repository import Repository
from harness.model.sample import PairValue, Repeat, Series
from harness.model.schedule import Schedule
from harness.store import codec, ledger

TALLIES = "tallies"
"""Fact of a verdict: what its campaign leaves behind."""
_CONCLUDED = frozenset({ledger.VERDICT, ledger.RECOMPARISON})


def standing_of(plan: Plan, repository: Repository, job: Job) -> EvidenceBasis:
    """Name everything that a job's evidence stands on."""
    identity = plan.identities[f"{repository.name}/{job.name}"]
    image = identity.image.config_digest or identity.image.reference
    sides = [job.sides[side] for side in Side]
    return EvidenceBasis(
        repository=repository.name,
        job=job.name,
        cell=Cell(identity.image.base or image, job.kind, _family(repository, job)),
        image=image,
        code=codec.digest_of([identity.code, [(side.command, side.environment, side.reading) for side in sides]]),
        parameters=codec.digest_of(identity.parameters_digest),
        inputs=codec.digest_of(identity.inputs),
        instance=" ".join(own.instance_type for own in sides if own.instance_type),
        resources=codec.digest_of(
            [job.resources, job.time_limit_seconds, job.retries, job.expected, job.shim.value]
            + [(side.sidecars, side.scratch, side.keep_alive_seconds) for side in sides]
        ),
    )


def _family(repository: Repository, job: Job) -> str:
    """Name what the candidate runs on: its instance family, or its platform where there is none.

    What was shown beside one platform says nothing beside another: a legacy side elsewhere than usual is named too.
    """
    found = (job.sides[Side.CANDIDATE].instance_type or "").rpartition(".")[0]
    family = (
        found if repository.candidate.platform == DEFAULT_PLATFORMS[Side.CANDIDATE] else repository.candidate.platform
    )
    usual = repository.legacy.platform == DEFAULT_PLATFORMS[Side.LEGACY]
    return family if usual else f"{family} after {repository.legacy.platform}"


# -- what this campaign leaves ----------------------------------------------------------------------------------------


def tallies_of(
    schedule: Schedule,
    repository: Repository,
    seen: Mapping[str, Observation],
    findings: Sequence[Finding],
) -> tuple[JobSummary, ...]:
    """Count each job's state pairs and losses, and keep its pairs: no waiver makes a pair clean."""
    return tuple(_tally(schedule, repository, job, seen, findings=findings) for job in repository.jobs)


def _tally(
    schedule: Schedule,
    repository: Repository,
    job: Job,
    seen: Mapping[str, Observation],
    *,
    findings: Sequence[Finding],
) -> JobSummary:
    mine = of_job(findings, job.name)
    plan, states = schedule.plan, state_pairs(mine)
    return JobSummary(
        standing=standing_of(plan, repository, job),
        campaign=plan.campaign,
        synthetic=plan.is_synthetic(repository.name),
        clean=len(states.clean),
        explained=len(states.explained),
        unclean=len(states.judged) - len(states.clean),
        false_success=len(states.false_success)
        + sum(finding.false_success for finding in mine if finding.pair is None),
        ends=_ends(repository, job, (seen[run] for run in seen if run not in schedule.stopped_runs)),
        repeats=repeats_of(schedule, repository, job, seen),
        alone=_alone(schedule, repository, job, seen, findings=mine),
        series=_series(repository, job, mine),
        outputs={output.name: codec.digest_of([output.rules, output.judged_by]) for output in job.outputs},
        differing=tuple(_differing(job, mine, states.clean)),
    )


def _differing(job: Job, findings: Iterable[Finding], clean: Container[str]) -> Iterator[tuple[str, ...]]:
    """Name of each candidate run that ended as it should the outputs that are not what legacy left."""
    found: dict[str, set[str]] = {}
    for finding in findings:
        if finding.dimension is Dimension.OUTPUTS and finding.required and finding.outcome is Outcome.MISMATCH:
            runs = (finding.pair,) if finding.pair in clean else () if finding.pair else finding.evidence[1:]
            for run in runs:
                found.setdefault(run or "", set()).add(finding.subject.removeprefix(f"{job.name}/"))
    return (tuple(sorted(names)) for names in found.values())


def repeats_of(
    schedule: Schedule, repository: Repository, job: Job, seen: Mapping[str, Observation]
) -> dict[Side, dict[str, tuple[Repeat, ...]]]:
    """Take every metric's value from the runs of each side with one identity (A/A), with where and when they ran."""
    found = {}
    for side in Side:
        runs = [seen[run.id] for run in schedule.alike(repository.name, job.name, side) if run.id in seen]
        found[side] = {metric.name: repeats_by_stratum(metric, runs) for metric in job.metrics}
    return found


def _ends(repository: Repository, job: Job, seen: Iterable[Observation]) -> EndingCounts:
    runs, lost = dict.fromkeys(Side, 0), dict.fromkeys(Side, 0)
    for observation in seen:
        if (observation.run.repository, observation.run.job) != (
            repository.name,
            job.name,
        ) or observation.not_submitted:
            continue
        runs[observation.run.side] += 1
        lost[observation.run.side] += bool(platform_loss(job, observation))
    return EndingCounts(runs[Side.LEGACY], lost[Side.LEGACY], runs[Side.CANDIDATE], lost[Side.CANDIDATE])


def _series(repository: Repository, job: Job, findings: Iterable[Finding]) -> dict[str, Series]:
    """Keep the pairs of what was judged; of what could not be judged, no pair counts later."""
    claims = {**{metric.name: carry.claim_of(metric) for metric in job.metrics}}
    claims[carry.FIRST_INSTRUCTION] = carry.startup_claim(repository.policy)
    found = {}
    for finding in findings:
        name, measure = finding.subject.removeprefix(f"{job.name}/"), finding.measure
        if finding.pair is None and name in claims and measure is not None and measure.scale is not None:
            values = zip(measure.series_legacy, measure.series_candidate, measure.submitted, strict=True)
            found[name] = Series(claims[name], measure.scale, tuple(PairValue(*row) for row in values))
    return found


def _alone(
    schedule: Schedule,
    repository: Repository,
    job: Job,
    seen: Mapping[str, Observation],
    *,
    findings: Iterable[Finding],
) -> int:
    """Count the candidate runs in no pair that ended as they should: all that were judged, or none is counted."""
    subject = repeats_subject(job.name, Side.CANDIDATE)
    told = [finding for finding in findings if finding.check == alone.CHECK and finding.subject == subject]
    if not told or any(finding.outcome not in CLEAN for finding in told):
        return 0
    identity = schedule.plan.identities[f"{repository.name}/{job.name}"]
    runs = (seen[run.id] for run in schedule.repeats(repository.name, job.name, Side.CANDIDATE) if run.id in seen)
    return sum(not loss(job, identity, run) for run in runs)


# -- what earlier ones left -------------------------------------------------------------------------------------------


def facts(tallies: Sequence[JobSummary]) -> dict[str, str]:
    """Write tallies as a fact of a ledger entry."""
    return {TALLIES: codec.line(tallies).decode()}


def before(entries: Iterable[ledger.Entry], campaign: str) -> tuple[JobSummary, ...]:
    """Read what was concluded before a campaign was entered, in the ledger's order; of recomparisons the last counts.

    Raises:
        EvidenceDamaged: an entry's tallies can't be read.
    """
    found: dict[tuple[str, str], tuple[JobSummary, ...]] = {}
    for entry in entries:
        if (entry.kind, entry.campaign) == (ledger.CAMPAIGN, campaign):
            break
        if entry.kind in _CONCLUDED and TALLIES in entry.facts:
            where = f"ledger entry {entry.sequence}"
            tallies = codec.decode(entry.facts[TALLIES].encode(), tuple[JobSummary, ...], where)
            found[entry.repository, entry.campaign] = tallies
    return tuple(tally for tallies in found.values() for tally in tallies)


def history_of(plan: Plan, repository: Repository, earlier: Iterable[JobSummary]) -> History:
    """Keep what may count for a repository: its own tallies, and sums of others that share kind and family."""
    places = {(standing.cell.kind, standing.cell.family) for standing in _standings(plan, repository)}
    own: list[JobSummary] = []
    others: dict[tuple[str, Cell], CellContribution] = {}
    for tally in earlier:
        name, cell = tally.standing.repository, tally.standing.cell
        if tally.synthetic is not plan.is_synthetic(repository.name):
            continue
        if name == repository.name:
            own.append(tally)
        elif (cell.kind, cell.family) in places:
            known = others.get((name, cell), CellContribution(name, cell, 0, 0, EndingCounts()))
            clean, unclean = known.clean + tally.clean + tally.alone, known.unclean + tally.unclean
            others[name, cell] = CellContribution(name, cell, clean, unclean, known.ends.plus(tally.ends))
    return History(tuple(own), tuple(others.values()))


def _standings(plan: Plan, repository: Repository) -> list[EvidenceBasis]:
    return [standing_of(plan, repository, job) for job in repository.jobs]


def past_of(plan: Plan, repository: Repository, job: Job, own: Sequence[JobSummary]) -> EarlierEvidence:
    """Choose what earlier campaigns left of a job that counts with this one's pairs and runs."""
    planned = datetime.fromisoformat(plan.created_at).date()
    return carry.past_of(repository.policy, standing_of(plan, repository, job), own, planned)
