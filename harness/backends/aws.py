"""The only file that imports boto3: sessions, clients, and AWS errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.errors import BackendError, SubmitRefused, Throttled, Unreachable

ATTEMPTS_MAX = 20
"""With adaptive mode, what users of throttled accounts settled on (reference: sagemaker 5.4)."""
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=16,
    s3={"addressing_style": "path"},
    signature_version="v4",
)
_THROTTLES = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
)


@dataclass(frozen=True, slots=True)
class Account:
    """Which account, and how to reach it; credentials come from the user's own AWS settings, never from here."""

    account: str
    region: str
    profile: str | None
    endpoint_url: str | None


class Clients:
    """The clients of one account, made on first use."""

    def __init__(self, account: Account, attempts_max: int = ATTEMPTS_MAX) -> None:
        """Open a session; nothing is called yet."""
        self._attempts_max = attempts_max
        self.account = account
        self._session = boto3.Session(profile_name=account.profile, region_name=account.region)
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:  # noqa: ANN401 - boto3 clients are generated at run time
        """Give the client of a service."""
        if service not in self._made:
            retries = {"mode": "adaptive", "total_max_attempts": self._attempts_max}
            config = _CONFIG.merge(Config(retries=retries))
            config = config.merge(Config(signature_version="s3v4")) if service == "s3" else config
            self._made[service] = self._session.client(service, endpoint_url=self.account.endpoint_url, config=config)
        return self._made[service]

    @property
    def endpoint(self) -> str:
        """Where SageMaker calls go."""
        return str(self("sagemaker").meta.endpoint_url)

    @property
    def synthetic(self) -> bool:
        """Tell whether calls go anywhere else than AWS."""
        return ".amazonaws.com" not in self.endpoint

    def identity(self) -> str:
        """Ask which account answers.

        Raises:
            BackendError: it is not the planned one, or nobody answered.
        """
        with mapped("sts get-caller-identity"):
            found = str(self("sts").get_caller_identity()["Account"])
        if found != self.account.account:
            message = f"credentials belong to account {found}, the plan says {self.account.account}"
            raise BackendError(message)
        return found


@contextmanager
def mapped(action: str) -> Iterator[None]:
    """Turn AWS errors into ours, the original as cause."""
    try:
        yield
    except ClientError as error:
        code, text = code_of(error), error.response.get("Error", {}).get("Message", "")
        message = f"{action}: {code}: {text}"
        if code in _THROTTLES:
            raise Throttled(message) from error
        if code in {"ValidationException", "ResourceLimitExceeded", "AccessDeniedException", "AccessDenied"}:
            raise SubmitRefused(message) from error
        raise BackendError(message) from error
    except BotoCoreError as error:
        message = f"{action}: {error}"
        raise Unreachable(message) from error


def code_of(error: ClientError) -> str:
    """Give the service's own error word."""
    return str(error.response.get("Error", {}).get("Code", ""))


__all__ = ["Account", "ClientError", "Clients", "code_of", "mapped"]
