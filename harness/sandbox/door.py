"""Who may speak to a sandbox: its jobs run as real processes, so a request needs a secret and has to come from no page.

A page in a browser reaches loopback by a name of its own (DNS rebinding) and always says so, in `Host` or in `Origin`;
another user of the machine reaches it too, and lacks the secret. Pure, but for the drawing of secrets.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
_LOOPBACK_NAME = "localhost"


class BindError(ValueError):
    """An address beyond loopback that was asked for once only."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one pair of keys that a sandbox hands out."""

    access_key_id: str
    secret_access_key: str


def draw() -> Credentials:
    """Draw 128 bits for the id, which is what is checked, and as many for the secret, which clients sign with.

    The id has not the form of AWS's own (`AKIA…`): nobody takes one for the other.
    """
    return Credentials(f"SANDBOX{secrets.token_hex(16).upper()}", secrets.token_hex(16))


def same(given: str, secret: str) -> bool:
    """Compare with a secret in a time that tells nothing; nothing given is never right."""
    return bool(secret) and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def strange(host: str, origin: str | None, bound: str = LOOPBACK) -> str:
    """Say why a request's head is none that a client of this sandbox sends; empty where it is one.

    Args:
        host: the `Host` header, with or without a port.
        origin: the `Origin` header; command line clients and SDKs send none.
        bound: the address that the server was told to answer on, besides loopback.
    """
    if origin is not None:
        return "a request with an Origin header comes from a page in a browser; the sandbox serves none"
    name = _name(host)
    if name in {_LOOPBACK_NAME, bound.lower()} or is_loopback(name):
        return ""
    return f"the Host header names {name[:80] or 'nothing'}; the sandbox is called {bound} or {_LOOPBACK_NAME}"


def is_loopback(address: str) -> bool:
    """Tell whether an address reaches this machine only."""
    try:
        return address == _LOOPBACK_NAME or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def check_bind(address: str, *, confirmed: bool) -> None:
    """Refuse an address beyond loopback that was not asked for twice.

    Raises:
        BindError: with the reason and the option that confirms it.
    """
    if confirmed or is_loopback(address):
        return
    message = (
        f"--bind {address}: whoever reaches that address and learns the sandbox's key, which travels there without "
        "TLS, runs commands as you; give --bind-beyond-loopback as well if that network is yours"
    )
    raise BindError(message)


def _name(host: str) -> str:
    """Take the port off a `Host` header, and the brackets off an IPv6 address."""
    text = host.strip().lower()
    if text.startswith("["):
        inner, _, rest = text[1:].partition("]")
        return inner if not rest or rest.startswith(":") else text
    return text.partition(":")[0]
