"""The demo's own configuration, for tests that change a copy of it."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "repos.yaml"
BESIDE = (Path("scenarios") / "demo" / "documents", Path("scenarios") / "demo" / "suites")
"""What the configuration names by file: documents, and suites of expectations."""


def with_documents(folder: Path, name: str = "repos.yaml") -> Path:
    """Lay the demo's documents and suites beside a configuration that is to be written; give its path."""
    for held in BESIDE:
        shutil.copytree(ROOT / held, folder / held, dirs_exist_ok=True)
    return folder / name
