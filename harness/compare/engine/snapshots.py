"""What a table's own log says of its newest version: its columns, its data files, and rows of them that are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.compare.engine.parts import Part
from harness.compare.engine.session import Trouble

MISSING = "the library that reads such tables is not installed: pip install 'parity-harness[lake]'"


@dataclass(frozen=True, slots=True)
class LakeColumn:
    """A column of the table, whatever its files call it."""

    name: str
    physical: str
    """Its name in the data files."""
    field_id: int | None = None
    """Its number in the data files; None: it is found by its name."""
    required: str = ""
    """Why a data file without it can't be read; empty: it is NULL there."""


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A data file of the snapshot."""

    file: str
    partition: Mapping[str, str | None]
    """By the table's name of a column, values that only the log has."""


@dataclass(frozen=True, slots=True)
class PositionDeletes:
    """A Parquet file that names rows which are gone: the path of a data file, and the row's place in it."""

    file: str
    applies: Mapping[str, int]
    """Path as the log writes it → place of the data file in the snapshot."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a table."""

    version: str
    columns: tuple[LakeColumn, ...]
    types: str
    """An empty Parquet file of the table's columns, so that their types are read as those of data files are."""
    files: tuple[LakeFile, ...]
    gone: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """Place of a data file → places of rows in it that are deleted."""
    deletes: tuple[PositionDeletes, ...] = ()


def files_by_name(side: str, parts: Sequence[Part]) -> dict[str, str]:
    """Give the files of a table's folder by their paths below it.

    Raises:
        Trouble: two have one name.
    """
    found: dict[str, str] = {}
    for part in parts:
        if part.name in found:
            message = f"{side} table: two files are called {part.name}"
            raise Trouble(message)
        found[part.name] = part.file
    return found


def data_file(side: str, files: Mapping[str, str], name: str, version: str) -> str:
    """Give a file that a version of the table needs.

    Raises:
        Trouble: it is not there.
    """
    if name not in files:
        message = (
            f"{side} table: {name[:300]!r}, a file of its version {version}, is not among the output's files: it was "
            "vacuumed, or lies elsewhere"
        )
        raise Trouble(message)
    return files[name]
