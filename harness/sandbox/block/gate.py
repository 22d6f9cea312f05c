"""The one way out of a blocked network: lets through what may pass, refuses the rest and writes down what it was."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from harness.sandbox.block import outlet, speech
from harness.sandbox.block.inside import MTU_BYTES
from harness.sandbox.block.names import NameBook
from harness.sandbox.block.packets import Road, Target

LOOK_SECONDS = 0.2
ENTRIES_MAX = 2000
"""Different ones; the log says when there were more."""
JOIN_SECONDS = 30.0
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """What the process inside a network hands out."""

    device: int
    """File descriptor; a packet a read."""
    near: socket.socket
    """Listens on loopback, at the port of the sandbox's own endpoint."""
    listeners: tuple[socket.socket, ...]
    """One a family of addresses: whatever is begun to another address comes to it."""


class Gate:
    """The gate of one network; entries are kept in their first order, with how often each was tried."""

    def __init__(self, opened: Opened, way: outlet.Outlet | None, folder: str) -> None:
        """Take over the road's other end; `folder` is the s3:// place that may be written to."""
        self._device, self._near, self._listeners = opened.device, opened.near, opened.listeners
        self._way, self._folder = way, folder
        self._book = NameBook()
        listening = {socket.AddressFamily(found.family): found.getsockname()[1] for found in self._listeners}
        self._road = Road(listening, self._book, lambda target: self._note("send", self._shown(target)))
        self._tried: dict[outlet.Tried, int] = {}
        self._left_out = 0
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._talks: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)
        self._thread.start()

    def close(self) -> outlet.Log:
        """Hear out what is still under way, end, and give the log."""
        self._closing.set()
        self._thread.join()
        ends = time.monotonic() + JOIN_SECONDS
        for talk in self._talks:
            talk.join(max(0.0, ends - time.monotonic()))
        for found in (self._near, *self._listeners):
            found.close()
        os.close(self._device)
        with self._lock:
            return outlet.Log(dict(self._tried), self._left_out)

    def _run(self) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self._device, selectors.EVENT_READ)
            for listening in (self._near, *self._listeners):
                listening.settimeout(0)
                ready.register(listening, selectors.EVENT_READ)
            quiet = False
            while not (quiet and self._closing.is_set()):
                seen = ready.select(0.0 if self._closing.is_set() else LOOK_SECONDS)
                quiet = not seen
                for key, _ in seen:
                    if key.fileobj == self._device:
                        self._carry()
                    elif isinstance(key.fileobj, socket.socket):
                        self._accept(key.fileobj)

    def _carry(self) -> None:
        with suppress(BlockingIOError):
            while packet := os.read(self._device, MTU_BYTES + 64):
                answer = self._road.answer(packet)
                if answer is not None:
                    os.write(self._device, answer)

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            connection, peer = listening.accept()
            target = None if listening is self._near else self._road.target(peer[1])
            talk = threading.Thread(target=self._talk, args=(connection, target), name="gate-talk", daemon=True)
            self._talks = [thread for thread in self._talks if thread.is_alive()] + [talk]
            talk.start()

    def _talk(self, connection: socket.socket, target: Target | None) -> None:
        """Hear one connection and answer it; `target` is where it was to go, None: to the sandbox's own endpoint."""
        with connection:
            line = speech.Line(connection)
            heard = speech.hear(line, target.port if target else 0)
            if heard.request is None:
                place = self._shown(target) if target else "the sandbox's endpoint"
                via = f"{heard.detail} by {place}" if heard.verb == "mail to" else place + heard.detail
                self._note(heard.verb, via)
                return
            if target is None and self._way and outlet.is_allowed(heard.request, self._folder):
                self._pass(line, heard.request, self._way.port)
                return
            host, port = (self._book.name_of(target.address), target.port) if target else ("127.0.0.1", 0)
            self._note(heard.verb, outlet.place_of(heard.request, host, port, own=target is None))
            speech.refuse_request(line, heard.request)

    def _shown(self, target: Target) -> str:
        name = self._book.name_of(target.address)
        return f"[{name}]:{target.port}" if ":" in name else f"{name}:{target.port}"

    def _note(self, verb: str, place: str) -> None:
        tried = outlet.Tried(verb, place[:500])
        with self._lock:
            if tried in self._tried or len(self._tried) < ENTRIES_MAX:
                self._tried[tried] = self._tried.get(tried, 0) + 1
            else:
                self._left_out += 1

    @staticmethod
    def _pass(line: speech.Line, request: outlet.HttpRequest, port: int) -> None:
        """Carry one request to the sandbox and its answer back; the connection then ends, so none follows unseen."""
        headers = {name: value for name, value in request.headers.items() if name not in {"connection", "keep-alive"}}
        head = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), speech.TALK_SECONDS) as further:
            further.sendall(("\r\n".join([*head, "Connection: close"]) + "\r\n\r\n").encode("latin-1") + line.held)
            back = threading.Thread(target=_pump, args=(further, line.socket), name="gate-back", daemon=True)
            back.start()
            line.socket.settimeout(LOOK_SECONDS)
            for piece in _pieces(line.socket, back):
                further.sendall(piece)
            back.join(JOIN_SECONDS)


def _pieces(source: socket.socket, while_alive: threading.Thread) -> Iterator[bytes]:
    """Give what comes until the answer is through."""
    while while_alive.is_alive():
        try:
            piece = source.recv(_PIECE_BYTES)
        except TimeoutError:
            continue
        except OSError:
            return
        if not piece:
            while_alive.join()
            return
        yield piece


def _pump(source: socket.socket, into: socket.socket) -> None:
    """Copy one direction to its end, and tell the other that nothing more comes."""
    with suppress(OSError):
        while piece := source.recv(_PIECE_BYTES):
            into.sendall(piece)
    with suppress(OSError):
        into.shutdown(socket.SHUT_WR)
