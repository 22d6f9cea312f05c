"""The examples of all runs of a job → one sample for the judge. Tables are read in a child process, two at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.compare.format import Examples as Read
from harness.compare.format import NotCompared
from harness.compare.formats import format_of
from harness.compare.output_rules import OpenPayload, rule_for
from harness.model.job import Job, Side
from harness.model.metric import Examples
from harness.model.observation import Observation, ObservedPair, OutputFile
from harness.model.sample import ExampleSample

Predictions = tuple[float, ...]


def example_sample(
    job: Job,
    of: Examples,
    couples: Sequence[ObservedPair],
    repeats: Mapping[Side, Sequence[Observation]],
    *,
    open_payload: OpenPayload,
) -> ExampleSample:
    """Read the predictions of every run; each different file is read once, and all must hold the same examples."""
    legacy, candidate = repeats[Side.LEGACY], repeats[Side.CANDIDATE]
    in_pairs = [couple.of(side) for couple in couples for side in Side]
    wanted = {pair.run.id: pair for pair in (*in_pairs, *legacy, *candidate)}
    files = {run: _file(each, of) for run, each in wanted.items()}
    paired = {pair.run.id for pair in in_pairs}
    problems = [f"run {run} left no {of.file} in {of.output}" for run in sorted(paired) if files[run] is None]
    labels, known, trouble = _read(job, of, [file for file in files.values() if file], open_payload)
    return ExampleSample(
        labels=labels,
        predictions={run: known[file.sha256] for run, file in files.items() if file and file.sha256 in known},
        pairs=tuple((couple.pair, couple.legacy.run.id, couple.candidate.run.id) for couple in couples),
        legacy_runs=tuple(observation.run.id for observation in legacy),
        candidate_runs=tuple(observation.run.id for observation in candidate),
        problems=tuple([*problems, trouble] if trouble else problems),
        evidence=tuple(f"runs/{pair.run.id}/observation.json" for pair in in_pairs),
    )


def _file(observation: Observation, of: Examples) -> OutputFile | None:
    seen = next((output for output in observation.outputs if output.name == of.output and not output.damage), None)
    return next((file for file in seen.files if file.name == of.file and file.sha256), None) if seen else None


def _read(
    job: Job, of: Examples, files: Sequence[OutputFile], open_payload: OpenPayload
) -> tuple[tuple[float, ...], dict[str, Predictions], str]:
    """Give labels, predictions by digest, and why there are none."""
    different = list({file.sha256: file for file in files}.values())
    rules = next((output.rules for output in job.outputs if output.name == of.output), ())
    _, rule = rule_for(of.file, rules)
    read_examples = format_of(of.file, rule).examples
    if read_examples is None:
        return (), {}, f"{of.file} is no table"
    first: Read | None = None
    known: dict[str, Predictions] = {}
    for one, other in zip(different[::2], [*different[1::2], *different[-1:]], strict=False):
        paths = [open_payload(output_file.stored) if output_file.stored else None for output_file in (one, other)]
        if paths[0] is None or paths[1] is None:
            return (), {}, f"{of.file}: a payload was not kept"
        try:
            found = read_examples(paths[0], paths[1], rule, of.label, of.prediction)
        except NotCompared as trouble:
            return (), {}, f"{of.file}: {trouble}"
        first = first or found
        if (found.ids, found.labels) != (first.ids, first.labels):
            return (), {}, f"{of.file}: not every run has the same examples and labels"
        known |= {one.sha256: found.legacy, other.sha256: found.candidate}
    return (first.labels if first else ()), known, ""
