"""What is said on a connection that was not to be: heard far enough to name it, and refused in its own protocol."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass

from harness.sandbox.block.outlet import HttpRequest

HEAD_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 8 * 1024 * 1024
"""Of a refused request: read, so that its sender hears the answer, and thrown away."""
SILENT_SECONDS, MAIL_SILENT_SECONDS = 10.0, 0.5
"""After that a client waits for the server's first word, as mail clients do; at a mail server's port that is known."""
_MAIL_PORTS = frozenset({25, 587, 2525})
TALK_SECONDS = 120.0
"""Of one connection, as long as nothing is let through."""
REFUSAL = "blocked: the job's entry says effects: block"
_GREETING = b"220 blocked.invalid ESMTP\r\n"
_METHODS = frozenset({
    b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"CONNECT", b"TRACE", b"PROPFIND", b"MKCOL",
})  # fmt: skip
_POSTGRES_TLS, _POSTGRES_GSS, _POSTGRES_START = 80877103, 80877104, 196608
_POSTGRES = frozenset({_POSTGRES_TLS, _POSTGRES_GSS, _POSTGRES_START})
_POSTGRES_HEAD = 8
_TLS_HANDSHAKE = b"\x16\x03"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a connection was for."""

    verb: str
    """Such as `POST`, `mail to`, `connect (postgresql)`."""
    detail: str = ""
    """Besides host and port: the recipient's host, the database."""
    request: HttpRequest | None = None
    taken: bytes = b""
    """What was read of a request's body with its head."""


class Line:
    """One connection, read with a bound in time and bytes."""

    def __init__(self, connection: socket.socket) -> None:
        """Take it over."""
        self.socket = connection
        self._ends = time.monotonic() + TALK_SECONDS
        self.held = b""

    def more(self, seconds: float | None = None) -> bool:
        """Read once; False: nothing more comes, or nothing came in time.

        Raises:
            TimeoutError: nothing came within `seconds`.
        """
        left = self._ends - time.monotonic()
        if left <= 0 or len(self.held) >= HEAD_BYTES_MAX:
            return False
        self.socket.settimeout(left if seconds is None else min(seconds, left))
        try:
            piece = self.socket.recv(HEAD_BYTES_MAX)
        except TimeoutError:
            if seconds is None:
                return False
            raise
        except OSError:
            return False
        self.held += piece
        return bool(piece)

    def until(self, end: bytes) -> bytes | None:
        """Take what comes up to a mark, with it; None: it does not come."""
        while end not in self.held:
            if not self.more():
                return None
        taken, _, self.held = self.held.partition(end)
        return taken + end

    def take(self, count: int) -> bytes | None:
        """Take so many bytes; None: they do not come."""
        while len(self.held) < count:
            if not self.more():
                return None
        taken, self.held = self.held[:count], self.held[count:]
        return taken

    def say(self, words: bytes) -> None:
        """Answer; a client that is gone is no matter."""
        try:
            self.socket.sendall(words)
        except OSError:
            self._ends = 0.0


def hear(line: Line, port: int) -> Heard:
    """Find out what a connection to a port is for. A client that says nothing is greeted as a mail server would."""
    greeted = False
    try:
        spoke = line.more(MAIL_SILENT_SECONDS if port in _MAIL_PORTS else SILENT_SECONDS)
    except TimeoutError:
        line.say(_GREETING)
        greeted, spoke = True, line.more()
    if not spoke:
        return Heard("connect")
    if line.held.startswith(_TLS_HANDSHAKE):
        return Heard("connect (TLS)")
    return _request(line) or _postgres(line) or (_mail(line) if greeted else None) or Heard("connect")


def _request(line: Line) -> Heard | None:
    while b" " not in line.held[:10] and any(word.startswith(line.held[:10]) for word in _METHODS):
        if not line.more():
            return None
    if line.held.partition(b" ")[0] not in _METHODS:
        return None
    raw = line.until(b"\r\n\r\n")
    if raw is None:
        return None
    first, *rest = raw.decode("latin-1").split("\r\n")
    method, _, target = first.rpartition(" ")[0].partition(" ")
    pairs = (text.partition(":") for text in rest)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs if name}
    return Heard(method, request=HttpRequest(method, target, headers))


def refuse_request(line: Line, request: HttpRequest) -> None:
    """Read a request's body and answer 403."""
    if request.headers.get("expect", "").lower() != "100-continue":
        left = min(request.length, BODY_BYTES_MAX) - len(line.held)
        while left > 0:
            line.held = b""
            if not line.more():
                break
            left -= len(line.held)
    body = json.dumps({"error": REFUSAL}).encode()
    head = f"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    line.say(head.encode() + b"Connection: close\r\n\r\n" + (b"" if request.method == "HEAD" else body))


def _postgres(line: Line) -> Heard | None:
    """Read a start-up message of PostgreSQL, protocol version 3 (its documentation, "Message Formats"), and refuse."""
    said: Mapping[str, str] = {}
    for _ in range(3):
        if not _comes(line, _POSTGRES_HEAD):
            return None
        length, code = struct.unpack_from("!II", line.held)
        if code not in _POSTGRES or not _POSTGRES_HEAD <= length <= HEAD_BYTES_MAX:
            return None
        body = line.take(length)
        if body is None:
            break
        if code == _POSTGRES_START:
            words = [word.decode("utf-8", "replace") for word in body[_POSTGRES_HEAD:].split(b"\0")]
            said = dict(zip(words[::2], words[1::2], strict=False))
            break
        line.say(b"N")
        if not line.held and not line.more():
            break
    fields = b"".join(
        kind + text.encode() + b"\0" for kind, text in ((b"S", "FATAL"), (b"C", "28000"), (b"M", REFUSAL))
    )
    line.say(b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0")
    name = said.get("database") or said.get("user", "")
    return Heard("connect (postgresql)", f"/{name}" if name else "")


def _comes(line: Line, count: int) -> bool:
    """Wait for so many bytes of what may begin a start-up message, whose length is far below 64 KiB."""
    try:
        while len(line.held) < count:
            if not line.held.startswith(b"\0\0") or not line.more(MAIL_SILENT_SECONDS):
                return False
    except TimeoutError:
        return False
    return True


def _mail(line: Line) -> Heard | None:
    """Take a mail's envelope (RFC 5321) as far as its recipients, refuse each, and name their hosts."""
    hosts: dict[str, None] = {}
    greeted = False
    while (raw := line.until(b"\n")) is not None:
        word, _, rest = raw.decode("utf-8", "replace").strip().partition(" ")
        match word.upper():
            case "EHLO" | "HELO":
                greeted = True
                line.say(b"250 blocked.invalid\r\n")
            case "MAIL" | "RSET" | "NOOP" if greeted:
                line.say(b"250 OK\r\n")
            case "RCPT" if greeted:
                hosts[rest.partition("<")[2].partition(">")[0].rpartition("@")[2]] = None
                line.say(f"550 5.7.1 {REFUSAL}\r\n".encode())
            case "QUIT" if greeted:
                line.say(b"221 Bye\r\n")
                break
            case _ if greeted:
                line.say(f"554 5.7.1 {REFUSAL}\r\n".encode())
            case _:
                return None
    if not greeted:
        return None
    return Heard("mail to", ", ".join(host for host in hosts if host)) if any(hosts) else Heard("connect (mail)")
