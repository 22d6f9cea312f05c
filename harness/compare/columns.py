"""Two tables lined up → their columns by how they differ, or their examples. Reading happens in a child process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import msgspec

from harness.compare.asking import ask, parts_of
from harness.compare.format import Examples, NotCompared
from harness.compare.tables import CHILD, Table, request_of
from harness.model.job import CompareRule, Json

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class ColumnNoise:
    """How one column of two tables differs, row by row."""

    name: str
    cells: int
    """Cells that differ."""
    numbers: int
    """Of these, how many are numbers on both."""
    far: int
    """Cells that differ by more than the rule's tolerance."""
    largest: float | None
    """Largest distance of two numbers that differ."""
    moved: bool
    """The column holds the same values, only in other places."""
    samples: tuple[tuple[str, str], ...]


def compare_columns(one: Path | Table, other: Path | Table, form: str, rule: CompareRule) -> tuple[ColumnNoise, ...]:
    """Say of each column that is compared how two runs of one side differ in it.

    Raises:
        NotCompared: the files can't be read or lined up.
    """
    request = {**request_of(form, rule), "ask": "noise"}
    answer = ask(CHILD, (parts_of(one), parts_of(other)), request, rule)
    return _answer(answer, "noise", tuple[ColumnNoise, ...])


def read_examples(
    legacy: Path, candidate: Path, form: str, rule: CompareRule, *, label: str, prediction: str
) -> Examples:
    """Read label and prediction of every example.

    Raises:
        NotCompared: the files can't be read, or hold other examples, other labels, or no numbers.
    """
    left = tuple(name for name in rule.ignore if name not in {label, prediction})
    rule = replace(rule, ignore=left)  # cell by cell they may well not be compared
    request = {**request_of(form, rule), "ask": "examples", "label": label, "prediction": prediction}
    return _answer(ask(CHILD, (parts_of(legacy), parts_of(candidate)), request, rule), "examples", Examples)


def _answer(answer: Json, name: str, kind: type[Answer]) -> Answer:
    if not isinstance(answer, dict) or answer.keys() != {name}:
        message = f"the reader's answer holds no {name}"
        raise NotCompared(message)
    try:
        return msgspec.convert(answer[name], kind)
    except msgspec.ValidationError as error:
        message = f"the reader's answer has the wrong shape: {error}"
        raise NotCompared(message) from error
