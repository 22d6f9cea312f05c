"""What a run is granted over S3: made by the official client, used as the shim uses it, refused before submit."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from backends import candidate_sample as sample

from harness.backends import staging
from harness.backends.aws import Account, Clients, Signer
from harness.backends.grant_limits import check_signer
from harness.backends.staging import Staging, download_prefix
from harness.errors import HarnessError, Refused, SubmitRefused
from harness.model.job import Input, Side
from harness.shim import shim

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


def read(uri: str, bucket_owner: str = "") -> Input:
    """Declare an input."""
    return Input("train", uri, "v1", {Side.LEGACY: "/in"}, bucket_owner)


@pytest.mark.parametrize("name", ["/etc/owned", "../owned", "a/../../owned", "a//owned", "./owned"])
def test_an_input_with_an_object_that_would_leave_its_folder_is_refused(
    cloud: Cloud, clients: Clients, tmp_path: Path, name: str
) -> None:
    """Before anything is created, naming the object and where it would go; the console's folders are no files."""
    job, staged = sample.repository(tmp_path, {}).jobs[0], Staging(clients, "s3://bucket/staged", "00ff")
    for key in ("granted/", "granted/sub/", "granted/sub/good.csv"):
        cloud.s3.put_object(Bucket="bucket", Key=key, Body=b"a,b")
    given = staged.grants("run", job, [read("s3://bucket/granted")], outputs=False)
    [item] = given["grants"]["input-train"]["items"]  # type: ignore[index, call-overload]
    assert item["path"] == "sub/good.csv"  # type: ignore[index, call-overload]
    with urllib.request.urlopen(item["url"]) as answer:  # type: ignore[index, call-overload, arg-type]
        assert answer.read() == b"a,b"
    cloud.s3.put_object(Bucket="bucket", Key=f"granted/{name}", Body=b"owned")
    with pytest.raises(Refused) as caught:
        staged.grants("run", job, [read("s3://bucket/granted")], outputs=False)
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
        given = staged.grants("run", job, (), outputs=False)
        assert "X-Amz-Security-Token=" in given["grants"]["record"]["url"]  # type: ignore[index, call-overload, operator]
        return
    with pytest.raises(Refused) as caught:
        staged.grants("run", job, (), outputs=False)
    said = str(caught.value)
    assert said.startswith(
        f"{job.name}: presigned URLs of profile p (custom-process) end with those credentials, at 20"
    )
    assert f"(time limit {job.time_limit_seconds} s, and 900 s for start and upload)" in said
    for cure in ("aws sso login", "duration_seconds", "do not expire", "lower the job's time_limit"):
        assert cure in said
    assert [item for item in cloud.keys("staged") if item.startswith("/run")] == []


def test_credentials_that_say_no_end_are_taken(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a user's own key, for the same 20 hours."""
    job = sample.repository(tmp_path, {"time_limit": "20h"}).jobs[0]
    profile(tmp_path, monkeypatch, "aws_access_key_id = sandbox\naws_secret_access_key = sandbox\n")
    clients = Clients(Account(ACCOUNT, "us-east-1", "p", cloud.url))
    assert clients.signer().expires_seconds is None
    assert "record" in Staging(clients, "s3://bucket/staged", "00ff").grants("run", job, (), outputs=False)["grants"]


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
        lambda staged, _: staged.grants("run", job, [read("s3://bucket/granted/owned")], outputs=False),
        lambda staged, _: staged.grants("run", job, (), outputs=True),
        lambda staged, folder: download_prefix(clients, "bucket", "granted/owned/", folder, owned=staged.owned),
    ]
    for ask in asked:
        with pytest.raises(HarnessError, match="AccessDenied"):
            ask(theirs, tmp_path)
    assert cloud.keys("granted/") == before
    for ask in asked:
        ask(Staging(clients, "s3://bucket/granted/owned", "00ff", ACCOUNT), tmp_path)
    assert "owned/new.txt" in cloud.keys("granted/")


def granted(staged: Staging, folder: Path, source: Input) -> dict[str, Any]:
    """Grant one run all that it may need."""
    job = sample.repository(folder, {}).jobs[0]
    given: Any = staged.grants("run", job, [source], outputs=True)["grants"]
    return dict(given)


def test_every_presigned_url_is_bound_to_the_bucket_of_one_account(
    clients: Clients, cloud: Cloud, tmp_path: Path
) -> None:
    """A signed header says whose it must be: the shim sends it, and without it S3 takes the URL for forged."""
    cloud.s3.put_object(Bucket="bucket", Key="granted/in/a.csv", Body=b"a,b")
    staged = Staging(clients, "s3://bucket/granted", "00ff", ACCOUNT)
    given = granted(staged, tmp_path, read("s3://bucket/granted/in"))
    urls = [item["url"] for item in given.values() if "url" in item]
    urls += [grant["whole"] for grant in given.values() if "whole" in grant]
    uploads = [upload for grant in given.values() for upload in grant.get("uploads", ())]
    urls += [url for upload in uploads for url in (*upload["parts"], upload["complete"])]
    urls += [item["url"] for item in given["input-train"]["items"]]
    assert len(urls) > 5
    assert all("X-Amz-SignedHeaders=host%3Bx-amz-expected-bucket-owner" in url for url in urls)
    assert all(item["headers"] == {"x-amz-expected-bucket-owner": ACCOUNT} for item in given.values())
    shim.fetch(given["input-train"], tmp_path / "in")
    assert (tmp_path / "in" / "a.csv").read_bytes() == b"a,b"
    assert shim.send(given["record"]["url"], b"{}", given["record"]["headers"])
    upload = shim.Parts(next(each for name, each in given.items() if name.startswith("output-")))
    upload.write(b"packed")
    upload.close()
    before = cloud.keys("granted/")
    for headers in ({}, {"x-amz-expected-bucket-owner": "999999999999"}):
        with pytest.raises(shim.Trouble, match="403"):
            shim.send(given["heartbeat"]["url"], b"{}", headers)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            shim.fetch({**given["input-train"], "headers": headers}, tmp_path / "none")
    assert cloud.keys("granted/") == before


def test_each_attempt_of_a_job_can_upload_its_output_and_the_last_one_counts(
    clients: Clients, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one piece and in parts; an attempt too many is told, and what lies there stays."""
    monkeypatch.setattr(shim, "PUT_ATTEMPTS", 1)
    job = replace(sample.repository(tmp_path, {}).jobs[0], retries=2)
    staged = Staging(clients, "s3://bucket/granted", "00ff", ACCOUNT)
    given: Any = staged.grants("retried", job, (), outputs=True)["grants"]
    (name, grant), *_ = ((name, grant) for name, grant in given.items() if name.startswith("output-"))
    assert len(grant["uploads"]) == 3

    def upload(data: bytes) -> bytes:
        parts = shim.Parts(grant)
        parts.write(data)
        parts.close()
        key = f"granted/retried/{name.removeprefix('output-')}.tar.gz"
        return bytes(cloud.s3.get_object(Bucket="bucket", Key=key)["Body"].read())

    for data in (b"first", b"second", *(bytes([number]) * (staging.PART_BYTES + 1) for number in range(3)), b"last"):
        assert upload(data) == data
    with pytest.raises(shim.Trouble):
        upload(b"x" * (staging.PART_BYTES + 1))
    assert upload(b"last again") == b"last again"


@pytest.mark.parametrize(
    ("owner", "asked"),
    [("", {"x-amz-expected-bucket-owner": ACCOUNT}), (ACCOUNT, {"x-amz-expected-bucket-owner": ACCOUNT}), ("any", {})],
)
def test_an_input_of_another_bucket_must_be_the_accounts_own_unless_it_says_whose(
    clients: Clients, cloud: Cloud, tmp_path: Path, *, owner: str, asked: dict[str, str]
) -> None:
    """A name that became free can be taken by anybody; `any` is for public data."""
    cloud.s3.create_bucket(Bucket="elsewhere")
    cloud.s3.put_object(Bucket="elsewhere", Key="in/a.csv", Body=b"a,b")
    staged = Staging(clients, "s3://bucket/granted", "00ff", ACCOUNT)
    given = granted(staged, tmp_path, read("s3://elsewhere/in", owner))
    assert given["input-train"]["headers"] == asked
    shim.fetch(given["input-train"], tmp_path / "in")
    assert (tmp_path / "in" / "a.csv").read_bytes() == b"a,b"


def test_an_input_in_a_bucket_of_another_account_than_written_is_refused_with_the_key_to_write(
    clients: Clients, cloud: Cloud, tmp_path: Path
) -> None:
    """Before anything of the run is granted."""
    cloud.s3.create_bucket(Bucket="elsewhere")
    staged = Staging(clients, "s3://bucket/granted", "00ff", ACCOUNT)
    with pytest.raises(SubmitRefused) as caught:
        granted(staged, tmp_path, read("s3://elsewhere/in", "999999999999"))
    assert str(caught.value) == (
        "input s3://elsewhere/in: s3 list in: AccessDenied: Access Denied; it was asked for as the bucket of account "
        "999999999999. Where it is another's, write that account as inputs.train.bucket_owner, or `any` for a public "
        "one; else s3:ListBucket is missing"
    )
