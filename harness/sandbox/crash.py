"""Where the story of a fault of the sandbox itself is kept: beside the job that it cost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def keep(folder: Path, story: str) -> None:
    """Keep it as `crash.txt`; where even that fails, as on a full disk, the job's end is told all the same."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "crash.txt").write_text(story, encoding="utf-8")
