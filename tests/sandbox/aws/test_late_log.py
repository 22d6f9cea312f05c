"""A log that CloudWatch gathers late: waited for by its end line, and never taken for whole without it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from harness.backends.aws import Account, Clients
from harness.backends.sagemaker.logs import fetch_settled_log, fetch_whole_log
from harness.backends.sagemaker.reach import facts_of
from harness.model.clock import SystemClock
from harness.shim.shim import LOG_END, SPEAKER

if TYPE_CHECKING:
    from conftest import Cloud

FIRST, LAST, END = "loss=0.9", "loss=0.1", f"{SPEAKER}{LOG_END}"


class Hurried(SystemClock):
    """Waits for nothing, and does what is planned for each wait."""

    def __init__(self, job: Job) -> None:
        """Begin at zero."""
        self.waited = 0.0
        self.job = job

    def monotonic(self) -> float:
        """Give what was waited."""
        return self.waited

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Let the log arrive."""
        self.waited += seconds
        for line in self.job.arriving.pop(0) if self.job.arriving else ():
            self.job.write(line)
        return event.is_set()


class Job:
    """A job of which CloudWatch learns late."""

    def __init__(self, cloud: Cloud, *arriving: tuple[str, ...]) -> None:
        """Plan what arrives during each wait."""
        self.cloud, self.arriving, self.name = cloud, list(arriving), cloud.name("late")
        self.group, self.stream = facts_of("training").log_group, f"{self.name}/algo-1-1"
        if not cloud.logs.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]:
            cloud.logs.create_log_group(logGroupName=self.group)

    def write(self, line: str) -> None:
        """Let one line arrive."""
        if not self.cloud.streams(self.name):
            self.cloud.logs.create_log_stream(logGroupName=self.group, logStreamName=self.stream)
        event = {"timestamp": int(time.time() * 1000), "message": line}
        self.cloud.logs.put_log_events(logGroupName=self.group, logStreamName=self.stream, logEvents=[event])


@pytest.fixture
def clients(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Reach the AWS half as a user's own settings would."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    return Clients(Account("123456789012", "us-east-1", None, cloud.url))


LEFT = "a child that was left running"
NEVER = "log: its last lines had not come 60 s after the job's end"


@pytest.mark.parametrize(
    ("arriving", "found"),
    [
        (((), (FIRST,), (LAST, END)), (f"{FIRST}\n{LAST}\n{END}\n", False, 15.0, [])),
        (((FIRST, END, LEFT),), (f"{FIRST}\n{END}\n{LEFT}\n", False, 5.0, [])),
        (((FIRST,),), (f"{FIRST}\n", True, 60.0, [NEVER])),
        ((), (None, False, 60.0, ["log: no stream was made"])),
    ],
    ids=["in three parts", "something after its end", "never whole", "never there"],
)
def test_a_late_log_is_waited_for(
    arriving: tuple[tuple[str, ...], ...],
    found: tuple[str | None, bool, float, list[str]],
    cloud: Cloud,
    clients: Clients,
) -> None:
    """Text, whether it counts as cut, seconds waited, notes: the last value that a metric had is in the last lines."""
    job = Job(cloud, *arriving)
    clock, said = Hurried(job), list[str]()
    log, cut = fetch_whole_log(clients, "training", job.name, said, clock=clock)
    assert (log.data.decode() if log else None, cut, clock.waited, said) == found


@pytest.mark.parametrize(
    ("arriving", "found"),
    [
        (((FIRST,), (LAST,)), (f"{FIRST}\n{LAST}\n", False, 15.0)),
        ((), (None, False, 5.0)),
        (tuple((FIRST,) for _ in range(20)), (f"{FIRST}\n" * 12, True, 60.0)),
    ],
    ids=["in two parts", "never there", "never still"],
)
def test_a_log_without_an_end_line_is_read_until_it_grows_no_more(
    arriving: tuple[tuple[str, ...], ...],
    found: tuple[str | None, bool, float],
    cloud: Cloud,
    clients: Clients,
) -> None:
    """A run without the shim writes none; the wait is bounded all the same."""
    job = Job(cloud, *arriving)
    clock = Hurried(job)
    log, cut = fetch_settled_log(clients, "training", job.name, [], clock=clock)
    assert (log.data.decode() if log else None, cut, clock.waited) == found
