"""Iceberg tables: folders whose metadata says which Parquet files are the table's current snapshot."""

from __future__ import annotations

from harness.compare.format import TableLog
from harness.compare.table_format import table_format

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
FORMAT = table_format(
    "iceberg",
    (),
    TableLog(
        entry=r"metadata/(v[0-9]+|[0-9]+-[0-9a-f-]{36})(\.gz)?\.metadata\.json",
        files=rf"metadata/([^/]*\.metadata\.json|[^/]*\.(avro|puffin|stats)|version-hint\.text)|data/.*{_UUID}[^/]*",
    ),
)
