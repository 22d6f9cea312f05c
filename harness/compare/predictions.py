"""Predictions of both sides on one frozen probe set → whether their models do the same, whatever their bytes.

Both sides score the probe set with the models that they made, in the job's own image; here only their tables are read.
What legacy's own runs exceed can't show a difference between the sides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.compare.examples import example_sample
from harness.compare.output_rules import OpenPayload
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job, Output, Predictions, Side
from harness.model.metric import Examples, Score
from harness.model.observation import Observation, ObservedPair
from harness.model.sample import ExampleSample
from harness.model.wording import counted

CHECK = "predictions"
SAMPLES_MAX = 20
FLIPS, ROWS = "share of labels that flip", "largest difference of a row"
Values = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """One measure over all pairs, beside what is allowed and what legacy's own runs show."""

    name: str
    allowed: float
    pairs: float
    """Of the pair that is furthest apart."""
    worst: str
    """That pair."""
    legacy: float | None
    """The same between legacy's own runs; None: there are not two of them."""

    @property
    def outcome(self) -> Outcome:
        """Decide about this measure alone."""
        if self.pairs <= self.allowed:
            return Outcome.MATCH
        return Outcome.INCONCLUSIVE if self.legacy is not None and self.legacy > self.allowed else Outcome.MISMATCH


def required(job: Job) -> tuple[str, ...]:
    """Name the outputs that predictions judge."""
    return tuple(f"{job.name}/{output.name}" for output in job.outputs if _of(output))


def _of(output: Output) -> Predictions | None:
    return output.judged_by.predictions if output.judged_by else None


def check_predictions(
    job: Job,
    couples: Sequence[ObservedPair],
    repeats: Mapping[Side, Sequence[Observation]],
    open_payload: OpenPayload,
) -> Iterator[Finding]:
    """Compare the predictions of every pair, and those of legacy's own runs."""
    for output in job.outputs:
        of = _of(output)
        if of is not None:
            table = Examples(of.output, of.file, "", of.prediction, Score.ABSOLUTE_ERROR)
            read = example_sample(job, table, couples, repeats, open_payload=open_payload)
            yield _finding(job, output, of, read)


def bounds(of: Predictions, read: ExampleSample) -> Iterator[Bound]:
    """Measure every bound over all pairs, and over each legacy run against the first one."""
    pairs = {pair: measures(of, read.predictions[left], read.predictions[right]) for pair, left, right in read.pairs}
    runs = [read.predictions[run] for run in read.legacy_runs if run in read.predictions]
    own = [measures(of, runs[0], run) for run in runs[1:]]
    for name, allowed in _allowed(of).items():
        worst = max(pairs, key=lambda pair: pairs[pair][name])
        legacy = max((measured[name] for measured in own), default=None)
        yield Bound(name, allowed, pairs[worst][name], worst, legacy)


def measures(of: Predictions, left: Values, right: Values) -> dict[str, float]:
    """Measure how far two runs are apart: by name, what a bound is about."""
    apart = sorted(abs(one - other) for one, other in zip(left, right, strict=True))
    found = {ROWS: apart[-1]}
    if of.threshold is not None:
        flips = sum((one >= of.threshold) != (other >= of.threshold) for one, other in zip(left, right, strict=True))
        found[FLIPS] = flips / len(apart)
    for quantile in of.quantiles:
        found[_quantile(quantile)] = apart[math.ceil(float(quantile) * len(apart)) - 1]
    return found


def _allowed(of: Predictions) -> dict[str, float]:
    found = {_quantile(quantile): most for quantile, most in of.quantiles.items()}
    found |= {FLIPS: of.flips_max} if of.flips_max is not None else {}
    return found | ({ROWS: of.row_max} if of.row_max is not None else {})


def _quantile(quantile: str) -> str:
    return f"quantile {quantile} of the differences"


def _finding(job: Job, output: Output, of: Predictions, read: ExampleSample) -> Finding:
    problems = list(read.problems)
    if not problems and not read.pairs:
        problems.append("there is no pair")
    values = next(iter(read.predictions.values()), ())
    if not problems and not values:
        problems.append(f"{of.file} has no row")
    if problems:
        summary = f"The predictions that judge {output.name} can't be compared: {problems[0]}."
        remedy = "leave the same rows of the probe set on both sides, with a finite number in each"
        return _made(job, output, read, (Outcome.INCONCLUSIVE, summary, remedy), samples=[])
    found = list(bounds(of, read))
    states = {bound.outcome for bound in found}
    outcome = next(state for state in (Outcome.MISMATCH, Outcome.INCONCLUSIVE, Outcome.MATCH) if state in states)
    said = "; ".join(_said(bound) for bound in found)
    rows = f"{counted(len(values), 'row')} of the probe set in {counted(len(read.pairs), 'pair')}"
    summary = f"{output.name} is judged by {of.prediction} in {of.output}/{of.file} ({rows}): {said}."
    return _made(
        job, output, read, (outcome, summary, _REMEDY.get(outcome, "")), samples=[_sample(bound) for bound in found]
    )


_REMEDY = {
    Outcome.MISMATCH: "find why the candidate's model scores the probe set otherwise",
    Outcome.INCONCLUSIVE: "make the training repeat itself, or accept what legacy's own runs differ by",
}


def _said(bound: Bound) -> str:
    own = ""
    if bound.outcome is Outcome.INCONCLUSIVE:
        own = f", and {bound.legacy:.6g} between legacy's own runs"
    return f"{bound.name} {bound.pairs:.6g}, {bound.allowed:.6g} is allowed{own}"


def _sample(bound: Bound) -> Sample:
    own = "not known" if bound.legacy is None else f"{bound.legacy:.6g} between its own runs"
    return Sample(bound.name, own, f"{bound.pairs:.6g} in {bound.worst}", f"{bound.allowed:.6g} is allowed")


def _made(
    job: Job, output: Output, read: ExampleSample, told: tuple[Outcome, str, str], *, samples: list[Sample]
) -> Finding:
    outcome, summary, remedy = told
    return Finding(
        check=CHECK,
        dimension=Dimension.OUTPUTS,
        subject=f"{job.name}/{output.name}",
        pair=None,
        outcome=outcome,
        summary=summary,
        samples=tuple(samples[:SAMPLES_MAX]),
        remedy=remedy,
        evidence=read.evidence,
    )
