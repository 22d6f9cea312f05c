"""What a run is granted over S3: made by the official client, used as the shim uses it, refused before submit."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from backends import candidate_sample as sample

from harness.backends.aws import Account, Clients, Signer
from harness.backends.staging import Staging, check_signer, download_prefix
from harness.errors import HarnessError, Refused

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


# -- credentials that end ----------------------------------------------------------------------------------------------


def profile(folder: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    """Write a user's AWS config with one profile, and nothing else to sign with."""
    (folder / "config").write_text(f"[profile p]\nregion = us-east-1\n{lines}", encoding="utf-8")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))


def session(cloud: Cloud, folder: Path, seconds: int) -> str:
    """Take the sandbox's role by its STS, and let a credential_process hand those credentials out."""
    role = f"arn:aws:iam::{ACCOUNT}:role/parity-demo"
    made = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test", DurationSeconds=seconds)["Credentials"]
    said = {"Version": 1, **{name: made[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}}
    said["Expiration"] = made["Expiration"].isoformat()
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")
    return f"credential_process = cat {folder / 'said.json'}\n"


@pytest.mark.parametrize(("limit", "refused"), [("20h", True), ("50m", True), ("40m", False)])
def test_a_job_that_outlives_a_session_of_an_hour_is_refused_before_anything_is_staged(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, limit: str, refused: bool
) -> None:
    """With both moments and the cure; a job that is over in time gets its URLs, signed with the session."""
    job = sample.repository(tmp_path, {"time_limit": limit}).jobs[0]
    profile(tmp_path, monkeypatch, session(cloud, tmp_path, 3600))
    staged = Staging(Clients(Account(ACCOUNT, "us-east-1", "p", cloud.url)), "s3://bucket/staged", "00ff")
    if not refused:
        given = staged.grants("run", job, {}, outputs=False)
        assert "X-Amz-Security-Token=" in given["grants"]["record"]["url"]  # type: ignore[index, call-overload, operator]
        return
    with pytest.raises(Refused) as caught:
        staged.grants("run", job, {}, outputs=False)
    said = str(caught.value)
    assert said.startswith(
        f"{job.name}: presigned URLs of profile p (custom-process) end with those credentials, at 20"
    )
    assert f"(time limit {job.time_limit_seconds} s, and 900 s for start and upload)" in said
    for cure in ("aws sso login", "duration_seconds", "do not expire", "lower the job's time_limit"):
        assert cure in said
    assert [each for each in cloud.keys("staged") if each.startswith("/run")] == []


def test_credentials_that_say_no_end_are_taken(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a user's own key, for the same 20 hours."""
    job = sample.repository(tmp_path, {"time_limit": "20h"}).jobs[0]
    profile(tmp_path, monkeypatch, "aws_access_key_id = sandbox\naws_secret_access_key = sandbox\n")
    clients = Clients(Account(ACCOUNT, "us-east-1", "p", cloud.url))
    assert clients.signer().expires_seconds is None
    assert "record" in Staging(clients, "s3://bucket/staged", "00ff").grants("run", job, {}, outputs=False)["grants"]


def test_the_moment_that_decides_is_the_jobs_last(tmp_path: Path) -> None:
    """To the second: time limit, start and upload."""
    job = sample.repository(tmp_path, {"time_limit": "1h"}).jobs[0]
    check_signer(job, Signer("p", 4500.0), 0.0)
    check_signer(job, Signer("p", None), 0.0)
    with pytest.raises(
        Refused, match=r"at 1970-01-01T01:14:59\.000Z, and the job needs them until 1970-01-01T01:15:00"
    ):
        check_signer(job, Signer("p", 4499.0), 0.0)


# -- whose bucket it is ------------------------------------------------------------------------------------------------


def test_a_bucket_of_another_account_is_not_written_to_nor_read(clients: Clients, cloud: Cloud, tmp_path: Path) -> None:
    """Each kind of call names the account that the bucket must belong to; the control is the account that owns it."""
    job = sample.repository(tmp_path, {}).jobs[0]
    cloud.s3.put_object(Bucket="bucket", Key="granted/owned/there.txt", Body=b"a")
    before = cloud.keys("granted/")
    theirs = Staging(clients, "s3://bucket/granted/owned", "00ff", "999999999999")
    asked: list[Callable[[Staging, Path], object]] = [
        lambda staged, _: staged.put("new.txt", b"x"),
        lambda staged, folder: staged.get("there.txt", folder / "there.txt"),
        lambda staged, _: staged.read("there.txt", 10),
        lambda staged, _: staged.grants("run", job, {"train": "s3://bucket/granted/owned"}, outputs=False),
        lambda staged, _: staged.grants("run", job, {}, outputs=True),
        lambda staged, folder: download_prefix(clients, "bucket", "granted/owned/", folder, staged.owned),
    ]
    for ask in asked:
        with pytest.raises(HarnessError, match="AccessDenied"):
            ask(theirs, tmp_path)
    assert cloud.keys("granted/") == before
    for ask in asked:
        ask(Staging(clients, "s3://bucket/granted/owned", "00ff", ACCOUNT), tmp_path)
    assert "owned/new.txt" in cloud.keys("granted/")
