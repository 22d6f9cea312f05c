"""Names that plug-ins give to `repos.yaml`, known without loading any of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from harness.plugins import listed

AUTO = "auto"
"""Of an output's rule: the format of the file's suffix."""
BYTES = "bytes"
BUILT_IN_FORMATS: Mapping[str, str] = {
    BYTES: "harness.compare.formats.bytes:FORMAT",
    "json": "harness.compare.formats.json:FORMAT",
    "csv": "harness.compare.formats.csv:FORMAT",
    "parquet": "harness.compare.formats.parquet:FORMAT",
}
BUILT_IN_APPLIES: Mapping[str, frozenset[str]] = {
    BYTES: frozenset(),
    "json": frozenset({"tolerance", "ignore"}),
}
"""Keys of a rule that a format can follow, where it can't follow all; a test holds them against the formats."""
BUILT_IN_SUFFIXES: Mapping[str, str] = {".json": "json"}
"""Of formats in `BUILT_IN_APPLIES`."""


@cache
def format_names() -> tuple[str, ...]:
    """Give what `form` may say."""
    return (AUTO, *listed("parity.formats", BUILT_IN_FORMATS))
