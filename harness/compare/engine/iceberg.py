"""The metadata of an Iceberg table → its current snapshot, read by pyiceberg; data files are never opened here.

Files are found by their paths below the table's location, wherever that was when the job wrote it.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import gzip
import importlib.util
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.compare.engine.parts import Part
from harness.compare.engine.session import Trouble
from harness.compare.engine.snapshots import (
    MISSING,
    LakeColumn,
    LakeFile,
    PositionDeletes,
    Snapshot,
    data_file,
    files_by_name,
)

METADATA = re.compile(r"metadata/(?:v([0-9]+)|([0-9]+)-[0-9a-f-]{36})(?:\.gz)?\.metadata\.json")
VERSION_MAX = 2
"""Of the format; deletion vectors and defaults of version 3 are not read."""


def snapshot(side: str, parts: Sequence[Part]) -> Snapshot:
    """Read the current snapshot of a table.

    Raises:
        Trouble: its metadata can't be read, asks for what is not known here, or names a file that is not there.
    """
    if importlib.util.find_spec("pyiceberg") is None or importlib.util.find_spec("pyarrow") is None:
        raise Trouble(MISSING)
    import pyarrow as pa  # noqa: PLC0415 - an extra, and only where a table is one
    from pyiceberg import exceptions  # noqa: PLC0415 - the same

    files = files_by_name(side, parts)
    try:
        return _read(side, files, _newest(side, files))
    except (exceptions.ValidationError, pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{side} table: {' '.join(str(error).split())[:300]}") from error


def _newest(side: str, files: Mapping[str, str]) -> str:
    """Choose the metadata with the highest number.

    Raises:
        Trouble: there is none, or two have that number, of which only a catalog knows which one holds.
    """
    found = {name: int(match[1] or match[2]) for name in files if (match := METADATA.fullmatch(name))}
    newest = sorted(name for name, number in found.items() if number == max(found.values()))
    if not newest:
        raise Trouble(f"{side} table: no metadata with the names of an Iceberg table")
    if len(newest) > 1:
        raise Trouble(f"{side} table: {' and '.join(newest[:2])} are both the newest, and only its catalog knows which")
    return newest[0]


def _read(side: str, files: Mapping[str, str], name: str) -> Snapshot:
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra
    from pyiceberg.io.pyarrow import schema_to_pyarrow  # noqa: PLC0415 - the same
    from pyiceberg.serializers import FromByteStream  # noqa: PLC0415 - the same

    opener: Any = gzip.open if ".gz." in name else open
    with opener(files[name], "rb") as stream:
        metadata = FromByteStream.table_metadata(stream)
    if metadata.format_version > VERSION_MAX:
        raise Trouble(f"{side} table: it is of Iceberg's version {metadata.format_version}, which is not read")
    schema = metadata.schema()
    types = f"{files[name]}.text"
    pq.write_table(schema_to_pyarrow(schema).empty_table(), types)
    current = metadata.current_snapshot()
    version = str(current.snapshot_id) if current else "none"
    found = _Files(side, files, _plain(metadata.location), version)
    data, deletes = _entries(found, current) if current else ([], [])
    placed = tuple(LakeFile(found.local(entry.data_file.file_path), {}) for entry in data)
    applied = tuple(PositionDeletes(found.local(entry.data_file.file_path), _applies(entry, data)) for entry in deletes)
    return Snapshot(version, _columns(metadata, schema), types, placed, {}, applied)


def _columns(metadata: Any, schema: Any) -> tuple[LakeColumn, ...]:  # noqa: ANN401 - the library is an extra
    """Give the columns; one that data files may leave out because the log has its values has to be in them here."""
    identity = {
        field.source_id
        for spec in metadata.partition_specs
        for field in spec.fields
        if str(field.transform) == "identity"
    }
    why = "its values are only in the table's log"
    return tuple(
        LakeColumn(column.name, column.name, column.field_id, why if column.field_id in identity else "")
        for column in schema.fields
    )


def _entries(found: _Files, current: Any) -> tuple[list[Any], list[Any]]:  # noqa: ANN401 - the library is an extra
    """Give the data files and the files of deleted rows that a snapshot consists of.

    Raises:
        Trouble: rows are deleted by their values, or a file is not Parquet.
    """
    from pyiceberg.manifest import DataFileContent, FileFormat, read_manifest_list  # noqa: PLC0415 - an extra

    data: list[Any] = []
    deletes: list[Any] = []
    # never by way of the library's cache, which would give one side's manifest to the other for an equal path
    for manifest in read_manifest_list(found.new_input(current.manifest_list)):
        for entry in manifest.fetch_manifest_entry(found, discard_deleted=True):
            file = entry.data_file
            if file.content == DataFileContent.EQUALITY_DELETES:
                raise Trouble(
                    f"{found.side} table: {file.file_path[-200:]} deletes rows by their values, which is not read: "
                    "compact the table first"
                )
            if file.file_format != FileFormat.PARQUET:
                raise Trouble(f"{found.side} table: {file.file_path[-200:]} is no Parquet file")
            (data if file.content == DataFileContent.DATA else deletes).append(entry)
    return data, deletes


def _applies(delete: Any, data: Sequence[Any]) -> dict[str, int]:  # noqa: ANN401 - the library is an extra
    """Give the data files in which a file of deleted rows may delete some: those that are not newer."""
    return {
        entry.data_file.file_path: at
        for at, entry in enumerate(data)
        if (entry.sequence_number or 0) <= (delete.sequence_number or 0)
    }


def _plain(location: str) -> str:
    """Write a place without the names that one store has for one protocol."""
    if location.startswith("file:"):
        return "/" + location.removeprefix("file:").lstrip("/")
    return re.sub(r"^s3[an]://", "s3://", location).rstrip("/")


class _Input:
    """A file as pyiceberg opens it."""

    def __init__(self, location: str, file: str) -> None:
        self.location, self._file = location, file

    def __len__(self) -> int:
        return Path(self._file).stat().st_size

    def exists(self) -> bool:
        return True

    def open(self, *, seekable: bool = True) -> Any:  # noqa: ANN401, ARG002 - as pyiceberg asks
        return Path(self._file).open("rb")


class _Files:
    """The files of one table, by the paths that its metadata has for them; pyiceberg's way to read."""

    def __init__(self, side: str, files: Mapping[str, str], location: str, version: str) -> None:
        self.side, self._files, self._location, self._version = side, files, location, version

    def local(self, path: str) -> str:
        """Give a file of ours.

        Raises:
            Trouble: the output has none of that path.
        """
        plain = _plain(path)
        name = plain.removeprefix(f"{self._location}/") if plain.startswith(f"{self._location}/") else path
        return data_file(self.side, self._files, name, self._version)

    def new_input(self, location: str) -> _Input:
        """Give a file for reading."""
        return _Input(location, self.local(location))

    @property
    def properties(self) -> Mapping[str, str]:
        """Give no properties."""
        return {}
