"""Runs in fresh user and network namespaces: lays one road for all packets, hands it to the gate, holds the namespaces.

Everything that is sent to another address than this machine's goes into one TUN device, whose other end is handed to
whoever started this. Standard library only; started with `python -I -S inside.py CONTROL PORT`: CONTROL is one end of a
socket pair, and PORT is answered on loopback as well. It ends when the other end of CONTROL is closed.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

OWN, PEER = ("198.19.255.1", "fd00:9a::1"), ("198.19.255.2", "fd00:9a::2")
"""Addresses of the device, and of the one peer that accepted connections seem to come from (RFC 2544, RFC 4193)."""
MTU_BYTES = 65_000
DEVICE = "outside"
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCGIFINDEX, _SIOCSIFFLAGS, _SIOCSIFMTU, _IFF_UP = 0x8933, 0x8914, 0x8922, 0x1
_NEWADDR, _NEWROUTE, _REQUEST = 20, 24, 0x1 | 0x4 | 0x400 | 0x100  # request, acknowledge, create, replace
_NODAD = 0x02
_SUBNET_BITS = {socket.AF_INET: 30, socket.AF_INET6: 126}
_MAIN_TABLE, _STATIC, _UNICAST = 254, 4, 1


def lay() -> tuple[int, tuple[socket.socket, ...]]:
    """Make the device the way to every other address; give it, and a listener a family.

    Raises:
        OSError: the kernel lacks or forbids what is needed.
    """
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH14x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for name in ("lo", DEVICE):
            fcntl.ioctl(asking, _SIOCSIFMTU, struct.pack("16sI12x", name.encode(), MTU_BYTES))
            fcntl.ioctl(asking, _SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), _IFF_UP))
        index = struct.unpack("16xI12x", fcntl.ioctl(asking, _SIOCGIFINDEX, struct.pack("16s16x", DEVICE.encode())))[0]
    listeners = [_listener(socket.AF_INET, OWN[0], index)]
    if Path("/proc/net/if_inet6").exists():
        with suppress(OSError):  # it may be switched off: then nothing leaves by it either
            listeners.append(_listener(socket.AF_INET6, OWN[1], index))
    return device, tuple(listeners)


def _listener(family: socket.AddressFamily, own: str, index: int) -> socket.socket:
    """Give the device an address and the default route of a family, and listen there on a port of the kernel's."""
    address = socket.inet_pton(family, own)
    about = struct.pack("BBBBI", family, _SUBNET_BITS[family], _NODAD if family == socket.AF_INET6 else 0, 0, index)
    _ask(_NEWADDR, about + _attribute(1, address) + _attribute(2, address))
    route = struct.pack("BBBBBBBBI", family, 0, 0, 0, _MAIN_TABLE, _STATIC, 0, _UNICAST, 0)
    _ask(_NEWROUTE, route + _attribute(4, struct.pack("I", index)))
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.bind((own, 0))
    listening.listen(1024)
    return listening


def _attribute(kind: int, value: bytes) -> bytes:
    """Write one attribute of a netlink message, padded to four bytes."""
    return struct.pack("HH", len(value) + 4, kind) + value + b"\0" * (-len(value) % 4)


def _ask(kind: int, body: bytes) -> None:
    """Send one netlink message and read its answer.

    Raises:
        OSError: the kernel refused.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
        link.send(struct.pack("IHHII", len(body) + 16, kind, _REQUEST, 1, 0) + body)
        number = -struct.unpack_from("i", link.recv(4096), 16)[0]
    if number:
        raise OSError(number, os.strerror(number))


def main(control: int, port: int) -> None:
    """Lay the road, hand it over, hold the namespaces."""
    with socket.socket(fileno=control) as line:
        try:
            device, listeners = lay()
            near = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            line.sendall(f"the kernel refuses: {error}".encode())
            return
        socket.send_fds(line, [b"1"], [device, near.fileno(), *(listening.fileno() for listening in listeners)])
        os.close(device)
        for listening in (near, *listeners):
            listening.close()
        line.recv(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
