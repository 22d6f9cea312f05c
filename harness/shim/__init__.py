"""The one file that travels into the job's container."""

from __future__ import annotations

from pathlib import Path


def source() -> str:
    """Give the shim's text, as it is shipped with every run."""
    return Path(__file__).with_name("shim.py").read_text(encoding="utf-8")
