"""The kinds of jobs: one file each, with one object. Others are found by entry point `parity.kinds`."""

from __future__ import annotations

from harness.platforms.kind import Kind
from harness.plugins import Registry

KINDS = Registry(
    "parity.kinds",
    Kind,
    {
        "training": "harness.platforms.kinds.training:KIND",
        "processing": "harness.platforms.kinds.processing:KIND",
    },
)
