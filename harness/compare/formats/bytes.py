"""Any file: nothing of it is read, and only the same bytes are the same."""

from __future__ import annotations

from harness.compare.format import Format

FORMAT = Format("bytes", "outputs.bytes", (), compare=None, noise=None, applies=frozenset())
