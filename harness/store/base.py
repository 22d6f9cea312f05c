"""The seam behind the archive and the ledger: a folder or a prefix of a bucket, with few operations.

Every name is relative and has `/` between its parts. What is put is whole and durable when the call returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol, Self

CHUNK_BYTES = 1 << 20
"""Payloads are read in pieces of this size: a digest needs no more memory than that."""


READERS = 16
"""Files of a shared store that are read at the same time."""


class Store(Protocol):
    """Where evidence is kept. All operations are safe to repeat after a lost reply.

    Raises:
        StoreError: the file system or the service refused, or gave no answer in the bounded time; names the place.
    """

    def place(self, name: str = "") -> str:
        """Say where something is, as a user would type it."""
        ...

    def under(self, prefix: str) -> Self:
        """Give the part of the store below a prefix."""
        ...

    def read(self, name: str) -> bytes | None:
        """Read one small file; None when there is none."""
        ...

    def read_all(self, names: Iterable[str]) -> tuple[bytes, ...]:
        """Read many small files, in the order of their names; a missing one is EvidenceDamaged."""
        ...

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read a file of any size in pieces; a missing one is EvidenceDamaged."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Put a file in the place of what was there; after a crash the old or the new one is there, never half."""
        ...

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """Put a file where there is none; tell whether these bytes are there now. Of two writers one wins."""
        ...

    def put_file(self, name: str, path: Path) -> None:
        """Put a local file of any size under a name; where it lies there already nothing is done."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file; where there is none nothing is done."""
        ...

    def names(self, prefix: str, after: str = "") -> tuple[str, ...]:
        """List names that begin with a prefix, in order; only those behind `after`."""
        ...

    def age_seconds(self, name: str) -> float | None:
        """Tell how long ago a file was put, all by the store's own clock; None when there is none."""
        ...

    def local(self, name: str) -> Path | None:
        """Give a file of this machine with the content of that name; None when the store has none."""
        ...
