"""HTTP in front of the API server: one thread a connection, TLS, a bearer token, chunked streams."""

from __future__ import annotations

import json
import select
import ssl
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from harness.sandbox import door
from harness.sandbox.kube import discovery
from harness.sandbox.kube.api import ApiServer
from harness.sandbox.kube.objects import ApiError, Object
from harness.sandbox.kube.requests import Request, parse

BODY_BYTES_MAX = 3 * 1024 * 1024
"""etcd and the API server refuse requests over 3 MiB."""
DRAINED_BYTES_MAX = 16 * 1024 * 1024


def serve(api: ApiServer, context: ssl.SSLContext) -> tuple[ThreadingHTTPServer, str]:
    """Listen on a free loopback port; give the server and its URL."""
    server = _Server((door.LOOPBACK, 0), type("Handler", (_Handler,), {"api": api}))
    # The handshake belongs into the connection's own thread: in the accepting one a silent client would block all.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="kube-api", daemon=True).start()
    return server, f"https://{door.LOOPBACK}:{server.server_address[1]}"


class _Server(ThreadingHTTPServer):
    """Many connections at once; one that breaks is no news."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients come and go."""


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    api: ApiServer
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True

    def log_message(self, *args: object) -> None:
        """Say nothing on stderr; the audit log has it."""

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        try:
            body = self._body()
            self._check_sender()
            found = discovery.answer(parts.path.rstrip("/") or "/", self.api.time_scale)
            if found is not None:
                self._send(200, found)
                return
            self._resource(parse(self.command, parts.path, parts.query, dict(self.headers.items()), body=body))
        except ApiError as error:
            self._send(error.code, error.status())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - names the base class looks for

    def _check_sender(self) -> None:
        why = door.strange(self.headers.get("Host", ""), self.headers.get("Origin"))
        if why:
            raise ApiError(403, "Forbidden", why)
        word, _, given = self.headers.get("Authorization", "").partition(" ")
        if word != "Bearer" or not door.same(given, self.api.token):
            raise ApiError(401, "Unauthorized", "Unauthorized")

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES_MAX:
            self.close_connection = True
            self.rfile.read(min(length, DRAINED_BYTES_MAX))  # a client that still sends would not hear the answer
            raise ApiError(413, "RequestEntityTooLarge", f"the request is over {BODY_BYTES_MAX} bytes")
        return self.rfile.read(length)

    def _resource(self, request: Request) -> None:
        status = 0
        try:
            self.api.faults.throttle(request.operation, request.subject)
            status = self._answer(request)
        except ApiError as error:
            status = error.code
            raise
        finally:
            self._audit(request, status)

    def _answer(self, request: Request) -> int:
        if request.target.sub == "log":
            return self._stream("text/plain", self.api.log(request))
        if request.watching:
            return self._stream("application/json", self._watched(self.api.watch(request)))
        status, answer = self.api.answer(request)
        if self.api.faults.lost_reply(request.operation, request.subject):
            self.close_connection = True
            self.connection.close()
        else:
            self._send(status, answer)
        return status

    def _audit(self, request: Request, status: int) -> None:
        resource = "/".join(name for name in (request.target.plural, request.target.sub) if name)
        facts = {"api": "kubernetes", "verb": request.verb, "resource": resource}
        about = {"namespace": request.target.namespace, "name": request.subject}
        if request.dry_run:
            about["dry_run"] = "All"  # nothing was made
        self.api.audit({**facts, **about, "status": status, "user_agent": request.agent})

    def _send(self, code: int, value: Object) -> None:
        data = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if code == 429:
            self.send_header("Retry-After", "1")
        if self.close_connection:
            self.send_header("Connection", "close")  # else the client's next request may meet the closing
        self.end_headers()
        self.wfile.write(data)

    def _watched(self, messages: Iterable[Object | None]) -> Iterable[bytes]:
        for message in messages:
            if message is not None:
                yield json.dumps(message).encode() + b"\n"
            elif self._gone():
                return

    def _gone(self) -> bool:
        """Tell whether the client has closed its end: a watching client says nothing else."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        self.close_connection = self.close_connection or bool(readable)
        return bool(readable)

    def _stream(self, kind: str, chunks: Iterable[bytes]) -> int:
        """Send a body of unknown length; 200, because what goes wrong later can't be said any more."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for data in chunks:
            if data:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        return 200
