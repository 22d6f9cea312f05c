"""A job's log from CloudWatch: read in pages, and waited for where its last lines are not there yet."""

from __future__ import annotations

import threading

from harness.backends.aws import Clients, failed_with, mapped
from harness.backends.log_capture import READ_BYTES_MAX, CapturedLog, LogCapture
from harness.backends.log_marks import has_end
from harness.errors import LATER, BackendError
from harness.model.clock import Clock, Deadline
from harness.platforms.sagemaker.kind import facts_of

LOG_PAGES_MAX = 2_000
EVENT_BYTES_MAX = 262_118
"""A longer line comes in pieces of so many bytes (CloudWatch Logs: 256 KiB an event, 26 bytes of it its own)."""
LAG_SECONDS = 60.0
"""CloudWatch gathers late: sagemaker-python-sdk waits 10 s after a job's end and reads once more (`logs_for_job`)."""
POLL_SECONDS = 5.0
NO_STREAM = "log: no stream was made"
"""Also where the group is missing: an account's first job makes it with its first line."""


def fetch_whole_log(
    clients: Clients, kind: str, job: str, notes: list[str], *, clock: Clock
) -> tuple[CapturedLog | None, bool]:
    """Read the log of a run whose shim wrote its end line; where that does not come, the log counts as cut."""
    deadline = Deadline.after(clock, LAG_SECONDS)
    while True:
        trouble: list[str] = []
        log, cut = fetch_log(clients, kind, job, trouble)
        if cut or (log and has_end(log.data)):
            return log, cut
        if not deadline.left(clock):
            notes += trouble or [f"log: its last lines had not come {LAG_SECONDS:.0f} s after the job's end"]
            return log, log is not None
        clock.wait(threading.Event(), POLL_SECONDS)


def fetch_settled_log(
    clients: Clients, kind: str, job: str, notes: list[str], *, clock: Clock
) -> tuple[CapturedLog | None, bool]:
    """Read the log of a run without an end line until two readings are alike; else it counts as cut."""
    deadline = Deadline.after(clock, LAG_SECONDS)
    bytes_before = -1
    while True:
        trouble: list[str] = []
        log, cut = fetch_log(clients, kind, job, trouble)
        bytes_now = len(log.data) + log.left_out if log else 0
        grows = bytes_now != bytes_before
        if cut or not grows or not deadline.left(clock):
            notes += trouble
            return log, cut or grows
        bytes_before = bytes_now
        clock.wait(threading.Event(), POLL_SECONDS)


def fetch_log(clients: Clients, kind: str, job: str, notes: list[str]) -> tuple[CapturedLog | None, bool]:
    """Read the newest stream below `<job>/`, without whose slash job-1 would match job-10 too; say whether it was cut.

    A stream's name ends with when it began; each attempt of a job has one of its own.
    """
    logs, group = clients("logs"), facts_of(kind).log_group
    try:
        with mapped(f"log of {job}"):
            found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")
            streams = [str(stream["logStreamName"]) for stream in found.get("logStreams", ())]
            if not streams:
                notes.append(NO_STREAM)
                return None, False
            return _read_stream(clients, group, max(streams))
    except LATER:
        raise  # whoever asks again may read it
    except BackendError as error:
        notes.append(NO_STREAM if failed_with(error) == "ResourceNotFoundException" else f"log: {error}")
        return None, False


def _read_stream(clients: Clients, group: str, stream: str) -> tuple[CapturedLog, bool]:
    logs, token, capture = clients("logs"), "", LogCapture()
    for _ in range(LOG_PAGES_MAX):
        extra = {"nextToken": token} if token else {}
        page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **extra)
        for event in page["events"]:
            message = event["message"].encode("utf-8", "replace")
            capture.add(message if len(message) >= EVENT_BYTES_MAX else message + b"\n")
        if page["nextForwardToken"] == token or capture.total > READ_BYTES_MAX:
            return capture.captured(), capture.total > READ_BYTES_MAX
        token = page["nextForwardToken"]
    return capture.captured(), True
