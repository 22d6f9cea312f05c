"""What platforms answer that says nothing of the call itself: it is made again later, and nothing is lost by it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from kubernetes.client import ApiException

from harness.backends import aws
from harness.backends.base import Handle
from harness.backends.kubernetes import client
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.sagemaker.backend import _silent
from harness.backends.sagemaker.logs import fetch_log
from harness.errors import LATER, BackendError, Conflict, SubmitRefused, Throttled, Unavailable
from harness.model.job import Side
from harness.model.plan import Run


def of_aws(code: str, status: int) -> ClientError:
    """Make what botocore raises."""
    reply: Any = {"Error": {"Code": code, "Message": "said"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(reply, "CreateTrainingJob")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("InternalError", 500, Unavailable),
        ("500", 500, Unavailable),
        ("ServiceUnavailable", 503, Unavailable),
        ("ExpiredTokenException", 400, Unavailable),
        ("ExpiredToken", 400, Unavailable),
        ("ThrottlingException", 400, Throttled),
        ("SlowDown", 503, Throttled),
        ("AccessDeniedException", 400, SubmitRefused),
        ("ValidationException", 400, SubmitRefused),
        ("ResourceNotFoundException", 400, BackendError),
        ("InvalidClientTokenId", 403, BackendError),
    ],
)
def test_an_answer_of_aws_is_told_from_one_about_the_call(code: str, status: int, kind: type[BackendError]) -> None:
    """Failures inside and credentials whose time is up are no refusal; a refusal stays one."""
    with pytest.raises(BackendError) as caught, aws.mapped("create job"):
        raise of_aws(code, status)
    assert type(caught.value) is kind
    assert _silent(caught.value) is (kind is Unavailable)
    assert _silent(of_aws(code, status)) is (status >= 500 or code.startswith("Expired"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, Unavailable),
        (503, Unavailable),
        (401, Unavailable),
        (429, Throttled),
        (409, Conflict),
        (403, SubmitRefused),
        (404, SubmitRefused),
        (410, BackendError),
    ],
)
def test_an_answer_of_kubernetes_is_told_from_one_about_the_call(status: int, kind: type[BackendError]) -> None:
    """The same; 401 is a token whose time is up."""
    with pytest.raises(BackendError) as caught, client.mapped("create job"):
        raise ApiException(status=status, reason="said")
    assert type(caught.value) is kind


@pytest.mark.parametrize("status", [500, 403], ids=["failed inside", "refused"])
def test_a_log_that_can_be_read_later_is_not_given_up(status: int) -> None:
    """On both platforms; control: what is refused costs a note, as before."""
    notes: list[str] = []

    def on_aws(**_: object) -> None:
        raise of_aws("InternalFailure" if status >= 500 else "AccessDeniedException", status)

    def on_kubernetes(*_: object, **__: object) -> None:
        raise ApiException(status=status, reason="said")

    clients: Any = lambda _: SimpleNamespace(describe_log_streams=on_aws)  # noqa: E731 - a stand-in
    backend: Any = object.__new__(KubernetesBackend)
    backend._sorting, backend._namespace = SimpleNamespace(newest_pod=lambda _: "pod"), "ml"
    backend._cluster = SimpleNamespace(core=SimpleNamespace(read_namespaced_pod_log=on_kubernetes))
    handle = Handle(Run("r", "r", "repo", "train", Side.LEGACY, 1), {"name": "r"})
    for read in (
        lambda: fetch_log(clients, "training", "r", notes),
        lambda: backend._fetch_log(handle, notes),
    ):
        if status >= 500:
            with pytest.raises(LATER):
                read()
        else:
            assert read() == (None, False)
    assert len(notes) == (0 if status >= 500 else 2)
