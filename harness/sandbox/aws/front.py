"""What stands before the emulator: SageMaker is answered here, everything else passes through; all of it is audited."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from harness.sandbox import door
from harness.sandbox.aws import keys, nemesis, requests
from harness.sandbox.aws.api import SageMaker
from harness.sandbox.aws.emulator import account_of
from harness.sandbox.aws.requests import Request
from harness.sandbox.aws.role import RolePath
from harness.sandbox.aws.wire import CONTENT_TYPE, Call, Home, ServiceError, decode, encode
from harness.sandbox.faults import Faults

BODY_BYTES_MAX = 4 * 1024 * 1024
"""SageMaker's own limit for a request is 4 MB; larger ones belong to S3, whose bodies are not read here."""

Audit = Callable[[Mapping[str, object]], None]
StartResponse = Callable[..., Any]
Environ = dict[str, Any]
_STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    403: "403 Forbidden",
    404: "404 Not Found",
    500: "500 Internal Server Error",
}


SANDBOX_HEADER = ("X-Parity-Sandbox", "yes")
"""In every answer: nothing that comes from here is evidence of a real account."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a request needs to be heard at all."""

    key: str
    """The access key id that was drawn for this sandbox."""
    bound: str = door.LOOPBACK

    def stranger(self, environ: Mapping[str, object]) -> keys.Refused | None:
        """Refuse what comes from a page, or by another name than the sandbox's."""
        origin = environ.get("HTTP_ORIGIN")
        why = door.strange(str(environ.get("HTTP_HOST", "")), None if origin is None else str(origin), self.bound)
        return keys.stranger(why) if why else None


class LostReplyError(ConnectionError):
    """The connection was cut on purpose, after the call was done."""


class Front:
    """The WSGI application that clients talk to."""

    def __init__(
        self,
        emulator: Callable[[Environ, StartResponse], Iterable[bytes]],
        sagemaker: SageMaker,
        faults: Faults,
        audit: Audit,
        *,
        role: RolePath,
        guard: Guard,
    ) -> None:
        """Wire it."""
        self._emulator, self._sagemaker, self._faults = emulator, sagemaker, faults
        self._audit, self._role, self._guard = audit, role, guard

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        start_response = _announced(start_response)
        path, request = str(environ.get("PATH_INFO", "")), requests.read(environ)
        asks_role = self._role.serves(path)
        refused = self._guard.stranger(environ) or (
            self._role.refusal(environ) if asks_role else keys.refusal(request, self._guard.key)
        )
        expected = str(environ.get("HTTP_X_AMZ_EXPECTED_BUCKET_OWNER", ""))
        refused = refused or keys.owned_by_another(request, path, expected) or keys.unsent(request, environ)
        if refused:
            self._log(request, request.operation, "", refused.status, environ=environ)
            _skip_body(environ)
            return self._reply(start_response, *refused)
        if asks_role:
            return self._reply(start_response, 200, self._role.answer(path), "application/json")
        if request.api == "sagemaker":
            return self._sagemaker_call(request, environ, start_response)
        return self._pass_on(request, environ, start_response)

    # -- SageMaker ----------------------------------------------------------------------------------------------------

    def _sagemaker_call(self, request: Request, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raw, name, status = _read_body(environ), "", 200
        try:
            body = decode(raw)
            name = requests.subject(request, "", body)
            nemesis.throttle(self._faults, request.operation, name)
            home = Home(account_of(request.access_key), request.region)
            answer = encode(self._sagemaker.answer(Call(home, request.operation, body)))
        except ServiceError as error:
            answer, status = error.body(), error.status
        self._log(request, request.operation, name, status, environ=environ)
        if status == 200 and nemesis.lost_reply(self._faults, request.operation, name):
            _cut(environ)
        return self._reply(start_response, status, answer, CONTENT_TYPE)

    @staticmethod
    def _reply(start_response: StartResponse, status: int, body: bytes, content_type: str) -> Iterable[bytes]:
        start_response(_STATUS[status], [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]

    # -- everything else ----------------------------------------------------------------------------------------------

    def _pass_on(self, request: Request, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = {} if request.api == "s3" else _peek(environ)
        operation = request.operation or str(body.get("Action", ""))
        name = requests.subject(request, str(environ.get("PATH_INFO", "")), body)

        def note(line: str, headers: list[tuple[str, str]], *rest: object) -> Any:  # noqa: ANN401 - WSGI
            self._log(request, operation, name, int(line.split(" ", 1)[0]), environ=environ)
            return start_response(line, headers, *rest)

        try:
            return self._emulator(environ, note)
        except NotImplementedError:
            message = f"{request.api} {operation} is not supported by this sandbox"
            self._log(request, operation, name, 400, environ=environ)
            answer = ServiceError("UnsupportedOperation", message).body()
            return self._reply(start_response, 400, answer, CONTENT_TYPE)

    def _log(self, request: Request, operation: str, name: str, status: int, *, environ: Environ) -> None:
        self._audit(
            {
                "time": time.time(),
                "api": request.api,
                "verb": operation,
                "resource": "",  # the operation says it
                "namespace": request.region,
                "name": name,
                "status": status,
                "user_agent": str(environ.get("HTTP_USER_AGENT", "")),
            }
        )


def _announced(start_response: StartResponse) -> StartResponse:
    def start(line: str, headers: list[tuple[str, str]], *rest: object) -> Any:  # noqa: ANN401 - WSGI
        return start_response(line, [*headers, SANDBOX_HEADER], *rest)

    return start


def _length(environ: Environ) -> int:
    try:
        return int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _read_body(environ: Environ) -> bytes:
    return bytes(environ["wsgi.input"].read(min(_length(environ), BODY_BYTES_MAX)))


def _skip_body(environ: Environ) -> None:
    """Read what nobody wants: left unread it would be taken for the connection's next request."""
    left = _length(environ)
    while left > 0 and (chunk := environ["wsgi.input"].read(min(left, BODY_BYTES_MAX))):
        left -= len(chunk)


def _peek(environ: Environ) -> Mapping[str, object]:
    """Read a small body and put it back; its fields say what the request is about."""
    if not 0 < _length(environ) <= BODY_BYTES_MAX:
        return {}
    raw = _read_body(environ)
    environ["wsgi.input"] = io.BytesIO(raw)
    if "json" in str(environ.get("CONTENT_TYPE", "")):
        with suppress(ValueError):
            found = json.loads(raw)
            return found if isinstance(found, dict) else {}
    return {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}


def _cut(environ: Environ) -> None:
    """Close the connection without a word.

    Raises:
        LostReplyError: always; the server drops the connection on it.
    """
    connection = environ["werkzeug.socket"]
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    raise LostReplyError
