"""What a run is granted over S3: made by the official client, used as the shim uses it, refused before submit."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from backends import candidate_sample as sample

from harness.backends.aws import Account, Clients
from harness.backends.staging import Staging
from harness.errors import Refused

if TYPE_CHECKING:
    from conftest import Cloud

ACCOUNT = "123456789012"


@pytest.fixture
def clients(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Reach the AWS half as a user's own settings would."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    yield Clients(Account(ACCOUNT, "us-east-1", None, cloud.url))
    for item in cloud.s3.list_objects_v2(Bucket="bucket", Prefix="granted/").get("Contents", []):
        cloud.s3.delete_object(Bucket="bucket", Key=item["Key"])


@pytest.mark.parametrize("name", ["/etc/owned", "../owned", "a/../../owned", "a//owned", "./owned"])
def test_an_input_with_an_object_that_would_leave_its_folder_is_refused(
    cloud: Cloud, clients: Clients, tmp_path: Path, name: str
) -> None:
    """Before anything is created, naming the object and where it would go; the console's folders are no files."""
    job, staged = sample.repository(tmp_path, {}).jobs[0], Staging(clients, "s3://bucket/staged", "00ff")
    for key in ("granted/", "granted/sub/", "granted/sub/good.csv"):
        cloud.s3.put_object(Bucket="bucket", Key=key, Body=b"a,b")
    given = staged.grants("run", job, {"train": "s3://bucket/granted"}, outputs=False)
    [item] = given["grants"]["input-train"]["items"]  # type: ignore[index, call-overload]
    assert item["path"] == "sub/good.csv"  # type: ignore[index, call-overload]
    with urllib.request.urlopen(item["url"]) as answer:  # type: ignore[index, call-overload, arg-type]
        assert answer.read() == b"a,b"
    cloud.s3.put_object(Bucket="bucket", Key=f"granted/{name}", Body=b"owned")
    with pytest.raises(Refused) as caught:
        staged.grants("run", job, {"train": "s3://bucket/granted"}, outputs=False)
    assert str(caught.value) == (
        f"input s3://bucket/granted: the object s3://bucket/granted/{name} would be written to {name!r}, "
        "which is no path below the input's folder; rename or remove the object"
    )
