"""Where the lines of a ledger are kept: one file of a folder, or one numbered object an entry.

Both give what was added since they were read last, so that an append verifies new lines only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from harness import private
from harness.errors import EvidenceDamaged, StoreError
from harness.store.base import Store
from harness.store.files import locked, set_tail_aside, sync_directory
from harness.store.regular import WHOLE_BYTES_MAX, open_plain

ENTRIES = "ledger/"
_DIGITS = 10


class Book(Protocol):
    """The lines of one ledger."""

    def place(self) -> str:
        """Say where it is."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Keep other writers out, where the store has no conditional put."""
        ...

    def since(self, number: int, offset: int, last: bytes) -> list[bytes] | None:
        """Give whole lines after `number` lines of `offset` bytes that end with `last`; None: those are not there."""
        ...

    def add(self, number: int, line: bytes) -> bool:
        """Make a line durable as the one of that number; False when another writer's has it."""
        ...


class FileBook:
    """A file with one line an entry, written under a lock of the kernel."""

    def __init__(self, path: Path) -> None:
        """Remember where."""
        self._path = path

    def place(self) -> str:
        """Give the path."""
        return str(self._path)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold a lock of the kernel, which lets go of it with the process."""
        private.make_folder(self._path.parent)
        lock = self._path.with_suffix(".lock")
        private.open_file(lock, "ab").close()
        with locked(lock):
            yield

    def since(self, number: int, offset: int, last: bytes) -> list[bytes] | None:
        """Read from where the last reading ended, if its last line still stands there."""
        del number
        if not self._path.exists():
            return [] if offset == 0 else None
        path = self._path.resolve()
        with open_plain(path.parent, path.name, WHOLE_BYTES_MAX) as file:
            file.seek(max(0, offset - len(last) - 1))
            data = file.read()
        known = last + b"\n" if offset else b""
        if not data.startswith(known):
            return None
        return data[len(known) :].split(b"\n")[:-1]

    def add(self, number: int, line: bytes) -> bool:
        """Append under the lock; what a crash left without its end is set aside: it was never acknowledged."""
        del number
        try:
            _drop_cut_line(self._path)
            with private.open_file(self._path, "ab") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            sync_directory(self._path.parent)
        except OSError as error:
            message = f"{self._path}: {error}"
            raise StoreError(message) from error
        return True


def _drop_cut_line(path: Path) -> None:
    """Set what follows the last line end aside."""
    if not path.exists():
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 1))
        if size == 0 or file.read(1) == b"\n":
            return
    set_tail_aside(path, path.read_bytes().rfind(b"\n") + 1)


class ObjectBook:
    """A numbered object an entry, each put where there was none: of two writers one has the number."""

    def __init__(self, store: Store) -> None:
        """Remember where."""
        self._store = store

    def place(self) -> str:
        """Give the URL of the entries."""
        return self._store.place(ENTRIES)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody is kept out: a number is taken once."""
        yield

    def since(self, number: int, offset: int, last: bytes) -> list[bytes] | None:
        """Read the objects after a number; a number that is missing among them breaks the chain."""
        del offset, last
        names = self._store.names(ENTRIES, after=_name(number - 1) if number else "")
        for place, name in enumerate(names, number):
            if name != _name(place):
                message = f"ledger entry {place}: not in {self.place()}, which has {name}"
                raise EvidenceDamaged(message)
        return [data.rstrip(b"\n") for data in self._store.read_all(names)]

    def add(self, number: int, line: bytes) -> bool:
        """Put the object of that number."""
        return self._store.put_if_absent(_name(number), line + b"\n")


def _name(number: int) -> str:
    return f"{ENTRIES}{number:0{_DIGITS}}.json"
