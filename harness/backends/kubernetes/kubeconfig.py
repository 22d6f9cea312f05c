"""What is wrong with the user's kubeconfig, told from the client's errors and from what it only logs: in one line."""

from __future__ import annotations

import binascii
import logging
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from kubernetes.config import ConfigException, exec_provider
from yaml import YAMLError

from harness.backends.credential_program import Program
from harness.errors import NotSetUp

SUBJECT = "cluster"
_FILE = "correct the file, or name another in KUBECONFIG"
_CONTEXT = "check legacy.context, KUBECONFIG and the credentials there: does `kubectl get namespaces` work?"
_PROGRAM = "install or correct the program that `exec` of the context's user names: does `kubectl get namespaces` work?"
_LIBRARY = "kube_config"
"""The client's module that logs, on the root logger, what it does not raise."""

# The client has no other place to say how `exec` programs are started, and waits for them without end.
exec_provider.subprocess = SimpleNamespace(Popen=Program, PIPE=subprocess.PIPE)


@contextmanager
def readable(file: str) -> Iterator[None]:
    """Say of a kubeconfig that the client cannot use which one it is, and what is wrong with it.

    Raises:
        NotSetUp: in one line, for whatever the client lets through.
    """
    try:
        yield
    except ConfigException as error:
        raise _fault(file, _one_line(error), _CONTEXT) from error
    except YAMLError as error:
        raise _fault(file, f"it is no YAML{_place(error)}", _FILE) from error
    except UnicodeDecodeError as error:
        raise _fault(file, "it is not UTF-8", _FILE) from error
    except binascii.Error as error:
        text = f"a certificate or key in it (…-data) is not base64: {_one_line(error)}"
        raise _fault(file, text, _FILE) from error
    except OSError as error:
        text = f"{error.filename}: {error.strerror}" if error.filename else _one_line(error)
        raise _fault(file, text, _CONTEXT) from error
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise _fault(file, f"it is not built as a kubeconfig is: {_one_line(error)}", _FILE) from error


def no_credentials(file: str, line: str) -> NotSetUp:
    """Say of a credential plug-in that it failed, as the client logged it; the client would go on without."""
    return _fault(file, f"its credential plug-in gave none: {line}", _PROGRAM)


class _Ear(logging.NullHandler):
    """Keep the client's own log lines; as a handler it keeps `logging.error` from setting up the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everybody else's lines pass."""
        if record.module != _LIBRARY:
            return True
        self.lines.append(" ".join(record.getMessage().split()))
        return False


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Give the lines that the client logs in the block, and keep them from the user's terminal."""
    root, ear = logging.getLogger(), _Ear()
    root.addFilter(ear)
    root.addHandler(ear)
    try:
        yield ear.lines
    finally:
        root.removeHandler(ear)
        root.removeFilter(ear)


def quiet_renewal(settings: Any) -> None:  # noqa: ANN401 - the client has no types
    """Let tokens be renewed without log lines; where that fails, the API server's own refusal tells."""
    renew = settings.refresh_api_key_hook
    if renew is None:
        return

    def quietly(given: Any) -> None:  # noqa: ANN401 - the same
        with overheard():
            renew(given)
        given.refresh_api_key_hook = quietly  # the client has put its own back

    settings.refresh_api_key_hook = quietly


def _fault(file: str, text: str, fix: str) -> NotSetUp:
    return NotSetUp(SUBJECT, f"kubeconfig {file}: {text}", fix)


def _place(error: YAMLError) -> str:
    """Say where, and never what stands there: it may be a token."""
    mark = getattr(error, "problem_mark", None)
    return f": {mark.name}, line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
