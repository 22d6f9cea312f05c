"""Tables as ORC files."""

from __future__ import annotations

from harness.compare.table_format import table_format

FORMAT = table_format("orc", (".orc",))
