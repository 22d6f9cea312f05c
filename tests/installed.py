"""A distribution that is installed beside the harness: a folder for `sys.path` with modules and entry points."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def distribution(
    into: Path, name: str, entry_points: Mapping[str, Mapping[str, str]], modules: Mapping[str, str]
) -> Path:
    """Write a distribution as an installer leaves it: modules, and metadata with entry points by group and name."""
    into.mkdir(parents=True, exist_ok=True)
    for file, text in modules.items():
        (into / file).parent.mkdir(parents=True, exist_ok=True)
        (into / file).write_text(text, encoding="utf-8")
    metadata = into / f"{name.replace('-', '_')}-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", encoding="utf-8")
    lines = (
        line
        for group, points in entry_points.items()
        for line in (f"[{group}]", *(f"{point} = {reference}" for point, reference in points.items()))
    )
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return into
