"""A folder outside the checkout that keeps what takes long to make: programs and images."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

OVERRIDE = "PARITY_CLUSTER_CACHE"


def home() -> Path:
    """Return the cache's folder; PARITY_CLUSTER_CACHE names another one."""
    told = os.environ.get(OVERRIDE)
    if told:
        return Path(told)
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "parity-harness" / "cluster"


def key(*parts: bytes) -> str:
    """Return twelve hex digits that change with any of the parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]


def made_once(folder: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return `folder/name`, made by `make` in a folder beside it that is renamed when it is whole.

    A run that was killed midway leaves only the folder beside, which the next run throws away. Two runs wait in turn.
    """
    target = folder / name
    if target.exists():
        return target
    with _one_at_a_time(folder / f".{name}.lock"):
        if target.exists():
            return target
        unfinished = folder / f".{name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        make(unfinished)
        unfinished.rename(target)
    return target


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
