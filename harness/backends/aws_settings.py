"""What is wrong with the user's own AWS settings, told from botocore's errors: in one line, with the way to mend it."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import botocore.credentials
import botocore.session
from botocore.exceptions import (
    BotoCoreError,
    ConfigParseError,
    CredentialRetrievalError,
    InvalidConfigError,
    LoginError,
    MissingDependencyException,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    RefreshWithMFAUnsupportedError,
    SSOError,
    TokenRetrievalError,
)

from harness.backends.credential_program import Program, ProgramSilent
from harness.errors import NotSetUp
from harness.model.wording import first_of

CREDENTIALS = "credentials"
SETTINGS = "AWS settings"
_PROFILE = "correct the profile in the AWS config file, or choose another in candidate.profile or AWS_PROFILE"
_FILES = "correct the profile's credential_process or web_identity_token_file, or choose another profile"
_PROFILES_MAX = 8
"""Shown; some machines have hundreds."""


class _BoundedProcess(botocore.credentials.ProcessProvider):  # type: ignore[misc] # botocore has no types
    """The provider of `credential_process` whose program is not waited for without end."""

    def __init__(self, profile_name: str, load_config: Callable[[], object]) -> None:
        super().__init__(profile_name, load_config, popen=Program)

    def _retrieve_credentials_using(self, credential_process: str) -> object:
        try:
            return super()._retrieve_credentials_using(credential_process)
        except ProgramSilent as error:
            raise CredentialRetrievalError(provider=self.METHOD, error_msg=str(error)) from error


botocore.credentials.ProcessProvider = _BoundedProcess
"""Where botocore finds it for every profile, those that a role's `source_profile` names included."""


def no_credentials() -> NotSetUp:
    """Say that no place holds any."""
    fix = "set AWS_PROFILE, write candidate.profile, or log in with `aws sso login`"
    return NotSetUp(CREDENTIALS, "there are no credentials", fix)


def fault_of(error: BotoCoreError) -> NotSetUp | None:
    """Tell a fault of the user's own settings from a platform that does not answer, which is None."""
    match error:
        case NoCredentialsError():
            return no_credentials()
        case ProfileNotFound():
            return NotSetUp(CREDENTIALS, f"there is no profile {error.kwargs.get('profile')}", _profiles())
        case ConfigParseError():
            path = error.kwargs.get("path")
            fix = "correct it, or name another in AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE"
            return NotSetUp(SETTINGS, f"{path} does not parse{_line(error.kwargs.get('error'))}", fix)
        case SSOError() | TokenRetrievalError() | NoAuthTokenError():
            fix = "run `aws sso login`, with --profile where it is not the default one"
            return NotSetUp(CREDENTIALS, f"not logged in: {_one_line(error)}", fix)
        case LoginError():
            fix = "run `aws login`, with --profile where it is not the default one"
            return NotSetUp(CREDENTIALS, f"not logged in: {_one_line(error)}", fix)
        case (
            InvalidConfigError()
            | PartialCredentialsError()
            | CredentialRetrievalError()
            | RefreshWithMFAUnsupportedError()
        ):
            return NotSetUp(CREDENTIALS, _one_line(error), _PROFILE)
        case MissingDependencyException():
            return NotSetUp(CREDENTIALS, _one_line(error), "install it beside parity, or choose another profile")
    return None


@contextmanager
def readable() -> Iterator[None]:
    """Tell what botocore lets through of files and programs that a profile names: they are missing, or say nonsense."""
    try:
        yield
    except BotoCoreError:  # the caller's: it may be a network that does not answer, and some are ValueErrors besides
        raise
    except OSError as error:
        text = f"{error.filename}: {error.strerror}" if error.filename else _one_line(error)
        raise NotSetUp(CREDENTIALS, text, _FILES) from error
    except (ValueError, LookupError, AttributeError, TypeError, RuntimeError) as error:
        text = f"what the profile names gave none: {_one_line(error)}"
        raise NotSetUp(CREDENTIALS, text, _FILES) from error


@contextmanager
def usable() -> Iterator[None]:
    """Tell what botocore refuses when a client is made; an address that is none is a ValueError of its own."""
    try:
        yield
    except BotoCoreError as error:
        fix = "correct it in the AWS config file or in the environment"
        raise fault_of(error) or NotSetUp(SETTINGS, _one_line(error), fix) from error
    except ValueError as error:
        fix = "write AWS_ENDPOINT_URL, or what the profile says of it, as http://HOST:PORT or https://HOST"
        raise NotSetUp("endpoint", _one_line(error), fix) from error


def _profiles() -> str:
    known = first_of(sorted(botocore.session.Session().available_profiles), _PROFILES_MAX)
    return f"correct candidate.profile or AWS_PROFILE: this machine has {known or 'none'}"


def _line(error: object) -> str:
    """Say where, and never what stands there: the line may be a credential."""
    if isinstance(error, UnicodeDecodeError):
        return ": it is not UTF-8"
    number = getattr(error, "lineno", None)
    if number is None and isinstance(error, configparser.ParsingError) and error.errors:
        number = error.errors[0][0]
    return f": line {number}" if number else ""


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".:")
