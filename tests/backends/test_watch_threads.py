"""No watch goes silent because one of its threads died: it goes on and tells a gap, or the death itself is told."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from harness.backends.base import check_alive
from harness.backends.kubernetes.watch import Blind, Sighting, Stream
from harness.errors import BackendError
from harness.model.clock import SystemClock

STALE = RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired.")
"""As botocore says it: no error of its own kind."""


@pytest.mark.parametrize("error", [BackendError("the reply is no JSON object"), STALE, KeyError("items")])
def test_whatever_a_call_raises_a_stream_is_blind_and_goes_on(error: Exception) -> None:
    """The first call fails in an unforeseen way; the second one is made."""
    stop, found, calls = threading.Event(), list[Sighting](), []

    def call(**_: object) -> Any:
        calls.append(1)
        if len(calls) > 1:
            stop.set()
        raise error

    Stream("Pod", call, {}, SystemClock(), lambda _, each: found.append(each)).run(stop)
    assert len(calls) == 2
    assert [type(each) for each in found] == [Blind]
    assert type(error).__name__ in found[0].reason  # type: ignore[union-attr]


class Closing:
    """A reply that its own thread is just closing."""

    def __init__(self, error: Exception) -> None:
        """Hold what urllib3 raises then."""
        self.error = error

    def shutdown(self) -> None:
        """Fail as the real one does."""
        raise self.error


@pytest.mark.parametrize(
    "error", [OSError(9, "Bad file descriptor"), ValueError("_sock_shutdown is not set"), RuntimeError("released")]
)
def test_a_stream_that_is_being_closed_may_be_interrupted(error: Exception) -> None:
    """Seen on a real cluster: the reader had closed the socket between the look and the shutdown."""
    stream = Stream("Pod", lambda **_: None, {}, SystemClock(), lambda *_: None)
    stream._open = Closing(error)
    stream.interrupt()


def test_a_thread_of_a_watch_that_died_is_named_unless_it_was_to_stop() -> None:
    """Else its silence would be taken for the platform's."""
    dead, stop = threading.Thread(target=lambda: None, name="reconcile"), threading.Event()
    dead.start()
    dead.join()
    with pytest.raises(BackendError, match="threads of the watch died: reconcile"):
        check_alive([dead, threading.current_thread()], stop)
    check_alive([threading.current_thread()], stop)
    stop.set()
    check_alive([dead], stop)
