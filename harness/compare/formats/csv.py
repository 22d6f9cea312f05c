"""Tables as comma-separated text with a header, as they are or compressed by gzip."""

from __future__ import annotations

from harness.compare.table_format import table_format

FORMAT = table_format("csv", (".csv", ".csv.gz"))
