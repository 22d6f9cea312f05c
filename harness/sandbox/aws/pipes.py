"""Pipe mode: a channel's objects as one stream through a FIFO, a new FIFO an epoch."""

from __future__ import annotations

import gzip
import itertools
import os
import select
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from harness.sandbox.aws.storage import TransferError, read
from harness.sandbox.aws.wire import Home

POLL_SECONDS = 0.02
CLOSE_SECONDS = 2.0


class _ClosedError(Exception):
    """The job is over."""


class Pipe:
    """Feeds `<path>_0`, then `<path>_1`, and so on, until it is closed.

    The next FIFO is there before the one in use ends, so that a reader finds it at once. A FIFO that was read, or that
    its reader closed early, is taken away (assumed).
    """

    def __init__(self, home: Home, objects: tuple[tuple[str, str], ...], path: Path, *, unzip: bool) -> None:
        """Make the first FIFO and start feeding; objects are (bucket, key)."""
        self._home, self._objects, self._path, self._unzip = home, objects, path, unzip
        self._closing = threading.Event()
        self.failure = ""
        """Why the stream broke off, in the service's words; empty while all is well."""
        self._make(0)
        self._thread = threading.Thread(target=self._feed, name=f"pipe-{path.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop feeding; safe to call twice."""
        self._closing.set()
        self._thread.join(CLOSE_SECONDS)

    def _fifo(self, epoch: int) -> Path:
        return self._path.with_name(f"{self._path.name}_{epoch}")

    def _make(self, epoch: int) -> None:
        os.mkfifo(self._fifo(epoch))

    def _feed(self) -> None:
        try:
            for epoch in itertools.count():
                self._feed_once(epoch)
        except _ClosedError:
            return
        except (TransferError, OSError) as error:
            self.failure = str(error)

    def _feed_once(self, epoch: int) -> None:
        end = self._open(self._fifo(epoch))
        try:
            self._make(epoch + 1)
            with suppress(BrokenPipeError):  # a reader may close early and go on to the next epoch
                for data in self._contents():
                    self._write(end, data)
        finally:
            os.close(end)
        self._fifo(epoch).unlink(missing_ok=True)

    def _open(self, fifo: Path) -> int:
        """Wait for a reader."""
        while not self._closing.wait(POLL_SECONDS):
            with suppress(OSError):  # ENXIO: nobody reads yet
                return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        raise _ClosedError

    def _contents(self) -> Iterator[bytes]:
        for bucket, key in self._objects:
            data = read(self._home, bucket, key)
            try:
                yield gzip.decompress(data) if self._unzip else data
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                message = f"Data download failed:s3://{bucket}/{key} is not GZIP: {error}"
                raise TransferError(message) from error

    def _write(self, end: int, data: bytes) -> None:
        left = memoryview(data)
        while left:
            if self._closing.is_set():
                raise _ClosedError
            if select.select((), (end,), (), POLL_SECONDS)[1]:
                left = left[os.write(end, left) :]
