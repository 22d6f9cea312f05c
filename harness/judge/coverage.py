"""What must have been checked, whatever was found: in every pair, and over all pairs of a job. Pure.

Whatever is required and absent becomes a NOT RUN finding, so that nothing that is lost, dropped or forgotten on the way
can leave a verdict at GO.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.model.finding import Dimension, Finding, Outcome, Requirement, of_job, speaks_for
from harness.model.job import Job, Side
from harness.model.plan import bare_subject, repeats_subject, replacement_id
from harness.model.repository import Repository
from harness.model.schedule import Schedule

VOID_CHECK = "identity.void"
STOP_CHECK = "identity.stopped"
"""Finding of each pair that we stopped; required where the pair had told something by then."""
OUTPUTS = "outputs"
FILES_CHECK = f"{OUTPUTS}.files"
_AGAIN = "compare the stored runs again (parity recompare): nothing has to run"
Key = tuple[Dimension, str, str]
"""Dimension, subject, and the check whose finding it has to be; an empty check: any of the dimension."""


def missing(
    schedule: Schedule,
    repository: Repository,
    findings: Sequence[Finding],
    required: Iterable[Requirement],
    *,
    lone_compared: bool = True,
) -> Iterator[Finding]:
    """Give a NOT RUN finding for everything that is required and of which no finding speaks.

    Which pairs there must be is the schedule's word, and what must have been checked is the checks': a job of which
    nothing is required was checked by nobody. `lone_compared`: False for a judgement made before outputs of runs in no
    pair were compared.
    """
    wanted = frozenset(required)
    for job in repository.jobs:
        mine = of_job(findings, job.name)
        sound = tuple(_sound(schedule, repository, job, mine))
        in_pair, over_pairs = _keys(job, wanted, in_pair=True), _keys(job, wanted, in_pair=False)
        if not (sound and in_pair and over_pairs):
            yield _not_run(job, Dimension.COVERAGE, job.name, None)
        yield from _missing_in_pairs(job, in_pair, sound, mine)
        yield from _missing_over_pairs(job, over_pairs, len(sound), mine)
        yield from _missing_stops(schedule, repository, job, mine)
        yield from _missing_alone(schedule, repository, job, mine, compared=lone_compared)
        if job.outputs_discover:
            yield _undeclared(job)


def _sound(schedule: Schedule, repository: Repository, job: Job, findings: Sequence[Finding]) -> Iterator[str]:
    """Name the pairs that must have been checked: all of the schedule, and those that stand for void ones."""
    spoken = {finding.pair for finding in findings if finding.pair is not None}
    voids = {finding.pair for finding in findings if finding.check == VOID_CHECK}
    pairs = schedule.pairs_of(repository.name, job.name)
    known = {pair.id for pair in pairs}
    replacing = {replacement_id(pair.id) for pair in pairs if pair.id in voids and pair.replaces is None}
    yield from sorted({*known, *spoken, *replacing} - voids - set(schedule.stops))


def _missing_stops(
    schedule: Schedule, repository: Repository, job: Job, findings: Sequence[Finding]
) -> Iterator[Finding]:
    """Ask for a word on every pair that we stopped, and for a replacement of each that was set aside."""
    told = {finding.pair for finding in findings if finding.check == STOP_CHECK}
    for pair in schedule.pairs:
        if (pair.repository, pair.job) != (repository.name, job.name) or pair.id not in schedule.stops:
            continue
        if pair.id not in told:
            yield _not_run(job, Dimension.IDENTITY, job.name, pair.id)
        if pair.id in schedule.set_aside and pair.id not in schedule.replacements:
            yield _not_run(job, Dimension.COVERAGE, job.name, replacement_id(pair.id))


def _keys(job: Job, required: Iterable[Requirement], *, in_pair: bool) -> tuple[Key, ...]:
    """List dimension, subject and check of what is required of a job.

    What an earlier version required of any check gives way where today's version names the check: that asks for more.
    """
    keys = {
        (requirement.dimension, requirement.subject, requirement.check)
        for requirement in required
        if requirement.in_pair is in_pair
        and (requirement.subject == job.name or requirement.subject.startswith(f"{job.name}/"))
    }
    named = {(dimension, subject) for dimension, subject, check in keys if check}
    return tuple(sorted(key for key in keys if key[2] or key[:2] not in named))


def _speaks_for(check: str, finding: Finding) -> bool:
    """Tell whether a finding is one of a check's, by its name."""
    return not check or speaks_for(check, finding.check)


def _missing_in_pairs(
    job: Job, wanted: Sequence[Key], sound: Sequence[str], findings: Sequence[Finding]
) -> Iterator[Finding]:
    covered = set(_covered(job, wanted, findings))
    for pair in sound:
        for dimension, subject, check in wanted:
            if (dimension, subject, check, pair) not in covered:
                yield _not_run(job, dimension, subject, pair, check=check)
    known = {(finding.check, finding.subject, finding.pair) for finding in findings}
    for finding in findings:
        for check in finding.followed_by:
            if (check, finding.subject, finding.pair) not in known:
                yield replace(_not_run(job, finding.dimension, finding.subject, finding.pair), check=check)


def _covered(job: Job, wanted: Sequence[Key], findings: Sequence[Finding]) -> Iterator[tuple[Dimension, str, str, str]]:
    """Say what each finding of a pair speaks of; one that blocks, or that says why there are no parts, of all of it."""
    for finding in findings:
        if finding.pair is None or not finding.required:
            continue
        blocks = finding.outcome in {Outcome.MISMATCH, Outcome.INCONCLUSIVE}
        unseen = finding.subject == f"{job.name}/seen"
        contents = _speaks_for(OUTPUTS, finding) and finding.check != FILES_CHECK
        if contents and not blocks:
            continue  # contents follow the files that they are of
        for dimension, subject, check in wanted:
            speaks = dimension is finding.dimension and _speaks_for(check, finding)
            if speaks and (blocks or unseen or subject == finding.subject):
                yield dimension, subject, check, finding.pair


def _missing_over_pairs(job: Job, wanted: Sequence[Key], sound: int, findings: Sequence[Finding]) -> Iterator[Finding]:
    critical = {f"{job.name}/{metric.name}" for metric in job.metrics if metric.critical}
    for dimension, subject, check in wanted:
        mine = [
            finding
            for finding in findings
            if finding.pair is None
            and finding.dimension is dimension
            and _speaks_for(check, finding)
            and finding.subject in {subject, job.name}
            and (finding.required or subject not in critical)
        ]
        if not mine:
            yield _not_run(job, dimension, subject, None, check=check)
        yield from (_partial(finding, sound) for finding in mine if _is_partial(finding, sound))


def _missing_alone(
    schedule: Schedule, repository: Repository, job: Job, findings: Sequence[Finding], *, compared: bool
) -> Iterator[Finding]:
    """Ask for a word on the runs that are in no pair, repeats and those without the shim, where some were planned."""
    told = {finding.subject for finding in findings if finding.required}
    for side in Side:
        bare, lone = bare_subject(job.name, side), repeats_subject(job.name, side)
        if schedule.bare(repository.name, job.name, side) and bare not in told:
            yield _not_run(job, Dimension.EVIDENCE, bare, None)
        if schedule.repeats(repository.name, job.name, side) and lone not in told:
            found = _not_run(job, Dimension.TRUTH, lone, None)
            yield replace(found, remedy=_AGAIN)
    if not (compared and schedule.repeats(repository.name, job.name, Side.CANDIDATE)):
        return
    told = {finding.subject for finding in findings if _tells_outputs(finding)}
    for output in job.outputs:
        if told.isdisjoint({f"{job.name}/{output.name}", job.name}):
            yield replace(_not_run(job, Dimension.OUTPUTS, f"{job.name}/{output.name}", None), remedy=_AGAIN)


def _tells_outputs(finding: Finding) -> bool:
    """Tell whether a finding says of runs in no pair what became of an output; contents follow the files."""
    blocks = finding.outcome in {Outcome.MISMATCH, Outcome.INCONCLUSIVE} and _speaks_for(OUTPUTS, finding)
    return finding.required and finding.pair is None and (blocks or finding.check == FILES_CHECK)


def _is_partial(finding: Finding, sound: int) -> bool:
    seen = finding.measure.pairs if finding.measure else None
    return finding.required and seen is not None and seen != sound


def _partial(finding: Finding, sound: int) -> Finding:
    seen = finding.measure.pairs if finding.measure else None
    return Finding(
        check="coverage.pairs",
        dimension=Dimension.COVERAGE,
        subject=finding.subject,
        pair=None,
        outcome=Outcome.INCONCLUSIVE,
        summary=f"{finding.subject} was judged over {seen} pairs, and {sound} are sound",
        remedy="judge again over all pairs",
    )


def _not_run(job: Job, dimension: Dimension, subject: str, pair: str | None, *, check: str = "") -> Finding:
    return Finding(
        check=f"{check or dimension.value}.required",
        dimension=dimension,
        subject=subject,
        pair=pair,
        outcome=Outcome.NOT_RUN,
        summary=f"{dimension.value} of {subject} was not checked",
        remedy=f"run the pairs of {job.name} again so that its {dimension.value} can be checked",
    )


def _undeclared(job: Job) -> Finding:
    return Finding(
        check="coverage.discover",
        dimension=Dimension.COVERAGE,
        subject=job.name,
        pair=None,
        outcome=Outcome.INCONCLUSIVE,
        summary=f"{job.name} declares no outputs, so none could be compared",
        remedy=f"declare the outputs of {job.name} in repos.yaml",
    )
