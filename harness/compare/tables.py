"""Two tables a job wrote → how they differ. Reading happens in a child process; this side never imports the engine."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.bounded import child as bounded_child
from harness.compare.difference import may_be_cut
from harness.compare.format import NotCompared, Part
from harness.model import strict_json
from harness.model.finding import Sample
from harness.model.job import CompareRule, Json

ANSWER_BYTES_MAX = 8 * 1024 * 1024
"""Far above 20 columns of 10 samples of 3 texts; more is no answer of ours."""
LIMITS = bounded_child.Limits(cpu_seconds=120, memory_bytes=4 * 1024**3, answer_bytes=ANSWER_BYTES_MAX)
"""Of small inputs. CPU time, so that a table is compared or not whatever else the machine does (ADR 0105)."""
CPU_SECONDS_PER_GIB = 600
"""Added for the bytes of both sides: about six times what a gibibyte of CSV with a key and tolerances costs."""
FILES_MORE = 2
"""Descriptors for each file: the engine may hold one for its footer and one for its rows."""
SPILL_BYTES = 8 * 1024**3
SPILL_FACTOR = 8
"""Bytes that may be spilled for each byte of input: rows grow when they are unpacked."""
SIDES = ("legacy", "candidate")
NAMES_MAX = 3
"""Columns named in a sentence."""
CHILD = Path(__file__).with_name("engine") / "child.py"


class TableTrouble(NotCompared):
    """Why two tables can't be compared; the outcome is INCONCLUSIVE."""


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
            parts.append(f"{len(self.columns_missing)} columns missing and {len(self.columns_extra)} extra")
        if self.retyped:
            parts.append(f"columns retyped: {_some([retyped.name for retyped in self.retyped])}")
        if self.not_compared:
            parts.append(f"rows were not compared because {self.not_compared}")
        if self.only_legacy or self.only_candidate:
            parts.append(f"{self.only_legacy} rows only in legacy and {self.only_candidate} only in candidate")
        if self.rows_differing:
            shared = self.rows_legacy - self.only_legacy
            names = _some([column.name for column in self.columns])
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


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    return ", ".join(names[:NAMES_MAX]) + more


def _text(value: str | None) -> str:
    return "NULL" if value is None else value


Table = Sequence[Part]
"""All files of one side."""


def compare_tables(legacy: Path | Table, candidate: Path | Table, form: str, rule: CompareRule) -> TableDifference:
    """Compare two tables, each one file or all files of a data set, by key and tolerance.

    Raises:
        TableTrouble: a file can't be read as its form, a key is not unique, nothing is there to compare, or a limit was
            met.
    """
    return _difference(ask(parts_of(legacy), parts_of(candidate), request_of(form, rule), rule))


def parts_of(table: Path | Table) -> Table:
    """Take one file as a data set of one."""
    return (Part(table),) if isinstance(table, Path) else table


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


def limits_of(rule: CompareRule, sizes: Sequence[int]) -> bounded_child.Limits:
    """Bound a comparison by the bytes of its files, or as its rule says."""
    cpu = rule.cpu_seconds_max or LIMITS.cpu_seconds + sum(sizes) * CPU_SECONDS_PER_GIB // 1024**3
    memory = rule.memory_bytes_max or LIMITS.memory_bytes
    files = LIMITS.open_files + FILES_MORE * len(sizes)
    return replace(LIMITS, cpu_seconds=cpu, memory_bytes=memory, open_files=files)


def ask(legacy: Table, candidate: Table, request: dict[str, Json], rule: CompareRule) -> Json:
    """Let a process of its own read two data sets under names of ours, and give its answer.

    Raises:
        TableTrouble: a payload is gone, a limit was met, or the child has no answer that can be read.
    """
    with tempfile.TemporaryDirectory(prefix="parity-table-") as name:
        folder = Path(name)
        sizes: list[int] = []
        sides: dict[str, Json] = {}
        for side, table in zip(SIDES, (legacy, candidate), strict=True):
            sides[side] = [_placed(part, side, f"{side}-{n}", folder, sizes) for n, part in enumerate(table)]
        spill = max(SPILL_BYTES, SPILL_FACTOR * sum(sizes))
        asked = {**request, "sides": sides, "spill_bytes": spill}
        try:
            answer = _read(bounded_child.ask(CHILD, folder, strict_json.write(asked), limits_of(rule, sizes)))
        except bounded_child.NoAnswer as error:
            raise TableTrouble(str(error)) from error
    if isinstance(answer, dict) and answer.keys() == {"trouble"} and isinstance(answer["trouble"], str):
        raise TableTrouble(answer["trouble"])
    return answer


def _placed(part: Part, side: str, name: str, folder: Path, sizes: list[int]) -> Json:
    """Put a file where its path can't be read as a pattern, and give it as the request names it."""
    if not part.path.is_file():
        message = f"{side} file: its payload is gone"
        raise TableTrouble(message)
    (folder / name).symlink_to(part.path.resolve())
    sizes.append(part.path.stat().st_size)
    return {"file": name, "partition": dict(part.partition)}


def _read(data: bytes) -> Json:
    try:
        return strict_json.read(data, bytes_max=ANSWER_BYTES_MAX)
    except strict_json.StrictError as error:
        message = f"the reader's answer can't be read: {error}"
        raise TableTrouble(message) from error


def _difference(answer: Json) -> TableDifference:
    """Take the child's answer only in the exact shape that it has to have."""
    if not isinstance(answer, dict) or answer.keys() != {"difference"}:
        raise TableTrouble("the reader's answer is neither a difference nor a trouble")
    try:
        found = msgspec.convert(answer["difference"], TableDifference)
    except msgspec.ValidationError as error:
        message = f"the reader's answer has the wrong shape: {error}"
        raise TableTrouble(message) from error
    if min(found.rows_legacy, found.rows_candidate, found.only_legacy, found.only_candidate, found.within) < 0:
        raise TableTrouble("the reader's answer has a negative count")
    return found
