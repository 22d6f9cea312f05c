"""Delta tables: folders whose log says which Parquet files are the table's newest version."""

from __future__ import annotations

from harness.compare.format import TableLog
from harness.compare.table_format import table_format

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_FOLDERS = r"([^/=]+=[^/]*/|[A-Za-z0-9]{2}/)*"
"""Of partitions, or the random prefixes that a table may ask for."""
FORMAT = table_format(
    "delta",
    (),
    TableLog(
        entry=r"_delta_log/[0-9]{20}\.json",
        files=rf"(_delta_log|_change_data|_delta_index)/.*|{_FOLDERS}[^/]*{_UUID}[^/]*\.(parquet|bin)",
    ),
)
