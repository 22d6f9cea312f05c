"""Service calls and errors as they look on the wire (AWS JSON 1.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

ACCOUNT = "123456789012"
REGION = "us-east-1"
CONTENT_TYPE = "application/x-amz-json-1.1"


class ServiceError(Exception):
    """An answer that the service would give instead of a result."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Hold the service's error word, its text and the HTTP status."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> bytes:
        """Render it for the client."""
        return encode({"__type": self.code, "message": self.message})


def invalid(message: str) -> ServiceError:
    """Make the error that SageMaker gives for most things it dislikes."""
    return ServiceError("ValidationException", message)


def unsupported(what: str) -> ServiceError:
    """Refuse by name what the service has and the sandbox lacks."""
    return invalid(f"Not supported by this sandbox: {what}")


@dataclass(frozen=True, slots=True)
class Home:
    """The account and region that a call is about; nothing is shared between two of them."""

    account: str = ACCOUNT
    region: str = REGION

    def arn(self, kind: str, name: str) -> str:
        """Name a SageMaker resource."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name}"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to SageMaker."""

    home: Home
    operation: str
    body: Mapping[str, object]


def encode(value: object) -> bytes:
    """Render a reply."""
    return json.dumps(value, separators=(",", ":")).encode()


def decode(text: bytes) -> dict[str, object]:
    """Read a request.

    Raises:
        ServiceError: it is no JSON object.
    """
    try:
        value = json.loads(text or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", "Start of structure or map found where not expected.") from error
    if not isinstance(value, dict):
        raise ServiceError("SerializationException", "Start of structure or map found where not expected.")
    return value
