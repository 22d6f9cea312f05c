"""What a platform itself puts around a process: known, shown, and no difference of the job. A versioned list each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from harness.model.document import JobDocument


def _nothing(document: JobDocument) -> frozenset[str]:
    """Know of nothing in a document."""
    del document
    return frozenset()


ENGINE_VARIABLES = (r"container=(podman|docker|oci)", r"TERM=xterm")
ENGINE_MOUNTS = ("/.dockerenv", "/run/.containerenv")
"""What a container engine below any platform leaves: podman writes all of them but the docker file, containerd none.
Source: podman-run, "container environment variables" and "/run/.containerenv"."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one platform always sets."""

    version: int = 0
    """Of the lists below; shown beside what they cover."""
    variables: tuple[str, ...] = ()
    """Expressions that `NAME=value` fits as a whole; a value that looks secret is told as a keyed hash."""
    mounts: tuple[str, ...] = ()
    """Places at or below which the platform mounts what it needs."""
    document_variables: Callable[[JobDocument], frozenset[str]] = _nothing
    """Name the variables that a document of the platform gives, with whatever value."""
    empty_folders: Callable[[JobDocument], frozenset[str]] = _nothing
    """List the places at which a document mounts a folder that begins empty: no data comes with it."""

    def sets(self, name: str, value: str) -> bool:
        """Tell whether the platform itself sets a variable to such a value."""
        return any(re.fullmatch(pattern, f"{name}={value}", re.DOTALL) for pattern in self.variables)

    def mounts_at(self, target: str) -> bool:
        """Tell whether the platform itself mounts something at a place."""
        return any(f"{target}/".startswith(f"{place}/") for place in self.mounts)


UNKNOWN = Surroundings()
"""Of a platform that says nothing of it: every variable and mount of its own is a difference."""
