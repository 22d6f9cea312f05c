"""What `judged_by` of an output asks for: something has to be there that decides in place of its bytes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from harness.fields.paths import Path
from harness.model.job import Job, Output, Predictions
from harness.platforms.fault import Fault


def faults(job: Job) -> Iterator[Fault]:
    """Check what judges every output."""
    known = {output.name: output for output in job.outputs}
    for output in job.outputs:
        if output.judged_by is None:
            continue
        path: Path = ("outputs", output.name, "judged_by")
        if output.judged_by.predictions is not None:
            yield from _predictions(output.name, output.judged_by.predictions, known, path)
        elif not any(metric.critical for metric in job.metrics):
            yield Fault(path, "metrics, and none that is critical", "a critical metric", "or nothing would be compared")


def _predictions(name: str, of: Predictions, known: Mapping[str, Output], path: Path) -> Iterator[Fault]:
    if of.output not in known or of.output == name:
        others = ", ".join(sorted(known.keys() - {name})) or "another output"
        yield Fault((*path, "output"), of.output, f"one of: {others}", "a declared output, with predictions in it")
    elif not any(fnmatchcase(of.file, rule.files) and rule.key for rule in known[of.output].rules):
        expected = f"a rule of the output {of.output} with the key of a row"
        yield Fault((*path, "file"), f"{of.file} without a key", expected, "such as {files: probe.csv, key: [id]}")
    if of.flips_max is None and not of.quantiles and of.row_max is None:
        yield Fault(path, "no bound", "flips_max, quantiles or row_max", "or any prediction would do")
    if (of.flips_max is None) != (of.threshold is None):
        missing = "threshold" if of.threshold is None else "flips_max"
        yield Fault(path, f"no {missing}", "threshold and flips_max together", "a label is a score at or above it")
    if of.flips_max is not None and of.flips_max >= 1:
        yield Fault((*path, "flips_max"), f"{of.flips_max:g}", "a share below 1")
    for quantile in of.quantiles:
        if not _share(quantile):
            yield Fault((*path, "quantiles", quantile), quantile, 'a number above 0 and up to 1, such as "0.99"')


def _share(text: str) -> bool:
    try:
        return 0 < float(text) <= 1
    except ValueError:
        return False
