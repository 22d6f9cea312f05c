"""Workflows of GitHub Actions, where the repository has any: checked by zizmor, which is no dependency until then."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from audit.step import Step, last_line, module, not_run


def found(root: Path) -> list[Path]:
    """Give workflows, templates of them and composite actions, hidden environments and build folders left aside."""
    return sorted(_found(root))


def _found(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name for name in folders if name in {".github", ".ci"} or not name.startswith((".", "build", "reports"))
        ]
        for name in files:
            path = Path(folder, name)
            if path.suffix in {".yml", ".yaml"} and (path.stem == "action" or "workflow" in path.parent.name):
                yield path


def audit(root: Path) -> Step:
    """Check them all; a workflow without its checker fails."""
    paths = [str(path.relative_to(root)) for path in found(root)]
    if not paths:
        return not_run("no workflows")
    if importlib.util.find_spec("zizmor") is None:
        return Step(
            f"{len(paths)} files not checked",
            (f'{", ".join(paths)}: add "zizmor" to the group audit in pyproject.toml, then nox -s lock',),
        )
    done = module("zizmor", "--offline", "--no-progress", "--format", "plain", *paths, cwd=root)
    failures = tuple(done.stdout.splitlines()) or (last_line(done.stderr),)
    return Step(f"{len(paths)} files", failures if done.returncode else ())
