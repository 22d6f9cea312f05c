"""Whose access keys are taken, and how the services refuse any other: a profile of a real account stops at the door.

Every request names a key: the one that was drawn for this sandbox, or one that was made in it. Without a key nothing is
answered, the emulator's own routes included. Signatures are not checked. The words are those of the services' lists of
common errors and of S3's list of error codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs

from harness.sandbox import door
from harness.sandbox.aws import emulator
from harness.sandbox.aws.requests import Request
from harness.sandbox.aws.wire import CONTENT_TYPE, ServiceError

_QUERY = frozenset({"sts", "iam"})
"""The services here whose answers are XML, besides S3."""
_INVALID = "The security token included in the request is invalid."
_MISSING = "Request is missing Authentication Token"
_S3 = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InvalidAccessKeyId</Code>'
    "<Message>The AWS Access Key Id you provided does not exist in our records.</Message></Error>"
)
_DENIED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)

_SIGNATURE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature '
    "we calculated does not match the signature you provided. Check your key and signing method.</Message></Error>"
)


class Refused(NamedTuple):
    """The answer to a call that is signed with an unknown key."""

    status: int
    body: bytes
    content_type: str


def refusal(request: Request, own: str) -> Refused | None:
    """Refuse a call without a key, or with one that is not `own` and was not made here, in the words of the service."""
    key = request.access_key
    if key and (door.same(key, own) or emulator.made_key(key)):
        return None
    if request.api == "s3":
        return Refused(403, (_S3 if key else _DENIED).encode(), "application/xml")
    word, text = ("InvalidClientTokenId", _INVALID) if key else ("MissingAuthenticationToken", _MISSING)
    if request.api in _QUERY:
        return Refused(403, _xml(word, text), "text/xml")
    return Refused(400, ServiceError("UnrecognizedClientException" if key else word, text).body(), CONTENT_TYPE)


def owned_by_another(request: Request, path: str, expected: str) -> Refused | None:
    """Refuse a call to a bucket that belongs to another account than the caller expects (S3 user guide)."""
    owner = emulator.owner_of(path.lstrip("/").partition("/")[0]) if expected and request.api == "s3" else ""
    return Refused(403, _DENIED.encode(), "application/xml") if owner and owner != expected else None


def unsent(request: Request, environ: Mapping[str, object]) -> Refused | None:
    """Refuse a presigned URL whose signature covers a header that was not sent: S3 would find another signature.

    Values are not compared, for signatures are not checked here; the bucket's owner is, by `owned_by_another`.
    """
    query = parse_qs(str(environ.get("QUERY_STRING", "")))
    signed = (query.get("X-Amz-SignedHeaders") or [""])[0] if request.api == "s3" else ""
    sent = all(f"HTTP_{name.upper().replace('-', '_')}" in environ for name in signed.split(";") if name)
    return None if sent else Refused(403, _SIGNATURE.encode(), "application/xml")


def stranger(why: str) -> Refused:
    """Refuse a request whose head no client of the sandbox sends."""
    return Refused(403, ServiceError("AccessDeniedException", why).body(), CONTENT_TYPE)


def _xml(word: str, text: str) -> bytes:
    said = f"<Error><Type>Sender</Type><Code>{word}</Code><Message>{text}</Message></Error>"
    return f"<ErrorResponse>{said}</ErrorResponse>".encode()
