"""Tables as Arrow files, also called Feather."""

from __future__ import annotations

from harness.compare.table_format import table_format

FORMAT = table_format("arrow", (".feather", ".arrow", ".ipc"))
