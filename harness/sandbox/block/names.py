"""Names of hosts in a network without a way out: each gets an address that stands for it, to tell its use by."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass, field

_FIRST = int(ipaddress.IPv4Address("198.18.0.1"))
_NAMES_MAX = 65_000
_ADDRESS, _INTERNET = 1, 1
_TTL_SECONDS = 60
_LABEL_MAX = 63


@dataclass
class NameBook:
    """The names that were asked for, by the address that each was given (from 198.18.0.0/15, RFC 2544)."""

    _names: dict[str, str] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)

    def name_of(self, address: str) -> str:
        """Give the name that an address stands for, or the address itself."""
        return self._names.get(address, address)

    def address_of(self, name: str) -> str:
        """Give the address that stands for a name."""
        found = self._addresses.get(name)
        if found is None:
            found = str(ipaddress.IPv4Address(_FIRST + len(self._addresses) % _NAMES_MAX))
            self._addresses[name], self._names[found] = found, name
        return found

    def answer(self, question: bytes) -> bytes | None:
        """Answer a query (RFC 1035): A with an address, other types with none; None: it is no query."""
        if len(question) < 12:
            return None
        number, flags, count = struct.unpack_from("!HHH", question)
        name, end = _name(question, 12)
        if flags & 0x8000 or count != 1 or not name or end + 4 > len(question):
            return None
        kind, group = struct.unpack_from("!HH", question, end)
        record = b""
        if (kind, group) == (_ADDRESS, _INTERNET):
            address = ipaddress.IPv4Address(self.address_of(name)).packed
            record = struct.pack("!HHHIH", 0xC00C, _ADDRESS, _INTERNET, _TTL_SECONDS, len(address)) + address
        head = struct.pack("!HHHHHH", number, 0x8180, 1, 1 if record else 0, 0, 0)
        return head + question[12 : end + 4] + record


def _name(question: bytes, place: int) -> tuple[str, int]:
    """Read a name as a query has it, without pointers; empty: it is none."""
    labels = []
    while place < len(question) and 0 < question[place] <= _LABEL_MAX:
        labels.append(question[place + 1 : place + 1 + question[place]].decode("ascii", "replace"))
        place += 1 + question[place]
    whole = place < len(question) and question[place] == 0
    return (".".join(labels).lower() if whole else "", place + 1)
