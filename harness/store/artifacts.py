"""Archives and folders that a job wrote → files under names the store makes, each hashed; nothing is ever extracted.

Archives are streamed with every byte accounted for: CRC and length of the compressed stream, both end blocks of the
tar, nothing behind them. tarfile alone reads a cut archive without complaint (design section 9).
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from harness import private
from harness.errors import StoreError
from harness.model.observation import OutputFile

CHUNK = 64 * 1024
BLOCK = tarfile.BLOCKSIZE
END_BYTES = 2 * BLOCK
"""POSIX ustar: an archive ends with two blocks of zeros."""
HEADER_BYTES_MAX = 1024 * 1024
"""Of one member, its pax records included; tarfile holds them in memory."""
HEADERS_BYTES_MAX = 256 * 1024 * 1024
"""Of all members together: global pax records are never forgotten."""
GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""zlib's number for a gzip header and trailer around the widest window."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an output may hold; over any of them it is damage."""

    members_max: int = 100_000
    bytes_max: int = 8 * 1024**3
    """Unpacked, headers included."""
    member_bytes_max: int = 2 * 1024**3
    path_bytes_max: int = 4096
    """PATH_MAX of Linux."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class OutputContents:
    """What was read of an output, by name, and why it can't be trusted; empty when it can."""

    files: tuple[OutputFile, ...]
    damage: str


def unpack(package: Path, into: Path, limits: Limits = LIMITS) -> OutputContents:
    """Read a .tar.gz or plain tar to its very end; each regular file's bytes go to `into` under a store-made name.

    Raises:
        StoreError: the store's own folder can't be written.
    """
    shelf = _Shelf(into, limits)
    return _contents(shelf, lambda: _read_archive(package, shelf))


def scan_tree(folder: Path, into: Path, limits: Limits = LIMITS) -> OutputContents:
    """Read a folder of downloaded objects as `unpack` reads an archive; symbolic links are recorded, never followed.

    Raises:
        StoreError: the store's own folder can't be written.
    """
    shelf = _Shelf(into, limits)
    return _contents(shelf, lambda: _read_folder(folder, shelf))


class _DamageError(Exception):
    """The artifact can't be trusted; the text says why."""


def _refuse(why: str) -> NoReturn:
    raise _DamageError(why)


def _contents(shelf: _Shelf, read: Callable[[], None]) -> OutputContents:
    try:
        private.make_folder(shelf.into)
        read()
        shelf.close()
    except _DamageError as damage:
        return OutputContents(shelf.files(), str(damage))
    except OSError as error:
        message = f"{shelf.into}: {error.strerror}"
        raise StoreError(message) from error
    return OutputContents(shelf.files(), "")


# -- where payloads go ------------------------------------------------------------------------------------------------


class _Shelf:
    """Keeps members in the order they come, refuses what no folder of a sane job holds."""

    def __init__(self, into: Path, limits: Limits) -> None:
        self.into = into
        self.limits = limits
        self._members = 0
        self._bytes = 0
        self._kept: dict[str, OutputFile] = {}
        self._folders: set[str] = set()

    def name(self, raw: str) -> str:
        """Count a member and give its normal name; empty for the root itself."""
        self._members += 1
        if self._members > self.limits.members_max:
            _refuse(f"more than {self.limits.members_max} members")
        return _normal(raw, self.limits.path_bytes_max)

    def folder(self, name: str) -> None:
        """Note a folder; only empty ones are listed at the end, since object stores know no others."""
        if name:
            self._folders.add(name)

    def link(self, name: str, kind: str, target: str) -> None:
        """Note a link as what it says; a hard link is the member that it names, which came before."""
        _text(target, f"target of {name}", self.limits.path_bytes_max)
        found = OutputFile(name, 0, "", kind, target)
        if kind == "hardlink":
            first = self._kept.get(_normal(target, self.limits.path_bytes_max))
            if first is None or not first.sha256:
                _refuse(f"member {name}: hard link to {target!r}, which is no file before it")
            found = replace(first, name=name, kind=kind, target=target)
        self._add(found)

    def other(self, name: str, what: str) -> None:
        """Note what can't be kept, and stop."""
        self._add(OutputFile(name, 0, "", "other", what))
        _refuse(f"member {name}: {what}")

    def file(self, name: str, size: int, source: Callable[[int], bytes]) -> None:
        """Copy a regular file's bytes and hash them on the way; a file that breaks off is not kept."""
        if size > self.limits.member_bytes_max:
            _refuse(f"member {name}: {size} bytes, more than {self.limits.member_bytes_max}")
        stored = self.into / f"{len(self._kept):06d}"
        stored.unlink(missing_ok=True)  # left by a harness that was killed
        try:
            written, digest = self._copy(name, source, stored)
            if written != size:
                _refuse(f"member {name}: {written} of {size} bytes")
            self._add(OutputFile(name, size, digest, stored=stored.name))
        except BaseException:
            stored.unlink(missing_ok=True)
            raise

    def _copy(self, name: str, source: Callable[[int], bytes], stored: Path) -> tuple[int, str]:
        digest, written = hashlib.sha256(), 0
        with private.open_file(stored, "xb") as file:
            while chunk := source(CHUNK):
                written += file.write(chunk)
                digest.update(chunk)
                self._bytes += len(chunk)
                if self._bytes > self.limits.bytes_max or written > self.limits.member_bytes_max:
                    _refuse(f"member {name}: over the cap on unpacked bytes")
        return written, digest.hexdigest()

    def _add(self, found: OutputFile) -> None:
        if not found.name:
            _refuse(f"a member that is no folder has no name ({found.kind})")
        if found.name in self._kept:
            _refuse(f"member {found.name}: the same name twice")
        self._kept[found.name] = found

    def close(self) -> None:
        """Refuse what no file system could hold: a file that is a folder as well."""
        for name in (*self._kept, *self._folders):
            above = [*_parents(name), *([name] if name in self._folders else [])]
            for text in above:
                if text in self._kept:
                    _refuse(f"member {text}: is a file and a folder")

    def files(self) -> tuple[OutputFile, ...]:
        """Give everything kept, by name, with the folders that hold nothing."""
        filled = {parent for name in (*self._kept, *self._folders) for parent in _parents(name)}
        empty = self._folders - filled - self._kept.keys()
        folders = (OutputFile(name, 0, "", "directory") for name in empty)
        return tuple(sorted((*self._kept.values(), *folders), key=lambda file: file.name))


def _parents(name: str) -> Iterator[str]:
    at = name.rfind("/")
    while at > 0:
        yield name[:at]
        at = name.rfind("/", 0, at)


def _normal(raw: str, bytes_max: int) -> str:
    _text(raw, "name", bytes_max)
    parts = [part for part in raw.split("/") if part not in {"", "."}]
    if raw.startswith("/"):
        _refuse(f"member {raw!r}: absolute name")
    if ".." in parts:
        _refuse(f"member {raw!r}: name with '..'")
    return "/".join(parts)


def _text(raw: str, what: str, bytes_max: int) -> None:
    """Refuse a name that evidence can't hold."""
    try:
        size = len(raw.encode())
    except UnicodeEncodeError:
        _refuse(f"member {raw[:200]!a}: {what} is not UTF-8")
    if size > bytes_max:
        _refuse(f"member {raw[:80]!r}…: {what} of {size} bytes, more than {bytes_max}")
    if "\0" in raw:
        _refuse(f"member {raw[:200]!r}: {what} with NUL")


# -- archives ---------------------------------------------------------------------------------------------------------


class _Stream:
    """Unpacked bytes with their position, the end of the last byte that is not zero, and a ceiling for headers."""

    def __init__(self, chunks: Iterator[bytes], bytes_max: int) -> None:
        self._chunks = chunks
        self._bytes_max = bytes_max
        self.position = 0
        self.filled = 0
        self.headers = 0
        self.ceiling: int | None = HEADER_BYTES_MAX

    def read(self, _size: int = CHUNK) -> bytes:
        """Give the next bytes, at most CHUNK of them, which is what is asked for."""
        data = next(self._chunks, b"")
        if solid := len(data.rstrip(b"\0")):
            self.filled = self.position + solid
        self.position += len(data)
        if self.position > self._bytes_max:
            _refuse(f"more than {self._bytes_max} bytes unpacked")
        if self.ceiling is not None and self.position > self.ceiling:
            _refuse(f"member header before byte {self.position} is larger than {HEADER_BYTES_MAX} bytes")
        return data


def _read_archive(package: Path, shelf: _Shelf) -> None:
    with _opened(package) as file:
        stream = _Stream(_chunks(file, package.name), shelf.limits.bytes_max)
        end = _read_members(stream, shelf)
        stream.ceiling = None
        while stream.read():
            pass
    if stream.filled > end:
        _refuse(f"unreadable member header, or data behind the end, at byte {end} of {stream.position}")
    if stream.position - end < END_BYTES:
        _refuse(f"cut: the archive's two end blocks are missing after byte {end}")


def _opened(path: Path) -> BinaryIO:
    """Open an artifact, never through a link; one that can't be read is damage."""
    try:
        return cast("BinaryIO", os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb"))
    except OSError as error:
        _refuse(f"{path.name}: {error.strerror}")


def _chunks(file: BinaryIO, name: str) -> Iterator[bytes]:
    first = _fetch(file, name)
    if not first:
        _refuse("the archive is empty (0 bytes)")
    if first.startswith(GZIP):
        yield from _inflated(first, file, name)
        return
    while first:
        yield first
        first = _fetch(file, name)


def _fetch(file: BinaryIO, name: str) -> bytes:
    try:
        return file.read(CHUNK)
    except OSError as error:
        _refuse(f"{name}: {error.strerror}")


def _inflated(data: bytes, file: BinaryIO, name: str) -> Iterator[bytes]:
    """Decompress all gzip members in bounded steps; zlib checks CRC and length of each."""
    engine = zlib.decompressobj(_GZIP_WINDOW)
    try:
        while data or (data := _fetch(file, name)):
            if engine.eof:
                if data[0] != GZIP[0]:
                    _refuse("data behind the end of the gzip stream")
                engine = zlib.decompressobj(_GZIP_WINDOW)
            plain = engine.decompress(data, CHUNK)
            data = engine.unused_data if engine.eof else engine.unconsumed_tail
            if plain:
                yield plain
        while not engine.eof and (plain := engine.decompress(b"", CHUNK)):
            yield plain
    except zlib.error as error:
        _refuse(f"gzip stream is damaged ({error})")
    if not engine.eof:
        _refuse("cut: the gzip stream breaks off")


def _read_members(stream: _Stream, shelf: _Shelf) -> int:
    """Take all members in; give the byte where the end blocks have to begin.

    tarfile raises all sorts of exceptions on crafted headers; each means that the archive can't be read.
    """
    last = ""
    try:
        archive = tarfile.open(  # noqa: SIM115 - it owns no file: closing it frees nothing
            fileobj=cast("BinaryIO", stream), mode="r|", bufsize=CHUNK, encoding="utf-8", errors="surrogateescape"
        )
        while (member := _next_member(archive, stream)) is not None:
            last = f" after member {member.name[:200]!a}"
            _take(archive, member, shelf)
        return int(archive.offset)
    except (_DamageError, OSError):
        raise
    except Exception as error:  # noqa: BLE001
        _refuse(f"unreadable archive{last}: {type(error).__name__}: {error}")


def _next_member(archive: tarfile.TarFile, stream: _Stream) -> tarfile.TarInfo | None:
    """Read one header in bounded memory; members seen are forgotten."""
    begin = archive.offset
    stream.ceiling = stream.position + HEADER_BYTES_MAX
    member = archive.next()
    stream.ceiling = None
    archive.members.clear()  # type: ignore[attr-defined]
    stream.headers += member.offset_data - begin if member else 0
    if stream.headers > HEADERS_BYTES_MAX:
        _refuse(f"member headers of more than {HEADERS_BYTES_MAX} bytes")
    return member


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, shelf: _Shelf) -> None:
    name = shelf.name(member.name)
    if member.issparse():
        shelf.other(name, "sparse file")
    elif member.isreg():
        if member.size < 0:
            shelf.other(name, "file of negative size")
        data = archive.extractfile(member)
        shelf.file(name, member.size, cast("tarfile.ExFileObject", data).read)
    elif member.isdir():
        shelf.folder(name)
    elif member.issym() or member.islnk():
        shelf.link(name, "symlink" if member.issym() else "hardlink", member.linkname)
    else:
        shelf.other(name, f"neither file, folder nor link (tar type {member.type!a})")


# -- folders ----------------------------------------------------------------------------------------------------------


def _read_folder(folder: Path, shelf: _Shelf) -> None:
    """Walk a folder of downloads, depth first and by name."""
    todo = [("", folder)]
    while todo:
        prefix, place = todo.pop()
        for entry in _entries(place):
            name = shelf.name(prefix + entry.name)
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                shelf.link(name, "symlink", str(Path(entry.path).readlink()))
            elif stat.S_ISDIR(mode):
                shelf.folder(name)
                todo.append((f"{name}/", Path(entry.path)))
            elif stat.S_ISREG(mode):
                with _opened(Path(entry.path)) as file:
                    shelf.file(name, os.fstat(file.fileno()).st_size, lambda size, file=file: file.read(size))  # type: ignore[misc]
            else:
                shelf.other(name, "neither file, folder nor link")


def _entries(place: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as found:
            return sorted(found, key=lambda file: file.name)
    except OSError as error:
        _refuse(f"{place.name}: {error.strerror}")
