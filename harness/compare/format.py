"""What a format of output files is, and what it says of two files. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from harness.model.finding import NoiseClass, Sample, TableCounts
from harness.model.job import CompareRule, Json


class NotCompared(Exception):  # noqa: N818 - it is no error of the job's
    """Two files can't be compared; the text says which one and why. The finding is INCONCLUSIVE, never a match."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a data set, and the values of the partition folders that it was in; None is NULL."""

    path: Path
    partition: Mapping[str, str | None] = field(default_factory=dict)
    name: str = ""
    """Its path below the table's folder, of a table whose log says which files are its own."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How the files of a pair differ that have other bytes; equal: they hold the same by the owner's rules."""

    equal: bool
    summary: str
    """Half a sentence; not read where they are equal."""
    within: int = 0
    """Values that differ within their tolerance."""
    ignored: tuple[str, ...] = ()
    """Fields that were not compared because a rule says so."""
    whole: Json = None
    """All that differs, so that a ruling can be bound to it; None: not all of it is listed."""
    samples: tuple[Sample, ...] = ()
    """`where` without the name of the file."""
    samples_left_out: int = 0
    fields: frozenset[str] = frozenset()
    """Fields in which they differ by more than is allowed, called as `noise` calls them; empty: more than fields."""
    table: TableCounts | None = None
    """Rows and columns, where both are tables; its `file` is empty."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """How two runs of one side differ in one field."""

    name: str
    kind: NoiseClass
    largest: float | None
    """Distance of two numbers."""
    above: bool
    """By more than the rule allows."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The same examples of both sides, in the order of their keys."""

    ids: str
    """Digest of the keys; the same where the examples are."""
    labels: tuple[float, ...]
    legacy: tuple[float, ...]
    """Predictions."""
    candidate: tuple[float, ...]


class Compare(Protocol):
    """Compares the files of a pair."""

    def __call__(self, legacy: Path, candidate: Path, rule: CompareRule, /) -> Difference:
        """Compare two files.

        Raises:
            NotCompared: one can't be read, or a limit was met.
        """
        ...


class Noise(Protocol):
    """Compares files of two runs of one side, field by field."""

    def __call__(self, one: Path, other: Path, rule: CompareRule, /) -> Iterable[FieldDifference]:
        """Give the fields that differ.

        Raises:
            NotCompared: one can't be read, or a limit was met.
        """
        ...


class CompareParts(Protocol):
    """Compares the data sets of a pair."""

    def __call__(self, legacy: Sequence[Part], candidate: Sequence[Part], rule: CompareRule, /) -> Difference:
        """Compare all files of one side with all of the other.

        Raises:
            NotCompared: one can't be read, or a limit was met.
        """
        ...


class NoiseOfParts(Protocol):
    """Compares data sets of two runs of one side, field by field."""

    def __call__(self, one: Sequence[Part], other: Sequence[Part], rule: CompareRule, /) -> Iterable[FieldDifference]:
        """Give the fields that differ.

        Raises:
            NotCompared: one can't be read, or a limit was met.
        """
        ...


@dataclass(frozen=True, slots=True)
class TableLog:
    """What belongs to a table that says by a log which files are its newest version; names of files matter there.

    Both are expressions of a path below the table's folder.
    """

    entry: str
    """A file that makes the folder a table."""
    files: str
    """All that the table may consist of; what else is in the folder is compared on its own."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """How all files of a data set are compared as one: whatever their names, and however many they are."""

    compare: CompareParts
    noise: NoiseOfParts
    log: TableLog | None = None
    """Of a format whose tables say by a log which files are theirs."""


class ReadExamples(Protocol):
    """Reads the label and the prediction of every example."""

    def __call__(self, legacy: Path, candidate: Path, rule: CompareRule, label: str, prediction: str, /) -> Examples:
        """Read the examples of two files.

        Raises:
            NotCompared: they can't be read, or hold other examples, other labels, or no numbers.
        """
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one format are compared. Files come from jobs: whatever they hold, reading them must be safe."""

    name: str
    """What `form` in `repos.yaml` says."""
    check: str
    """Name of the finding that speaks of an output's files of this format; begins with `outputs.`."""
    suffixes: tuple[str, ...]
    """Of files that have the format where no rule says another; small letters with the dot."""
    compare: Compare | None
    """None: only the digests of the bytes are compared."""
    noise: Noise | None
    """None: where runs of one side differ, the whole file is noise."""
    examples: ReadExamples | None = None
    """None: metrics can't be computed from its files."""
    applies: frozenset[str] = frozenset({"tolerance", "ignore", "key", "order"})
    """Keys of a rule that say something of its files; a rule with others is refused, never followed in part."""
    data_set: DataSet | None = None
    """None: its files are compared one by one."""


def without_file(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Drop the blank that stands where the name of the file would be."""
    return tuple(replace(sample, where=sample.where.removeprefix(" ")) for sample in samples)
