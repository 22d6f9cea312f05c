"""A journal in a shared store: immutable numbered segments, each put where there was none.

Everything is written to the spool first, then put; only what was put is acknowledged. A segment that another writer
has put under the next number ends this one: its view of the campaign is no longer whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.errors import EvidenceDamaged, Fenced
from harness.store.base import Store
from harness.store.files import write_durably

SEGMENTS = "journal/"
_DIGITS = 8
_AT_ONCE = 256


class Segments:
    """The segments of one campaign, from the first on."""

    def __init__(self, store: Store) -> None:
        """Remember where; nothing is read."""
        self._store = store
        self._next = 0

    def begun(self) -> bool:
        """Tell whether there is a first one."""
        return bool(self._store.names(_name(0)))

    def chunks(self) -> Iterator[bytes]:
        """Read all that is there, many at once; what follows is put behind it.

        Raises:
            EvidenceDamaged: a number is missing.
        """
        names = self._store.names(SEGMENTS)
        for number, name in enumerate(names):
            if name != _name(number):
                message = f"journal.log: segment {number} is missing, {name} is there"
                raise EvidenceDamaged(message)
        for start in range(0, len(names), _AT_ONCE):
            yield from self._store.read_all(names[start : start + _AT_ONCE])
        self._next = len(names)

    def put(self, data: bytes) -> None:
        """Put the next segment.

        Raises:
            Fenced: another writer has put one of that number.
        """
        name = _name(self._next)
        if not self._store.put_if_absent(name, data):
            message = f"{self._store.place(name)} is another writer's; this process ends, `parity resume` goes on"
            raise Fenced(message)
        self._next += 1

    def bring(self, spooled: Path) -> bytes:
        """Make the spool's journal the one of the store; give what the spool has beyond it, which was never put.

        A spool that says something else than the store was overtaken by another machine: it is kept under another name.
        """
        known = b"".join(self.chunks())
        here = spooled.read_bytes() if spooled.exists() else b""
        if here.startswith(known):
            return here[len(known) :]
        if not known.startswith(here):
            spooled.replace(spooled.with_name(f"{spooled.name}.unsent-{len(known)}"))
        write_durably(spooled, known)
        return b""


def _name(number: int) -> str:
    return f"{SEGMENTS}{number:0{_DIGITS}}.log"
