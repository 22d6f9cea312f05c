"""What the outputs of both sides hold: files, schema, rows, changed columns and cells with their distance. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.model.finding import SEVERITY, ColumnCounts, Dimension, Finding, Outcome, TableCounts
from harness.model.job import Side
from harness.model.observation import Observation
from harness.report.findings import SAMPLE_TEXT_MAX
from harness.report.values import CellView, OutputView, TableView
from harness.report.wording import NAME_MAX, counted, listed, number, shown, signed, size

CELLS_MAX = 5
"""Cells of an output that are shown; its findings have more."""
COLUMNS_MAX = 6
"""Changed columns, or names of one kind, that are named."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """Findings of one output."""

    subject: str
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Finding:
        """Give the first of the worst that decides, or else of all."""
        deciding = [finding for finding in self.findings if finding.required] or self.findings
        return max(deciding, key=lambda finding: SEVERITY[finding.outcome])


def output_views(
    findings: Iterable[Finding], observations: Mapping[str, Observation], runs: Mapping[str, Sequence[str]]
) -> tuple[OutputView, ...]:
    """Show each output, the worst first. `runs`: of each pair, by id."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.dimension is Dimension.OUTPUTS:
            groups.setdefault(finding.subject, []).append(finding)
    seen = [_Seen(subject, tuple(found)) for subject, found in groups.items()]
    seen.sort(key=lambda output: -SEVERITY[output.worst.outcome])
    return tuple(_view(output, observations, runs) for output in seen)


def _view(seen: _Seen, observations: Mapping[str, Observation], runs: Mapping[str, Sequence[str]]) -> OutputView:
    worst = seen.worst
    alike = {finding.pair for finding in seen.findings if finding.outcome is worst.outcome and finding.pair}
    pairs = {finding.pair for finding in seen.findings if finding.pair}
    files = _files(seen.subject, runs.get(worst.pair or "", ()), observations)
    detailed = next((found for found in seen.findings if found.samples and found.outcome is worst.outcome), worst)
    return OutputView(
        subject=shown(seen.subject, NAME_MAX),
        outcome=worst.outcome.value,
        summary=shown(worst.summary),
        pairs=f"{len(alike)} of {counted(len(pairs), 'pair')}" if pairs else "",
        legacy=files.get(Side.LEGACY.value, ""),
        candidate=files.get(Side.CANDIDATE.value, ""),
        tables=tuple(_table(table) for table in next((found.tables for found in seen.findings if found.tables), ())),
        cells=_cells(detailed) if worst.outcome is not Outcome.MATCH else (),
    )


def _files(subject: str, names: Sequence[str], observations: Mapping[str, Observation]) -> dict[str, str]:
    """Count what each run of a pair left of an output."""
    output = subject.partition("/")[2]
    words = {}
    for name in names:
        if name in observations:
            found = [seen for seen in observations[name].outputs if seen.name == output]
            files = [file for seen in found for file in seen.files if file.kind != "directory"]
            text = f"{counted(len(files), 'file')}, {size(sum(file.bytes for file in files))}"
            words[observations[name].run.side.value] = text if found else ""
    return words


def _table(table: TableCounts) -> TableView:
    kinds = (
        ("only on legacy", table.missing),
        ("only on candidate", table.extra),
        ("of another type", tuple(f"{name} ({old} → {new})" for name, old, new in table.retyped)),
    )
    schema = [f"{counted(table.columns, 'column')} compared"]
    schema += [f"{len(names)} {words}: {_named(names)}" for words, names in kinds if names]
    rows = [f"{counted(table.rows_legacy, 'row')} on legacy, {table.rows_candidate:,} on candidate"]
    rows += [f"{table.only_legacy:,} only on legacy"] if table.only_legacy else []
    rows += [f"{table.only_candidate:,} only on candidate"] if table.only_candidate else []
    rows += [f"{table.rows_differing:,} differ"] if table.rows_differing else []
    changed = sorted(table.changed, key=lambda column: -column.cells)
    return TableView(shown(table.file, NAME_MAX), "; ".join(schema), ", ".join(rows), _changed(changed))


def _changed(columns: Sequence[ColumnCounts]) -> str:
    words = []
    for column in columns[:COLUMNS_MAX]:
        far = f", at most {number(column.largest)} apart" if column.largest is not None else ""
        words.append(f"{shown(column.name, NAME_MAX)} ({counted(column.cells, 'cell')}{far})")
    left = len(columns) - COLUMNS_MAX
    return "; ".join([*words, f"{left} more"] if left > 0 else words)


def _named(names: Sequence[str]) -> str:
    left = len(names) - COLUMNS_MAX
    named = [shown(name, NAME_MAX) for name in names[:COLUMNS_MAX]]
    return listed([*named, f"{left} more"] if left > 0 else named)


def _cells(finding: Finding) -> tuple[CellView, ...]:
    """Show the first cells, each with its distance."""
    return tuple(
        CellView(
            shown(sample.where, NAME_MAX),
            shown(sample.legacy, SAMPLE_TEXT_MAX),
            shown(sample.candidate, SAMPLE_TEXT_MAX),
            distance(sample.legacy, sample.candidate) or shown(sample.note, NAME_MAX),
        )
        for sample in finding.samples[:CELLS_MAX]
    )


def distance(legacy: str, candidate: str) -> str:
    """Say how far two numbers are apart, also in per cent of legacy; empty where one of them is none."""
    try:
        old, new = float(legacy), float(candidate)
    except ValueError:
        return ""
    apart = new - old
    if not math.isfinite(apart) or not apart:
        return ""
    share = apart / abs(old) * 100 if old else math.inf
    return f"{signed(apart)} ({signed(share)} %)" if math.isfinite(share) else signed(apart)
