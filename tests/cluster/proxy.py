"""A TCP proxy on loopback that stands between a client and a server, and can be a bad way between them.

It sees TLS only, so it spoils connections, not messages.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

WAIT_SECONDS = 10.0
"""For the proxy's own thread to do what it is asked."""


@dataclass
class Proxy:
    """The troubles that can be had. Connections are pairs of ends; one that was cut or refused stays so."""

    target: int
    """The server's port."""
    delay_seconds: float = 0.0
    """What the server says arrives so much later; of connections that are open or come."""
    port: int = 0
    refusing: bool = False
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    ends: set[_End] = field(default_factory=set)

    def cut(self) -> None:
        """Break every open connection, in both directions."""
        self.do(lambda: [end.way.abort() for end in tuple(self.ends)])

    def freeze(self) -> None:
        """Let every open connection stay open and fall silent; new ones work."""
        self.do(lambda: [end.way.pause_reading() for end in tuple(self.ends) if end.way.is_reading()])

    def thaw(self) -> None:
        """Let what was held back arrive."""
        self.do(lambda: [end.way.resume_reading() for end in tuple(self.ends)])

    @contextmanager
    def down(self) -> Iterator[None]:
        """Break every connection and let none come about for a while."""
        self.refusing = True
        self.cut()
        try:
            yield
        finally:
            self.refusing = False

    def do(self, what: Callable[[], object]) -> None:
        """Do something in the proxy's thread, and wait for it."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (what(), done.set()))
        if not done.wait(WAIT_SECONDS):
            message = f"the proxy did nothing for {WAIT_SECONDS} s"
            raise TimeoutError(message)


class _End(asyncio.Protocol):
    """One end of a connection: what it hears goes to the other end."""

    way: asyncio.Transport

    def __init__(self, proxy: Proxy, other: _End | None = None) -> None:
        self.proxy, self.other = proxy, other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.way = cast("asyncio.Transport", transport)
        if self.proxy.refusing:
            self.way.abort()
            return
        self.proxy.ends.add(self)
        if self.other is None:
            self.way.pause_reading()  # until there is somebody to tell
            self.reaching = self.proxy.loop.create_task(self._reach())
        else:
            self.other.other = self
            self.other.way.resume_reading()

    async def _reach(self) -> None:
        try:
            await self.proxy.loop.create_connection(lambda: _End(self.proxy, self), "127.0.0.1", self.proxy.target)
        except OSError:
            self.way.abort()

    def data_received(self, data: bytes) -> None:
        self._tell(lambda other: other.write(data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.proxy.ends.discard(self)
        self._tell(lambda other: other.abort() if exc else other.close())

    def _tell(self, what: Callable[[asyncio.Transport], Any]) -> None:
        """Pass it on: the server's words late, the client's at once."""
        if self.other is not None:
            late = self.proxy.delay_seconds if self.server else 0.0
            self.proxy.loop.call_later(late, what, self.other.way)

    @property
    def server(self) -> bool:
        """Tell whether the server is at this end."""
        return self.way.get_extra_info("peername")[1] == self.proxy.target


@contextmanager
def between(target: int) -> Iterator[Proxy]:
    """Give a proxy in front of a port; it ends with all its connections."""
    proxy = Proxy(target)
    server = proxy.loop.run_until_complete(proxy.loop.create_server(lambda: _End(proxy), "127.0.0.1", 0))
    proxy.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=proxy.loop.run_forever, name="proxy")
    thread.start()
    try:
        yield proxy
    finally:
        proxy.cut()
        proxy.do(server.close)
        proxy.loop.call_soon_threadsafe(proxy.loop.stop)
        thread.join(WAIT_SECONDS)
        proxy.loop.close()
