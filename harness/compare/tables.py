"""Two tables a job wrote → how they differ. Reading happens in a child process; this side never imports the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.compare.asking import SIDES, ask, parts_of
from harness.compare.difference import may_be_cut
from harness.compare.format import NotCompared, Part
from harness.model.finding import ColumnCounts, Sample, TableCounts
from harness.model.job import CompareRule, Json
from harness.model.wording import counted, first_of

NAMES_MAX = 3
"""Columns named in a sentence."""
CHILD = Path(__file__).with_name("engine") / "child.py"


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column whose declared types differ."""

    name: str
    legacy: str
    candidate: str


@dataclass(frozen=True, slots=True)
class CellSample:
    """One cell that differs: the row's key as text, both values as text; None is NULL."""

    key: str
    legacy: str | None
    candidate: str | None


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """Cells of one column that differ beyond tolerance, in rows that both sides have."""

    name: str
    cells: int
    largest: float | None
    """Distance of two numbers; None where no two numbers differ."""
    samples: tuple[CellSample, ...]


@dataclass(frozen=True, slots=True)
class TableDifference:
    """How two tables differ."""

    rows_legacy: int
    rows_candidate: int
    columns_compared: int
    columns_missing: tuple[str, ...]
    """Only the legacy table has them."""
    columns_extra: tuple[str, ...]
    retyped: tuple[Retyped, ...]
    """Their cells are not compared."""
    not_compared: str
    """Why rows were not compared; only where columns differ."""
    only_legacy: int
    only_candidate: int
    only_legacy_samples: tuple[str, ...]
    only_candidate_samples: tuple[str, ...]
    rows_differing: int
    """Rows of both sides with a cell beyond tolerance."""
    within: int
    """Cells (rows, without a key) that differ within tolerance."""
    columns: tuple[ColumnDifference, ...]
    ignored: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Tell whether nothing differs beyond tolerance."""
        rows = self.only_legacy or self.only_candidate or self.rows_differing or self.columns
        return not (rows or self.columns_missing or self.columns_extra or self.retyped or self.not_compared)

    def summary(self) -> str:
        """Say in half a sentence how they differ."""
        parts = []
        if self.columns_missing or self.columns_extra:
            parts.append(f"{counted(len(self.columns_missing), 'column')} missing and {len(self.columns_extra)} extra")
        if self.retyped:
            parts.append(f"columns retyped: {first_of([retyped.name for retyped in self.retyped], NAMES_MAX)}")
        if self.not_compared:
            parts.append(f"rows were not compared because {self.not_compared}")
        if self.only_legacy or self.only_candidate:
            parts.append(
                f"{counted(self.only_legacy, 'row')} only in legacy and {self.only_candidate} only in candidate"
            )
        if self.rows_differing:
            shared = self.rows_legacy - self.only_legacy
            names = first_of([column.name for column in self.columns], NAMES_MAX)
            parts.append(f"{self.rows_differing} of {shared} rows differ in {names}")
        return "; ".join(parts)

    def whole(self) -> Json:
        """Give all that differs; None where a part was not compared, not kept or may be cut."""
        cells = [
            (column.name, cell.key, cell.legacy, cell.candidate) for column in self.columns for cell in column.samples
        ]
        rows = self.only_legacy_samples, self.only_candidate_samples
        texts = tuple(text for cell in (*cells, *rows) for text in cell)
        unseen = self.columns_missing or self.columns_extra or self.retyped or self.not_compared
        if unseen or self.samples_of("")[1] or may_be_cut(texts):
            return None
        listed: list[Json] = [list(row) for row in (*rows, *cells)]
        return listed

    def counts(self) -> TableCounts:
        """Give what a reader is shown of rows and columns, without a file's name."""
        return TableCounts(
            file="",
            rows_legacy=self.rows_legacy,
            rows_candidate=self.rows_candidate,
            columns=self.columns_compared,
            missing=self.columns_missing,
            extra=self.columns_extra,
            retyped=tuple((column.name, column.legacy, column.candidate) for column in self.retyped),
            only_legacy=self.only_legacy,
            only_candidate=self.only_candidate,
            rows_differing=self.rows_differing,
            changed=tuple(ColumnCounts(column.name, column.cells, column.largest) for column in self.columns),
        )

    def samples_of(self, file: str) -> tuple[list[Sample], int]:
        """Give what was found of a file, piece by piece, and how many pieces were not kept."""
        found = [Sample(f"{file} column {name}", "there", "not there") for name in self.columns_missing]
        found += [Sample(f"{file} column {name}", "not there", "there") for name in self.columns_extra]
        found += [
            Sample(f"{file} column {retyped.name}", retyped.legacy, retyped.candidate, "retyped")
            for retyped in self.retyped
        ]
        for column in self.columns:
            note = "" if column.largest is None else f"largest difference of the column: {column.largest:.6g}"
            found += [
                Sample(f"{file} {cell.key} column {column.name}", _text(cell.legacy), _text(cell.candidate), note)
                for cell in column.samples
            ]
        found += [Sample(f"{file} row", sample, "not there") for sample in self.only_legacy_samples]
        found += [Sample(f"{file} row", "not there", sample) for sample in self.only_candidate_samples]
        left_out = sum(column.cells - len(column.samples) for column in self.columns)
        left_out += self.only_legacy - len(self.only_legacy_samples)
        return found, left_out + self.only_candidate - len(self.only_candidate_samples)


def _text(value: str | None) -> str:
    return "NULL" if value is None else value


Table = Sequence[Part]
"""All files of one side."""


def compare_tables(legacy: Path | Table, candidate: Path | Table, form: str, rule: CompareRule) -> TableDifference:
    """Compare two tables, each one file or all files of a data set, by key and tolerance.

    Raises:
        NotCompared: a file can't be read as its form, a key is not unique, nothing is there to compare, or a limit was
            met.
    """
    return _difference(ask(CHILD, (parts_of(legacy), parts_of(candidate)), request_of(form, rule), rule))


def request_of(form: str, rule: CompareRule) -> dict[str, Json]:
    """Write a rule as the child reads it."""
    return {
        "form": form,
        "key": list(rule.key),
        "tolerance": {name: [bound.absolute, bound.relative] for name, bound in rule.tolerance.items()},
        "ignore": list(rule.ignore),
        "order": rule.order.value,
        "contract": msgspec.to_builtins(rule.table),
        "sides": {side: [{"file": side}] for side in SIDES},
    }


def _difference(answer: Json) -> TableDifference:
    """Take the child's answer only in the exact shape that it has to have."""
    if not isinstance(answer, dict) or answer.keys() != {"difference"}:
        raise NotCompared("the reader's answer is neither a difference nor a trouble")
    try:
        found = msgspec.convert(answer["difference"], TableDifference)
    except msgspec.ValidationError as error:
        message = f"the reader's answer has the wrong shape: {error}"
        raise NotCompared(message) from error
    if min(found.rows_legacy, found.rows_candidate, found.only_legacy, found.only_candidate, found.within) < 0:
        raise NotCompared("the reader's answer has a negative count")
    return found
