"""The only file that imports boto3: sessions, clients, and AWS errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from harness.backends import aws_settings
from harness.errors import BackendError, SubmitRefused, Throttled, Unavailable, Unreachable

ATTEMPTS_MAX = 20
"""With adaptive mode, what users of throttled accounts settled on (reference: sagemaker 5.4)."""
PROMPT_SECONDS = 10
"""Of reading, in a watch: two such silences in a row are a gap, and an outage is to be told within 30 s."""
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

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
"""What services say of session credentials whose time is up; the next call may be signed with renewed ones."""


@dataclass(frozen=True, slots=True)
class Account:
    """Which account, and how to reach it; credentials come from the user's own AWS settings, never from here."""

    account: str
    region: str
    profile: str | None
    endpoint_url: str | None
    ca: str | None = None
    """Private certificate authorities that the policy trusts in a proof of who answers (`harness.backends.proof`)."""


SANDBOX_HEADER = "x-parity-sandbox"
"""In every answer of the sandbox: it says of itself that it is none of AWS."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The credentials that sign, without any of them."""

    name: str
    expires_seconds: float | None
    """Epoch seconds; None: they do not say that they end."""


class Clients:
    """The clients of one account, made on first use."""

    def __init__(self, account: Account, attempts_max: int = ATTEMPTS_MAX) -> None:
        """Remember where; nothing is read or called yet."""
        self._attempts_max = attempts_max
        self.account = account
        self._made: dict[str, Any] = {}
        self._announced: bool | None = None

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - boto3 has no types
        with aws_settings.usable():
            return boto3.Session(profile_name=self.account.profile, region_name=self.account.region)

    def _credentials(self) -> Any:  # noqa: ANN401 - the same
        """Find the user's credentials before anything is made that would be signed with them."""
        session = self._session
        with mapped("credentials"), aws_settings.readable():
            found = session.get_credentials()
        if found is None:
            raise aws_settings.no_credentials()
        return found

    def __call__(self, service: str) -> Any:  # noqa: ANN401 - boto3 clients are generated at run time
        """Give the client of a service.

        Raises:
            NotSetUp: the user's own settings allow none.
        """
        retries = {"mode": "adaptive", "total_max_attempts": self._attempts_max}
        version = {"signature_version": "s3v4"} if service == "s3" else {}
        return self._client(service, service, Config(retries=retries, **version))

    def prompt(self, service: str) -> Any:  # noqa: ANN401 - boto3 clients are generated at run time
        """Give a client that says within seconds that nobody answers: for calls that are made again anyway.

        Raises:
            NotSetUp: the user's own settings allow none.
        """
        retries = {"mode": "standard", "total_max_attempts": 1}
        return self._client(f"{service}, promptly", service, Config(retries=retries, read_timeout=PROMPT_SECONDS))

    def _client(self, name: str, service: str, config: Config) -> Any:  # noqa: ANN401 - the same
        if name not in self._made:
            self._credentials()
            with aws_settings.usable():
                self._made[name] = self._session.client(
                    service, endpoint_url=self.account.endpoint_url, config=_CONFIG.merge(config)
                )
        return self._made[name]

    def signer(self) -> Signer:
        """Say what requests are signed with, freshly renewed where it can be.

        Raises:
            NotSetUp: the user's own settings give none.
        """
        found = self._credentials()
        with mapped("credentials"), aws_settings.readable():
            found.get_frozen_credentials()
        expiry = getattr(found, "_expiry_time", None)  # of those that botocore renews; it has no public name
        named = f"profile {self.account.profile}" if self.account.profile else "the default credentials"
        return Signer(f"{named} ({found.method})", expiry.timestamp() if expiry else None)

    @property
    def endpoint(self) -> str:
        """Where SageMaker calls go."""
        return str(self("sagemaker").meta.endpoint_url)

    def address(self, service: str) -> str:
        """Say where a service's calls go."""
        return str(self(service).meta.endpoint_url)

    def verifies(self, service: str) -> bool:
        """Tell whether the client of a service verifies certificates, as botocore keeps it."""
        return self(service)._endpoint.http_session._verify is not False  # noqa: SLF001 - botocore tells it nowhere else

    def identity_headers(self, target: str) -> dict[str, str]:
        """Sign the question which account answers, for a connection of the caller's own.

        `target`: path and query of a GetCallerIdentity by GET.
        """
        request = AWSRequest("GET", self.address("sts").rstrip("/") + target)
        SigV4Auth(self._credentials().get_frozen_credentials(), "sts", self("sts").meta.region_name).add_auth(request)
        return {name: str(value) for name, value in request.headers.items()}

    @property
    def synthetic(self) -> bool:
        """Tell whether the endpoint says that it is a sandbox; it is asked for its identity where nobody did.

        Raises:
            BackendError: it does not answer, or is of another account.
        """
        if self._announced is None:
            self.identity()
        return bool(self._announced)

    @property
    def own_address(self) -> bool:
        """Tell whether calls go where AWS's own settings send them; a hint for messages, and no proof of anything."""
        return ".amazonaws.com" in self.endpoint

    def regions(self) -> frozenset[str]:
        """List the regions in which this botocore knows the service; nobody is asked, and a newer one knows more."""
        session = self._session
        places = (
            session.get_available_regions("sagemaker", partition) for partition in session.get_available_partitions()
        )
        return frozenset(name for place in places for name in place)

    def identity(self) -> str:
        """Ask which account answers.

        Raises:
            BackendError: it is not the planned one, or nobody answered.
        """
        found = self._credentials()
        with mapped("credentials"), aws_settings.readable():
            found.get_frozen_credentials()  # what a profile only points to is fetched here
        with mapped("sts get-caller-identity"):
            reply = self("sts").get_caller_identity()
        self._announced = SANDBOX_HEADER in reply["ResponseMetadata"].get("HTTPHeaders", {})
        found = str(reply["Account"])
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
        if is_unavailable(error):
            raise Unavailable(message) from error
        if code in {"ValidationException", "ResourceLimitExceeded", "AccessDeniedException", "AccessDenied"}:
            raise SubmitRefused(message) from error
        raise BackendError(message) from error
    except BotoCoreError as error:
        if fault := aws_settings.fault_of(error):
            raise fault from error
        message = f"{action}: {error}"
        raise Unreachable(message) from error
    except ResponseParserError as error:
        message = f"{action}: the answer is none of AWS: {str(error).partition(chr(10))[0][:200]}"
        raise BackendError(message) from error


def is_unavailable(error: ClientError) -> bool:
    """Tell an answer that says nothing of the call: the service failed inside, or the credentials have run out."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or code_of(error) in _EXPIRED


def code_of(error: ClientError) -> str:
    """Give the service's own error word."""
    return str(error.response.get("Error", {}).get("Code", ""))


def failed_with(error: BackendError) -> str:
    """Give the service's own word for an error of ours; empty where no service said it."""
    return code_of(error.__cause__) if isinstance(error.__cause__, ClientError) else ""


__all__ = ["Account", "ClientError", "Clients", "Signer", "code_of", "failed_with", "is_unavailable", "mapped"]
