"""Where a link of an output leads: what lies in the output is compared there, the rest travels unseen. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from harness.model.observation import OutputFile

HOPS_MAX = 40
"""As many as Linux follows."""


def leads_within(name: str, files: Mapping[str, OutputFile], root: str) -> bool:
    """Tell whether a link leads to a file of its output, to a folder that holds some, or to the output itself.

    `root`: where the output lay in its container, for links that say all of a path.
    """
    aim = name
    for _ in range(HOPS_MAX):
        link, rest = _first_link(aim, files)
        if not link:
            held = (each for each, file in files.items() if file.sha256)
            return aim == "." or any(name == aim or name.startswith(f"{aim}/") for name in held)
        target = files[link].target
        if not target:
            return False
        if target.startswith("/"):
            if not root or posixpath.commonpath([root, target]) != root.rstrip("/"):
                return False
            aim = posixpath.relpath(posixpath.join(target, rest), root)
        else:
            aim = posixpath.normpath(posixpath.join(posixpath.dirname(link), target, rest))
        if aim.startswith(".."):
            return False
    return False


def _first_link(path: str, files: Mapping[str, OutputFile]) -> tuple[str, str]:
    """Find the first part of a path that is no file and no folder, and what comes after it; empty: all of it is."""
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        head = "/".join(parts[:count])
        if head in files and not files[head].sha256:
            return head, "/".join(parts[count:])
    return "", ""
