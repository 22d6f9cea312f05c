"""A proxy of HTTP before the AWS half of a sandbox, which turns bad for a while: 500, silence, expired, slow."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "expect"})


class Way(StrEnum):
    """How it is bad."""

    GOOD = "good"
    BROKEN = "500"
    SILENT = "no answer"
    EXPIRED = "ExpiredToken"
    SLOW = "slow"


class Proxy:
    """Stands between clients and a server on loopback."""

    def __init__(self, url: str) -> None:
        """Listen on a port of its own."""
        self.way = Way.GOOD
        self.struck = 0
        handler = type("Handler", (_Handler,), {"proxy": self, "port": urlsplit(url).port or 80})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.way = Way.GOOD
        self._server.shutdown()
        self._server.server_close()

    def bad(self, way: Way, seconds: float) -> None:
        """Be bad for a while."""
        self.way = way
        time.sleep(seconds)
        self.way = Way.GOOD


class _Handler(BaseHTTPRequestHandler):
    """Forwards a request, unless its proxy is bad."""

    protocol_version = "HTTP/1.1"
    proxy: Proxy
    port: int

    def handle_any(self) -> None:
        """Answer a request of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        way = self.proxy.way
        self.proxy.struck += way is not Way.GOOD
        if way is Way.SILENT:
            while self.proxy.way is Way.SILENT:
                time.sleep(0.1)
            self.close_connection = True
        elif way is Way.BROKEN:
            self._answer(500, {"Content-Type": "text/plain"}, b"Internal Server Error")
        elif way is Way.EXPIRED:
            self._answer(*_expired(self.headers.get("X-Amz-Target")))
        else:
            time.sleep(1.0 if way is Way.SLOW else 0.0)
            self._forward(body)

    def _forward(self, body: bytes) -> None:
        there = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            there.request(self.command, self.path, body, dict(self.headers))
            answer = there.getresponse()
            data = answer.read()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            self._answer(answer.status, headers, data, length=answer.getheader("Content-Length"))
        except OSError:
            self.close_connection = True
        finally:
            there.close()

    def _answer(self, status: int, headers: dict[str, str], data: bytes, length: str | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing."""


for _method in ("GET", "PUT", "POST", "DELETE", "HEAD"):
    setattr(_Handler, f"do_{_method}", _Handler.handle_any)


def _expired(target: str | None) -> tuple[int, dict[str, str], bytes]:
    """Say it in the words of the service."""
    if target:
        body = b'{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}'
        return 400, {"Content-Type": "application/x-amz-json-1.1"}, body
    text = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    return 400, {"Content-Type": "application/xml"}, text


def holds_objects(aws: dict[str, str], name: str, campaign: str) -> bool:
    """Tell whether a bucket is there and something of a campaign lies in it."""
    try:
        found = _s3(aws).list_objects_v2(Bucket=name).get("Contents", [])
    except ClientError:
        return False
    return bool(campaign) and any(campaign in item["Key"] for item in found)


def _s3(aws: dict[str, str]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        region_name=aws["AWS_DEFAULT_REGION"],
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
    )


def remove_bucket(aws: dict[str, str], name: str) -> None:
    """Remove a bucket with all that is in it."""
    there = _s3(aws)
    for _ in range(20):  # jobs go on writing into it meanwhile
        for item in there.list_objects_v2(Bucket=name).get("Contents", []):
            there.delete_object(Bucket=name, Key=item["Key"])
        with suppress(ClientError):
            there.delete_bucket(Bucket=name)
            return
