"""The log of a Delta table → its newest version, read by deltalake; data files are never opened here."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from harness.compare.engine.parts import Part
from harness.compare.engine.session import Trouble
from harness.compare.engine.snapshots import MISSING, LakeColumn, LakeFile, Snapshot, data_file, files_by_name

LOG = re.compile(r"_delta_log/([0-9]{20}\.(json|checkpoint(\.[0-9]{10}\.[0-9]{10})?\.parquet)|_last_checkpoint)")
SECOND = re.compile(r"_delta_log/([0-9]{20}\.checkpoint\.[0-9a-f-]{36}\.(json|parquet)|_sidecars/.*)")
VECTOR = re.compile(r"([A-Za-z0-9]{1,8}/)?deletion_vector_[0-9a-f-]{36}\.bin")
FEATURES = frozenset({"deletionVectors", "columnMapping", "timestampNtz", "typeWidening", "typeWidening-preview",
                      "vacuumProtocolCheck"})  # fmt: skip
"""What a reader of this table has to know, and we do."""
MAPPED = "delta.columnMapping.physicalName"


def snapshot(side: str, parts: Sequence[Part]) -> Snapshot:
    """Read the newest version of a table.

    Raises:
        Trouble: its log can't be read, asks for what is not known here, or names a file that is not there.
    """
    if importlib.util.find_spec("deltalake") is None or importlib.util.find_spec("pyarrow") is None:
        raise Trouble(MISSING)
    import deltalake  # noqa: PLC0415 - an extra, and only where a table is one
    import pyarrow as pa  # noqa: PLC0415 - the same
    import pyarrow.parquet as pq  # noqa: PLC0415 - the same

    files = files_by_name(side, parts)
    try:
        table = deltalake.DeltaTable(str(_log(side, files)), without_files=False)
        _check_features(side, table.protocol())
        schema = table.schema()
        columns = _columns(json.loads(schema.to_json())["fields"], table.metadata().configuration)
        types = f"{parts[0].file}.text"
        pq.write_table(pa.schema(schema.to_arrow()).empty_table(), types)
        adds = pa.table(table.get_add_actions()).to_pylist()
        gone = _gone(side, pa.table(table.deletion_vectors()).to_pylist(), adds)
        version = str(table.version())
    except (deltalake.exceptions.DeltaError, pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise Trouble(f"{side} table: {' '.join(str(error).split())[:300]}") from error
    names = {column.physical: column.name for column in columns}
    found = [
        LakeFile(data_file(side, files, unquote(add["path"]), version), _partition(side, add.get("partition"), names))
        for add in adds
    ]
    return Snapshot(version, columns, types, tuple(found), gone)


def _log(side: str, files: Mapping[str, str]) -> Path:
    """Put the log where the library looks for it, and nothing else of the table."""
    root = Path(f"{side}-delta")
    for name, file in files.items():
        if SECOND.fullmatch(name):
            raise Trouble(f"{side} table: {name} is a checkpoint of version 2, which is not read")
        if LOG.fullmatch(name) or VECTOR.fullmatch(name):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    if not (root / "_delta_log").is_dir():
        raise Trouble(f"{side} table: no _delta_log with the names of a Delta table")
    return root.absolute()


def _check_features(side: str, protocol: Any) -> None:  # noqa: ANN401 - the library is an extra
    unknown = sorted(set(protocol.reader_features or ()) - FEATURES)
    if unknown:
        raise Trouble(f"{side} table: its readers have to know {', '.join(unknown)[:200]}, which is not known here")


def _columns(fields: Sequence[Mapping[str, Any]], configuration: Mapping[str, Any]) -> tuple[LakeColumn, ...]:
    mapped = (configuration.get("delta.columnMapping.mode") or "none") != "none"
    return tuple(
        LakeColumn(column["name"], str(column["metadata"][MAPPED]) if mapped else column["name"]) for column in fields
    )


def _gone(side: str, vectors: Sequence[Mapping[str, Any]], adds: Sequence[Mapping[str, Any]]) -> dict[int, list[int]]:
    """Give the rows that deletion vectors take away; each has to belong to one data file."""
    places = {unquote(add["path"]): at for at, add in enumerate(adds)}
    found: dict[int, list[int]] = {}
    for vector in vectors:
        path = str(vector["filepath"]).partition(f"/{side}-delta/")[2]
        fit = {places[name] for name in (path, unquote(path), unquote(unquote(path))) if name in places}
        if len(fit) != 1 or fit & found.keys():
            raise Trouble(f"{side} table: the deletion vector of {path[:200]!r} is not of one data file")
        found[fit.pop()] = [row for row, kept in enumerate(vector["selection_vector"]) if not kept]
    return found


def _partition(side: str, values: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in (values or {}).items():
        if isinstance(value, bytes):
            raise Trouble(f"{side} table: the partition column {name!r} is binary, which is not read")
        found[names.get(name, name)] = None if value is None else str(value)
    return found
