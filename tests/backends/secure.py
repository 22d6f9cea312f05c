"""An AWS endpoint behind TLS (moto's server), with a certificate that a test makes as it needs it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

HOST = "127.0.0.1"


class _Quiet(MotoRequestHandler):
    """Does not write a line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Say nothing."""


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Make a server's context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def bundle(authority: trustme.CA, folder: Path, name: str = "ca.pem") -> str:
    """Write a CA's own certificate where a policy can name it."""
    path = folder / name
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@contextmanager
def moto_server(context: ssl.SSLContext | None, around: Callable[[Any], Any] = lambda app: app) -> Iterator[str]:
    """Serve AWS on a free port, and give its address."""
    app = around(DomainDispatcherApplication(create_backend_app))
    server = make_server(HOST, 0, app, threaded=True, request_handler=_Quiet, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
