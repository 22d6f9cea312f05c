"""Tables as Parquet files."""

from __future__ import annotations

from harness.compare.table_format import table_format

FORMAT = table_format("parquet", (".parquet", ".pq"))
