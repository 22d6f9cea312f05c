"""docs/architecture.md names files that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:[a-z_]+/)+[a-z_]+(?:\.py)?)`")


def test_every_file_and_folder_that_the_page_names_is_there() -> None:
    """By its path in the repository, or below `harness/`."""
    named = set(NAMED.findall((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")))
    assert named
    there = {name for name in named if any((base / name).exists() for base in (ROOT, ROOT / "harness"))}
    assert named - there == set()
