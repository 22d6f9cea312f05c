"""No watch goes silent because one of its threads died: it goes on and tells a gap, or the death itself is told."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest

from harness.backends.base import Batch, check_alive
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.kubernetes.watch import Sighting, Stream
from harness.backends.sagemaker import backend as backends
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.errors import BackendError
from harness.model.clock import SystemClock
from harness.model.gap import Gap

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
    assert [type(each) for each in found] == [Gap]
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


class Dead:
    """A stream that ends at once."""

    kind = "Pod"

    def run(self, stop: threading.Event) -> None:
        """Die."""

    def interrupt(self) -> None:
        """Nothing is read."""


def test_the_legacy_watch_tells_the_death_of_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not go on waiting for what nobody will send."""
    backend = KubernetesBackend.__new__(KubernetesBackend)
    monkeypatch.setattr(KubernetesBackend, "_streams", lambda *_: [Dead()])
    with pytest.raises(BackendError, match="watch-Pod"):
        next(backend.watch(threading.Event()))


def test_the_candidate_watch_tells_the_death_of_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the queue and the reconciler."""
    backend = SageMakerBackend.__new__(SageMakerBackend)
    for loop in ("_listen", "_reconcile"):
        monkeypatch.setattr(SageMakerBackend, loop, lambda *_: None)
    with pytest.raises(BackendError, match="bus, reconcile"):
        next(backend.watch(threading.Event()))


def test_whatever_receiving_raises_the_queue_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two failures in a row are a gap, told once, and the next message ends it."""
    backend = SageMakerBackend.__new__(SageMakerBackend)
    stop, told, calls = threading.Event(), queue.SimpleQueue[Batch](), []

    class Bus:
        def receive(self) -> tuple[()]:
            calls.append(1)
            if len(calls) <= 3:
                raise STALE
            stop.set()
            return ()

    monkeypatch.setattr(backend, "_bus", Bus(), raising=False)
    monkeypatch.setattr(backend, "_clock", SystemClock(), raising=False)
    monkeypatch.setattr(backends, "BUS_PAUSE_SECONDS", 0.01)
    backend._listen(told, stop)
    assert len(calls) == 4
    [begun], [ended] = told.get_nowait().gaps, told.get_nowait().gaps
    assert told.empty()
    assert (begun.stream, begun.reason, begun.until_seconds, begun.vital) == ("event bus", str(STALE), None, True)
    assert (ended.since_seconds, ended.reason) == (begun.since_seconds, str(STALE))
    assert ended.until_seconds is not None
