"""A log of any length → its beginning and its end, in bounded memory, and how much between them was not kept.

A metric's last value stands at the end of a log, and what a job was started with at its beginning (docs/adr/0126).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

HEAD_BYTES = 4 * 1024 * 1024
TAIL_BYTES = 12 * 1024 * 1024
READ_BYTES_MAX = 2 * 1024**3
"""A longer log is not read to its end, and counts as cut."""


@dataclass(frozen=True, slots=True)
class CapturedLog:
    """What was kept of a log."""

    data: bytes
    left_out: int = 0
    """Bytes between beginning and end that were not kept."""
    gap_at: int = 0
    """Where in `data` the end begins; both parts are of whole lines."""


@dataclass
class LogCapture:
    """Takes a log in pieces as they come."""

    head_bytes: int = HEAD_BYTES
    tail_bytes: int = TAIL_BYTES
    total: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _tail: deque[bytes] = field(default_factory=deque)
    _held: int = 0

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.total += len(piece)
        room = self.head_bytes - len(self._head)
        self._head += piece[: max(0, room)]
        rest = piece[max(0, room) :]
        if not rest:
            return
        self._tail.append(rest)
        self._held += len(rest)
        while self._held - len(self._tail[0]) >= self.tail_bytes:
            self._held -= len(self._tail.popleft())

    def captured(self) -> CapturedLog:
        """Give what was kept; where nothing had to go it is the log as it came."""
        tail = b"".join(self._tail)
        if len(self._head) + len(tail) == self.total:
            return CapturedLog(bytes(self._head) + tail)
        tail = tail[-self.tail_bytes :]
        head = bytes(self._head[: self._head.rfind(b"\n") + 1])
        tail = tail[tail.find(b"\n") + 1 :]
        return CapturedLog(head + tail, self.total - len(head) - len(tail), len(head))
