"""A registry on loopback with the images of one archive, so that a node has something to pull."""

from __future__ import annotations

import re
import shutil
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

from cluster.archives import MANIFEST_TYPE

_PATH = re.compile(r"/v2/.+/(?P<what>manifests|blobs)/sha256:(?P<digest>[0-9a-f]{64})")


@contextmanager
def serving(archive: Path) -> Iterator[str]:
    """Give the registry's host and port; images are pulled by digest, whatever their name."""
    handler = type("Handler", (_Handler,), {"archive": archive})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"localhost:{server.server_port}"
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    """Answers what a pull by digest asks."""

    archive: Path
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a manifest or a blob."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Say how large it is."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        found = _PATH.fullmatch(self.path)
        with tarfile.open(self.archive) as tar:
            try:
                member = tar.getmember(f"blobs/sha256/{found['digest']}") if found else None
            except KeyError:
                member = None
            if member is None or found is None:
                self._head(404 if found else 200, 0, "text/plain")
                return
            kind = MANIFEST_TYPE if found["what"] == "manifests" else "application/octet-stream"
            self._head(200, member.size, kind, found["digest"])
            source: IO[bytes] | None = tar.extractfile(member)
            if with_body and source is not None:
                shutil.copyfileobj(source, self.wfile)

    def _head(self, status: int, size: int, kind: str, digest: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.send_header("Content-Type", kind)
        if digest:
            self.send_header("Docker-Content-Digest", f"sha256:{digest}")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
