"""Outputs of a pair → findings: file sets, checksums, tables by key, JSON by path. Reads payloads, starts nothing else.

Equal bytes are equal; only files that differ are opened, and how is the owner's rule in `repos.yaml`.
What can't be read safely is INCONCLUSIVE with file and reason, on either side, and never a match.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.compare.json_values import JsonTrouble, compare_json, read_json
from harness.compare.tables import ColumnDifference, TableDifference, TableTrouble, compare_tables
from harness.model.finding import Dimension, Finding, Outcome, Sample, worst
from harness.model.job import CompareRule, Job, Output, OutputForm
from harness.model.observation import Observation, OutputFile, OutputSeen

OpenPayload = Callable[[str], Path | None]
SAMPLES_MAX = 20
_FORMS = {".csv": OutputForm.CSV, ".parquet": OutputForm.PARQUET, ".json": OutputForm.JSON}
_CHECKS = {OutputForm.CSV: "table", OutputForm.PARQUET: "table", OutputForm.JSON: "json"}


@dataclass(frozen=True, slots=True)
class Compared:
    """What one file's comparison came to."""

    name: str
    outcome: Outcome
    said: str
    samples: tuple[Sample, ...] = ()
    left_out: int = 0
    """Differences that no sample shows."""


def check_outputs(
    job: Job, pair: str, legacy: Observation, candidate: Observation, open_payload: OpenPayload
) -> tuple[Finding, ...]:
    """Compare every declared output, and name every output that nobody declared."""
    return (
        *(
            finding
            for output in job.outputs
            for finding in _output(job.name, output, pair, legacy, candidate, open_payload)
        ),
        *_undeclared(job, pair, (legacy, candidate)),
    )


def _output(
    job: str, output: Output, pair: str, legacy: Observation, candidate: Observation, open_payload: OpenPayload
) -> Iterator[Finding]:
    subject = f"{job}/{output.name}"
    one, other = _seen(legacy, output.name), _seen(candidate, output.name)
    unusable = _unusable(legacy, one) or _unusable(candidate, other)
    if unusable:
        remedy = "mend what damaged the artifact, then run again"
        yield _finding("files", subject, pair, Outcome.INCONCLUSIVE, f"{output.name}: {unusable}", remedy=remedy)
        return
    assert one is not None and other is not None  # noqa: S101, PT018 - or it had been unusable
    if not one.files and not other.files:
        text = f"{output.name}: nothing on either side, so nothing was compared"
        yield _finding("files", subject, pair, Outcome.INCONCLUSIVE, text, remedy="let the job write it, or remove it")
        return
    yield _file_set(subject, output.name, pair, one, other)
    groups: dict[str, list[Compared]] = {}
    for mine, theirs in _shared(one, other):
        rule = rule_for(output, mine.name)
        groups.setdefault(_CHECKS.get(_form(rule, mine.name), "bytes"), []).append(
            _compare(mine, theirs, rule, open_payload)
        )
    for check, compared in sorted(groups.items()):
        yield _group(check, subject, output.name, pair, compared)


def _seen(observation: Observation, name: str) -> OutputSeen | None:
    return next((each for each in observation.outputs if each.name == name), None)


def _unusable(observation: Observation, output: OutputSeen | None) -> str:
    """Say why one side's output can't be compared at all; empty: it can, even when nothing is there."""
    side = observation.run.side.value
    if observation.not_submitted:
        return f"the run on {side} never reached its platform"
    if output is None:
        return f"nobody looked for it on {side}"
    if output.damage:
        return f"damaged on {side}: {output.damage}"
    told = observation.record.outputs.get(output.name, {}) if observation.record else {}
    for file in output.files:
        if file.kind == "file" and told.get(file.name, file.sha256) != file.sha256:
            return f"{file.name} on {side} is not what the process wrote: it changed on the way"
    return ""


def _shared(one: OutputSeen, other: OutputSeen) -> Iterator[tuple[OutputFile, OutputFile]]:
    theirs = {each.name: each for each in other.files}
    for mine in one.files:
        partner = theirs.get(mine.name)
        if partner is not None and mine.kind == partner.kind == "file":
            yield mine, partner


# -- file sets --------------------------------------------------------------------------------------------------------


def _file_set(subject: str, name: str, pair: str, one: OutputSeen, other: OutputSeen) -> Finding:
    legacy, candidate = ({each.name: each for each in side.files} for side in (one, other))
    samples = [Sample(each, _entry(legacy[each]), "missing") for each in sorted(legacy.keys() - candidate.keys())]
    samples += [Sample(each, "missing", _entry(candidate[each])) for each in sorted(candidate.keys() - legacy.keys())]
    samples += [
        Sample(each, _entry(legacy[each]), _entry(candidate[each]))
        for each in sorted(legacy.keys() & candidate.keys())
        if (legacy[each].kind, legacy[each].target) != (candidate[each].kind, candidate[each].target)
    ]
    if not samples:
        text = f"{name}: {_plural(len(legacy), 'file')} on both sides"
        return _finding("files", subject, pair, Outcome.MATCH, text)
    text = f"{name}: {_plural(len(legacy), 'file')} on legacy, {_plural(len(candidate), 'file')} on candidate"
    lacking = [each.where for each in samples if each.candidate == "missing"]
    if lacking:
        text += f"; the candidate lacks {', '.join(lacking[:3])}" + (" and more" if len(lacking) > 3 else "")  # noqa: PLR2004 - as many as a sentence holds
    return _finding("files", subject, pair, Outcome.MISMATCH, text, samples, "find out why the files differ")


def _entry(file: OutputFile) -> str:
    if file.kind == "file":
        return f"{file.bytes} bytes"
    return f"{file.kind} to {file.target}" if file.target else file.kind


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


# -- contents ---------------------------------------------------------------------------------------------------------


def rule_for(output: Output, file: str) -> CompareRule:
    """Find the rule for one file: the last that matches wins; without one its name says how it is read."""
    found = [each for each in output.rules if fnmatch.fnmatchcase(file, each.files)]
    return found[-1] if found else CompareRule(files="*")


def _form(rule: CompareRule, file: str) -> OutputForm:
    if rule.form is not OutputForm.AUTO:
        return rule.form
    return _FORMS.get(PurePosixPath(file).suffix.lower(), OutputForm.BYTES)


def _compare(one: OutputFile, other: OutputFile, rule: CompareRule, open_payload: OpenPayload) -> Compared:
    if one.sha256 == other.sha256:
        return Compared(one.name, Outcome.MATCH, "same bytes")
    form = _form(rule, one.name)
    if form is OutputForm.BYTES:
        sample = Sample(one.name, f"{one.bytes} bytes, {one.sha256[:12]}", f"{other.bytes} bytes, {other.sha256[:12]}")
        return Compared(one.name, Outcome.MISMATCH, f"{one.name} differs", (sample,))
    paths = [open_payload(each.stored) if each.stored else None for each in (one, other)]
    if paths[0] is None or paths[1] is None:
        return Compared(one.name, Outcome.INCONCLUSIVE, f"{one.name} differs, and its payload was not kept")
    if form is OutputForm.JSON:
        return _json(one.name, paths[0], paths[1], rule)
    return _table(one.name, paths[0], paths[1], form, rule)


def _group(check: str, subject: str, name: str, pair: str, compared: Sequence[Compared]) -> Finding:
    """Make one finding of all files that were compared one way."""
    outcome = worst(each.outcome for each in compared)
    bad = [each for each in compared if each.outcome is not Outcome.MATCH]
    if not bad:
        same = sum(each.said == "same bytes" for each in compared)
        within = len(compared) - same
        text = f"{name}: {_plural(len(compared), 'file')} alike, {same} of them bit by bit"
        return _finding(check, subject, pair, outcome, text + (f", {within} within the rules" if within else ""))
    more = f" (and {len(bad) - 1} more of {len(compared)} files)" if len(bad) > 1 else ""
    samples = [sample for each in bad for sample in each.samples]
    remedy = "find out why the contents differ, or agree a rule with the owner before new data"
    left_out = sum(each.left_out for each in bad)
    return _finding(check, subject, pair, outcome, f"{name}: {bad[0].said}{more}", samples, remedy, left_out)


def _json(name: str, legacy: Path, candidate: Path, rule: CompareRule) -> Compared:
    try:
        found = compare_json(read_json(legacy, f"{name} on legacy"), read_json(candidate, f"{name} on candidate"), rule)
    except JsonTrouble as error:
        return Compared(name, Outcome.INCONCLUSIVE, f"no JSON that can be trusted: {error}")
    if found.equal:
        return Compared(name, Outcome.MATCH, "within the rules")
    samples = tuple(
        Sample(f"{name}: {each.path}", each.legacy, each.candidate, each.change.value) for each in found.differences
    )
    first, count = found.differences[0], len(found.differences) + found.left_out
    said = f"{name} differs in {_plural(count, 'place')}, first {first.path} ({first.change.value})"
    return Compared(name, Outcome.MISMATCH, said, samples, found.left_out)


def _table(name: str, legacy: Path, candidate: Path, form: OutputForm, rule: CompareRule) -> Compared:
    try:
        found = compare_tables(legacy, candidate, form, rule)
    except TableTrouble as error:
        return Compared(name, Outcome.INCONCLUSIVE, f"{name} could not be compared: {error}")
    if found.equal:
        return Compared(name, Outcome.MATCH, "within the rules")
    return Compared(name, Outcome.MISMATCH, f"{name}: {'; '.join(_told(found))}", tuple(_table_samples(name, found)))


def _told(found: TableDifference) -> Iterator[str]:
    """Say how two tables differ, most telling first."""
    if found.rows_legacy != found.rows_candidate:
        yield f"{found.rows_legacy} rows on legacy, {found.rows_candidate} on candidate"
    elif found.only_legacy or found.only_candidate:
        yield f"{found.only_legacy} rows only on legacy, {found.only_candidate} only on candidate"
    for side, names in (("legacy", found.columns_missing), ("candidate", found.columns_extra)):
        if names:
            yield f"columns only on {side}: {', '.join(names[:5])}"
    for each in found.retyped[:3]:
        yield f"column {each.name} is {each.legacy} on legacy and {each.candidate} on candidate"
    yield from (_column(each) for each in found.columns[:3])


def _column(each: ColumnDifference) -> str:
    far = "" if each.largest is None else f", by up to {each.largest:.6g}"
    return f"column {each.name} differs in {_plural(each.cells, 'row')}{far}"


def _table_samples(name: str, found: TableDifference) -> Iterator[Sample]:
    for column in found.columns:
        for each in column.samples:
            yield Sample(f"{name}: {column.name} at {each.key}", _cell(each.legacy), _cell(each.candidate))
    for row in found.only_legacy_samples:
        yield Sample(f"{name}: row {row}", "present", "missing")
    for row in found.only_candidate_samples:
        yield Sample(f"{name}: row {row}", "missing", "present")


def _cell(value: str | None) -> str:
    return "empty" if value is None else value


# -- coverage ---------------------------------------------------------------------------------------------------------


def _undeclared(job: Job, pair: str, both: Sequence[Observation]) -> Iterator[Finding]:
    declared = {each.name for each in job.outputs}
    names = sorted({each.name for side in both for each in side.outputs if each.files and each.name not in declared})
    for name in names:
        sides = [each.run.side.value for each in both if _seen(each, name)]
        yield Finding(
            check="outputs.undeclared",
            dimension=Dimension.COVERAGE,
            subject=f"{job.name}/{name}",
            pair=pair,
            outcome=Outcome.INCONCLUSIVE,
            summary=f"{name} was written on {' and '.join(sides)}, and nobody declared it",
            remedy=f"declare {name} as an output of {job.name}",
        )


def _finding(  # noqa: PLR0913, PLR0917 - one constructor for all findings here
    check: str,
    subject: str,
    pair: str,
    outcome: Outcome,
    summary: str,
    samples: Sequence[Sample] = (),
    remedy: str = "",
    left_out: int = 0,
) -> Finding:
    return Finding(
        check=f"outputs.{check}",
        dimension=Dimension.OUTPUTS,
        subject=subject,
        pair=pair,
        outcome=outcome,
        summary=summary,
        samples=tuple(samples[:SAMPLES_MAX]),
        samples_left_out=left_out + max(0, len(samples) - SAMPLES_MAX),
        remedy=remedy if outcome is not Outcome.MATCH else "",
    )
