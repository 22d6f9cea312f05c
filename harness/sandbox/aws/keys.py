"""Whose access keys are taken, and how the services refuse any other: a profile of a real account stops at the door.

Signatures are not checked. The words are those of the services' lists of common errors and of S3's list of error codes.
"""

from __future__ import annotations

from typing import NamedTuple

from harness.sandbox.aws import emulator
from harness.sandbox.aws.requests import Request
from harness.sandbox.aws.wire import CONTENT_TYPE, ServiceError

OWN = "sandbox"
"""The key that a sandbox hands out; the secret is the same word."""
_QUERY = frozenset({"sts", "iam"})
"""The services here whose answers are XML, besides S3."""
_INVALID = "The security token included in the request is invalid."
_S3 = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InvalidAccessKeyId</Code>'
    "<Message>The AWS Access Key Id you provided does not exist in our records.</Message></Error>"
)
_XML = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>"
    f"<Message>{_INVALID}</Message></Error></ErrorResponse>"
)


class Refused(NamedTuple):
    """The answer to a call that is signed with an unknown key."""

    status: int
    body: bytes
    content_type: str


def refusal(request: Request) -> Refused | None:
    """Refuse a key that was not made here, in the words of the service; a call without a signature has none."""
    if request.access_key in {"", OWN} or emulator.made_key(request.access_key):
        return None
    if request.api == "s3":
        return Refused(403, _S3.encode(), "application/xml")
    if request.api in _QUERY:
        return Refused(403, _XML.encode(), "text/xml")
    return Refused(400, ServiceError("UnrecognizedClientException", _INVALID).body(), CONTENT_TYPE)
