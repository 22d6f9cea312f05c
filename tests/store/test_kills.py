"""A process that dies between any two steps that change a store, and replies that are lost: on both stores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectionClosedError, ResponseStreamingError
from botocore.response import StreamingBody

from harness.errors import StoreError
from harness.model.clock import SystemClock
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.store import archive as archives
from harness.store import codec, ledger, s3
from harness.store.fence import Writer
from harness.store.reports import Reports, open_reports

AT = "2026-11-24T10:58:00Z"
RECORDS = ("intent", "submitted", "event", "done")
PAYLOAD = "runs/r1/payload/log.txt"
FINDINGS = "judgement/wine.json"


class Killed(BaseException):
    """The process is gone: nothing that it would do afterwards happens."""


def campaign(place: str, acknowledged: list[str]) -> None:
    """Write what a small campaign writes, from wherever an earlier process was cut."""
    reports = open_reports(place)
    with reports.archive("c1").writing(SystemClock()) as kept:
        kept.ledger.append(ledger.CAMPAIGN, AT, "wine", campaign="c1", facts={})
        with kept.open_journal() as journal:
            there = {record.get("record") for record in journal.recovered}
            for name in RECORDS:
                if name not in there:
                    journal.append([{"record": name}])
                acknowledged.append(name)
        if kept.load_observation("r1") is None:
            log = kept.root / PAYLOAD
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text("the log")
            kept.save_observation(observation(codec.digest_of_file(log)))
        kept._put(FINDINGS, b"{}\n")
        kept.ledger.append(ledger.VERDICT, AT, "wine", campaign="c1", facts={"findings": kept.digest(FINDINGS)})
        acknowledged.append("verdict")


def observation(log: str) -> Observation:
    """Make a run's facts that name one payload."""
    run = Run("r1", "parity-r1-a1", "wine", "job", Side.LEGACY, 1)
    return Observation("parity.observation/1", run, {}, (), None, "", (), {}, None, files={PAYLOAD: log})


def told(reports: Reports) -> dict[str, object]:
    """Read all of it back, as whoever comes a year later does."""
    kept = reports.archive("c1")
    seen = kept.load_observation("r1")
    assert seen is not None
    reading = kept.read_journal()
    return {
        "ledger": [(entry.kind, dict(entry.facts)) for entry in kept.ledger.entries()],
        "journal": [record["record"] for record in reading.records if record["record"] in RECORDS],
        "torn": reading.torn,
        "damage": kept.damaged(seen.files),
        "findings": kept.digest(FINDINGS),
    }


Step = Callable[..., Any]


@contextmanager
def stepping(monkeypatch: pytest.MonkeyPatch, before: Callable[[str], None]) -> Iterator[None]:
    """Call `before` at each step that changes a disk or a bucket: fsync, link, rename, put."""

    def watched(name: str, call: Step) -> Step:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            before(name)
            return call(*args, **kwargs)

        return wrapped

    api = BaseClient._make_api_call

    def called(self: BaseClient, operation: str, request: dict[str, object]) -> Any:
        if operation == "PutObject":
            before(f"put {request['Key']}")
        return api(self, operation, request)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", called)
        for name in ("fsync", "link", "truncate"):
            patch.setattr(os, name, watched(name, getattr(os, name)))
        patch.setattr(Path, "replace", watched("rename", Path.replace))
        yield


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each process of a test be one that is gone when the next one looks."""
    writer = archives.this_writer()
    monkeypatch.setattr(archives, "this_writer", lambda: Writer(writer.host, writer.pid, "1", writer.machine))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # who is killed closes no file
@pytest.mark.usefixtures("dying")
def test_a_process_that_dies_between_any_two_steps_loses_nothing_that_it_acknowledged(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each step in turn, then a resume from an empty spool: the same saves, one entry a kind, all records once."""
    steps: list[str] = []
    with stepping(monkeypatch, steps.append):
        campaign(f"{place}/whole", [])
    expected = told(open_reports(f"{place}/whole"))
    assert expected["journal"] == list(RECORDS)
    assert expected["damage"] == ()
    assert len(steps) > 15

    for number in range(len(steps)):
        left, acknowledged, here = number, list[str](), f"{place}/{number}"

        def die(_: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:  # and whatever it tries on its way out
                raise Killed

        monkeypatch.setenv("PARITY_SPOOL", str(tmp_path / "first" / str(number)))
        with suppress(Killed), stepping(monkeypatch, die):
            campaign(here, acknowledged)
        monkeypatch.setenv("PARITY_SPOOL", str(tmp_path / "second" / str(number)))
        before = open_reports(here).archive("c1")
        kept = [record["record"] for record in before.read_journal().records]
        assert [name for name in acknowledged if name in RECORDS and name not in kept] == [], (number, steps[number])
        campaign(here, [])
        assert told(open_reports(here)) == expected, (number, steps[number])


@pytest.mark.parametrize("fault", ["lost reply", "503", "409"])
def test_a_reply_that_is_lost_or_an_answer_that_is_none_changes_nothing(
    user: str, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Each put's first answer is a fault, after or before the put: all is there once, as if nothing had happened."""
    campaign(f"{user}/whole", [])
    seen: set[str] = set()
    api = BaseClient._make_api_call

    def answered(self: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        if operation != "PutObject" or request["Key"] in seen:
            return api(self, operation, request)
        seen.add(request["Key"])
        if fault == "lost reply":
            api(self, operation, request)
            raise ConnectionClosedError(endpoint_url="https://s3")
        code = {"503": "SlowDown", "409": "ConditionalRequestConflict"}[fault]
        raise ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": int(fault)}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", answered)
    campaign(f"{user}/faulty", [])
    assert len(seen) >= 10
    assert told(open_reports(f"{user}/faulty")) == told(open_reports(f"{user}/whole"))


def test_a_connection_that_breaks_in_the_middle_is_taken_up_where_it_broke(
    user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes, three times cut; an object that was replaced meanwhile is no continuation."""
    store = open_reports(user).store
    data = bytes(range(256)) * 16384
    store.put("big", data)
    left = 3
    chunks = StreamingBody.iter_chunks

    def cut(self: StreamingBody, size: int) -> Iterator[bytes]:
        nonlocal left
        left -= 1
        yield next(chunks(self, size))
        if left >= 0:
            raise ResponseStreamingError(error="reset")
        yield from chunks(self, size)

    monkeypatch.setattr(StreamingBody, "iter_chunks", cut)
    assert b"".join(store.chunks("big")) == data
    left = 1
    pieces = store.chunks("big")
    next(pieces)
    store.put("big", data[1:])
    with pytest.raises(StoreError, match="PreconditionFailed"):
        list(pieces)


def test_an_outage_is_told_and_waited_for_and_then_ends_the_command(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers: a word after 20 s, an end after 15 min, both by a clock of the test; then all goes on."""
    said: list[str] = []
    store = replace(open_reports(user).store, clock=FastClock(), tell=said.append)  # type: ignore[type-var]
    down = True
    api = BaseClient._make_api_call

    def answered(self: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        if down:
            raise ConnectionClosedError(endpoint_url="https://s3")
        return api(self, operation, request)

    monkeypatch.setattr(BaseClient, "_make_api_call", answered)
    with pytest.raises(StoreError, match=r"can't write s3://evidence/.*/a: Connection was closed"):
        store.put("a", b"")
    assert len(said) == 1
    assert "does not answer" in said[0]
    assert store.clock.monotonic() == pytest.approx(s3.PATIENCE_SECONDS, abs=15)
    store.halt.set()
    with pytest.raises(StoreError):
        store.put("a", b"")
    assert store.clock.monotonic() == pytest.approx(s3.PATIENCE_SECONDS, abs=15)
    down = False
    store.put("a", b"there")
    assert store.read("a") == b"there"


class FastClock:
    """Waiting is only counted."""

    def __init__(self) -> None:
        """Begin at 0."""
        self._at = 0.0

    def now(self) -> float:
        """Epoch seconds."""
        return self._at

    def monotonic(self) -> float:
        """Seconds that were waited."""
        return self._at

    def wait(self, event: Any, seconds: float) -> bool:
        """Count."""
        self._at += seconds
        return bool(event.is_set())


def test_a_store_that_refuses_says_what_to_do(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bucket, no rights, credentials that are over: one line with the cure, at once."""
    place = user.replace("evidence", "nobody-made-this")
    with pytest.raises(StoreError, match=r"NoSuchBucket.*; create the bucket, or correct --reports"):
        open_reports(place).store.put("a", b"")
    for code, cure in (("AccessDenied", r"docs/store\.md lists the rights"), ("ExpiredToken", "sign in again")):

        def refused(_: BaseClient, operation: str, __: object, code: str = code) -> Any:
            raise ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 403}}, operation)

        store = open_reports(user).store
        with monkeypatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", refused)
            with pytest.raises(StoreError, match=cure):
                store.put("a", b"")
