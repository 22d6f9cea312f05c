"""Truth of both runs of a pair → findings: false success, false failure, agreement, and the expected ending. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from harness.compare import crash
from harness.compare.catalogue import rule_named
from harness.compare.difference import difference_of
from harness.compare.truth import decide, not_carried
from harness.model.finding import CLEAN, Dimension, Finding, Outcome
from harness.model.job import Job, Side
from harness.model.observation import Observation, OutputSeen
from harness.model.plan import Run
from harness.model.truth import UNEXPLAINED, Cause, How, Platform, Truth, Work
from harness.model.wording import counted
from harness.platforms import platform_of

RUNS_KEPT = 256
"""Runs whose truth is remembered: more than the pairs of one job have, and few enough to hold."""
NOT_SUBMITTED = "the run never reached its platform"


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """A run and its job, by identity: both are frozen, so what was decided of them once holds."""

    job: Job
    observation: Observation

    def __hash__(self) -> int:
        return hash((id(self.job), id(self.observation)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Run) and self.job is other.job and self.observation is other.observation


def truth_of(job: Job, observation: Observation) -> Truth:
    """Decide the truth of one observed run; every check of a pair asks, so it is decided once."""
    return _decided(_Run(job, observation))


@lru_cache(maxsize=RUNS_KEPT)
def _decided(run: _Run) -> Truth:
    seen = run.observation
    return decide(seen.events, seen.record, seen.outputs, seen.log, job=run.job, platform=seen.run.platform)


def absence_untold(job: Job, seen: OutputSeen, observation: Observation) -> str:
    """Say why an absent output tells nothing of its job; empty: it does, as where the work failed or never ran."""
    truth = truth_of(job, observation)
    if observation.record is None and (truth.work is Work.FAILED or truth.account.how is How.NEVER_RAN):
        return ""
    return not_carried(seen, observation.record, job, observation.run.platform)


SEE_WHOLE = "run the pair again, watched from its submission to its end"
"""What helps where a witness is missing."""


def required(job: Job) -> tuple[str, ...]:
    """Name what every pair must have been checked for: the truth of both sides, and of the pair."""
    return (*(f"{job.name}/{side.value}" for side in Side), job.name)


def check_truth(job: Job, pair: str, legacy: Observation, candidate: Observation) -> tuple[Finding, ...]:
    """Judge what each run did against what its platform made of it, then both against the expected ending."""
    truths = {observation.run.side: truth_of(job, observation) for observation in (legacy, candidate)}
    short = _cut_short(job, legacy, candidate, truths)
    return (
        *(
            _side(job, pair, observation, truths[observation.run.side], short=short.get(observation.run.side, ""))
            for observation in (legacy, candidate)
        ),
        _expected(job, pair, truths, (legacy, candidate)),
    )


def check_alone(job: Job, observation: Observation) -> Finding:
    """Judge a run that is in no pair: its work against its platform's word, and its ending against that of its job."""
    truth = truth_of(job, observation)
    found = _side(job, "", observation, truth, short="")
    if found.outcome in CLEAN and _misses(job, truth):
        text = (
            f"{job.name} is meant to end with {job.expected.cause}; {observation.run.side.value}: {_end(truth).value}"
        )
        complaint = observation.log.complaint if observation.log else ""
        known = difference_of(_end(truth), truth.exit_code, complaint)
        found = replace(found, check="truth.expected", outcome=Outcome.MISMATCH, summary=text, difference=known)
    return replace(found, pair=None)


def _side(job: Job, pair: str, observation: Observation, truth: Truth, *, short: str) -> Finding:
    side = observation.run.side
    if observation.not_submitted:
        return _finding(job, pair, side, Outcome.INCONCLUSIVE, summary=f"{NOT_SUBMITTED}: {observation.not_submitted}")
    if truth.false_success or short:
        return _false_success(job, pair, observation.run, truth, short=short)
    if truth.false_failure:
        return _false_failure(job, pair, observation, truth)
    if truth.work is Work.UNKNOWN or truth.platform is Platform.NONE:
        lacking = f"; not known: {', '.join(truth.missing)}" if truth.missing else ""
        text = f"what happened on {side.value} can't be decided: {truth.because}{lacking}"
        return _finding(
            job, pair, side, Outcome.INCONCLUSIVE, summary=text, truth=truth, remedy=_advice(truth) or SEE_WHOLE
        )
    return _finding(job, pair, side, Outcome.MATCH, summary=f"{side.value}: {truth.because}", truth=truth)


def _false_success(job: Job, pair: str, run: Run, truth: Truth, *, short: str) -> Finding:
    klass = platform_of(run.platform).swallowed if short else truth.klass
    text = f"False success on {run.side.value}: {short or truth.because}"
    remedy = _advice(truth, klass) or "find out what cut the work, and let the job fail then"
    return Finding(
        check="truth.false-success",
        dimension=Dimension.TRUTH,
        subject=f"{job.name}/{run.side.value}",
        pair=pair,
        outcome=Outcome.MISMATCH,
        summary=text,
        rule=klass or UNEXPLAINED,
        remedy=remedy,
        false_success=True,
    )


def _false_failure(job: Job, pair: str, observation: Observation, truth: Truth) -> Finding:
    """Explain a legacy false failure whose class is named and whose outputs are complete; nothing else is explained."""
    side = observation.run.side
    lacking = [
        output_seen.name for output_seen in _declared(job, observation) if output_seen.absent or output_seen.damage
    ]
    named = truth.klass not in {None, UNEXPLAINED}
    if side is Side.LEGACY and named and not lacking:
        text = f"the work was done, and {side.value} marked it failed ({truth.klass}): {truth.because}"
        return _finding(
            job,
            pair,
            side,
            Outcome.EXPLAINED,
            summary=text,
            truth=truth,
            check="truth.false-failure",
            remedy=_advice(truth),
        )
    if lacking:
        why = f"outputs are incomplete ({', '.join(lacking)})"
    else:
        why = truth.because if named else "no known class explains it"
    text = f"the work was done, and {side.value} marked it failed: {why}"
    remedy = _advice(truth) or "look in the timeline for who marked the job failed"
    found = _finding(
        job, pair, side, Outcome.MISMATCH, summary=text, truth=truth, check="truth.false-failure", remedy=remedy
    )
    known = difference_of(truth.klass, truth.also, truth.cause, truth.exit_code, lacking) if named else ""
    return replace(found, difference=known)


def _advice(truth: Truth, klass: str | None = None) -> str:
    rule = rule_named(klass or truth.klass or "")
    return rule.advice if rule else ""


# -- false success that only the partner shows ------------------------------------------------------------------------


def _cut_short(
    job: Job, legacy: Observation, candidate: Observation, truths: Mapping[Side, Truth]
) -> Mapping[Side, str]:
    """Find a side that counts as done, complained in its log, and left less than its partner did."""
    done = all((truth.work, truth.platform) == (Work.OK, Platform.OK) for truth in truths.values())
    if not done:
        return {}
    found = {}
    for mine, other in ((legacy, candidate), (candidate, legacy)):
        complaint = mine.log.complaint if mine.log else ""
        quiet = other.log is not None and not other.log.complaint
        less = _less(_declared(job, mine), _declared(job, other)) if complaint and quiet else ""
        if less:
            found[mine.run.side] = f"it ended with 0, and {less}; its log says “{complaint}”"
    return found


def _declared(job: Job, observation: Observation) -> tuple[OutputSeen, ...]:
    names = {output.name for output in job.outputs}
    return tuple(output for output in observation.outputs if output.name in names)


def _less(mine: tuple[OutputSeen, ...], other: tuple[OutputSeen, ...]) -> str:
    theirs = {output_seen.name: output_seen for output_seen in other}
    for output_seen in mine:
        partner = theirs.get(output_seen.name)
        if partner is None or partner.damage or output_seen.damage:
            continue
        have, want = _size(output_seen), _size(partner)
        if have[0] < want[0] or have[1] < want[1]:
            holds, left = (_sized(size, files=have[0] != want[0]) for size in (have, want))
            return f"its output {output_seen.name} holds {holds} where the other side left {left}"
    return ""


def _sized(size: tuple[int, int], *, files: bool) -> str:
    """Say how large an output is; in files only where both sides differ in them."""
    return f"{counted(size[0], 'file')} and {counted(size[1], 'byte')}" if files else counted(size[1], "byte")


def _size(output: OutputSeen) -> tuple[int, int]:
    files = [file for file in output.files if file.kind == "file"]
    return len(files), sum(file.bytes for file in files)


# -- the expected ending ----------------------------------------------------------------------------------------------


def _complaints(legacy: Observation, candidate: Observation) -> tuple[str, ...]:
    """Give what each log complained of: two crashes with one exit code are not one difference."""
    return tuple(observation.log.complaint if observation.log else "" for observation in (legacy, candidate))


def _expected(job: Job, pair: str, truths: Mapping[Side, Truth], runs: tuple[Observation, Observation]) -> Finding:
    """Hold both endings against the one that the job is meant to have; a crash is told with its code and last line."""
    ends = {side: _end(truth) for side, truth in truths.items()}
    bad = tuple(side for side, truth in truths.items() if _misses(job, truth))
    found = Finding(
        check="truth.expected",
        dimension=Dimension.TRUTH,
        subject=job.name,
        pair=pair,
        outcome=Outcome.INCONCLUSIVE if Cause.UNKNOWN in ends.values() else Outcome.MATCH,
        summary=f"{job.name} is meant to end with {crash.asked(job.expected)}; "
        + ", ".join(f"{side.value}: {cause.value}" for side, cause in ends.items()),
        remedy=SEE_WHOLE if Cause.UNKNOWN in ends.values() else "",
    )
    if not bad:
        return found
    endings = (_ending(runs[0], truths), _ending(runs[1], truths))
    codes = {side: truth.exit_code for side, truth in truths.items()}
    return replace(
        found,
        outcome=Outcome.MISMATCH,
        summary=crash.expected_sentence(job.name, job.expected, endings, bad),
        samples=crash.samples(endings),
        remedy=f"mend the job on {' and '.join(side.value for side in bad)}, or write the ending it is meant to have",
        difference=difference_of(*((ends[side], codes[side]) for side in Side), _complaints(*runs)),
    )


def _ending(run: Observation, truths: Mapping[Side, Truth]) -> crash.Ending:
    return crash.ending_of(run, truths[run.run.side])


def _misses(job: Job, truth: Truth) -> bool:
    """Tell whether a run surely ended otherwise than its job is meant to."""
    wanted, cause = job.expected, _end(truth)
    other_code = wanted.exit_code is not None and truth.exit_code != wanted.exit_code
    return cause is not Cause.UNKNOWN and (cause.value != wanted.cause or other_code)


def _end(truth: Truth) -> Cause:
    return Cause.SUCCESS if truth.work is Work.OK else truth.cause


def check_ending(job: Job, pair: str, legacy: Observation, candidate: Observation) -> Finding:
    """Compare how both runs ended, by canonical cause and never by label."""
    truths = (truth_of(job, legacy), truth_of(job, candidate))
    ours, theirs = (_end(truth) for truth in truths)
    found = Finding(
        check="transitions.ending",
        dimension=Dimension.TRANSITIONS,
        subject=job.name,
        pair=pair,
        outcome=Outcome.MATCH,
        summary=f"both ended with {ours.value}",
    )
    if ours is theirs and ours is not Cause.UNKNOWN:
        return found
    endings = (crash.ending_of(legacy, truths[0]), crash.ending_of(candidate, truths[1]))
    known = Cause.UNKNOWN not in {ours, theirs}
    codes = [truth.exit_code for truth in truths]
    return replace(
        found,
        outcome=Outcome.MISMATCH if known else Outcome.INCONCLUSIVE,
        summary=f"the endings differ: {crash.differing_sentence(endings)}" if ours is not theirs else found.summary,
        samples=crash.samples(endings),
        remedy="look at both stories in the timeline",
        difference=difference_of(ours, theirs, codes, _complaints(legacy, candidate)) if known else "",
    )


def _finding(  # noqa: PLR0913 - one constructor for all truth findings
    job: Job,
    pair: str,
    side: Side,
    outcome: Outcome,
    *,
    summary: str,
    truth: Truth | None = None,
    check: str = "truth.agreement",
    remedy: str = "",
) -> Finding:
    return Finding(
        check=check,
        dimension=Dimension.TRUTH,
        subject=f"{job.name}/{side.value}",
        pair=pair,
        outcome=outcome,
        summary=summary,
        rule=(truth.klass or "") if truth else "",
        remedy=remedy if outcome is not Outcome.MATCH else "",
    )
