"""Stand-ins for what a job may change outside: web, mail and a database, which keep what came."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Production:
    """What is there, and what was done to it."""

    web: int
    mail: int
    database: int
    done: list[str] = field(default_factory=list)
    """In the order in which it came."""


class _Web(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.done.append(f"POST {self.path}")  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 mail\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline().strip() != b".":
                    pass
                self.server.done.append("mail")  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


class _Database(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        length = int.from_bytes(self.rfile.read(4), "big")
        self.rfile.read(length - 4)
        self.wfile.write(b"R")
        self.wfile.flush()
        if b"INSERT" in self.rfile.read(20):
            self.server.done.append("row")  # type: ignore[attr-defined]
        self.wfile.write(b"C")


@contextmanager
def running() -> Iterator[Production]:
    """Run all of it on every address of this machine."""
    done: list[str] = []
    servers = [
        ThreadingHTTPServer(("", 0), _Web),
        *(socketserver.ThreadingTCPServer(("", 0), handler) for handler in (_Mail, _Database)),
    ]
    for server in servers:
        server.daemon_threads, server.done = True, done  # type: ignore[union-attr]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield Production(*(server.server_address[1] for server in servers), done)
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def address() -> str:
    """Give an address of this machine that a network of its own does not have; where there is none, one of nobody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # nothing is sent (RFC 5737)
        except OSError:
            return "192.0.2.1"
        found = str(asking.getsockname()[0])
    return "192.0.2.1" if found.startswith("127.") else found
