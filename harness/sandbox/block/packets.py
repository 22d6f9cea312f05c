"""Packets of the road out: connections are turned to a listener, names are answered, the rest is written down.

Address translation, as a router does it: a connection to any address and port arrives at one listener, from a port that
stands for it. Nothing here opens a socket. Checksums are updated, not computed anew (RFC 1624).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.sandbox.block import names
from harness.sandbox.block.inside import OWN, PEER

_UDP = 17
_SYN, _ACK = 0x02, 0x10
_PORTS = range(1024, 65536)
_DNS_PORT = 53
_End = tuple[bytes, int]
"""Address and port."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a process meant to go."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class _Family:
    """Where the parts of a packet are, by the version of IP."""

    kind: socket.AddressFamily
    source: int
    length: int
    protocol: int
    own: bytes
    peer: bytes


_FAMILIES: Mapping[int, _Family] = {
    version: _Family(kind, source, length, protocol, socket.inet_pton(kind, own), socket.inet_pton(kind, peer))
    for version, kind, source, length, protocol, own, peer in (
        (4, socket.AF_INET, 12, 4, 9, OWN[0], PEER[0]),
        (6, socket.AF_INET6, 8, 16, 6, OWN[1], PEER[1]),
    )
}


@dataclass
class Road:
    """All connections that were begun in one network."""

    listening: Mapping[socket.AddressFamily, int]
    """Family → port of its listener."""
    book: names.NameBook
    unasked: Callable[[Target], None]
    """Told of what is sent without a connection."""
    _by_port: dict[int, tuple[Target, int]] = field(default_factory=dict)
    """Port that stands for a connection → what was meant, and the port that it began at."""
    _by_flow: dict[tuple[Target, int], int] = field(default_factory=dict)

    def target(self, port: int) -> Target | None:
        """Say what was meant by a connection that was accepted from this port of the peer."""
        found = self._by_port.get(port)
        return found[0] if found else None

    def answer(self, packet: bytes) -> bytes | None:
        """Give the packet that goes back in a packet's place; None: nothing does."""
        family = _FAMILIES.get(packet[0] >> 4) if packet else None
        if family is None or family.kind not in self.listening:
            return None
        start = (packet[0] & 15) * 4 if family.kind is socket.AF_INET else 40
        if len(packet) < start + 8:
            return None
        match packet[family.protocol]:
            case 6 if len(packet) >= start + 20:  # TCP
                return self._turned(family, bytearray(packet), start)
            case 17:
                return self._datagram(family, packet, start)
        return None

    def _turned(self, family: _Family, packet: bytearray, start: int) -> bytes | None:
        begun, meant = struct.unpack_from("!HH", packet, start)
        here, to = self.listening[family.kind], family.source + family.length
        if begun == here and packet[to : to + family.length] == family.peer:
            known = self._by_port.get(meant)
            if known is None:
                return None
            target, begun = known
            ends = (socket.inet_pton(family.kind, target.address), target.port)
            _turn(family, packet, start, source=ends, target=(family.own, begun))
            return bytes(packet)
        target = Target(socket.inet_ntop(family.kind, packet[to : to + family.length]), meant)
        fresh = packet[start + 13] & (_SYN | _ACK) == _SYN
        port = self._port(target, begun) if fresh else self._by_flow.get((target, begun))
        if port is None:
            return None
        _turn(family, packet, start, source=(family.peer, port), target=(family.own, here))
        return bytes(packet)

    def _port(self, target: Target, begun: int) -> int | None:
        """Give the port that stands for a connection, a new one if it is new; None: no port is left."""
        port = self._by_flow.get((target, begun))
        if port is None and len(self._by_port) < len(_PORTS):
            port = _PORTS[len(self._by_port)]
            self._by_flow[target, begun], self._by_port[port] = port, (target, begun)
        return port

    def _datagram(self, family: _Family, packet: bytes, start: int) -> bytes | None:
        to = family.source + family.length
        target = Target(
            socket.inet_ntop(family.kind, packet[to : to + family.length]), *struct.unpack_from("!H", packet, start + 2)
        )
        reply = self.book.answer(packet[start + 8 :]) if target.port == _DNS_PORT else None
        if reply is None:
            self.unasked(target)
            return None
        begun = struct.unpack_from("!H", packet, start)[0]
        return _reply(family, packet, struct.pack("!HHHH", _DNS_PORT, begun, 8 + len(reply), 0) + reply)


def _turn(family: _Family, packet: bytearray, start: int, *, source: _End, target: _End) -> None:
    """Write other ends into a TCP packet, and keep its checksums true."""
    places = ((family.source, source[0]), (family.source + family.length, target[0]))
    ports = ((start, struct.pack("!H", source[1])), (start + 2, struct.pack("!H", target[1])))
    change = 0
    for number, (place, new) in enumerate((*places, *ports)):
        change += _sum(new) - _sum(bytes(packet[place : place + len(new)]))
        packet[place : place + len(new)] = new
        if number == 1 and family.kind is socket.AF_INET:
            _update(packet, 10, change)
    _update(packet, start + 16, change)


def _update(packet: bytearray, place: int, change: int) -> None:
    (old,) = struct.unpack_from("!H", packet, place)
    total = (~old & 0xFFFF) + change
    struct.pack_into("!H", packet, place, ~(total % 0xFFFF) & 0xFFFF)


def _sum(data: bytes) -> int:
    return sum(struct.unpack(f"!{len(data) // 2}H", data))


def _reply(family: _Family, packet: bytes, datagram: bytes) -> bytes:
    """Write the packet that brings a datagram back to where a packet came from."""
    source = packet[family.source : family.source + family.length]
    target = packet[family.source + family.length : family.source + 2 * family.length]
    ends = target + source
    total = _sum(ends) + _UDP + len(datagram) + _sum(datagram + b"\0" * (len(datagram) % 2))
    checked = bytearray(datagram)
    struct.pack_into("!H", checked, 6, (~(total % 0xFFFF) & 0xFFFF) or 0xFFFF)
    if family.kind is socket.AF_INET6:
        return struct.pack("!IHBB", 6 << 28, len(checked), _UDP, 64) + ends + bytes(checked)
    head = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(checked), 0, 0, 64, _UDP, 0) + ends)
    struct.pack_into("!H", head, 10, ~(_sum(bytes(head)) % 0xFFFF) & 0xFFFF)
    return bytes(head) + bytes(checked)
