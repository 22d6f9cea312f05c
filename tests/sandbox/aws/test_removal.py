"""What stopping and removing a run on SageMaker tells: what is over or gone is fine, any other refusal is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from backends.candidate_watch import order, watching

from harness.backends.aws import Account, Clients
from harness.backends.base import Handle
from harness.backends.sagemaker import removal
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.backends.sagemaker.limiter import Limiter
from harness.backends.staging import Staging
from harness.errors import BackendError
from harness.model.clock import SystemClock
from harness.model.event import Event

if TYPE_CHECKING:
    from conftest import Cloud

ACCOUNT = "123456789012"


@pytest.fixture
def clients(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Reach the AWS half as a user's own settings would."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    return Clients(Account(ACCOUNT, "us-east-1", None, cloud.url))


@pytest.fixture
def watched(clients: Clients, tmp_path: Path) -> Iterator[tuple[SageMakerBackend, dict[str, list[Event]]]]:
    """Watch an account; events by run."""
    with watching(clients, tmp_path) as found:
        yield found


def stop(clients: Clients, handle: Handle) -> None:
    """Ask for a stop."""
    removal.stop(clients, Limiter(SystemClock()), handle)


def channel(cloud: Cloud, run: str) -> list[str]:
    """Name the files of a run's channel."""
    found = cloud.s3.list_objects_v2(Bucket="bucket", Prefix=f"staging/{run}/channel/").get("Contents", ())
    return sorted(item["Key"].rpartition("/")[2] for item in found)


def test_a_job_that_has_ended_or_never_was_needs_no_stop(
    cloud: Cloud, clients: Clients, watched: tuple[Any, Any], wait: Callable[..., Any], tmp_path: Path
) -> None:
    """The service refuses both in words that mean other faults too; the job is asked, and says that it is over."""
    backend, _ = watched
    handle = backend.submit(order(cloud.image.reference, tmp_path, "over"))
    name = handle.native["name"]
    wait(
        lambda: cloud.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"],
        lambda status: status == "Completed",
    )
    stop(clients, handle)
    stop(clients, Handle(handle.run, {**handle.native, "name": f"{name}-never"}))


def test_a_job_that_goes_on_and_can_not_be_stopped_is_told(
    cloud: Cloud, clients: Clients, watched: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal of a job that is not over is no silence: the job costs money."""
    backend, _ = watched
    long = {"command": ["python", "-c", "import time; time.sleep(60)"]}
    handle = backend.submit(order(cloud.image.reference, tmp_path, "going", **long))
    refused = f"{handle.native['name']} may not be stopped"

    def no(*_: object, **__: object) -> None:
        answer = {"Error": {"Code": "ValidationException", "Message": refused}}
        raise clients("sagemaker").exceptions.ClientError(answer, "StopTrainingJob")

    with monkeypatch.context() as away:
        away.setattr(clients("sagemaker"), "stop_training_job", no)
        with pytest.raises(BackendError, match=refused):
            stop(clients, handle)
    stop(clients, handle)  # the same job, by a service that takes the call
    stop(clients, handle)  # twice is safe


def test_a_channel_that_may_not_be_removed_is_told_and_stays(
    cloud: Cloud, clients: Clients, watched: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its grants would outlive the run, and nobody would know; removed once more, and twice, it is gone."""
    backend, _ = watched
    handle = backend.submit(order(cloud.image.reference, tmp_path, "granted"))

    def no(*_: object, **__: object) -> None:
        answer = {"Error": {"Code": "AccessDenied", "Message": "no s3:DeleteObject"}}
        raise clients("s3").exceptions.ClientError(answer, "DeleteObject")

    with monkeypatch.context() as away:
        away.setattr(clients("s3"), "delete_object", no)
        with pytest.raises(BackendError, match=r"^s3 delete shim\.py of granted: AccessDenied: no s3:DeleteObject$"):
            backend.remove(handle)
    assert channel(cloud, "granted") == ["grants.json", "shim.py", "spec.json"]
    backend.remove(handle)
    backend.remove(handle)
    assert channel(cloud, "granted") == []


def test_a_channel_of_a_bucket_that_is_gone_is_gone(clients: Clients) -> None:
    """Nothing of it is left."""
    removal.remove_channel(clients, Staging(clients, "s3://no-such-bucket/staging/", "00"), "run")


def test_a_rule_and_a_queue_that_could_not_be_removed_are_named(
    clients: Clients, watched: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue goes though the rule stays; closed once more, both are gone, and a third time is fine."""
    backend, _ = watched
    events, sqs = clients("events"), clients("sqs")

    def no(*_: object, **__: object) -> None:
        answer = {"Error": {"Code": "AccessDeniedException", "Message": "no events:DeleteRule"}}
        raise events.exceptions.ClientError(answer, "DeleteRule")

    with monkeypatch.context() as away:
        away.setattr(events, "delete_rule", no)
        with pytest.raises(BackendError, match=r"^remove rule p12345678: AccessDeniedException: no events:DeleteRule$"):
            backend.close()
    assert [url for url in sqs.list_queues().get("QueueUrls", ()) if "p12345678" in url] == []
    assert [rule["Name"] for rule in events.list_rules(NamePrefix="p12345678")["Rules"]] == ["p12345678"]
    backend.close()
    assert events.list_rules(NamePrefix="p12345678")["Rules"] == []
    backend.close()
