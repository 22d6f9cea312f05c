"""Metrics of all runs → samples for the judge, and the curves of a pair → findings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.compare.curves import by_place, by_step
from harness.compare.endings import truth_of
from harness.compare.strata import strata_of
from harness.model.event import Kind
from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Job, Side
from harness.model.metric import FILE, LOG, MLFLOW, Metric
from harness.model.observation import MetricPoint, Observation, ObservedPair
from harness.model.sample import PairedSample, Repeat
from harness.model.truth import Work


def required(job: Job) -> tuple[str, ...]:
    """Name what must have been judged over all pairs: each metric, and how often a critical one is off."""
    critical = (f"{job.name}/bad-runs",) if any(metric.critical for metric in job.metrics) else ()
    return (*(f"{job.name}/{metric.name}" for metric in job.metrics), *critical)


def metric_samples(
    job: Job,
    couples: Sequence[ObservedPair],
    legacy_repeats: Iterable[Observation],
    candidate_repeats: Iterable[Observation],
) -> dict[str, PairedSample]:
    """Take each metric's last value from every run, by pair and by side.

    A candidate run in no pair that did its work and has no value is a problem as it is in a pair: it counts as a run.
    """
    repeats = tuple(legacy_repeats), tuple(candidate_repeats)
    found = {metric.name: _sample(metric, couples, *repeats) for metric in job.reported_metrics}
    paired = {couple.candidate.run.id for couple in couples}
    lone = [run for run in repeats[1] if run.run.id not in paired and truth_of(job, run).work is Work.OK]
    for metric in job.reported_metrics:
        silent = tuple(
            f"run {run.run.id}: candidate {why}" for run in lone if isinstance(why := _last(run, metric), str)
        )
        found[metric.name] = replace(found[metric.name], problems=found[metric.name].problems + silent)
    return {name: with_times(sample, couples) for name, sample in found.items()}


def with_times(sample: PairedSample, couples: Iterable[ObservedPair]) -> PairedSample:
    """Say when the first run of each pair of a sample was submitted, by the harness's clock; 0 where nobody saw it."""
    moments = {couple.pair: min(_submitted(couple.legacy), _submitted(couple.candidate)) for couple in couples}
    return replace(sample, submitted=tuple(moments.get(pair, 0.0) for pair in sample.pairs))


def _submitted(observation: Observation) -> float:
    seen = (event.received_seconds for event in observation.events if event.kind is Kind.SUBMITTED)
    return min(seen, default=0.0)


def _sample(
    metric: Metric,
    couples: Sequence[ObservedPair],
    legacy_repeats: Iterable[Observation],
    candidate_repeats: Iterable[Observation],
) -> PairedSample:
    legacy, candidate, pairs, problems = [], [], [], []
    for couple in couples:
        values = _last(couple.legacy, metric), _last(couple.candidate, metric)
        if isinstance(values[0], float) and isinstance(values[1], float):
            legacy.append(values[0])
            candidate.append(values[1])
            pairs.append(couple.pair)
        else:
            sides = zip(("legacy", "candidate"), values, strict=True)
            problems.append(
                f"pair {couple.pair}: " + ", ".join(f"{side} {why}" for side, why in sides if isinstance(why, str))
            )
    return PairedSample(
        name=metric.name,
        unit="",
        legacy=tuple(legacy),
        candidate=tuple(candidate),
        pairs=tuple(pairs),
        legacy_repeats=_values(legacy_repeats, metric),
        candidate_repeats=_values(candidate_repeats, metric),
        error_seconds=None,
        problems=tuple(problems),
        source=_source(metric),
        evidence=tuple(file for couple in couples for file in couple.files),
    )


def _source(metric: Metric) -> str:
    """Say where its numbers are from; per side where the sides differ."""
    told = {side.value: _place(metric, metric.source_on(side)) for side in Side}
    if len(set(told.values())) == 1:
        return told[Side.LEGACY]
    return ", ".join(f"{side}: {place}" for side, place in told.items())


def _place(metric: Metric, source: str) -> str:
    if source == LOG:
        return "last value in the log"
    if source == FILE and metric.file is not None:
        return f"{metric.file.value or 'value'} of {metric.file.name} in the output {metric.file.output}"
    if source == MLFLOW and metric.mlflow is not None:
        return f"{metric.mlflow.key or metric.name} of the MLflow experiment {metric.mlflow.experiment}"
    return source


def _logged(metric: Metric, observation: Observation) -> bool:
    return metric.source_on(observation.run.side) == LOG


def repeats_by_stratum(metric: Metric, observations: Iterable[Observation]) -> tuple[Repeat, ...]:
    """Take a metric's last value from every run of a side (A/A), with where and when it ran."""
    found = ((_last(observation, metric), observation) for observation in observations)
    return tuple(Repeat(value, strata_of(each)) for value, each in found if isinstance(value, float))


def _last(observation: Observation, metric: Metric) -> float | str:
    name = metric.name
    if _logged(metric, observation) and _cut(observation):
        return "has a log that is known in part, so its last value is not"
    if name in observation.metrics_unread:
        return f"was not read: {observation.metrics_unread[name]}"
    points = _points(observation, name)
    if not points:
        return "never reported it"
    return "reported no finite number last" if points[-1].value is None else points[-1].value


def _points(observation: Observation, name: str) -> tuple[MetricPoint, ...]:
    return observation.metrics.get(name, ())


def _read(observation: Observation, name: str) -> bool:
    return name not in observation.metrics_unread


def _cut(observation: Observation) -> bool:
    return observation.log is not None and observation.log.cut


def _left_out(observation: Observation) -> int:
    return observation.log.left_out if observation.log is not None else 0


def _start_lost(observation: Observation) -> bool:
    return observation.log is not None and observation.log.start_lost


def _values(observations: Iterable[Observation], metric: Metric) -> tuple[float, ...]:
    found = (_last(observation, metric) for observation in observations)
    return tuple(number for number in found if isinstance(number, float))


def noisy_curves(job: Job, *sides: Iterable[Observation]) -> frozenset[str]:
    """Name the metrics whose values differ between runs of one side (A/A)."""
    return frozenset(
        metric.name
        for metric in job.reported_metrics
        for side in sides
        if len({tuple(point.value for point in _points(run, metric.name)) for run in side if _read(run, metric.name)})
        > 1
    )


def check_curves(
    job: Job, pair: str, legacy: Observation, candidate: Observation, *, noisy: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """Compare how each metric went; the last value is judged over all pairs, the way there only informs."""
    return tuple(
        _curve(job.name, metric, (pair, legacy, candidate), noise=metric.name in noisy)
        for metric in job.reported_metrics
    )


_NOTHING = "nothing, as long as the last value agrees"
_REMEDIES = {
    LOG: "log shorter lines, or write an expression without look-around, references and nested repetition",
    FILE: "write the metric into the file that is declared, once",
}
_ELSEWHERE = "mend what the reason names, or read it from another place (source: log)"
_LOG_LESS = "nothing, as long as the last value agrees; or let the job log less"


def _curve(job: str, metric: Metric, runs: tuple[str, Observation, Observation], *, noise: bool) -> Finding:
    (pair, legacy, candidate), name = runs, metric.name
    one, other = _points(legacy, name), _points(candidate, name)
    why = _unknown(metric, legacy, candidate)
    aligned = by_step((name, metric.better), one, other, noise=noise) if why is None else None
    found, remedy = aligned or by_place(name, one, other, noise=noise), _NOTHING
    if why is not None:
        text, remedy = why
        found = replace(found, outcome=Outcome.INCONCLUSIVE, text=text)
    return Finding(
        check="metrics.curve",
        dimension=Dimension.METRICS,
        subject=f"{job}/{name}",
        pair=pair,
        outcome=found.outcome,
        summary=found.text,
        required=False,
        samples=found.samples,
        samples_left_out=found.left_out,
        remedy="" if found.outcome is Outcome.MATCH else remedy,
    )


def _unknown(metric: Metric, legacy: Observation, candidate: Observation) -> tuple[str, str] | None:
    """Say why nobody knows how a metric went, and what to do; None: it was read from its first report to its last."""
    name, sides = metric.name, (("legacy", legacy), ("candidate", candidate))
    in_logs = [(side, run) for side, run in sides if _logged(metric, run)]
    if cut := [side for side, run in in_logs if _cut(run)]:
        text = f"the log of {cut[0]} is known in part, and with it how {name} went"
        return text, "run the pair again, or write the metric into an output"
    for side, run in sides:
        if name in run.metrics_unread:
            remedy = _REMEDIES.get(metric.source_on(run.run.side), _ELSEWHERE)
            return f"{name} of {side} was not read: {run.metrics_unread[name]}", remedy
        if name in run.curves_unknown:
            return f"how {name} went on {side} is not known: {run.curves_unknown[name]}", _NOTHING
    if left := [(side, _left_out(run)) for side, run in in_logs if _left_out(run)]:
        lacks = f"{left[0][1]} bytes in the middle of the log of {left[0][0]} were not kept"
        return f"how {name} went is not known: {lacks}", _LOG_LESS
    if lost := [side for side, run in in_logs if _start_lost(run)]:
        return f"how {name} went is not known: the first lines of the log of {lost[0]} are lost", _LOG_LESS
    return None
