"""What the formats of tables have in common: a file is read by a child process, a column is a field."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from harness.compare.columns import ColumnNoise, compare_columns, read_examples
from harness.compare.format import DataSet, Difference, Examples, FieldDifference, Format, TableLog, without_file
from harness.compare.noise_kinds import kind_of
from harness.compare.tables import Table, TableDifference, compare_tables
from harness.model.finding import NoiseClass
from harness.model.job import CompareRule

CHECK = "outputs.table"
"""One finding speaks of all tables of an output, whatever their format."""


def table_format(name: str, suffixes: tuple[str, ...], log: TableLog | None = None) -> Format:
    """Make the format of tables that the reading process knows by this name; `log`: as a data set has it."""
    return Format(
        name=name,
        check=CHECK,
        suffixes=suffixes,
        compare=partial(_compare, name),
        noise=partial(_noise, name),
        examples=partial(_examples, name),
        applies=frozenset({"tolerance", "ignore", "key", "order", "table"}),
        data_set=DataSet(partial(_compare, name), partial(_noise, name), log),
    )


def _compare(name: str, legacy: Path | Table, candidate: Path | Table, rule: CompareRule) -> Difference:
    found = compare_tables(legacy, candidate, name, rule)
    samples, left_out = found.samples_of("")
    return Difference(
        equal=found.equal,
        summary=found.summary(),
        within=found.within,
        ignored=found.ignored,
        whole=found.whole(),
        samples=without_file(samples),
        samples_left_out=left_out,
        fields=_differing_columns(found),
        table=found.counts(),
    )


def _differing_columns(found: TableDifference) -> frozenset[str]:
    """Name the columns in which a pair's tables differ; none where rows or columns themselves do."""
    if found.columns_missing or found.columns_extra or found.retyped or found.not_compared:
        return frozenset()
    if found.only_legacy or found.only_candidate:
        return frozenset()
    return frozenset(f"column {column.name}" for column in found.columns)


def _noise(name: str, one: Path | Table, other: Path | Table, rule: CompareRule) -> Iterator[FieldDifference]:
    columns = compare_columns(one, other, name, rule)
    shuffled = not rule.key and any(column.moved for column in columns)
    yield from (_column(column, by_key=bool(rule.key), shuffled=shuffled) for column in columns if column.cells)


def _column(found: ColumnNoise, *, by_key: bool, shuffled: bool) -> FieldDifference:
    """Name a column's noise. Without a key, rows that moved are compared as a multiset, so order is allowed."""
    name = f"column {found.name}"
    if found.moved and not by_key:
        return FieldDifference(name, NoiseClass.ORDER, None, above=False)
    if shuffled:
        return FieldDifference(name, NoiseClass.UNSTABLE, None, above=True)
    kinds = {kind_of(*sample) for sample in found.samples}
    kind = kinds.pop() if len(kinds) == 1 else NoiseClass.UNSTABLE
    if kind is NoiseClass.JITTER and found.numbers < found.cells:
        kind = NoiseClass.UNSTABLE
    return FieldDifference(name, kind, found.largest, found.far > 0)


def _examples(name: str, legacy: Path, candidate: Path, rule: CompareRule, label: str, prediction: str) -> Examples:
    return read_examples(legacy, candidate, name, rule, label=label, prediction=prediction)
