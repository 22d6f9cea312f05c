"""Tables as comma-separated text with a header."""

from __future__ import annotations

from harness.compare.table_format import table_format

FORMAT = table_format("csv", (".csv",))
