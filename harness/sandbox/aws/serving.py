"""Talking to a container that serves a model: ping, its own parameters, invocations."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
PING_SECONDS = 2.0
"""A container has to answer a ping so soon (developer guide)."""
_ANSWER_BYTES_MAX = 64 * 1024


class InvocationError(Exception):
    """An invocation failed for good; the text is the data log's."""


@dataclass(frozen=True, slots=True)
class Server:
    """One serving container.

    The contract's port is 8080. All containers of this machine share its ports, so each gets one of its own in
    SAGEMAKER_BIND_TO_PORT, which the service sets where several containers share an instance.
    """

    port: int

    def ping(self) -> bool:
        """Ask whether it is ready."""
        try:
            status, _ = self._ask("GET", "/ping", b"", {}, seconds=PING_SECONDS)
        except (OSError, http.client.HTTPException):
            return False
        return status == 200

    def parameters(self) -> Mapping[str, object]:
        """Read /execution-parameters, which is optional."""
        try:
            status, body = self._ask("GET", "/execution-parameters", b"", {}, seconds=PING_SECONDS)
            found = json.loads(body[:_ANSWER_BYTES_MAX]) if status == 200 else {}
        except (OSError, ValueError, http.client.HTTPException):
            return {}
        return found if isinstance(found, dict) else {}

    def invoke(self, payload: bytes, headers: Mapping[str, str], timeout_seconds: float, retries: int) -> bytes:
        """Send one payload; a refusal of it is final, anything else is tried again.

        Raises:
            InvocationError: every try failed.
        """
        story = ""
        for _ in range(1 + retries):
            try:
                status, body = self._ask("POST", "/invocations", payload, headers, seconds=timeout_seconds)
            except TimeoutError:
                story = f"Model server did not respond to /invocations request within {timeout_seconds:g} seconds"
            except (OSError, http.client.HTTPException) as error:
                story = f"Model server closed the connection: {type(error).__name__}"
            else:
                if status == 200:
                    return body
                story = f"Bad HTTP status received from algorithm: {status}"
                if status < 500:
                    break
        raise InvocationError(story)

    def _ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], *, seconds: float
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=seconds)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def free_port() -> int:
    """Find a port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
