"""The candidate backend on the AWS half: what the bus loses or spoils, the reconciler finds and the history tells."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from backends.candidate_watch import PREFIX, order, watching

from harness import shim
from harness.backends.aws import Account, Clients
from harness.backends.log_capture import READ_BYTES_MAX
from harness.backends.sagemaker import backend as backends
from harness.backends.sagemaker.bus import LONG_POLL_SECONDS
from harness.errors import Conflict
from harness.model.clock import SystemClock
from harness.model.event import Event, Witness

if TYPE_CHECKING:
    from conftest import Cloud


@pytest.fixture
def clients(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Reach the AWS half as a user's own settings would."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    monkeypatch.setattr(backends, "RECONCILE_SECONDS", 0.5)
    return Clients(Account("123456789012", "us-east-1", None, cloud.url))


@pytest.fixture
def watched(clients: Clients, tmp_path: Path) -> Iterator[tuple[backends.SageMakerBackend, dict[str, list[Event]]]]:
    """Watch an account; events by run."""
    with watching(clients, tmp_path) as found:
        yield found


def told(seen: dict[str, list[Event]], run: str) -> Event | None:
    """Find what the history says of the bus."""
    return next((event for event in seen.get(run, []) if event.key == f"{run}:bus"), None)


def test_a_lost_event_is_counted_and_its_change_is_in_the_history(
    cloud: Cloud, watched: tuple[Any, Any], wait: Callable[..., Any], tmp_path: Path
) -> None:
    """The state is Describe's; the bus is told by its counts, beside a run that lost nothing."""
    backend, seen = watched
    for name in ("unheard", "quiet"):
        backend.submit(order(cloud.image.reference, tmp_path, name))
    lost = wait(lambda: told(seen, "unheard"), bool)
    quiet = wait(lambda: told(seen, "quiet"), bool)
    assert (lost.native["lost"], quiet.native["lost"]) == ("1", "0")
    assert "Training" in {item.label for item in seen["unheard"] if item.witness is Witness.CONTROL_PLANE}
    asked = [item for item in cloud.audit if str(item["verb"]).startswith("Describe")]
    ours = [item for item in asked if item["name"] in {f"{PREFIX}unheard", f"{PREFIX}quiet"}]
    assert backend._limiter.calls == len(ours), "every call waits for its turn once"


def test_a_job_that_is_there_already_is_adopted_and_another_one_never(
    cloud: Cloud, watched: tuple[Any, Any], wait: Callable[..., Any], tmp_path: Path
) -> None:
    """Create is not idempotent: what is there is described and compared; where one word differs it is not ours."""
    backend, seen = watched
    wanted = order(cloud.image.reference, tmp_path, "again")
    assert [backend.submit(wanted).adopted for _ in range(2)] == [False, True]
    with pytest.raises(Conflict, match="is another one"):
        backend.submit(order(cloud.image.reference, tmp_path, "again", command=["python", "-c", "print('other')"]))
    wait(lambda: told(seen, "again"), bool)
    assert [item["name"] for item in cloud.audit if item["verb"] == "CreateTrainingJob"].count(f"{PREFIX}again") == 3


@pytest.mark.parametrize(("bytes_max", "cut"), [(READ_BYTES_MAX, False), (5, True)])
def test_a_log_that_is_longer_than_what_is_read_says_so(
    bytes_max: int,
    cut: bool,  # noqa: FBT001 - a table's column
    cloud: Cloud,
    watched: tuple[Any, Any],
    wait: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands in its last line is then not known."""
    backend, seen = watched
    wanted = order(cloud.image.reference, tmp_path, f"long-{cut}", command=["python", "-c", "print('loss=0.5')"])
    handle = backend.submit(wanted)
    wait(lambda: told(seen, f"long-{cut}"), bool)
    monkeypatch.setattr("harness.backends.sagemaker.logs.READ_BYTES_MAX", bytes_max)
    fetched = backend.fetch(handle, wanted.job, tmp_path)
    assert (fetched.log_cut, b"loss=0.5" in fetched.log) == (cut, True)


def test_a_poisoned_message_is_left_for_the_dead_letters_and_asks_about_everyone(
    cloud: Cloud, watched: tuple[Any, Any], wait: Callable[..., Any], tmp_path: Path
) -> None:
    """It is read a few times, never acknowledged, and told as a gap; a good message beside it is gone at once."""
    backend, seen = watched
    url = cloud.sqs.get_queue_url(QueueName=PREFIX.rstrip("-"))["QueueUrl"]
    cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0"})
    time.sleep(LONG_POLL_SECONDS + 1.5)  # a receive that waits already hides what comes as long as was set before
    backend.submit(order(cloud.image.reference, tmp_path, "poisoned"))
    cloud.sqs.send_message(QueueUrl=url, MessageBody="{poison")
    dead = cloud.sqs.get_queue_url(QueueName=f"{PREFIX.rstrip('-')}-dead")["QueueUrl"]
    name = "ApproximateNumberOfMessages"
    wait(
        lambda: cloud.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=[name])["Attributes"][name],
        lambda count: count == "1",
    )
    wait(lambda: told(seen, "poisoned"), bool)
    assert len(backend._shared.poison) == 1
    wait(lambda: backend._shared.dead, bool)


def test_a_new_dead_letter_is_a_gap_of_the_campaign(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows whose message it was, so all are asked about; an old letter is told once."""
    backend = backends.SageMakerBackend("campaign", PREFIX, clients, shim.source(), clock=SystemClock())
    backend._shared.open["job"] = backends.OpenJob("run", "training", "job", 0.0)
    monkeypatch.setattr(backend._bus, "dead_letters", lambda: 1)
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
    backend._count_dead(arrived)
    [gap] = arrived.get_nowait().gaps
    assert (gap.stream, gap.reason) == ("dead letters", "1 more messages in the dead-letter queue")
    assert gap.until_seconds is not None
    assert gap.until_seconds >= gap.since_seconds
    assert backend._shared.open["job"].urgent
    backend._count_dead(arrived)
    assert arrived.empty()


def test_silent_jobs_are_listed_together(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a number of silent jobs on, one List stands for their Describes; one that is not there is described."""
    backend = backends.SageMakerBackend("campaign", PREFIX, clients, shim.source(), clock=SystemClock())
    names = [f"{PREFIX}many-{number}" for number in range(11)]
    running = dict.fromkeys(names, 0.0)
    monkeypatch.setattr(backends.survey, "running", lambda *_, **__: iter(running.items()))
    for name in names:
        backend._shared.open[name] = backends.OpenJob(name, "training", name, 0.0)
        backend._shared.reducer.event(name, "InProgress", "Training", 10_000, received_ms=11_000)
    assert backend._survey(backend._due(), threading.Event()) == []
    del running[names[0]]
    for opened in backend._shared.open.values():
        opened.heard_monotonic = 0.0
    assert [each.name for each in backend._survey(backend._due(), threading.Event())] == [names[0]]


@pytest.mark.parametrize(("asked", "order"), [(49.0, ["warm start", "Completed"]), (51.0, ["Completed"])])
def test_an_ending_is_told_after_the_pool_that_its_run_began_on(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, asked: float, order: list[str]
) -> None:
    """A run shorter than the pace of asking is warm all the same; control: a pool seen free after the submit is not."""
    backend = backends.SageMakerBackend("campaign", PREFIX, clients, shim.source(), clock=SystemClock())
    reused = {"WarmPoolStatus": {"Status": "Reused", "ReusedByJob": "second"}}
    monkeypatch.setattr(
        backends, "describe", lambda _, __, name: sample_reply(name) | (reused if name == "first" else {})
    )
    backend._shared.names |= {"first": "run-1", "second": "run-2"}
    backend._shared.kinds |= {"first": "training", "second": "training"}
    backend._shared.pools.held["first"] = ("run-1", asked)
    ending = backends.OpenJob("run-2", "training", "second", 60.0, since_monotonic=50.0)
    backend._shared.open["second"] = ending
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
    backend._bring(ending, arrived, threading.Event())
    told = [event.label for batch in iter_of(arrived) for run, event in batch.events if run == "run-2"]
    assert [item for item in told if item in {"warm start", "Completed"}] == order


def sample_reply(name: str) -> dict[str, Any]:
    """Describe a job that ended well."""
    return {"TrainingJobName": name, "TrainingJobStatus": "Completed", "SecondaryStatus": "Completed"}


def iter_of(arrived: queue.SimpleQueue[Any]) -> Iterator[Any]:
    """Give what has arrived."""
    while not arrived.empty():
        yield arrived.get_nowait()


def test_a_list_follows_its_pages(cloud: Cloud, clients: Clients) -> None:
    """Short and empty pages with a token are followed to the end."""
    name = cloud.create("paged", "hear")
    cloud.started(name)
    lists = backends.lists(SystemClock())
    found = backends.survey.running(clients, lists, "training", "paged-", stop=threading.Event())
    assert [each for each, _ in found] == [name]
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    cloud.end(name)
