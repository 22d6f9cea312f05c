"""The lock file as a list of packages."""

from __future__ import annotations

from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def packages(lock: Path, *, here: bool) -> list[tuple[str, str]]:
    """Give name and version of every package, or of those alone that this Python on this platform installs.

    A name stands there twice where two Pythons get two versions.
    """
    lines = (line.removesuffix("\\").strip() for line in lock.read_text("utf-8").splitlines())
    requirements = [Requirement(line) for line in lines if line and not line.startswith(("#", "--hash"))]
    return [
        (canonicalize_name(requirement.name), next(iter(requirement.specifier)).version)
        for requirement in requirements
        if not here or requirement.marker is None or requirement.marker.evaluate()
    ]
