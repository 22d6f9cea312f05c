"""The demo's own configuration, for tests that change a copy of it."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "repos.yaml"
DOCUMENTS = Path("scenarios") / "demo" / "documents"


def with_documents(folder: Path, name: str = "repos.yaml") -> Path:
    """Lay the demo's documents beside a configuration that is to be written; give its path."""
    shutil.copytree(ROOT / DOCUMENTS, folder / DOCUMENTS, dirs_exist_ok=True)
    return folder / name
