"""A folder as store: names are files, conditional puts are hard links, ages are by the file system's clock."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness import private
from harness.errors import EvidenceDamaged, StoreError
from harness.store.base import CHUNK_BYTES
from harness.store.files import copy_durably, link_durably, sync_directory, sync_names, write_durably
from harness.store.regular import WHOLE_BYTES_MAX, is_plain, open_plain


@dataclass(frozen=True, slots=True)
class Folder:
    """A store that is a folder of this machine, or of a file system that it mounts."""

    root: Path

    def place(self, name: str = "") -> str:
        """Give the path."""
        return str(self.root / name)

    def under(self, prefix: str) -> Folder:
        """Give the folder below."""
        return Folder(self.root / prefix)

    def read(self, name: str) -> bytes | None:
        """Read a file whole."""
        try:
            with open_plain(self.root, name, WHOLE_BYTES_MAX) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def read_all(self, names: Iterable[str]) -> tuple[bytes, ...]:
        """Read files one after the other."""
        return tuple(b"".join(self.chunks(name)) for name in names)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read a file in pieces."""
        try:
            with open_plain(self.root, name) as file:
                while data := file.read(CHUNK_BYTES):
                    yield data
        except OSError as error:
            message = f"{name}: {error.strerror or error}"
            raise EvidenceDamaged(message) from error

    def put(self, name: str, data: bytes) -> None:
        """Write temp, fsync, rename, fsync the folder and those above it, which others may have made."""
        write_durably(self.root / name, data)
        sync_names(self.root / name, self.root)

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """Write temp, fsync, link: the kernel lets one of two links win."""
        return link_durably(self.root / name, data) or self.read(name) == data

    def put_file(self, name: str, path: Path) -> None:
        """Leave a file that lies in its place; copy one that does not."""
        target = self.root / name
        if path != target:
            copy_durably(path, target)

    def remove(self, name: str) -> None:
        """Delete the file, durably."""
        path = self.root / name
        try:
            if is_plain(self.root, name):
                path.unlink()
                sync_directory(path.parent)
        except OSError as error:
            message = f"{self.place(name)}: can't be deleted: {error.strerror or error}"
            raise StoreError(message) from error

    def names(self, prefix: str, after: str = "") -> tuple[str, ...]:
        """List files, not the temporary ones of a writer that was cut."""
        start = self.root / prefix.rpartition("/")[0]
        found = (path.relative_to(self.root).as_posix() for path in _files(start))
        return tuple(sorted(name for name in found if name.startswith(prefix) and name > after))

    def age_seconds(self, name: str) -> float | None:
        """Compare a file's time with that of a file that is written now: both are by the file system's clock."""
        probe = self.root / f".clock.{os.getpid()}"
        try:
            written = (self.root / name).stat().st_mtime
            private.write_file(probe, b"")
            return max(0.0, probe.stat().st_mtime - written)
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"{self.place(name)}: {error.strerror or error}"
            raise StoreError(message) from error
        finally:
            probe.unlink(missing_ok=True)

    def local(self, name: str) -> Path | None:
        """Give the file itself."""
        return self.root / name if is_plain(self.root, name) else None


def _files(start: Path) -> Iterator[Path]:
    if start.is_dir():
        yield from (path for path in start.rglob("*") if path.is_file() and not path.name.startswith("."))
