"""Both platforms stop answering, with real processes and official clients: a gap a stream, once, and its end."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import shim
from harness.backends import aws
from harness.backends.aws import Account, Clients
from harness.backends.base import Backend
from harness.backends.kubernetes import client, watch
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.sagemaker import backend as sagemaker
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.backends.sagemaker.bus import LONG_POLL_SECONDS
from harness.cli.sandboxes import pointed_at
from harness.model.clock import SystemClock
from harness.model.gap import Gap
from harness.runner.outage import TOLD_AFTER_SECONDS
from harness.sandbox import stack

IMAGE = Path(__file__).parent / "aws" / "image"
WAIT_SECONDS = 60.0
STREAMS = {"Job", "Pod", "Event", "event bus"}


@contextmanager
def watched(found: stack.Endpoints) -> Iterator[list[Gap]]:
    """Watch both halves as a campaign does; give the gaps as they are told."""
    clock, told, stop = SystemClock(), list[Gap](), threading.Event()
    account = Account("123456789012", "us-east-1", None, found.aws["AWS_ENDPOINT_URL"])
    with pointed_at(found):
        candidate = SageMakerBackend("campaign-gone", "pgone-", Clients(account), shim.source(), clock=clock)
        legacy = KubernetesBackend(None, "default", "campaign-gone", shim.source(), clock=clock)
        candidate.prepare()

        def follow(backend: Backend) -> None:
            for batch in backend.watch(stop):
                told.extend(batch.gaps)

        threads = [threading.Thread(target=follow, args=(backend,), daemon=True) for backend in (candidate, legacy)]
        for thread in threads:
            thread.start()
        time.sleep(1.0)  # the streams are open
        yield told
        stop.set()
        for thread in threads:
            thread.join(30)


def until(good: Callable[[], bool], told: list[Gap]) -> None:
    """Wait within bounds."""
    ends = time.monotonic() + WAIT_SECONDS
    while not good():
        assert time.monotonic() < ends, told
        time.sleep(0.1)


def streams(told: list[Gap], *, over: bool) -> list[str]:
    """Name the streams of gaps that began, or ended."""
    return sorted(gap.stream for gap in told if (gap.until_seconds is not None) is over)


def test_a_frozen_sandbox_is_one_gap_a_stream_which_ends_when_it_goes_on(tmp_path: Path) -> None:
    """Connections stay open and nobody answers, as behind a dead load balancer; then all is heard again."""
    found = stack.up(tmp_path / "sandbox", images=(f"tiny/image:1={IMAGE}",))
    try:
        with watched(found) as told:
            os.kill(found.pid, signal.SIGSTOP)
            until(lambda: {gap.stream for gap in told} == STREAMS, told)
            os.kill(found.pid, signal.SIGCONT)
            until(lambda: set(streams(told, over=True)) == STREAMS, told)
            assert streams(told, over=False) == streams(told, over=True) == sorted(STREAMS)
            assert {gap.stream for gap in told if gap.vital} == STREAMS - {"Event"}
    finally:
        os.kill(found.pid, signal.SIGCONT)
        stack.down(tmp_path / "sandbox")


def test_a_killed_sandbox_is_one_gap_a_stream_however_long_it_is_gone(tmp_path: Path) -> None:
    """Connections are refused at every try; the tries add nothing."""
    found = stack.up(tmp_path / "sandbox", images=(f"tiny/image:1={IMAGE}",))
    with watched(found) as told:
        os.kill(found.pid, signal.SIGKILL)
        until(lambda: {gap.stream for gap in told} == STREAMS, told)
        time.sleep(5.0)
        assert (streams(told, over=False), streams(told, over=True)) == (sorted(STREAMS), [])


def test_an_outage_is_told_within_thirty_seconds_by_the_limits_that_are_set() -> None:
    """The longest silence of each stream before it is a gap, with the pauses between tries; no clock is asked."""
    kubernetes = watch.WATCH_SECONDS + watch.HALF_OPEN_SLACK_SECONDS
    call = max(aws.PROMPT_SECONDS, LONG_POLL_SECONDS + 5)
    bus = sagemaker.TRIES_BEFORE_GAP * (call + sagemaker.BUS_PAUSE_SECONDS)
    assert max(kubernetes, bus, TOLD_AFTER_SECONDS) < 30
    assert client.CONNECT_SECONDS < watch.WATCH_SECONDS


@pytest.mark.parametrize(("status", "vital"), [(401, True), (500, True), (503, True), (403, False), (404, False)])
def test_what_a_server_refuses_by_name_is_no_outage(status: int, vital: bool) -> None:  # noqa: FBT001 - a case
    """A right that is missing stops one stream; a server that fails, or knows us no more, stops all."""

    def refuse(**_: object) -> None:
        raise client.ApiException(status=status, reason="no")

    stream = watch.Stream("Pod", refuse, {}, SystemClock(), lambda *_: None)
    trouble, found = stream._once(threading.Event())
    assert (trouble.startswith(f"HTTP {status}"), found) == (True, vital)
