"""One question over TLS under the policy's own trust, and what the peer's certificate said.

Clients keep the trust that their user gave them (a kubeconfig's CA, AWS_CA_BUNDLE); what is recorded here is what the
policy's trust makes of the same endpoint.
"""

from __future__ import annotations

import hashlib
import http.client
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi

from harness.errors import NotSetUp
from harness.model.reality import VALIDATED

SECONDS = 10.0
BODY_BYTES_MAX = 1024 * 1024
PUBLIC = "public roots"


@dataclass(frozen=True, slots=True)
class Trust:
    """Public certificate authorities, and a declared bundle of private ones besides."""

    ca: str | None = None
    certificate: tuple[str, str | None] | None = None
    """Of ourselves, where the server asks for one: files of certificate and key."""

    def context(self) -> ssl.SSLContext:
        """Make the context that verifies chain and host name.

        Raises:
            NotSetUp: the declared bundle, or our own certificate, can't be used.
        """
        context = ssl.create_default_context(cafile=certifi.where())
        if self.ca is not None:
            with _usable(self.ca, "write the path of a file of certificates in PEM as real.ca, relative to repos.yaml"):
                context.load_verify_locations(cafile=self.ca)
        if self.certificate is not None:
            with _usable(self.certificate[0], "correct the client certificate that the kubeconfig names"):
                context.load_cert_chain(*self.certificate)
        return context

    @property
    def words(self) -> str:
        """Say whom it trusts; a private bundle by name and digest.

        Raises:
            NotSetUp: the declared bundle can't be read.
        """
        if self.ca is None:
            return PUBLIC
        self.context()
        return f"{PUBLIC} and {Path(self.ca).name} sha256:{hashlib.sha256(Path(self.ca).read_bytes()).hexdigest()}"


@contextmanager
def _usable(file: str, fix: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # an SSLError is one
        raise NotSetUp("certificate authorities", f"{file}: {error.strerror or error}", fix) from error


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said, and how it was reached."""

    tls: str
    """`validated`, or why not."""
    certificate: Mapping[str, str] = field(default_factory=dict)
    """subject, issuer, fingerprint (SHA-256 of the whole certificate), expires."""
    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def facts(self, service: str) -> dict[str, str]:
        """Give what a plan records of it."""
        return {f"{service}.tls": self.tls} | {f"{service}.{name}": text for name, text in self.certificate.items()}


@dataclass(frozen=True, slots=True)
class Question:
    """Where to ask, and with what; no target: only the handshake is made."""

    url: str
    target: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    server_name: str | None = None
    """The name that the certificate is held against, where it is not the host's."""
    proxy: str | None = None
    """An http proxy; None: that of the environment."""


def ask(question: Question, trust: Trust) -> Answer:
    """Ask once; an endpoint that can't be reached so is an answer too, never an error."""
    parts = urlsplit(question.url)
    if parts.scheme != "https":
        return Answer(f"the endpoint {parts.scheme}://{parts.netloc} is not https")
    connection = _connection(question, trust)
    try:
        connection.connect()
        certificate = _certificate(connection.sock)
        if not question.target:
            return Answer(VALIDATED, certificate)
        connection.request("GET", question.target, headers=dict(question.headers))
        response = connection.getresponse()
        said = {name.lower(): value for name, value in response.getheaders()}
        return Answer(VALIDATED, certificate, response.status, response.read(BODY_BYTES_MAX), said)
    except ssl.SSLCertVerificationError as error:
        return Answer(f"its certificate does not validate: {error.verify_message}")
    except (OSError, http.client.HTTPException) as error:
        return Answer(f"no answer: {error}")
    finally:
        connection.close()


class _Named(http.client.HTTPSConnection):
    """A connection whose certificate may be held against another name than the host's (a kubeconfig can say so)."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, server_name: str | None) -> None:
        super().__init__(host, port, timeout=SECONDS, context=context)
        self._trusting, self._server_name = context, server_name

    def connect(self) -> None:
        """Connect, through the tunnel where there is one, and verify."""
        if self._server_name is None:
            super().connect()
            return
        http.client.HTTPConnection.connect(self)
        self.sock: Any = self._trusting.wrap_socket(self.sock, server_hostname=self._server_name)


def _connection(question: Question, trust: Trust) -> _Named:
    parts = urlsplit(question.url)
    host, port = parts.hostname or "", parts.port or 443
    proxy = question.proxy or _environment_proxy(host)
    if not proxy:
        return _Named(host, port, trust.context(), question.server_name)
    through = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    connection = _Named(through.hostname or "", through.port or 80, trust.context(), question.server_name)
    connection.set_tunnel(host, port)
    return connection


def _environment_proxy(host: str) -> str | None:
    return None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get("https")


def _certificate(sock: Any) -> dict[str, str]:  # noqa: ANN401 - http.client says socket, and it is a TLS one here
    said = sock.getpeercert() or {}
    whole = sock.getpeercert(binary_form=True) or b""
    return {
        "subject": _name(said.get("subject", ())),
        "issuer": _name(said.get("issuer", ())),
        "fingerprint": f"sha256:{hashlib.sha256(whole).hexdigest()}",
        "expires": str(said.get("notAfter", "")),
    }


def _name(parts: Any) -> str:  # noqa: ANN401 - nested tuples, as the standard library gives a name
    return ", ".join(f"{key}={value}" for part in parts for key, value in part)
