"""Whether the shim changes what a job does: runs of one side without it against those with it → one finding. Pure.

Compared is what can be seen from outside: ending, exit code, metrics in the log, and outputs that the platform carries.
What runs with the shim do not give alike can't be compared exactly; such a metric must lie within its owner's margin of
one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.compare.endings import truth_of
from harness.compare.pairs import platform_loss
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job, Side
from harness.model.metric import Metric
from harness.model.observation import Observation
from harness.model.plan import bare_subject
from harness.model.truth import Cause
from harness.model.wording import first_of
from harness.platforms import platform_of

CHECK = "shim.effect"
UNREPORTED = "never reported"
Runs = Sequence[Observation]


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing that was looked at, as words: with the shim, without it."""

    what: str
    outcome: Outcome
    """MATCH, MISMATCH, or INCONCLUSIVE: not compared."""
    with_it: str = ""
    without: str = ""


def check_bare(job: Job, side: Side, bare: Runs, shimmed: Runs) -> tuple[Finding, ...]:
    """Say whether the runs of one side without the shim did what those with it did.

    A difference is a MISMATCH: what the pairs show is then not what the job does by itself.
    """
    sound = [observation for observation in bare if _is_sound(job, observation)]
    known = [observation for observation in shimmed if _is_sound(job, observation)]
    told = tuple(_compared(job, sound, known)) if sound and known else ()
    return (_finding(job, side, len(sound), len(known), told=told, runs=(*bare, *shimmed)),)


def _is_sound(job: Job, run: Observation) -> bool:
    return not run.not_submitted and not platform_loss(job, run)


def _compared(job: Job, bare: Runs, shimmed: Runs) -> Iterator[_Told]:
    yield _exact(
        "ending",
        [_cause(job, observation) for observation in shimmed],
        [_cause(job, observation) for observation in bare],
    )
    yield _exact(
        "exit code",
        [_code(job, observation) for observation in shimmed],
        [_code(job, observation) for observation in bare],
    )
    for metric in job.metrics:
        yield _metric(metric, shimmed, bare)
    for output in job.outputs:
        yield _output(output.name, shimmed, bare)


def _exact(what: str, with_it: Sequence[str], without: Sequence[str]) -> _Told:
    """Compare what must be the same; an empty text is not known."""
    one, other = sorted({*with_it} - {""}), sorted({*without} - {""})
    words = ", ".join(one) or "not known", ", ".join(other) or "not known"
    if not one or not other:
        return _Told(what, Outcome.INCONCLUSIVE, *words)
    return _Told(what, Outcome.MATCH if {*other} <= {*one} else Outcome.MISMATCH, *words)


def _cause(job: Job, run: Observation) -> str:
    cause = truth_of(job, run).cause
    return "" if cause is Cause.UNKNOWN else cause.value


def _code(job: Job, run: Observation) -> str:
    code = truth_of(job, run).exit_code
    return "" if code is None else str(code)


def _metric(metric: Metric, shimmed: Runs, bare: Runs) -> _Told:
    shimmed, bare = ([run for run in runs if _was_read(metric, run)] for runs in (shimmed, bare))
    one, other = ([_curve(metric, run) for run in runs] for runs in (shimmed, bare))
    if {*one, *other} <= {UNREPORTED}:
        return _Told(f"{metric.name} ({UNREPORTED})", Outcome.INCONCLUSIVE)
    if len(set(one)) <= 1 or not other:
        return _exact(metric.name, one, other)
    values, new = ([_last(metric, run) for run in runs] for runs in (shimmed, bare))
    known = [number for number in values if number is not None]
    words = f"{min(known):.6g} to {max(known):.6g}" if known else "no number", ", ".join(map(repr, new))
    if not known:
        return _Told(metric.name, Outcome.INCONCLUSIVE, *words)
    mean = sum(known) / len(known)
    margin = max(metric.margin_absolute or 0.0, (metric.margin_relative or 0.0) * abs(mean))
    inside = all(number is not None and min(known) - margin <= number <= max(known) + margin for number in new)
    return _Told(f"{metric.name} (varies)", Outcome.MATCH if inside else Outcome.MISMATCH, *words)


def _was_read(metric: Metric, run: Observation) -> bool:
    return run.log is not None and not run.log.cut and metric.name not in run.metrics_unread


def _curve(metric: Metric, run: Observation) -> str:
    return " ".join(repr(metric_point.value) for metric_point in run.metrics.get(metric.name, ())) or UNREPORTED


def _last(metric: Metric, run: Observation) -> float | None:
    points = run.metrics.get(metric.name, ())
    return points[-1].value if points else None


def _output(name: str, shimmed: Runs, bare: Runs) -> _Told:
    """Compare files that all runs with the shim gave alike, where somebody besides the shim carries them out."""
    one, other = ([_files(name, run) for run in runs] for runs in (shimmed, bare))
    if not all(platform_of(run.run.platform).carries_outputs for run in bare):
        return _Told(f"{name} (only the shim carries it out)", Outcome.INCONCLUSIVE)
    known = {file for entry in one for file in entry}
    steady = {file for file in known if len({entry.get(file) for entry in one}) == 1}
    words = _named(steady), "the same"
    if known and not steady:
        return _Told(f"{name} (varies)", Outcome.INCONCLUSIVE)
    for entry in other:
        wrong = sorted({*(file for file in steady if entry.get(file) != one[0].get(file)), *({*entry} - known)})
        if wrong:
            return _Told(name, Outcome.MISMATCH, words[0], f"other: {_named(wrong)}")
    return _Told(name, Outcome.MATCH, *words)


def _files(name: str, run: Observation) -> dict[str, str]:
    found = (output for output in run.outputs if output.name == name)
    return {file.name: file.sha256 for output_seen in found for file in output_seen.files if file.kind != "directory"}


def _named(files: Sequence[str] | set[str]) -> str:
    return first_of(sorted(files), 3)


# -- finding ----------------------------------------------------------------------------------------------------------


def _finding(job: Job, side: Side, bare: int, shimmed: int, *, told: Sequence[_Told], runs: Runs) -> Finding:
    differ = [effect for effect in told if effect.outcome is Outcome.MISMATCH]
    alike = [effect.what for effect in told if effect.outcome is Outcome.MATCH]
    left = [effect.what for effect in told if effect.outcome is Outcome.INCONCLUSIVE]
    counts = f"{bare} run(s) of {side.value} without the shim, {shimmed} with it"
    if differ:
        first, outcome = differ[0], Outcome.MISMATCH
        text = f"The shim changes what the job does: {first.what} is {first.with_it} with it, {first.without} without"
    elif "ending" not in alike:
        outcome, text = Outcome.INCONCLUSIVE, "Whether the shim changes what the job does is not known"
    else:
        outcome, text = Outcome.MATCH, f"The shim changes nothing that can be seen from outside: {', '.join(alike)}"
    unseen = f" Not compared: {', '.join(left)}." if left else ""
    return Finding(
        check=CHECK,
        dimension=Dimension.EVIDENCE,
        subject=bare_subject(job.name, side),
        pair=None,
        outcome=outcome,
        summary=f"{text} ({counts}).{unseen}",
        samples=tuple(_sample(side, told) for told in differ),
        remedy=""
        if outcome is Outcome.MATCH
        else "report it as a fault of the harness, or judge the job with shim: off",
        evidence=tuple(f"runs/{run.run.id}/observation.json" for run in runs),
    )


def _sample(side: Side, told: _Told) -> Sample:
    words = f"{told.with_it} with the shim, {told.without} without"
    return Sample(told.what, words if side is Side.LEGACY else "", words if side is Side.CANDIDATE else "")
