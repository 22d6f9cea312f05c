"""The campaign's journal: append, group fsync, then acknowledge. A cut journal is a prefix plus one named torn tail.

One record a line: CRC-32 of the payload in hex, a space, canonical JSON, newline. A record carries its sequence number,
so that a line lost in the middle is seen as well as a line cut at the end.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from harness import private
from harness.errors import EvidenceDamaged, StoreError
from harness.model import strict_json
from harness.model.job import Json
from harness.store import codec
from harness.store.files import set_tail_aside, sync_directory, write_durably
from harness.store.segments import Segments

_CRC_HEX = 8


@dataclass(frozen=True, slots=True)
class Tail:
    """Where a journal stops being readable, and why."""

    byte_offset: int
    bytes_left: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All good records from the start, and what follows them."""

    records: tuple[Mapping[str, Json], ...]
    torn: Tail | None


def read(path: Path) -> Reading:
    """Read the longest good prefix; never raises for damage, which is named in `torn`."""
    return parse(path.read_bytes() if path.exists() else b"")


def parse(data: bytes) -> Reading:
    """Split bytes into records up to the first damage."""
    records: list[Mapping[str, Json]] = []
    offset = 0
    while offset < len(data):
        end = data.find(b"\n", offset)
        reason = "no line end" if end < 0 else _damage(data[offset:end], len(records))
        if reason:
            return Reading(tuple(records), Tail(offset, len(data) - offset, reason))
        record = strict_json.read(data[offset + _CRC_HEX + 1 : end])
        assert isinstance(record, dict)  # noqa: S101 # nosec B101 # _damage has seen it
        records.append(record)
        offset = end + 1
    return Reading(tuple(records), None)


def _damage(text: bytes, sequence: int) -> str:
    payload = text[_CRC_HEX + 1 :]
    if text[:_CRC_HEX] != b"%08x" % zlib.crc32(payload) or text[_CRC_HEX : _CRC_HEX + 1] != b" ":
        return "checksum differs"
    try:
        record = strict_json.read(payload)
    except strict_json.StrictError as error:
        return str(error)
    if not isinstance(record, dict) or record.get("sequence") != sequence:
        return f"record {sequence} is not in its place"
    return ""


class Journal:
    """The one writer's end of a journal."""

    def __init__(
        self,
        path: Path,
        segments: Segments | None = None,
        check: Callable[[], None] = lambda: None,
        *,
        overtaken: bool = False,
    ) -> None:
        """Open for appending; a torn tail left by a crash is moved aside first, under its own name.

        Args:
            path: the journal, or its copy in the spool of a shared store.
            segments: of the shared store.
            check: raises Fenced where somebody took over; asked after a write is durable and before it is acknowledged.
            overtaken: the earlier writer may still hold the file open. It keeps the old one, which no name has any
                more, so that nothing of it lands behind our records.

        Raises:
            EvidenceDamaged: a segment is missing or damaged.
            Fenced: another writer put a segment meanwhile.
        """
        self._path, self._segments, self._check = path, segments, check
        unsent = segments.bring(path) if segments else b""
        reading = read(path)
        if segments and reading.torn and reading.torn.byte_offset < path.stat().st_size - len(unsent):
            message = f"journal.log: byte {reading.torn.byte_offset}: {reading.torn.reason}"
            raise EvidenceDamaged(message)
        self.recovered = reading.records
        self.torn = reading.torn
        private.make_folder(path.parent)
        if reading.torn:
            set_tail_aside(path, reading.torn.byte_offset)
        if overtaken and path.exists():
            write_durably(path, path.read_bytes())
        if segments and (whole := unsent[: unsent.rfind(b"\n") + 1] if reading.torn else unsent):
            segments.put(whole)
        self._file = private.open_file(path, "ab")
        sync_directory(path.parent)
        self._sequence = len(reading.records)
        self._broken = ""

    def append(self, records: Iterable[Mapping[str, object]]) -> int:
        """Append records and make them durable in one fsync, and one put where the store is shared; return how many.

        Raises:
            StoreError: a write, fsync or put failed; the journal takes no more records after that.
            Fenced: somebody took over; what was appended is not to be acknowledged.
        """
        if self._broken:
            message = f"{self._path}: closed for good after: {self._broken}"
            raise StoreError(message)
        lines = [self._line(record, number) for number, record in enumerate(records, self._sequence)]
        if not lines:
            return 0
        data = b"".join(lines)
        try:
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())
            if self._segments:
                self._segments.put(data)
            self._check()
        except (OSError, StoreError) as error:
            self._broken = str(error)
            if isinstance(error, StoreError):
                raise
            message = f"{self._path}: {error}"
            raise StoreError(message) from error
        self._sequence += len(lines)
        return len(lines)

    @staticmethod
    def _line(record: Mapping[str, object], sequence: int) -> bytes:
        payload = codec.line({**record, "sequence": sequence})
        return b"%08x %b\n" % (zlib.crc32(payload), payload)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._file.close()

    def __enter__(self) -> Self:
        """Use as a context."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close at the end of the context."""
        self.close()
