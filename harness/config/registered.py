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


@cache
def format_names() -> tuple[str, ...]:
    """Give what `form` may say."""
    return (AUTO, *listed("parity.formats", BUILT_IN_FORMATS))
