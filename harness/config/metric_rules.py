"""What must hold of a job's metrics, and between a metric and what it is read from. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase

from harness.config.registered import BUILT_IN_TAKES, metric_source_names
from harness.fields.placeholders import PLACEHOLDERS, unknown
from harness.model.job import Job, ShimMode, Side
from harness.model.metric import FILE, LOG, MLFLOW, Metric, Take
from harness.model.order import MLFLOW_CONTEXT
from harness.model.repository import Repository
from harness.platforms import platform_of, platforms
from harness.platforms.fault import Fault


def faults(repository: Repository, job: Job) -> Iterator[Fault]:
    """Find what is wrong with the metrics of a job; paths are inside the job."""
    yield from _examples(job)
    yield from _metric_files(job)
    yield from _sources(repository, job)
    yield from _margins(job)
    yield from _steps(job)


def _sources(repository: Repository, job: Job) -> Iterator[Fault]:
    """A side reads a metric from what its platform has, and as far as that holds it."""
    for metric in job.metrics:
        path = ("metrics", metric.name, "source")
        if metric.examples is not None and metric.sources:
            yield Fault(path, "source: beside examples:", "one of them", "examples are a source of their own")
            continue
        for side in (side for side in Side if side in metric.sources):
            yield from _source(repository, metric, side)
        for name, declared in ((FILE, metric.file), (MLFLOW, metric.mlflow)):
            if declared is not None and name not in map(metric.source_on, Side):
                found = ", ".join(f"{side}: {metric.source_on(side)}" for side in Side)
                hint = f"leave out {name}: where no side reads it"
                yield Fault(path, found, f"{name} on a side, for {name}: is declared", hint)
        for side in (side for side in Side if metric.source_on(side) == MLFLOW):
            yield from _tagging(repository, job, metric, side)


def _tagging(repository: Repository, job: Job, metric: Metric, side: Side) -> Iterator[Fault]:
    """A run is found by its tag, which its environment has to carry."""
    path, own = ("metrics", metric.name, "source"), job.sides[side]
    if metric.examples is not None:
        yield Fault(("metrics", metric.name, "mlflow"), "mlflow: beside examples:", "one of them")
    if own.document is not None and (job.shim is ShimMode.OFF or repository.policy.shim_off_pairs):
        off = "shim: off" if job.shim is ShimMode.OFF else f"shim_off_pairs: {repository.policy.shim_off_pairs}"
        expected = "the shim on in every run: it hands a document's process the tag that its MLflow run is found by"
        yield Fault(path, f"{MLFLOW} on the {side.value} side, which has a document, and {off}", expected)
    try:
        tags = json.loads(own.environment.get(MLFLOW_CONTEXT) or "{}")
    except ValueError:
        tags = None
    if not isinstance(tags, dict):
        expected = "tags as a JSON object; the tag of the run is added to them"
        yield Fault((side.value, "environment", MLFLOW_CONTEXT), "no JSON object", expected)


def _source(repository: Repository, metric: Metric, side: Side) -> Iterator[Fault]:
    source, platform = metric.source_on(side), platform_of(repository.home(side).platform)
    path = ("metrics", metric.name, "source", side.value)
    of = [known for known in platforms() if source in known.metric_sources]
    if of and platform not in of:
        elsewhere = {name for known in platforms() if known is not platform for name in known.metric_sources}
        here = [name for name in metric_source_names() if name not in elsewhere or name in platform.metric_sources]
        found = f"{source} on the {side.value} side, which runs on {platform.title}"
        yield Fault(path, found, f"one of: {', '.join(here)}", f"only {of[0].title} has {source}")
    if source == FILE and metric.file is None:
        hint = "such as file: {output: model, name: metrics.json, value: $.auc}"
        yield Fault(path, f"{FILE}, and no file:", "file: beside it, which says where the number stands", hint)
    if source == MLFLOW and metric.mlflow is None:
        hint = "such as mlflow: {uri: https://mlflow.example.org, experiment: churn}"
        yield Fault(path, f"{MLFLOW}, and no mlflow:", "mlflow: beside it, which says where the number stands", hint)
    takes = BUILT_IN_TAKES.get(source)
    if takes is not None and metric.take not in takes:
        words = ", ".join(take.value for take in Take if take in takes)
        yield Fault(
            ("metrics", metric.name, "take"),
            f"take: {metric.take} from {source} ({side.value})",
            f"one of: {words}",
            "or source: log",
        )


def _examples(job: Job) -> Iterator[Fault]:
    """A metric from examples needs a declared output, and in its rules the key by which examples are paired."""
    known = {output.name: output for output in job.outputs}
    for metric in job.metrics:
        of = metric.examples
        if of is None:
            continue
        path = ("metrics", metric.name, "examples")
        if of.output not in known:
            yield Fault((*path, "output"), of.output, f"one of: {', '.join(sorted(known))}", "a declared output")
        elif not any(fnmatchcase(of.file, rule.files) and rule.key for rule in known[of.output].rules):
            found, expected = f"{of.file} without a key", f"a rule of the output {of.output} with the key of an example"
            yield Fault((*path, "file"), found, expected, "such as {files: predictions.csv, key: [id]}")


def _metric_files(job: Job) -> Iterator[Fault]:
    """A metric in a file needs a declared output, and a place in the file that its ending asks for."""
    known = {output.name for output in job.outputs}
    for metric in job.metrics:
        if metric.file is None:
            continue
        path = ("metrics", metric.name, "file")
        if metric.examples is not None:
            yield Fault(path, "file: beside examples:", "one of them")
        if metric.file.output not in known:
            yield Fault(
                (*path, "output"), metric.file.output, f"one of: {', '.join(sorted(known))}", "a declared output"
            )
        for name in unknown(metric.file.name):
            yield Fault((*path, "name"), f"{{{name}}}", "one of " + ", ".join(f"{{{word}}}" for word in PLACEHOLDERS))
        needs = (
            metric.file.name.lower().endswith((".json", ".jsonl", ".ndjson", ".csv")) or "tfevents" in metric.file.name
        )
        if needs and not metric.file.value:
            hint = "such as $.test.auc, a column of CSV, or a tag of TensorBoard"
            yield Fault((*path, "value"), "nothing", "where the number stands in the file", hint)


def _steps(job: Job) -> Iterator[Fault]:
    """`take: step` and `step` belong together; a target is looked for in all reports of the log."""
    for metric in job.metrics:
        if (metric.take is Take.STEP) != (metric.step is not None):
            at_step = metric.take is Take.STEP
            found = "take: step without a step" if at_step else f"step: {metric.step} with take: {metric.take}"
            expected = "step: the number of the step that counts" if at_step else "take: step beside it"
            yield Fault(("metrics", metric.name, "take" if at_step else "step"), found, expected)
        elsewhere = next((source for side in Side if (source := metric.source_on(side)) != LOG), "")
        if metric.target and (elsewhere or metric.examples or metric.take is not Take.LAST):
            other = "examples" if metric.examples else elsewhere or f"take: {metric.take}"
            found, expected = f"target: {metric.target} with {other}", "a curve in the log: target without it"
            yield Fault(("metrics", metric.name, "target"), found, expected, "steps to a target are read from the log")


def _margins(job: Job) -> Iterator[Fault]:
    for metric in job.metrics:
        if (metric.margin_relative or 0) > 1 and not metric.margin_reason:
            found = f"{metric.margin_relative:.0%}"
            yield Fault(("metrics", metric.name, "margin"), found, "at most 100%", "or margin_reason: why, beside it")
