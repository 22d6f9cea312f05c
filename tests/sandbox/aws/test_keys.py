"""Access keys: the sandbox's own, those made in it, and any other, which each service refuses in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Cloud

ONCE = Config(retries={"total_max_attempts": 1})
STRANGER = "AKIAIOSFODNN7EXAMPLE"


def client(cloud: Cloud, service: str, key: str, token: str | None = None) -> Any:
    """Make a client that signs with a key."""
    return boto3.client(
        service, endpoint_url=cloud.url, region_name="us-east-1", config=ONCE,
        aws_access_key_id=key, aws_secret_access_key="word", aws_session_token=token,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("service", "call", "word", "status"),
    [
        ("sts", lambda it: it.get_caller_identity(), "InvalidClientTokenId", 403),
        ("iam", lambda it: it.list_roles(), "InvalidClientTokenId", 403),
        ("s3", lambda it: it.list_objects_v2(Bucket="bucket"), "InvalidAccessKeyId", 403),
        ("s3", lambda it: it.put_object(Bucket="bucket", Key="k", Body=b"x" * 5_000_000), "InvalidAccessKeyId", 403),
        ("sagemaker", lambda it: it.list_training_jobs(), "UnrecognizedClientException", 400),
        ("sqs", lambda it: it.list_queues(), "UnrecognizedClientException", 400),
        ("events", lambda it: it.list_rules(), "UnrecognizedClientException", 400),
        ("logs", lambda it: it.describe_log_groups(), "UnrecognizedClientException", 400),
        ("ecr", lambda it: it.describe_repositories(), "UnrecognizedClientException", 400),
    ],
)
def test_a_key_that_was_not_made_here_is_refused(
    cloud: Cloud, service: str, call: Callable[[Any], object], word: str, status: int
) -> None:
    """A profile of a real account that meets the sandbox by mistake does nothing there; the refusal is audited."""
    asked = client(cloud, service, STRANGER)
    for _ in range(2):  # over one connection: what was not wanted has been read
        with pytest.raises(ClientError) as caught:
            call(asked)
        assert caught.value.response["Error"]["Code"] == word
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert cloud.audit[-1]["status"] == status


def test_a_user_and_a_role_of_the_sandbox_may_call(cloud: Cloud) -> None:
    """The control: keys that were made here."""
    iam, sts = client(cloud, "iam", "sandbox"), client(cloud, "sts", "sandbox")
    iam.create_user(UserName="somebody")
    made = iam.create_access_key(UserName="somebody")["AccessKey"]
    assert client(cloud, "sagemaker", made["AccessKeyId"]).list_training_jobs()["TrainingJobSummaries"] is not None
    role = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/parity-demo", RoleSessionName="test")["Credentials"]
    taken = client(cloud, "sqs", role["AccessKeyId"], role["SessionToken"])
    assert taken.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
